// What the readers of encrypted keys (PKCS#8, traditional PEM, PKCS#12) share.
#pragma once

#include <openssl/x509.h>

#include <cstdint>
#include <optional>
#include <string>

#include "native/openssl/error.h"

namespace bladessl::openssl {

// As many bytes as OpenSSL's own readers take (PEM_BUFSIZE).
constexpr std::size_t kMaxPassword = 1024;

using Password = std::optional<std::string>;

// Throws ERR_OUT_OF_RANGE for a password that is too long.
void RequireUsable(const Password& password);

// Throws ERR_PASSWORD_REQUIRED when there is none.
const std::string& RequirePassword(const Password& password);

// A file says itself how often its password is hashed: 2^31 times would be an hour. This adds up
// what all its parts ask for, and throws ERR_TOO_MANY_ITERATIONS for more than anybody asks for.
class Work {
 public:
  void Add(const ASN1_INTEGER* iterations);
  void Add(const X509_ALGOR* scheme);

 private:
  void AddHash(const X509_ALGOR* hash);
  void AddTimes(std::int64_t iterations);

  std::int64_t sum_ = 0;
};

// Whether a failure to decrypt came of the password, not of the algorithm or the file's form.
bool BlamesPassword(const ErrorReport& report);

// A cipher without a checksum takes a wrong password at times, and what comes out is no key: then
// the report is of the ASN.1 parser. The heading is the same in all cases.
[[noreturn]] void ThrowWrongPassword(ErrorReport report);

// After a step of decryption failed.
[[noreturn]] void ThrowDecryptFailure(const char* what);

}  // namespace bladessl::openssl
