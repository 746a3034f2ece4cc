// Makes OCSP responses.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/openssl/certificate.h"
#include "native/openssl/ocsp.h"
#include "native/openssl/private_key.h"

namespace bladessl::openssl {

struct OcspStatement {
  std::string serial_number;  // in hex
  int status = V_OCSP_CERTSTATUS_GOOD;
  // Seconds since 1970-01-01T00:00:00Z.
  std::int64_t revocation_time = 0;
  std::optional<int> revocation_reason;
  std::int64_t this_update = 0;
  std::optional<std::int64_t> next_update;
};

struct OcspOptions {
  // Of the certificates that are spoken of.
  std::shared_ptr<Certificate> issuer;
  std::vector<OcspStatement> statements;
  // Who signs: the issuer, or another.
  std::shared_ptr<Certificate> responder;
  std::shared_ptr<PrivateKey> responder_key;
  // What goes into the response.
  std::vector<std::shared_ptr<Certificate>> certificates;
  bool by_key = false;  // the responder's id is a hash of its key
  std::string hash;     // of the certificates' ids
  std::string digest;   // of the signature
  std::optional<std::string> nonce;
};

// Throws UsageError ERR_INVALID_ARG_VALUE for a digest that there is not. Whether the responder may
// speak for the issuer is not asked.
std::shared_ptr<OcspResponse> IssueOcsp(const OcspOptions& options);

// One that says no more than that the responder has refused.
std::shared_ptr<OcspResponse> RefuseOcsp(int status);

}  // namespace bladessl::openssl
