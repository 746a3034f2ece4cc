#include "native/openssl/tls_stream.h"

#include <cstring>
#include <utility>

#include "native/openssl/system.h"

namespace bladessl::openssl {

namespace {

constexpr std::size_t kLargeReadBuffer = 65536;

// More of them without any data between is no use to anybody: a peer that wants to keep this side
// busy with key updates, say. A message makes three or four. A server's tickets come one after the
// other too, and some servers are generous.
constexpr unsigned kMaxProtocolEvents = 4096;

}  // namespace

TlsStream::TlsStream(std::shared_ptr<Ssl> ssl, Wire& wire, const std::string& server_name)
    : ssl_(std::move(ssl)), wire_(&wire) {
  const BioHandle bio = NewWireBio(*this);
  ssl_->Drive(bio.get(), server_name);
  SSL_set_read_ahead(ssl_->get(), 1);
  SSL_clear_mode(ssl_->get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
  // Without it a read may stop between two records, and nothing would tell when to go on.
  SSL_set_mode(ssl_->get(), SSL_MODE_AUTO_RETRY);
  renegotiates_ = (SSL_get_options(ssl_->get()) & SSL_OP_ALLOW_CLIENT_RENEGOTIATION) != 0;
  if (!renegotiates_) SSL_set_options(ssl_->get(), SSL_OP_NO_RENEGOTIATION);
}

TlsStream::~TlsStream() {
  Abandon();
  ssl_->Undrive();
}

bool TlsStream::TooManyEvents() const {
  return shaken_ && ssl_->protocol_events > kMaxProtocolEvents;
}

// libssl reads on for as long as nothing but messages of the protocol comes: here it is stopped.
Wire::Received TlsStream::Receive(void* out, std::size_t size) {
  if (TooManyEvents()) return {Status::kNotNow};
  return wire_->Receive(out, size);
}

bool TlsStream::Send(const void* data, std::size_t size) {
  if (!calls_out_ || !Suspension::OnJob()) return wire_->Send(data, size);
  held_.append(static_cast<const char*>(data), size);
  return true;
}

// False when the wire has failed; errno tells.
bool TlsStream::SendHeld() {
  calls_out_ = false;
  const std::string held = std::exchange(held_, {});
  return held.empty() || wire_->Send(held.data(), held.size());
}

void TlsStream::Abandon() {
  calls_out_ = true;
  ssl_->Abandon();
  (void)SendHeld();
}

SslResult TlsStream::Handshake() {
  ssl_->VetSession();
  const QueueGuard guard;
  system::SetLastError(0);
  if (waiting()) return {SSL_ERROR_WANT_ASYNC};
  calls_out_ = ssl_->calls_out();
  const int answer = ssl_->Shake();
  const int sys_errno = system::LastError();
  const bool sent = SendHeld();
  const int send_errno = sent ? 0 : system::LastError();
  SslResult result = ssl_->Conclude("the handshake failed without a reason", answer, sys_errno);
  if (ssl_->has_new_sessions()) ssl_->TellNewSessions();
  if (!result.done()) return result;
  if (!sent) {
    ErrorReport report = TakeErrors("the handshake's last message cannot be sent", send_errno);
    report.syscall = "write";
    throw OpensslError(std::move(report));
  }
  shaken_ = true;
  ssl_->protocol_events = 0;
  return result;
}

SslResult TlsStream::Read(void* out, std::size_t size) {
  const QueueGuard guard;
  SslResult result;
  system::SetLastError(0);
  const int answer = SSL_read_ex(ssl_->get(), out, size, &result.bytes);
  if (answer > 0) {
    ssl_->protocol_events = 0;
    return result;
  }
  result.error =
      ssl_->Conclude("reading failed without a reason", answer, system::LastError()).error;
  if (TooManyEvents()) {
    throw UsageError("ERR_TOO_MANY_MESSAGES",
                     "the peer sends message after message of the protocol, and no data");
  }
  return result;
}

void TlsStream::Write(const void* data, std::size_t size) {
  const QueueGuard guard;
  std::size_t written = 0;
  system::SetLastError(0);
  const int answer = SSL_write_ex(ssl_->get(), data, size, &written);
  if (answer > 0) return;
  const int sys_errno = system::LastError();
  const SslResult result = ssl_->Conclude("writing failed without a reason", answer, sys_errno);
  throw UsageError(
      "ERR_SSL_PROTOCOL_SHUTDOWN",
      "the connection takes no data now (SSL_get_error: " + std::to_string(result.error) + ")");
}

void TlsStream::CloseNotify() {
  if ((SSL_get_shutdown(ssl_->get()) & SSL_SENT_SHUTDOWN) != 0) return;
  const QueueGuard guard;
  system::SetLastError(0);
  const int answer = SSL_shutdown(ssl_->get());
  if (answer < 0)
    (void)ssl_->Conclude("closing failed without a reason", answer, system::LastError());
}

// Before OpenSSL 3.0.14 SSL_free_buffers takes the buffer away also when a record is half read, and
// libssl goes on with what it has freed (CVE-2024-4741). Node had such a one until 20.18.
void TlsStream::ReleaseBuffers() {
  SSL* ssl = ssl_->get();
  if (ssl_->suspension().paused()) return;
  const bool reads_body = std::strcmp(SSL_rstate_string(ssl), "RB") == 0;
  if (!reads_body && SSL_has_pending(ssl) == 0) SSL_free_buffers(ssl);
}

void TlsStream::ExpectMuch(bool much) {
  if (much == expects_much_) return;
  expects_much_ = much;
  ReleaseBuffers();
  SSL_set_default_read_buffer_len(ssl_->get(), much ? kLargeReadBuffer : 0);
}

}  // namespace bladessl::openssl
