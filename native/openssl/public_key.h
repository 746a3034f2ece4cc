// EVP_PKEY without its private part.
#pragma once

#include <string>
#include <string_view>

#include "native/openssl/handle.h"

namespace bladessl::openssl {

// SubjectPublicKeyInfo, in PEM or DER. Throws UsageError ERR_NOT_A_PUBLIC_KEY for PEM of other
// kinds.
KeyHandle ParsePublicKey(std::string_view bytes);
// The same, or that of a certificate: of a PEM text the first that there is of either. Throws
// UsageError ERR_NOT_A_PUBLIC_KEY for PEM of other kinds.
KeyHandle ParsePublicKeyOrCertificate(std::string_view bytes);

// SubjectPublicKeyInfo.
std::string PublicPem(const EVP_PKEY* key);
std::string PublicDer(const EVP_PKEY* key);

// The same in DER; none where this OpenSSL cannot read it.
KeyHandle KnownPublicKey(std::string_view der);

}  // namespace bladessl::openssl
