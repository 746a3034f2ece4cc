#include "native/openssl/pkcs12.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include <algorithm>
#include <vector>

#include "native/openssl/crl.h"
#include "native/openssl/encoding.h"
#include "native/openssl/error.h"
#include "native/openssl/kinds.h"

namespace bladessl::openssl {

namespace {

inline void FreeSafes(STACK_OF(PKCS7) * stack) {
  sk_PKCS7_pop_free(stack, PKCS7_free);
}
inline void FreeBags(STACK_OF(PKCS12_SAFEBAG) * stack) {
  sk_PKCS12_SAFEBAG_pop_free(stack, PKCS12_SAFEBAG_free);
}

using Pkcs12Handle = Owned<PKCS12, PKCS12_free>;
using SafesHandle = Owned<STACK_OF(PKCS7), FreeSafes>;
using BagsHandle = Owned<STACK_OF(PKCS12_SAFEBAG), FreeBags>;

Pkcs12Handle ParseDer(std::string_view bytes) {
  if (IsPem(bytes)) throw UsageError("ERR_NOT_PKCS12", "this is text: PKCS#12 is a binary format");
  const unsigned char* position = DerOf(bytes);
  Pkcs12Handle handle(d2i_PKCS12(nullptr, &position, static_cast<long>(bytes.size())));
  if (!handle) ThrowUnreadable(bytes, "ERR_NOT_PKCS12", "PKCS#12 file");
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

// After a step of decryption failed.
[[noreturn]] void ThrowFailure(const char* what, const Password& password) {
  ErrorReport report = TakeErrors(what);
  if (!BlamesPassword(report)) throw OpensslError(std::move(report));
  (void)RequirePassword(password);  // none was given: that is the failure, as for key files
  ThrowWrongPassword(std::move(report));
}

BagsHandle Decrypt(PKCS7* safe, const Password& password) {
  BagsHandle bags = WithPassword(password, [safe](const char* text, int size) {
    return BagsHandle(PKCS12_unpack_p7encdata(safe, text, size));
  });
  if (!bags) ThrowFailure("PKCS12_unpack_p7encdata", password);
  ERR_clear_error();
  return bags;
}

KeyInfoHandle Decrypt(const PKCS12_SAFEBAG* bag, const Password& password) {
  KeyInfoHandle info = WithPassword(password, [bag](const char* text, int size) {
    return KeyInfoHandle(PKCS12_decrypt_skey(bag, text, size));
  });
  if (!info) ThrowFailure("PKCS12_decrypt_skey", password);
  ERR_clear_error();
  return info;
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

void RequireMac(PKCS12* file, const Password& password) {
  if (PKCS12_mac_present(file) != 1) return;
  const bool is_right = WithPassword(password, [file](const char* text, int size) {
    return PKCS12_verify_mac(file, text, size) == 1;
  });
  if (is_right) return;
  // It says something when it cannot tell, and nothing when the MAC is another.
  if (ERR_peek_error() == 0) ERR_raise(ERR_LIB_PKCS12, PKCS12_R_MAC_VERIFY_FAILURE);
  ThrowFailure("PKCS12_verify_mac", password);
}

// The bags of all safes. Some keys are seen only when what they lie in is decrypted: that is done
// when all else is bearable and the password is right.
std::vector<BagsHandle> Open(PKCS12* file, const Password& password) {
  Work work;
  AddMac(work, file);
  const SafesHandle safes(Check(PKCS12_unpack_authsafes(file), "PKCS12_unpack_authsafes"));
  std::vector<BagsHandle> opened(static_cast<std::size_t>(sk_PKCS7_num(safes.get())));
  for (std::size_t i = 0; i < opened.size(); ++i) {
    PKCS7* safe = sk_PKCS7_value(safes.get(), static_cast<int>(i));
    if (IsEncrypted(safe)) {
      work.Add(safe->d.encrypted->enc_data->algorithm);
    } else if (PKCS7_type_is_data(safe)) {
      opened[i].reset(Check(PKCS12_unpack_p7data(safe), "PKCS12_unpack_p7data"));
      AddKeys(work, opened[i].get());
    } else {
      throw UsageError("ERR_NOT_PKCS12", "a part of it is encrypted, but not with a password");
    }
  }
  RequireMac(file, password);
  for (std::size_t i = 0; i < opened.size(); ++i) {
    if (opened[i]) continue;
    opened[i] = Decrypt(sk_PKCS7_value(safes.get(), static_cast<int>(i)), password);
    AddKeys(work, opened[i].get());
  }
  return opened;
}

void TakeKey(const PKCS8_PRIV_KEY_INFO* info, StoreContent& content) {
  KeyHandle key(Check(EVP_PKCS82PKEY(info), "EVP_PKCS82PKEY"));
  content.keys.push_back(std::make_shared<PrivateKey>(std::move(key)));
}

void TakeCertificate(const PKCS12_SAFEBAG* bag, StoreContent& content) {
  if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate) return;
  X509Handle certificate(Check(PKCS12_SAFEBAG_get1_cert(bag), "PKCS12_SAFEBAG_get1_cert"));
  content.certificates.push_back(std::make_shared<Certificate>(std::move(certificate)));
}

void TakeCrl(const PKCS12_SAFEBAG* bag, StoreContent& content) {
  if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Crl) return;
  const CrlHandle crl(Check(PKCS12_SAFEBAG_get1_crl(bag), "PKCS12_SAFEBAG_get1_crl"));
  content.crls.push_back(CrlDer(crl.get()));
}

// What is of another kind (a secret, an SDSI certificate) is nobody's here.
void Take(const STACK_OF(PKCS12_SAFEBAG) * bags, const Password& password, StoreContent& content) {
  for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); ++i) {
    const PKCS12_SAFEBAG* bag = sk_PKCS12_SAFEBAG_value(bags, i);
    switch (PKCS12_SAFEBAG_get_nid(bag)) {
      case NID_keyBag:
        TakeKey(PKCS12_SAFEBAG_get0_p8inf(bag), content);
        break;
      case NID_pkcs8ShroudedKeyBag:
        TakeKey(Decrypt(bag, password).get(), content);
        break;
      case NID_certBag:
        TakeCertificate(bag, content);
        break;
      case NID_crlBag:
        TakeCrl(bag, content);
        break;
      case NID_safeContentsBag:
        Take(PKCS12_SAFEBAG_get0_safes(bag), password, content);
        break;
      default:
        break;
    }
  }
}

}  // namespace

void RequirePkcs12Password(const Password& password) {
  RequireUsable(password);
  if (password && password->find('\0') != std::string::npos) {
    throw UsageError("ERR_INVALID_ARG_VALUE", "a PKCS#12 password has no NUL in it");
  }
}

StoreContent ReadPkcs12(std::string_view bytes, const Pkcs12Passwords& passwords) {
  const QueueGuard guard;
  const Password& for_keys = passwords.keys != nullptr ? *passwords.keys : passwords.file;
  RequirePkcs12Password(passwords.file);
  RequirePkcs12Password(for_keys);
  const Pkcs12Handle file = ParseDer(bytes);
  StoreContent content;
  for (const BagsHandle& bags : Open(file.get(), passwords.file)) {
    Take(bags.get(), for_keys, content);
  }
  return content;
}

Pkcs12Content ParsePkcs12(std::string_view bytes, const Password& password) {
  StoreContent content = ReadPkcs12(bytes, {password});
  if (content.keys.empty()) {
    throw UsageError("ERR_NO_PRIVATE_KEY", "the PKCS#12 file has no private key");
  }
  const auto matches = MatchKeys(content.certificates, content.keys);
  const auto first = std::min_element(matches.begin(), matches.end(), [](auto one, auto other) {
    return one && (!other || *one < *other);
  });
  if (first == matches.end() || !*first) {
    throw UsageError("ERR_NO_CERTIFICATE", "no certificate in it is the key's");
  }
  const auto leaf = content.certificates.begin() + (first - matches.begin());
  Pkcs12Content found{*leaf, content.keys[**first], {}};
  content.certificates.erase(leaf);
  found.chain = std::move(content.certificates);
  SortIssuerFirst(*found.certificate, found.chain);
  return found;
}

}  // namespace bladessl::openssl
