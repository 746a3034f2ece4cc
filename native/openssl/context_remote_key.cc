// A context whose private key is held elsewhere.
#include <openssl/ssl.h>

#include <algorithm>

#include "native/openssl/context.h"
#include "native/openssl/error.h"
#include "native/openssl/remote_key.h"

namespace bladessl::openssl {

namespace {

using SecurityCallback = int (*)(const SSL*, const SSL_CTX*, int, int, int, void*, void*);

// OpenSSL's own, which goes by the security level.
SecurityCallback StandardRules() {
  static const SecurityCallback rules = [] {
    const SslCtxHandle ctx(Check(SSL_CTX_new(TLS_method()), "SSL_CTX_new"));
    return SSL_CTX_get_security_callback(ctx.get());
  }();
  return rules;
}

// Whether the client encrypts a secret with the server's RSA key, which the server then decrypts.
bool IsKeyTransport(const SSL_CIPHER* cipher) {
  const int exchange = SSL_CIPHER_get_kx_nid(cipher);
  return exchange == NID_kx_rsa || exchange == NID_kx_rsa_psk;
}

// A key held elsewhere signs, and decrypts nothing. A server never chooses what it could not go
// through with.
int WithoutKeyTransport(const SSL* ssl, const SSL_CTX* ctx, int operation, int bits, int nid,
                        void* other, void* data) {
  const bool chosen = operation == SSL_SECOP_CIPHER_SHARED && other != nullptr;
  if (chosen && IsKeyTransport(static_cast<const SSL_CIPHER*>(other))) return 0;
  return StandardRules()(ssl, ctx, operation, bits, nid, other, data);
}

}  // namespace

void RefuseKeyTransport(SSL* ssl) {
  SSL_set_security_callback(ssl, WithoutKeyTransport);
}

void Context::UseRemoteKey(const RemoteKey& key) {
  const QueueGuard guard;
  RequireKeyOfCertificate(key.get());
  (void)StandardRules();  // it may fail here, and not inside libssl
  const Entry entry = KeyEntry(key.get(), KeyPlace::kElsewhere);
  ChangeAll({entry});
  signers_.emplace_back(entry.first.second, key.signer());
}

// The SSL_CTX may have had a key that was elsewhere before, and have one of its own now.
void Context::SetKeyTransport(SSL_CTX* ctx, KeyPlace place) {
  if (place == KeyPlace::kElsewhere) {
    SSL_CTX_set_security_callback(ctx, WithoutKeyTransport);
  } else if (SSL_CTX_get_security_callback(ctx) == WithoutKeyTransport) {
    SSL_CTX_set_security_callback(ctx, StandardRules());
  }
}

void Context::ForgetSigner(const std::string& key_type) {
  signers_.erase(std::remove_if(signers_.begin(), signers_.end(),
                                [&](const auto& signer) { return signer.first == key_type; }),
                 signers_.end());
}

}  // namespace bladessl::openssl
