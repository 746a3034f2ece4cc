#include "native/openssl/store.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <unordered_map>

#include "native/openssl/crl.h"
#include "native/openssl/decrypt.h"
#include "native/openssl/encoding.h"
#include "native/openssl/error.h"
#include "native/openssl/pkcs7.h"

namespace bladessl::openssl {

namespace {

// As many as OpenSSL follows when it verifies: a file with more is none that anybody shows.
constexpr std::size_t kLongestLine = 100;

// None when the DER is of something else.
template <class Handle, class Parse>
Handle TryDer(std::string_view der, Parse parse) {
  const unsigned char* position = DerOf(der);
  Handle handle(parse(nullptr, &position, static_cast<long>(der.size())));
  if (handle) RequireWhole(der, position);
  ERR_clear_error();
  return handle;
}

// Empty for a key that cannot be written, and so be nobody's.
std::string PublicDer(EVP_PKEY* key) {
  unsigned char* data = nullptr;
  const int size = i2d_PUBKEY(key, &data);
  if (size <= 0) return {};
  const Secret der = Secret::Adopt(data, static_cast<std::size_t>(size));
  return std::string(der.view());
}

void AddPublicKey(EVP_PKEY* key, StoreContent& content) {
  std::string der = PublicDer(key);
  if (der.empty()) ThrowOpensslError("i2d_PUBKEY");
  content.public_keys.push_back(std::move(der));
}

void AddCertificate(std::string_view der, decltype(&d2i_X509) parse, StoreContent& content) {
  const unsigned char* position = DerOf(der);
  X509Handle handle(Check(parse(nullptr, &position, static_cast<long>(der.size())), "d2i_X509"));
  RequireWhole(der, position);
  content.certificates.push_back(std::make_shared<Certificate>(std::move(handle)));
}

void AddCrl(std::string_view der, StoreContent& content) {
  const unsigned char* position = DerOf(der);
  const CrlHandle crl(
      Check(d2i_X509_CRL(nullptr, &position, static_cast<long>(der.size())), "d2i_X509_CRL"));
  RequireWhole(der, position);
  content.crls.push_back(CrlDer(crl.get()));
}

void AddPublicKeyBlock(std::string_view der, bool is_rsa, StoreContent& content) {
  const unsigned char* position = DerOf(der);
  const auto size = static_cast<long>(der.size());
  const KeyHandle key(Check(is_rsa ? d2i_PublicKey(EVP_PKEY_RSA, nullptr, &position, size)
                                   : d2i_PUBKEY(nullptr, &position, size),
                            "d2i_PUBKEY"));
  RequireWhole(der, position);
  AddPublicKey(key.get(), content);
}

void AddPkcs7(std::string_view der, StoreContent& content) {
  StoreContent inner = ReadPkcs7(der);
  std::move(inner.certificates.begin(), inner.certificates.end(),
            std::back_inserter(content.certificates));
  std::move(inner.crls.begin(), inner.crls.end(), std::back_inserter(content.crls));
}

// Whether the block is of a kind that a store has, but for private keys.
bool AddBlock(const PemBlock& block, StoreContent& content) {
  const std::string_view der = block.data.view();
  if (block.name == PEM_STRING_X509 || block.name == PEM_STRING_X509_OLD) {
    AddCertificate(der, d2i_X509, content);
  } else if (block.name == PEM_STRING_X509_TRUSTED) {
    AddCertificate(der, d2i_X509_AUX, content);
  } else if (block.name == PEM_STRING_X509_CRL) {
    AddCrl(der, content);
  } else if (block.name == PEM_STRING_PUBLIC || block.name == PEM_STRING_RSA_PUBLIC) {
    AddPublicKeyBlock(der, block.name == PEM_STRING_RSA_PUBLIC, content);
  } else if (IsPkcs7Block(block.name)) {
    AddPkcs7(der, content);
  } else {
    return false;
  }
  return true;
}

StoreContent ReadPem(std::string_view text, const Password& password, KeyBlocks key_blocks) {
  PemReader reader(text, PemReader::Memory::kSecure);
  StoreContent content;
  Work work;
  bool found = false;
  while (auto block = reader.Next()) {
    if (AddBlock(*block, content)) {
      found = true;
    } else if (key_blocks == KeyBlocks::kRead) {
      KeyHandle key = ParseKeyBlock(*block, password, work);
      if (!key) continue;
      content.keys.push_back(std::make_shared<PrivateKey>(std::move(key)));
      found = true;
    }
  }
  if (!found) reader.ThrowMissing("ERR_STORE_FORMAT", "certificate or key");
  return content;
}

StoreContent ReadDer(std::string_view der, const Password& password, KeyBlocks key_blocks) {
  StoreContent content;
  if (X509Handle certificate = TryDer<X509Handle>(der, d2i_X509)) {
    content.certificates.push_back(std::make_shared<Certificate>(std::move(certificate)));
  } else if (const CrlHandle crl = TryDer<CrlHandle>(der, d2i_X509_CRL)) {
    content.crls.push_back(CrlDer(crl.get()));
  } else if (const KeyHandle key = TryDer<KeyHandle>(der, d2i_PUBKEY)) {
    AddPublicKey(key.get(), content);
  } else if (key_blocks == KeyBlocks::kRead) {
    content.keys.push_back(PrivateKey::Parse(der, password));
  } else {
    AddCertificate(der, d2i_X509, content);  // for its error
  }
  return content;
}

std::string NumberText(EVP_PKEY* key, const char* parameter) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, parameter, &raw) != 1) return {};
  const NumberHandle number(raw);
  const OpensslText text(Check(BN_bn2hex(number.get()), "BN_bn2hex"));
  return text.get();
}

// The same for all forms of one public key: points may be compressed, and parameters left out.
std::string MarkOf(EVP_PKEY* key) {
  for (const char* parameter : {OSSL_PKEY_PARAM_EC_PUB_X, OSSL_PKEY_PARAM_RSA_N}) {
    std::string text = NumberText(key, parameter);
    ERR_clear_error();
    if (!text.empty()) return text;
  }
  return PublicDer(key);
}

bool Issued(const Certificate& issuer, const Certificate& subject) {
  return X509_check_issued(issuer.get(), subject.get()) == X509_V_OK;
}

}  // namespace

StoreContent ReadBlocks(std::string_view bytes, const Password& password, KeyBlocks key_blocks) {
  const QueueGuard guard;
  RequireUsable(password);
  return IsPem(bytes) ? ReadPem(bytes, password, key_blocks) : ReadDer(bytes, password, key_blocks);
}

std::vector<std::optional<std::size_t>> MatchKeys(const Certificates& certificates,
                                                  const PrivateKeys& keys) {
  const QueueGuard guard;
  std::unordered_map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < keys.size(); ++i) known.emplace(MarkOf(keys[i]->get()), i);
  std::vector<std::optional<std::size_t>> matches;
  matches.reserve(certificates.size());
  for (const auto& certificate : certificates) {
    matches.emplace_back();
    EVP_PKEY* own = X509_get0_pubkey(certificate->get());
    if (own == nullptr) continue;  // of a kind that this OpenSSL does not know
    const auto found = known.find(MarkOf(own));
    if (found == known.end()) continue;
    if (certificate->HasKey(keys[found->second]->get())) matches.back() = found->second;
  }
  return matches;
}

std::size_t SortIssuerFirst(const Certificate& leaf, Certificates& others) {
  const QueueGuard guard;
  const Certificate* below = &leaf;
  auto next = others.begin();
  for (; next != others.end() && !Issued(*below, *below); ++next) {
    if (next - others.begin() == kLongestLine) break;
    const auto issuer = std::find_if(
        next, others.end(), [below](const auto& candidate) { return Issued(*candidate, *below); });
    if (issuer == others.end()) break;
    std::rotate(next, issuer, issuer + 1);
    below = next->get();
  }
  return static_cast<std::size_t>(next - others.begin());
}

}  // namespace bladessl::openssl
