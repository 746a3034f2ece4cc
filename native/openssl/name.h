// X509_NAME: a distinguished name, in parts.
#pragma once

#include <openssl/x509.h>

#include <string>
#include <string_view>
#include <vector>

#include "native/openssl/asn1_text.h"

namespace bladessl::openssl {

struct NameAttribute {
  ObjectNames type;
  // UTF-8; "#" and the hex digits of the DER form (RFC 4514, 2.4) where it is no text.
  std::string value;
};

struct Name {
  // RFC 2253.
  std::string text;
  // As the name has them, most significant first; most have one attribute.
  std::vector<std::vector<NameAttribute>> rdns;
};

Name ReadName(const X509_NAME* name);

// Reads DER.
Name ParseName(std::string_view der);

}  // namespace bladessl::openssl
