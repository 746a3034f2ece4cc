#include "native/openssl/remote_key.h"

#include "native/openssl/error.h"
#include "native/openssl/key_text.h"
#include "native/openssl/public_key.h"
#include "native/openssl/remote_provider.h"

namespace bladessl::openssl {

namespace {

std::shared_ptr<RemoteKey::Core> NewCore(KeyHandle public_key, std::shared_ptr<RemoteSigner> signer,
                                         bool verifies) {
  if (!CanSign(public_key.get())) {
    throw UsageError("ERR_INVALID_ARG_VALUE",
                     "publicKey must be RSA, EC on P-256, P-384 or P-521, Ed25519 or Ed448, not " +
                         KeyKind(public_key.get()));
  }
  return std::make_shared<RemoteKey::Core>(std::move(public_key), std::move(signer), verifies);
}

}  // namespace

RemoteKey::RemoteKey(KeyHandle public_key, std::shared_ptr<RemoteSigner> signer, bool verifies)
    : core_(NewCore(std::move(public_key), std::move(signer), verifies)),
      handle_(NewProviderKey(core_)) {}

const std::shared_ptr<RemoteSigner>& RemoteKey::signer() const {
  return core_->signer();
}

std::string RemoteKey::PublicPem() const {
  return openssl::PublicPem(core_->public_key());
}

std::string RemoteKey::PublicDer() const {
  return openssl::PublicDer(core_->public_key());
}

std::string RemoteKey::Type() const {
  return KeyKind(core_->public_key());
}

int RemoteKey::Bits() const {
  const QueueGuard guard;
  return EVP_PKEY_get_bits(core_->public_key());
}

std::string RemoteKey::Group() const {
  return KeyGroup(core_->public_key()).value_or("");
}

std::string RemoteKey::Core::Sign(const SigningRequest& request) const {
  if (std::this_thread::get_id() != thread_) {
    throw UsageError("ERR_BUSY", "the RemoteKey belongs to another thread than the handshake");
  }
  // It outlives the call, whatever is done to the key meanwhile.
  const std::shared_ptr<RemoteSigner> signer = signer_;
  const auto put = [&](const std::shared_ptr<Reply<std::string>>& reply) {
    signer->Sign(request, reply);
  };
  Suspension* handshake = Suspension::Current();
  std::string signature = handshake != nullptr ? handshake->Ask<std::string>(put)
                                               : Suspension::AskInPlace<std::string>(put);
  RequireShape(public_key(), signature);
  if (verifies_) RequireValid(public_key(), request.scheme, request.message, signature);
  return signature;
}

}  // namespace bladessl::openssl
