// A certificate for people, as `openssl x509 -text` prints it.
#pragma once

#include <string>

#include "native/openssl/certificate.h"

namespace bladessl::openssl {

// UTF-8 as far as the certificate is. Names have no control characters in them, extensions may.
std::string Describe(const Certificate& certificate);

}  // namespace bladessl::openssl
