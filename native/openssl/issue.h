// Makes certificates: for tests, examples, development, and small CAs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "native/openssl/certificate.h"
#include "native/openssl/extensions.h"
#include "native/openssl/private_key.h"

namespace bladessl::openssl {

// One attribute of a distinguished name.
struct SubjectAttribute {
  std::string type;     // OpenSSL's name of it, or an object identifier
  std::string value;    // UTF-8
  bool joined = false;  // of the same RDN as the one before
};

// What is made wrong on purpose.
struct IssueFaults {
  bool issuer_not_ca = false;  // the issuer is not asked whether it may sign
  bool version1 = false;       // and no extensions
  bool bad_signature = false;
};

struct IssueOptions {
  std::vector<SubjectAttribute> subject;
  // Seconds since 1970-01-01T00:00:00Z.
  std::int64_t not_before = 0;
  std::int64_t not_after = 0;
  std::string serial;  // hex; empty for a random one
  std::string digest;  // empty for what suits the signer's key
  ExtensionOptions extensions;
  IssueFaults faults;
  // The key that is certified, with or without its private part.
  EVP_PKEY* key = nullptr;
  // Both or none; without them the certificate is signed with its own key.
  std::shared_ptr<Certificate> issuer;
  std::shared_ptr<PrivateKey> issuer_key;
};

// Throws UsageError ERR_ISSUER_NOT_CA when the issuer may not sign certificates, and
// ERR_INVALID_ARG_VALUE for a name or a digest that is none.
std::shared_ptr<Certificate> Issue(const IssueOptions& options);

}  // namespace bladessl::openssl
