// EVP_PKEY without its private part.
#pragma once

#include <string_view>

#include "native/openssl/handle.h"

namespace bladessl::openssl {

// SubjectPublicKeyInfo, in PEM or DER. Throws UsageError ERR_NOT_A_PUBLIC_KEY for PEM of other
// kinds.
KeyHandle ParsePublicKey(std::string_view bytes);

// The same in DER; none where this OpenSSL cannot read it.
KeyHandle KnownPublicKey(std::string_view der);

}  // namespace bladessl::openssl
