#include "native/openssl/certificate_checks.h"

#include "native/openssl/certificate_extensions.h"
#include "native/openssl/encoding.h"
#include "native/openssl/error.h"
#include "native/openssl/public_key.h"

namespace bladessl::openssl {

namespace {

// 1, 0, or less when there was no memory or the text is none that can be looked for.
bool Answer(int result, const char* unanswered) {
  if (result < 0) ThrowOpensslError(unanswered);
  return result == 1;
}

// Whatever is wrong with key or signature, it is not that key's.
bool Verifies(X509* certificate, EVP_PKEY* key) {
  return key != nullptr && X509_verify(certificate, key) == 1;
}

}  // namespace

std::optional<std::string> CheckHost(const Certificate& certificate, const std::string& name,
                                     unsigned int flags) {
  const QueueGuard guard;
  RequireReadableAltNames(certificate);
  char* found = nullptr;
  const int result = X509_check_host(certificate.get(), name.data(), name.size(), flags, &found);
  const OpensslText owned(found);
  if (!Answer(result, "the name cannot be looked for")) return std::nullopt;
  return found == nullptr ? name : found;
}

bool CheckEmail(const Certificate& certificate, const std::string& address) {
  const QueueGuard guard;
  RequireReadableAltNames(certificate);
  return Answer(X509_check_email(certificate.get(), address.data(), address.size(), 0),
                "the name cannot be looked for");
}

bool CheckIp(const Certificate& certificate, const std::string& address) {
  const QueueGuard guard;
  RequireReadableAltNames(certificate);
  return Answer(X509_check_ip_asc(certificate.get(), address.c_str(), 0),
                "the address cannot be looked for");
}

bool IsIssuedBy(const Certificate& certificate, const Certificate& issuer) {
  const QueueGuard guard;
  return X509_check_issued(issuer.get(), certificate.get()) == X509_V_OK &&
         Verifies(certificate.get(), X509_get0_pubkey(issuer.get()));
}

bool IsSelfSigned(const Certificate& certificate) {
  const QueueGuard guard;
  return X509_self_signed(certificate.get(), 1) == 1;
}

bool IsSignedBy(const Certificate& certificate, std::string_view public_key) {
  const QueueGuard guard;
  return Verifies(certificate.get(), KnownPublicKey(public_key).get());
}

bool Equals(const Certificate& certificate, const Certificate& other) {
  return certificate.get() == other.get() || certificate.Der() == other.Der();
}

}  // namespace bladessl::openssl
