// New private keys.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "native/openssl/private_key.h"

namespace bladessl::openssl {

struct KeySpec {
  std::string type;                       // as OpenSSL calls it: "EC", "RSA-PSS", "ED25519"
  std::string curve;                      // of EC
  int bits = 0;                           // of RSA
  std::uint32_t public_exponent = 65537;  // of RSA
};

// Throws UsageError ERR_INVALID_ARG_VALUE for a type or a curve that this OpenSSL does not have.
std::shared_ptr<PrivateKey> GenerateKey(const KeySpec& spec);

}  // namespace bladessl::openssl
