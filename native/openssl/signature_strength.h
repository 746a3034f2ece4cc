// How strong a signature is, where OpenSSL does not ask: to a security level it holds the
// signatures of a chain's certificates, and neither those of CRLs nor those of OCSP responses.
#pragma once

#include <openssl/x509.h>

namespace bladessl::openssl {

// As X509_V_ERR_CA_MD_TOO_WEAK is decided: a digest is worth half its bits, and a broken one less
// than level 1 asks for; what hashes by itself (Ed25519) is worth what its key is. `key` may be
// null. Throws nothing, and leaves the error queue as it was.
bool IsStrongEnough(const X509_ALGOR* algorithm, const EVP_PKEY* key, int level) noexcept;

}  // namespace bladessl::openssl
