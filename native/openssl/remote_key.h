// Private keys held elsewhere: OpenSSL has the public part, and asks somebody else for signatures.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "native/openssl/handle.h"
#include "native/openssl/signature_scheme.h"
#include "native/openssl/suspension.h"

namespace bladessl::openssl {

struct SigningRequest {
  SignatureScheme scheme;
  std::string_view message;  // itself, not its hash
};

// Signs, at once or later. What it throws ends the handshake, and reaches the caller.
class RemoteSigner {
 public:
  virtual ~RemoteSigner() = default;
  virtual void Sign(const SigningRequest& request,
                    const std::shared_ptr<Reply<std::string>>& reply) = 0;
  // What keeps the signer from being collected while a handshake is under way.
  virtual std::shared_ptr<void> Hold() = 0;
};

// Belongs to the thread that has made it.
class RemoteKey {
 public:
  // What OpenSSL's key holds too; it may outlive this.
  class Core;

  // `verifies`: each signature is held against the public key before it goes out. Throws UsageError
  // ERR_INVALID_ARG_VALUE for keys that TLS does not sign with.
  RemoteKey(KeyHandle public_key, std::shared_ptr<RemoteSigner> signer, bool verifies);

  // For SSL_CTX_use_PrivateKey. Its operations are those of our own provider.
  EVP_PKEY* get() const { return handle_.get(); }
  const std::shared_ptr<RemoteSigner>& signer() const;

  // As of a PrivateKey.
  std::string PublicPem() const;
  std::string PublicDer() const;
  std::string Type() const;
  int Bits() const;
  std::string Group() const;

 private:
  std::shared_ptr<Core> core_;
  KeyHandle handle_;
};

// Suites whose key exchange such a key would have to decrypt for are not chosen for this SSL.
void RefuseKeyTransport(SSL* ssl);

class RemoteKey::Core {
 public:
  Core(KeyHandle public_key, std::shared_ptr<RemoteSigner> signer, bool verifies)
      : public_key_(std::move(public_key)), signer_(std::move(signer)), verifies_(verifies) {}

  EVP_PKEY* public_key() const { return public_key_.get(); }
  const std::shared_ptr<RemoteSigner>& signer() const { return signer_; }
  // From inside libssl, perhaps on a job's stack. Throws what the signer throws, and
  // ERR_WRONG_SIGNATURE.
  std::string Sign(const SigningRequest& request) const;

 private:
  KeyHandle public_key_;
  std::shared_ptr<RemoteSigner> signer_;
  bool verifies_;
  std::thread::id thread_ = std::this_thread::get_id();
};

}  // namespace bladessl::openssl
