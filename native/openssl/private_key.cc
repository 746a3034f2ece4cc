#include "native/openssl/private_key.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <algorithm>

#include "native/openssl/decrypt.h"
#include "native/openssl/encoding.h"
#include "native/openssl/error.h"
#include "native/openssl/key_text.h"
#include "native/openssl/kinds.h"
#include "native/openssl/public_key.h"

namespace bladessl::openssl {

namespace {

using EncryptedHandle = Owned<X509_SIG, X509_SIG_free>;

struct TraditionalKind {
  std::string_view name;
  int type;
};
constexpr TraditionalKind kTraditionalKinds[] = {
    {PEM_STRING_RSA, EVP_PKEY_RSA},
    {PEM_STRING_ECPRIVATEKEY, EVP_PKEY_EC},
    {PEM_STRING_DSA, EVP_PKEY_DSA},
};

// NIST SP 800-132 asks for 128 bits; OpenSSL's own default was half of that before 3.2.
constexpr int kSaltSize = 16;

// In place of OpenSSL's own callback, which asks on the terminal.
int AnswerPassword(char* buffer, int size, int /*for_writing*/, void* data) {
  const auto& password = *static_cast<const std::string*>(data);
  if (password.size() > static_cast<std::size_t>(size)) return -1;
  std::copy(password.begin(), password.end(), buffer);
  return static_cast<int>(password.size());
}

KeyHandle FromInfo(const KeyInfoHandle& info) {
  return KeyHandle(Check(EVP_PKCS82PKEY(info.get()), "EVP_PKCS82PKEY"));
}

KeyHandle ParsePkcs8(std::string_view der) {
  const unsigned char* position = DerOf(der);
  const KeyInfoHandle info(
      Check(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &position, static_cast<long>(der.size())),
            "d2i_PKCS8_PRIV_KEY_INFO"));
  RequireWhole(der, position);
  return FromInfo(info);
}

KeyHandle Decrypt(const EncryptedHandle& encrypted, const Password& password, Work& work) {
  const std::string& text = RequirePassword(password);
  const X509_ALGOR* algorithm = nullptr;
  X509_SIG_get0(encrypted.get(), &algorithm, nullptr);
  work.Add(algorithm);
  const KeyInfoHandle info(
      PKCS8_decrypt(encrypted.get(), text.data(), static_cast<int>(text.size())));
  if (!info) ThrowDecryptFailure("PKCS8_decrypt");
  return FromInfo(info);
}

EncryptedHandle ParseEncrypted(std::string_view der, const unsigned char** position) {
  return EncryptedHandle(d2i_X509_SIG(nullptr, position, static_cast<long>(der.size())));
}

KeyHandle ParseEncryptedPkcs8(std::string_view der, const Password& password, Work& work) {
  const unsigned char* position = DerOf(der);
  const EncryptedHandle encrypted = ParseEncrypted(der, &position);
  Check(encrypted.get(), "d2i_X509_SIG");
  RequireWhole(der, position);
  return Decrypt(encrypted, password, work);
}

// PKCS#1, SEC1 and the like, where Proc-Type and DEK-Info lines may say that they are encrypted.
KeyHandle ParseTraditional(PemBlock& block, int type, const Password& password) {
  EVP_CIPHER_INFO info;
  if (PEM_get_EVP_CIPHER_INFO(block.header.data(), &info) != 1) {
    // It fails without a word on a version other than 4.
    if (ERR_peek_last_error() == 0) ERR_raise(ERR_LIB_PEM, PEM_R_NOT_PROC_TYPE);
    ThrowOpensslError("PEM_get_EVP_CIPHER_INFO");
  }
  const bool encrypted = info.cipher != nullptr;
  if (encrypted) {
    long size = static_cast<long>(block.data.size());
    auto* answer = const_cast<std::string*>(&RequirePassword(password));
    if (PEM_do_header(&info, block.data.data(), &size, AnswerPassword, answer) != 1) {
      ThrowDecryptFailure("PEM_do_header");
    }
    block.data.Shorten(static_cast<std::size_t>(size));
  }
  const std::string_view der = block.data.view();
  const unsigned char* position = DerOf(der);
  KeyHandle key(d2i_PrivateKey(type, nullptr, &position, static_cast<long>(der.size())));
  if (!key && encrypted) ThrowWrongPassword(TakeErrors("d2i_PrivateKey"));
  Check(key.get(), "d2i_PrivateKey");
  RequireWhole(der, position);
  return key;
}

KeyHandle ParsePem(std::string_view text, const Password& password) {
  PemReader reader(text, PemReader::Memory::kSecure);
  Work work;
  while (auto block = reader.Next()) {
    if (KeyHandle key = ParseKeyBlock(*block, password, work)) return key;
  }
  reader.ThrowMissing("ERR_NOT_A_PRIVATE_KEY", "private key");
}

KeyHandle ParseDer(std::string_view der, const Password& password) {
  const unsigned char* position = DerOf(der);
  if (const EncryptedHandle encrypted = ParseEncrypted(der, &position)) {
    RequireWhole(der, position);
    Work work;
    return Decrypt(encrypted, password, work);
  }
  ERR_clear_error();
  position = DerOf(der);
  KeyHandle key(d2i_AutoPrivateKey(nullptr, &position, static_cast<long>(der.size())));
  if (!key) ThrowUnreadable(der, "ERR_NOT_A_PRIVATE_KEY", "private key");
  RequireWhole(der, position);
  return key;
}

Secret Pkcs8Der(const KeyInfoHandle& info) {
  unsigned char* der = nullptr;
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), &der);
  Check(size, "i2d_PKCS8_PRIV_KEY_INFO");
  return Secret::Adopt(der, static_cast<std::size_t>(size));
}

Secret TraditionalDer(const EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PrivateKey(key, &der);
  Check(size, "i2d_PrivateKey");
  return Secret::Adopt(der, static_cast<std::size_t>(size));
}

Secret Encrypt(const KeyInfoHandle& info, const KeyEncryption& encryption) {
  const EVP_CIPHER* cipher = EVP_get_cipherbyname(encryption.cipher.c_str());
  if (cipher == nullptr) {
    throw UsageError("ERR_INVALID_ARG_VALUE", "there is no cipher '" + encryption.cipher + "'");
  }
  const std::string_view password = encryption.password.view();
  const EncryptedHandle encrypted(Check(
      PKCS8_encrypt(NID_hmacWithSHA256, cipher, password.data(), static_cast<int>(password.size()),
                    nullptr, kSaltSize, encryption.iterations, info.get()),
      "PKCS8_encrypt"));
  unsigned char* der = nullptr;
  const int size = i2d_X509_SIG(encrypted.get(), &der);
  Check(size, "i2d_X509_SIG");
  return Secret::Adopt(der, static_cast<std::size_t>(size));
}

const char* PemName(const EVP_PKEY* key, const KeyEncoding& encoding) {
  if (encoding.encryption) return PEM_STRING_PKCS8;
  if (!encoding.traditional) return PEM_STRING_PKCS8INF;
  return EVP_PKEY_is_a(key, "RSA") == 1 ? PEM_STRING_RSA : PEM_STRING_ECPRIVATEKEY;
}

}  // namespace

KeyHandle ParseKeyBlock(PemBlock& block, const Password& password, Work& work) {
  if (block.name == PEM_STRING_PKCS8INF) return ParsePkcs8(block.data.view());
  if (block.name == PEM_STRING_PKCS8) return ParseEncryptedPkcs8(block.data.view(), password, work);
  for (const TraditionalKind& kind : kTraditionalKinds) {
    if (block.name == kind.name) return ParseTraditional(block, kind.type, password);
  }
  return nullptr;
}

std::shared_ptr<PrivateKey> PrivateKey::Parse(std::string_view bytes,
                                              const std::optional<std::string>& password) {
  const QueueGuard guard;
  RequireUsable(password);
  return std::make_shared<PrivateKey>(IsPem(bytes) ? ParsePem(bytes, password)
                                                   : ParseDer(bytes, password));
}

Secret PrivateKey::Der(const KeyEncoding& encoding) const {
  const QueueGuard guard;
  if (encoding.traditional) return TraditionalDer(get());
  const KeyInfoHandle info(Check(EVP_PKEY2PKCS8(get()), "EVP_PKEY2PKCS8"));
  return encoding.encryption ? Encrypt(info, *encoding.encryption) : Pkcs8Der(info);
}

Secret PrivateKey::Pem(const KeyEncoding& encoding) const {
  const QueueGuard guard;
  const Secret der = Der(encoding);
  // A memory BIO wipes what it frees.
  const MemoryBio bio = NewMemoryBio();
  Check(PEM_write_bio(bio.get(), PemName(get(), encoding), "", DerOf(der.view()),
                      static_cast<long>(der.size())),
        "PEM_write_bio");
  return Secret(ContentOf(bio));
}

std::string PrivateKey::PublicPem() const {
  return openssl::PublicPem(get());
}

std::string PrivateKey::PublicDer() const {
  return openssl::PublicDer(get());
}

std::string PrivateKey::Type() const {
  return KeyKind(get());
}

int PrivateKey::Bits() const {
  const QueueGuard guard;
  return EVP_PKEY_get_bits(get());
}

std::string PrivateKey::Group() const {
  return KeyGroup(get()).value_or("");
}

bool PrivateKey::Equals(const PrivateKey& other) const {
  const QueueGuard guard;
  return EVP_PKEY_eq(get(), other.get()) == 1;
}

}  // namespace bladessl::openssl
