#include "native/openssl/public_key.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

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

}  // namespace bladessl::openssl
