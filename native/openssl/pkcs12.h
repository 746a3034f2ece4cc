// PKCS12: a private key, its certificate and the chain above it in one encrypted file.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "native/openssl/certificate.h"
#include "native/openssl/private_key.h"

namespace bladessl::openssl {

struct Pkcs12Content {
  std::shared_ptr<Certificate> certificate;
  std::shared_ptr<PrivateKey> key;
  // The issuer of `certificate` first, then its issuer, and so on; then what is not of that line.
  std::vector<std::shared_ptr<Certificate>> chain;
};

// Throws UsageError ERR_PASSWORD_REQUIRED when it needs a password and none was given,
// ERR_NO_PRIVATE_KEY or ERR_NO_CERTIFICATE when it has none.
Pkcs12Content ParsePkcs12(std::string_view bytes, const std::optional<std::string>& password);

}  // namespace bladessl::openssl
