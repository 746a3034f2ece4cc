#include "native/openssl/public_key.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "native/openssl/certificate.h"
#include "native/openssl/encoding.h"
#include "native/openssl/error.h"

namespace bladessl::openssl {

namespace {

KeyHandle ParseDer(std::string_view der) {
  const unsigned char* position = DerOf(der);
  KeyHandle key(Check(d2i_PUBKEY(nullptr, &position, static_cast<long>(der.size())), "d2i_PUBKEY"));
  RequireWhole(der, position);
  return key;
}

KeyHandle KeyOf(X509* certificate) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  return Share(Check(key, "the certificate's public key"));
}

// OpenSSL's reason is that of the certificate, when it is neither.
KeyHandle ParseEitherDer(std::string_view der) {
  const unsigned char* position = DerOf(der);
  if (KeyHandle key{d2i_PUBKEY(nullptr, &position, static_cast<long>(der.size()))}) {
    RequireWhole(der, position);
    return key;
  }
  ERR_clear_error();
  return KeyOf(Certificate::Parse(der).front()->get());
}

}  // namespace

KeyHandle ParsePublicKey(std::string_view bytes) {
  const QueueGuard guard;
  if (!IsPem(bytes)) return ParseDer(bytes);
  PemReader reader(bytes, PemReader::Memory::kPlain);
  while (const auto block = reader.Next()) {
    if (block->name == PEM_STRING_PUBLIC) return ParseDer(block->data.view());
  }
  reader.ThrowMissing("ERR_NOT_A_PUBLIC_KEY", "public key");
}

KeyHandle KnownPublicKey(std::string_view der) {
  const QueueGuard guard;
  const unsigned char* position = DerOf(der);
  return KeyHandle(d2i_PUBKEY(nullptr, &position, static_cast<long>(der.size())));
}

KeyHandle ParsePublicKeyOrCertificate(std::string_view bytes) {
  const QueueGuard guard;
  if (!IsPem(bytes)) return ParseEitherDer(bytes);
  PemReader reader(bytes, PemReader::Memory::kPlain);
  while (const auto block = reader.Next()) {
    if (block->name == PEM_STRING_PUBLIC) return ParseDer(block->data.view());
    const bool is_certificate = block->name == PEM_STRING_X509 ||
                                block->name == PEM_STRING_X509_OLD ||
                                block->name == PEM_STRING_X509_TRUSTED;
    if (is_certificate) return KeyOf(Certificate::Parse(bytes).front()->get());
  }
  reader.ThrowMissing("ERR_NOT_A_PUBLIC_KEY", "public key or certificate");
}

std::string PublicPem(const EVP_PKEY* key) {
  const QueueGuard guard;
  const MemoryBio bio = NewMemoryBio();
  Check(PEM_write_bio_PUBKEY(bio.get(), key), "PEM_write_bio_PUBKEY");
  return std::string(ContentOf(bio));
}

std::string PublicDer(const EVP_PKEY* key) {
  const QueueGuard guard;
  const MemoryBio bio = NewMemoryBio();
  Check(i2d_PUBKEY_bio(bio.get(), key), "i2d_PUBKEY_bio");
  return std::string(ContentOf(bio));
}

}  // namespace bladessl::openssl
