// What keys, public and private, say of themselves.
#pragma once

#include <openssl/evp.h>

#include <optional>
#include <string>

namespace bladessl::openssl {

// "RSA", "RSA-PSS", "EC", "ED25519", ...; none for a key that no provider knows.
std::optional<std::string> KeyAlgorithm(const EVP_PKEY* key);
// The same as JS has it: "rsa", "rsa-pss", "ec", "ed25519", ...; "unknown" for none.
std::string KeyKind(const EVP_PKEY* key);
// The named curve or group, as OpenSSL spells it; none for keys without one.
std::optional<std::string> KeyGroup(const EVP_PKEY* key);

}  // namespace bladessl::openssl
