// EVP_PKEY with its private part.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "native/openssl/decrypt.h"
#include "native/openssl/encoding.h"
#include "native/openssl/handle.h"
#include "native/openssl/secret.h"

namespace bladessl::openssl {

struct KeyEncryption {
  Secret password;
  std::string cipher;  // as OpenSSL calls it: "aes-256-cbc"
  int iterations = 0;  // of PBKDF2 with HMAC-SHA256
};

struct KeyEncoding {
  // PKCS#1 for RSA, SEC1 for EC; never encrypted.
  bool traditional = false;
  // PKCS#8 with PBES2.
  std::optional<KeyEncryption> encryption;
};

class PrivateKey {
 public:
  explicit PrivateKey(KeyHandle handle) : handle_(std::move(handle)) {}

  // PEM or DER; PKCS#8, PKCS#1, SEC1. Throws UsageError ERR_PASSWORD_REQUIRED when the key is
  // encrypted and no password was given.
  static std::shared_ptr<PrivateKey> Parse(std::string_view bytes,
                                           const std::optional<std::string>& password);

  EVP_PKEY* get() const { return handle_.get(); }

  // PKCS#8, not encrypted, unless told otherwise.
  Secret Pem(const KeyEncoding& encoding = {}) const;
  Secret Der(const KeyEncoding& encoding = {}) const;
  // SubjectPublicKeyInfo.
  std::string PublicPem() const;
  std::string PublicDer() const;
  // "rsa", "rsa-pss", "ec", "ed25519", ...
  std::string Type() const;
  int Bits() const;
  // The named curve or group, as OpenSSL spells it; empty for keys without one.
  std::string Group() const;
  // Whether both have the same public key.
  bool Equals(const PrivateKey& other) const;

 private:
  KeyHandle handle_;
};

// The private key of a PEM block; none when the block is of another kind. `work` counts what all
// blocks of a text ask for.
KeyHandle ParseKeyBlock(PemBlock& block, const Password& password, Work& work);

}  // namespace bladessl::openssl
