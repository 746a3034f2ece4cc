// The ways in which TLS has messages signed (RFC 8446, 4.2.3), and what their signatures look like.
#pragma once

#include <openssl/evp.h>

#include <string>
#include <string_view>

namespace bladessl::openssl {

enum class Padding { kNone, kPkcs1, kPss };

struct SignatureScheme {
  std::string name;    // as IANA spells it
  std::string digest;  // "sha256"; empty where the scheme has its own
  Padding padding = Padding::kNone;
  int salt_length = 0;  // of PSS
};

// Whether TLS can have messages signed with it: RSA, RSA-PSS, EC on P-256, P-384 and P-521, Ed25519
// and Ed448.
bool CanSign(const EVP_PKEY* public_key);

// That of a key, a digest as OpenSSL calls it (none: empty) and a padding, which only RSA keys
// have. Throws UsageError ERR_UNKNOWN_SIGNATURE_ALGORITHM when TLS 1.2 and 1.3 know none.
SignatureScheme SchemeOf(const EVP_PKEY* public_key, const std::string& digest, Padding padding);

// Throws UsageError ERR_WRONG_SIGNATURE for what cannot be a signature of the key.
void RequireShape(const EVP_PKEY* public_key, std::string_view signature);
// And for what is none of this message.
void RequireValid(EVP_PKEY* public_key, const SignatureScheme& scheme, std::string_view message,
                  std::string_view signature);

}  // namespace bladessl::openssl
