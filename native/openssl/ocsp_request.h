// OCSP_REQUEST: what a client asks a responder.
#pragma once

#include <openssl/ocsp.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "native/openssl/ocsp.h"

namespace bladessl::openssl {

struct OcspRequestOptions {
  X509* certificate = nullptr;
  X509* issuer = nullptr;
  std::string hash;    // of the certificate's id
  bool nonce = false;  // 16 random bytes
};

struct OcspRequest {
  std::vector<OcspId> ids;
  std::optional<std::string> nonce;
};

// DER. Throws UsageError ERR_INVALID_ARG_VALUE for a digest that there is not.
std::string NewOcspRequest(const OcspRequestOptions& options);

OcspRequest ReadOcspRequest(std::string_view der);

}  // namespace bladessl::openssl
