#include "native/openssl/pkcs12.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include <algorithm>
#include <vector>

#include "native/openssl/decrypt.h"
#include "native/openssl/encoding.h"
#include "native/openssl/error.h"

namespace bladessl::openssl {

namespace {

inline void FreeCertificates(STACK_OF(X509) * stack) {
  sk_X509_pop_free(stack, X509_free);
}

inline void FreeSafes(STACK_OF(PKCS7) * stack) {
  sk_PKCS7_pop_free(stack, PKCS7_free);
}
inline void FreeBags(STACK_OF(PKCS12_SAFEBAG) * stack) {
  sk_PKCS12_SAFEBAG_pop_free(stack, PKCS12_SAFEBAG_free);
}

using Pkcs12Handle = Owned<PKCS12, PKCS12_free>;
using SafesHandle = Owned<STACK_OF(PKCS7), FreeSafes>;
using BagsHandle = Owned<STACK_OF(PKCS12_SAFEBAG), FreeBags>;
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

// No password and an empty one are different things in PKCS#12; without one OpenSSL tries both.
template <class Try>
auto WithPassword(const Password& password, Try attempt) {
  if (password) return attempt(password->c_str(), static_cast<int>(password->size()));
  auto result = attempt(nullptr, 0);
  return result ? std::move(result) : attempt("", 0);
}

bool IsEncrypted(const PKCS7* safe) {
  return PKCS7_type_is_encrypted(safe) && safe->d.encrypted != nullptr;
}

BagsHandle Decrypt(PKCS7* safe, const Password& password) {
  return WithPassword(password, [safe](const char* text, int size) {
    return BagsHandle(PKCS12_unpack_p7encdata(safe, text, size));
  });
}

void AddKeys(Work& work, const STACK_OF(PKCS12_SAFEBAG) * bags) {
  for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); ++i) {
    const PKCS12_SAFEBAG* bag = sk_PKCS12_SAFEBAG_value(bags, i);
    if (PKCS12_SAFEBAG_get_nid(bag) == NID_safeContentsBag) {
      AddKeys(work, PKCS12_SAFEBAG_get0_safes(bag));
    }
    const X509_SIG* key = PKCS12_SAFEBAG_get0_pkcs8(bag);
    if (key == nullptr) continue;
    const X509_ALGOR* algorithm = nullptr;
    X509_SIG_get0(key, &algorithm, nullptr);
    work.Add(algorithm);
  }
}

void AddMac(Work& work, const PKCS12* file) {
  const X509_ALGOR* mac = nullptr;
  const ASN1_INTEGER* iterations = nullptr;
  PKCS12_get0_mac(nullptr, &mac, nullptr, &iterations, file);
  if (mac != nullptr) work.Add(mac);
  if (iterations != nullptr) work.Add(iterations);
}

bool IsMacRight(PKCS12* file, const Password& password) {
  if (PKCS12_mac_present(file) != 1) return true;
  return WithPassword(password, [file](const char* text, int size) {
    return PKCS12_verify_mac(file, text, size) == 1;
  });
}

// Some keys are seen only when what they lie in is decrypted: that is done when all else is
// bearable and the password is right. What cannot be read here, PKCS12_parse refuses.
void RequireBearable(PKCS12* file, const Password& password) {
  Work work;
  AddMac(work, file);
  const SafesHandle safes(PKCS12_unpack_authsafes(file));
  std::vector<PKCS7*> encrypted;
  for (int i = 0; i < sk_PKCS7_num(safes.get()); ++i) {
    PKCS7* safe = sk_PKCS7_value(safes.get(), i);
    if (IsEncrypted(safe)) {
      work.Add(safe->d.encrypted->enc_data->algorithm);
      encrypted.push_back(safe);
    } else if (PKCS7_type_is_data(safe)) {
      AddKeys(work, BagsHandle(PKCS12_unpack_p7data(safe)).get());
    }
  }
  if (!IsMacRight(file, password)) encrypted.clear();
  for (PKCS7* safe : encrypted) AddKeys(work, Decrypt(safe, password).get());
  ERR_clear_error();
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
  RequireBearable(handle.get(), password);
  EVP_PKEY* raw_key = nullptr;
  X509* raw_certificate = nullptr;
  STACK_OF(X509)* raw_chain = nullptr;
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
