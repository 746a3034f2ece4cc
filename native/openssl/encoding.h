// What certificate and key files look like outside: PEM text or DER.
#pragma once

#include <openssl/bio.h>

#include <optional>
#include <string>
#include <string_view>

#include "native/openssl/handle.h"
#include "native/openssl/secret.h"

namespace bladessl::openssl {

inline void FreeText(char* text) {
  OPENSSL_secure_free(text);
}

using MemoryBio = Owned<BIO, BIO_free>;
// A string that OpenSSL has allocated, in its secure heap or elsewhere.
using OpensslText = Owned<char, FreeText>;

// DER starts with a SEQUENCE; what is neither that nor binary is taken for text.
bool IsPem(std::string_view bytes);

// Throws ERR_TRAILING_DATA when a DER parser stopped at `end` before the end of `bytes`.
void RequireWhole(std::string_view bytes, const unsigned char* end);

inline const unsigned char* DerOf(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

MemoryBio NewMemoryBio();
// A view: whoever keeps it past the BIO copies it.
std::string_view ContentOf(const MemoryBio& bio);

// RFC 2253.
std::string NameText(const X509_NAME* name);

struct PemBlock {
  std::string name;
  std::string header;
  Secret data;
};

// The blocks of a PEM text one after the other; what stands between them is skipped.
class PemReader {
 public:
  enum class Memory { kPlain, kSecure };

  PemReader(std::string_view text, Memory memory);

  // None at the end of the text. Throws when a block is broken.
  std::optional<PemBlock> Next();

  // For a text without what was looked for: the error says what there was instead.
  [[noreturn]] void ThrowMissing(const char* code, const char* wanted) const;

 private:
  MemoryBio bio_;
  Memory memory_;
  std::string seen_;
};

}  // namespace bladessl::openssl
