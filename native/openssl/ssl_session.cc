// Taking a connection's session along, for a later one to resume.
#include "native/openssl/ssl.h"

namespace bladessl::openssl {

namespace {

using SessionHandle = Owned<SSL_SESSION, SSL_SESSION_free>;

}  // namespace

std::optional<std::string> Ssl::Session() const {
  const QueueGuard guard;
  const SessionHandle session(SSL_get1_session(ssl_.get()));
  if (!session || SSL_SESSION_is_resumable(session.get()) == 0) return std::nullopt;
  const int size = i2d_SSL_SESSION(session.get(), nullptr);
  Check(size, "i2d_SSL_SESSION");
  std::string der(static_cast<std::size_t>(size), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  i2d_SSL_SESSION(session.get(), &out);
  return der;
}

void Ssl::SetSession(const std::string& der) {
  if (role_ == Role::kServer) {
    throw UsageError("ERR_WRONG_STATE", "a server is offered a session: its client sets it");
  }
  RequireBeforeHandshake("the session");
  const QueueGuard guard;
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const auto size = static_cast<long>(der.size());
  const SessionHandle session(Check(d2i_SSL_SESSION(nullptr, &bytes, size), "not a session"));
  if (bytes != reinterpret_cast<const unsigned char*>(der.data()) + size) {
    throw UsageError("ERR_TRAILING_DATA", "something follows the session");
  }
  Check(SSL_set_session(ssl_.get(), session.get()), "SSL_set_session");
}

}  // namespace bladessl::openssl
