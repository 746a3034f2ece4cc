// Makes CRLs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "native/openssl/certificate.h"
#include "native/openssl/crl.h"
#include "native/openssl/private_key.h"

namespace bladessl::openssl {

struct CrlOptions {
  std::shared_ptr<Certificate> issuer;
  std::shared_ptr<PrivateKey> issuer_key;
  std::vector<RevokedCertificate> revoked;
  std::string number;  // in hex
  // Seconds since 1970-01-01T00:00:00Z.
  std::int64_t last_update = 0;
  std::int64_t next_update = 0;
  std::string digest;
};

// Throws UsageError ERR_ISSUER_NOT_CA when the issuer may not sign CRLs, and ERR_INVALID_ARG_VALUE
// for a digest that there is not.
std::shared_ptr<Crl> IssueCrl(const CrlOptions& options);

}  // namespace bladessl::openssl
