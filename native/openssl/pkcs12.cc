#include "native/openssl/pkcs12.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include <algorithm>

#include "native/openssl/decrypt.h"
#include "native/openssl/encoding.h"
#include "native/openssl/error.h"

namespace bladessl::openssl {

namespace {

inline void FreeCertificates(STACK_OF(X509) * stack) {
  sk_X509_pop_free(stack, X509_free);
}

using Pkcs12Handle = Owned<PKCS12, PKCS12_free>;
using StackHandle = Owned<STACK_OF(X509), FreeCertificates>;
using Certificates = std::vector<std::shared_ptr<Certificate>>;

Pkcs12Handle ParseDer(std::string_view bytes) {
  if (IsPem(bytes)) throw UsageError("ERR_NOT_PKCS12", "this is text: PKCS#12 is a binary format");
  const unsigned char* position = DerOf(bytes);
  Pkcs12Handle handle(
      Check(d2i_PKCS12(nullptr, &position, static_cast<long>(bytes.size())), "d2i_PKCS12"));
  RequireWhole(bytes, position);
  return handle;
}

Certificates Take(const StackHandle& stack) {
  Certificates list;
  for (int i = 0; i < sk_X509_num(stack.get()); ++i) {
    list.push_back(std::make_shared<Certificate>(Share(sk_X509_value(stack.get(), i))));
  }
  return list;
}

// Files keep them in any order, TLS sends them in this one.
void SortIssuerFirst(const Certificate& leaf, Certificates& chain) {
  X509* below = leaf.get();
  for (auto next = chain.begin(); next != chain.end(); ++next) {
    const auto issuer = std::find_if(next, chain.end(), [below](const auto& candidate) {
      return X509_check_issued(candidate->get(), below) == X509_V_OK;
    });
    if (issuer == chain.end()) return;
    std::rotate(next, issuer, issuer + 1);
    below = (*next)->get();
  }
}

}  // namespace

Pkcs12Content ParsePkcs12(std::string_view bytes, const std::optional<std::string>& password) {
  const QueueGuard guard;
  RequireUsable(password);
  if (password && password->find('\0') != std::string::npos) {
    throw UsageError("ERR_INVALID_ARG_VALUE", "a PKCS#12 password has no NUL in it");
  }
  const Pkcs12Handle handle = ParseDer(bytes);
  EVP_PKEY* raw_key = nullptr;
  X509* raw_certificate = nullptr;
  STACK_OF(X509)* raw_chain = nullptr;
  // No password and an empty one are different things in PKCS#12; without one OpenSSL tries both.
  const int parsed = PKCS12_parse(handle.get(), password ? password->c_str() : nullptr, &raw_key,
                                  &raw_certificate, &raw_chain);
  KeyHandle key(raw_key);
  X509Handle certificate(raw_certificate);
  const StackHandle stack(raw_chain);
  if (parsed != 1) {
    ErrorReport report = TakeErrors("PKCS12_parse");
    if (!BlamesPassword(report)) throw OpensslError(std::move(report));
    (void)RequirePassword(password);  // none was given: that is the failure, as for key files
    ThrowWrongPassword(std::move(report));
  }
  if (!key) throw UsageError("ERR_NO_PRIVATE_KEY", "the PKCS#12 file has no private key");
  if (!certificate) throw UsageError("ERR_NO_CERTIFICATE", "no certificate in it is the key's");

  Pkcs12Content content;
  content.certificate = std::make_shared<Certificate>(std::move(certificate));
  content.key = std::make_shared<PrivateKey>(std::move(key));
  content.chain = Take(stack);
  SortIssuerFirst(*content.certificate, content.chain);
  return content;
}

}  // namespace bladessl::openssl
