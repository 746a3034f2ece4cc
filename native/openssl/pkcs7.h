// PKCS7: a bundle of certificates and CRLs (.p7b, .p7c).
#pragma once

#include <string>
#include <string_view>

#include "native/openssl/store.h"

namespace bladessl::openssl {

// Whether a PEM block of this name has one in it.
bool IsPkcs7Block(const std::string& name);

// The certificates and CRLs of SignedData, as DER (or BER). Signatures in it are not looked at.
// Throws ERR_STORE_FORMAT for PKCS#7 of another kind.
StoreContent ReadPkcs7(std::string_view der);

}  // namespace bladessl::openssl
