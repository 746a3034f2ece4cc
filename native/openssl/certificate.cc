#include "native/openssl/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "native/openssl/asn1.h"
#include "native/openssl/encoding.h"
#include "native/openssl/error.h"
#include "native/openssl/key_text.h"
#include "native/openssl/kinds.h"

namespace bladessl::openssl {

namespace {

using DerParser = decltype(&d2i_X509);

std::shared_ptr<Certificate> ParseDer(std::string_view der, DerParser parse) {
  const unsigned char* position = DerOf(der);
  X509Handle handle(parse(nullptr, &position, static_cast<long>(der.size())));
  if (!handle) ThrowUnreadable(der, "ERR_NOT_A_CERTIFICATE", "certificate");
  RequireWhole(der, position);
  return std::make_shared<Certificate>(std::move(handle));
}

}  // namespace

std::vector<std::shared_ptr<Certificate>> Certificate::Parse(std::string_view bytes) {
  const QueueGuard guard;
  if (!IsPem(bytes)) return {ParseDer(bytes, d2i_X509)};
  PemReader reader(bytes, PemReader::Memory::kPlain);
  std::vector<std::shared_ptr<Certificate>> found;
  while (const auto block = reader.Next()) {
    if (block->name == PEM_STRING_X509 || block->name == PEM_STRING_X509_OLD) {
      found.push_back(ParseDer(block->data.view(), d2i_X509));
    } else if (block->name == PEM_STRING_X509_TRUSTED) {
      found.push_back(ParseDer(block->data.view(), d2i_X509_AUX));
    }
  }
  if (found.empty()) reader.ThrowMissing("ERR_NOT_A_CERTIFICATE", "certificate");
  return found;
}

std::string Certificate::Pem() const {
  const QueueGuard guard;
  const MemoryBio bio = NewMemoryBio();
  Check(PEM_write_bio_X509(bio.get(), get()), "PEM_write_bio_X509");
  return std::string(ContentOf(bio));
}

std::string Certificate::Der() const {
  const QueueGuard guard;
  const MemoryBio bio = NewMemoryBio();
  Check(i2d_X509_bio(bio.get(), get()), "i2d_X509_bio");
  return std::string(ContentOf(bio));
}

std::string Certificate::Subject() const {
  const QueueGuard guard;
  return NameText(X509_get_subject_name(get()));
}

std::string Certificate::Issuer() const {
  const QueueGuard guard;
  return NameText(X509_get_issuer_name(get()));
}

Name Certificate::SubjectName() const {
  return ReadName(X509_get_subject_name(get()));
}

Name Certificate::IssuerName() const {
  return ReadName(X509_get_issuer_name(get()));
}

std::int64_t Certificate::Version() const {
  return std::int64_t{X509_get_version(get())} + 1;
}

std::string Certificate::SerialNumber() const {
  return NumberText(X509_get0_serialNumber(get()));
}

std::int64_t Certificate::NotBefore() const {
  return SecondsOf(X509_get0_notBefore(get()), "notBefore is not a time");
}

std::int64_t Certificate::NotAfter() const {
  return SecondsOf(X509_get0_notAfter(get()), "notAfter is not a time");
}

std::string Certificate::Digest(const std::string& algorithm) const {
  const QueueGuard guard;
  const EVP_MD* digest = EVP_get_digestbyname(algorithm.c_str());
  if (digest == nullptr) {
    throw UsageError("ERR_INVALID_ARG_VALUE", "there is no digest '" + algorithm + "'");
  }
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  Check(X509_digest(get(), digest, bytes, &size), "X509_digest");
  return std::string(reinterpret_cast<const char*>(bytes), size);
}

PublicKey Certificate::GetPublicKey() const {
  const QueueGuard guard;
  if (EVP_PKEY* key = X509_get0_pubkey(get())) {
    const auto algorithm = KeyAlgorithm(key);
    if (algorithm) return {*algorithm, EVP_PKEY_get_bits(key), KeyGroup(key)};
  }
  ASN1_OBJECT* algorithm = nullptr;
  Check(X509_PUBKEY_get0_param(&algorithm, nullptr, nullptr, nullptr, X509_get_X509_PUBKEY(get())),
        "X509_PUBKEY_get0_param");
  return {ObjectLongName(algorithm), std::nullopt, std::nullopt};
}

std::string Certificate::PublicKeyPem() const {
  const QueueGuard guard;
  const std::string der = PublicKeyDer();
  const MemoryBio bio = NewMemoryBio();
  Check(PEM_write_bio(bio.get(), PEM_STRING_PUBLIC, "", DerOf(der), static_cast<long>(der.size())),
        "PEM_write_bio");
  return std::string(ContentOf(bio));
}

std::string Certificate::PublicKeyDer() const {
  const QueueGuard guard;
  return DerText<i2d_X509_PUBKEY>(X509_get_X509_PUBKEY(get()));
}

Signature Certificate::GetSignature() const {
  const ASN1_BIT_STRING* value = nullptr;
  const X509_ALGOR* algorithm = nullptr;
  X509_get0_signature(&value, &algorithm, get());
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  return {ObjectLongName(object), BytesOf(value)};
}

void RequireMatch(X509* certificate, EVP_PKEY* key) {
  if (X509_check_private_key(certificate, key) == 1) return;
  ERR_clear_error();
  ERR_raise(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH);
  ThrowOpensslError("X509_check_private_key");
}

bool Certificate::HasKey(EVP_PKEY* key) const {
  const QueueGuard guard;
  return X509_check_private_key(get(), key) == 1;
}

}  // namespace bladessl::openssl
