// PKCS12: private keys, their certificates and the chains above them in one encrypted file.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "native/openssl/decrypt.h"
#include "native/openssl/store.h"

namespace bladessl::openssl {

// Views: a password is copied nowhere where nobody wipes it.
struct Pkcs12Passwords {
  const Password& file;
  // Of the keys in it; null where they have the file's. It may turn out to be needed and absent.
  const Password* keys = nullptr;
};

// Throws when the password is too long or has a NUL in it.
void RequirePkcs12Password(const Password& password);

// All that the file has. Which key is whose, the keys themselves tell (MatchKeys): the identifiers
// in the file are what its writer says. Throws UsageError ERR_PASSWORD_REQUIRED when it needs a
// password and none was given.
StoreContent ReadPkcs12(std::string_view bytes, const Pkcs12Passwords& passwords);

struct Pkcs12Content {
  std::shared_ptr<Certificate> certificate;
  std::shared_ptr<PrivateKey> key;
  // The issuer of `certificate` first, then its issuer, and so on; then what is not of that line.
  Certificates chain;
};

// The first key of the file that has a certificate. Throws as ReadPkcs12, and UsageError
// ERR_NO_PRIVATE_KEY or ERR_NO_CERTIFICATE when there is none.
Pkcs12Content ParsePkcs12(std::string_view bytes, const Password& password);

struct Pkcs12Options {
  // Of the keys and their certificates; may be empty.
  std::string friendly_name;
  int iterations = 0;
};

// DER; its password is `password`, or an empty one. The certificates together and each key are
// encrypted with AES-256 (PBKDF2), and all has a MAC (SHA-256). CRLs and public keys of the content
// are left out.
std::string WritePkcs12(const StoreContent& content, const Password& password,
                        const Pkcs12Options& options);

}  // namespace bladessl::openssl
