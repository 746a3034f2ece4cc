// GENERAL_NAME: what alternative names and name constraints are made of.
#pragma once

#include <openssl/x509v3.h>

#include <string>
#include <vector>

#include "native/openssl/name.h"

namespace bladessl::openssl {

struct GeneralName {
  enum class Kind { kText, kDirectory, kOther, kUnknown };

  Kind kind = Kind::kUnknown;
  // "dns", "email", "uri", "ip", "rid" (kText), "dirName", "otherName", "unknown"
  const char* type = "unknown";
  // The number of its kind in RFC 5280, 4.2.1.6.
  int tag = 0;
  // Of kText, and of an otherName whose value is a character string.
  std::optional<std::string> text;
  // Of an otherName.
  std::string oid;
  // Of an otherName, its value; of an unknown one, the whole of it.
  std::string der;
  Name directory;
};

// Name constraints have ranges of addresses: "192.0.2.0/255.255.255.0".
enum class Addresses { kSingle, kRange };

GeneralName ReadGeneralName(const GENERAL_NAME* name, Addresses addresses);
std::vector<GeneralName> ReadGeneralNames(const GENERAL_NAMES* names);

// "DNS:example.org", "IP:::1", "email:...", "URI:...", "dirName:...", "RID:...", "otherName:<oid>"
std::string GeneralNameText(const GENERAL_NAME* name);

}  // namespace bladessl::openssl
