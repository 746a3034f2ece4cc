// TLS over a wire, for an SSL that a socket drives. No layers below it have to be asked, so a call
// costs little more than libssl's own.
#pragma once

#include <memory>
#include <string>

#include "native/openssl/ssl.h"
#include "native/openssl/wire.h"

namespace bladessl::openssl {

class TlsStream : private Wire {
 public:
  // `server_name`: see Ssl::Drive.
  TlsStream(std::shared_ptr<Ssl> ssl, Wire& wire, const std::string& server_name);
  ~TlsStream() override;

  const std::shared_ptr<Ssl>& ssl() const { return ssl_; }

  // What it reads from and writes to from now on.
  void UseWire(Wire& wire) { wire_ = &wire; }

  // SSL_ERROR_WANT_ASYNC: a callback's answer is waited for.
  SslResult Handshake();
  // Whether it is. libssl is left alone meanwhile.
  bool waiting() const { return ssl_->suspension().waiting(); }
  // Ends the wait: the handshake fails, with an alert.
  void Abandon();
  SslResult Read(void* out, std::size_t size);
  // Whether it can be written to: not in the middle of a message of the handshake protocol, which
  // may come in pieces at any time.
  bool Writable() const { return SSL_is_init_finished(ssl_->get()) != 0; }
  // Whether a read may shake hands anew, and so call the user.
  bool renegotiates() const { return renegotiates_; }
  // All of it: a wire takes everything.
  void Write(const void* data, std::size_t size);
  void CloseNotify();
  // Whether bytes wait inside, decrypted or not.
  bool HasPending() const { return SSL_has_pending(ssl_->get()) != 0; }
  // Gives up what libssl reads into and writes from, as far as nothing is in it.
  void ReleaseBuffers();
  // How much libssl asks the wire for at once: more than a record when much comes.
  void ExpectMuch(bool much);

 private:
  // The wire as libssl sees it.
  Received Receive(void* out, std::size_t size) override;
  bool Send(const void* data, std::size_t size) override;
  bool TooManyEvents() const;
  bool SendHeld();

  std::shared_ptr<Ssl> ssl_;
  Wire* wire_;
  bool renegotiates_ = false;
  bool shaken_ = false;
  // On the stack of a job libssl must not come to the loop: what it sends then waits here.
  bool calls_out_ = false;  // while it may be on one
  std::string held_;
  bool expects_much_ = false;
};

}  // namespace bladessl::openssl
