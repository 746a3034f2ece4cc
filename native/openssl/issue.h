// Makes certificates for tests, examples and development.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "native/openssl/certificate.h"
#include "native/openssl/private_key.h"

namespace bladessl::openssl {

enum class KeyKind { kEc, kRsa, kEd25519 };

enum class AltNameKind { kDns, kIp, kUri, kEmail };

struct AltName {
  AltNameKind kind;
  std::string value;  // ASCII; an IP address in text
};

struct IssueOptions {
  std::string common_name;  // UTF-8
  std::vector<AltName> alt_names;
  // From now on. Zero or less makes a certificate that has expired already, valid for one day
  // before that.
  int days = 30;
  KeyKind key = KeyKind::kEc;
  // CA:TRUE and the right to sign certificates and CRLs.
  bool ca = false;
  // Both or none; without them the certificate is signed with its own key.
  std::shared_ptr<Certificate> issuer;
  std::shared_ptr<PrivateKey> issuer_key;
};

struct Issued {
  std::shared_ptr<Certificate> certificate;
  std::shared_ptr<PrivateKey> key;
};

// Throws UsageError ERR_ISSUER_NOT_CA when the issuer may not sign certificates, and
// ERR_INVALID_ARG_VALUE for an alternative name that is no such name.
Issued Issue(const IssueOptions& options);

}  // namespace bladessl::openssl
