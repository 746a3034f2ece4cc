#include "native/openssl/client_hello.h"

#include "native/openssl/error.h"

namespace bladessl::openssl {

void ClientHelloKeeper::OnMessage(int sent, int type, const void* bytes, std::size_t size) {
  if (sent != 0 || type != SSL3_RT_HANDSHAKE || size == 0) return;
  const auto* message = static_cast<const char*>(bytes);
  if (message[0] == SSL3_MT_CLIENT_HELLO) message_.assign(message, size);
}

std::string_view ClientHelloKeeper::MessageOf(SSL* ssl) const {
  if (SSL_client_hello_isv2(ssl) != 0) {
    throw UsageError("ERR_SSLV2_CLIENT_HELLO",
                     "a ClientHello of SSL 2 has none of what this one is about");
  }
  return message_;
}

void ClientHelloKeeper::Forget() {
  message_ = std::string();
}

}  // namespace bladessl::openssl
