// Whether a certificate is for a name, and who has signed it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "native/openssl/certificate.h"

namespace bladessl::openssl {

// The name in the certificate that fits; `flags` are X509_CHECK_FLAG_*. `name` has no NUL in it.
std::optional<std::string> CheckHost(const Certificate& certificate, const std::string& name,
                                     unsigned int flags);
bool CheckEmail(const Certificate& certificate, const std::string& address);
bool CheckIp(const Certificate& certificate, const std::string& address);

// By names, key identifiers, the issuer's key usage and the signature.
bool IsIssuedBy(const Certificate& certificate, const Certificate& issuer);
// By the same and its own key.
bool IsSelfSigned(const Certificate& certificate);
// Whether the signature is by that key (a SubjectPublicKeyInfo).
bool IsSignedBy(const Certificate& certificate, std::string_view public_key);
bool Equals(const Certificate& certificate, const Certificate& other);

}  // namespace bladessl::openssl
