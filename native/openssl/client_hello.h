// The ClientHello that a server has read, byte for byte, for SSL_CTX_set_client_hello_cb(3). Inside
// that callback libssl tells the extensions that it knows itself, and has forgotten all others
// (SSL_client_hello_get0_ext(3)): so the message is kept as the message callback sees it before.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace bladessl::openssl {

class ClientHelloKeeper {
 public:
  // From SSL_set_msg_callback(3), with what that is told. Of each handshake the last one counts: a
  // second one answers a HelloRetryRequest, and a third begins a renegotiation.
  void OnMessage(int sent, int type, const void* bytes, std::size_t size);

  // Inside the callback: the handshake message, with its header. Throws ERR_SSLV2_CLIENT_HELLO for
  // the form of SSL 2, which is none. Good until the next one comes.
  std::string_view MessageOf(SSL* ssl) const;

  // Gives the memory back, once nobody will ask.
  void Forget();

 private:
  std::string message_;
};

}  // namespace bladessl::openssl
