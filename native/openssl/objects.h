// Object identifiers.
#pragma once

#include <openssl/objects.h>

#include <string>

#include "native/openssl/handle.h"

namespace bladessl::openssl {

using ObjectHandle = Owned<ASN1_OBJECT, ASN1_OBJECT_free>;

// In numbers, or by one of OpenSSL's names. Throws UsageError ERR_INVALID_ARG_VALUE.
ObjectHandle ObjectOf(const std::string& text);

}  // namespace bladessl::openssl
