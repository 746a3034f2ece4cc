// Why a connection has failed: what libssl says, what callbacks have thrown, and what was seen of
// the peer.
#include <openssl/err.h>

#include <utility>

#include "native/openssl/ssl.h"

namespace bladessl::openssl {

namespace {

// Content types run from 20 to 24, the major version is always 3 (RFC 8446, 5.1).
bool LooksLikeRecord(const unsigned char* header) {
  return header[0] >= 20 && header[0] <= 24 && header[1] == 3;
}

}  // namespace

void Ssl::Explain(ErrorReport& report) {
  HandshakeIsOver();
  if (ThrownBelow()) {
    failure_ = "a callback has thrown";
    std::rethrow_exception(std::exchange(ThrownBelow(), nullptr));
  }
  if (thrown_) {
    failure_ = "a callback has thrown";
    SSL_set_verify_result(ssl_.get(), X509_V_ERR_APPLICATION_VERIFICATION);
    std::rethrow_exception(std::exchange(thrown_, nullptr));
  }
  for (const ErrorEntry& entry : report.entries) {
    const bool is_alert = ERR_GET_LIB(entry.code) == ERR_LIB_SSL &&
                          ERR_GET_REASON(entry.code) >= SSL_AD_REASON_OFFSET;
    failed_by_alert_ = failed_by_alert_ || is_alert;
  }
  report.alert = alert_;
  report.peer_bytes = peer_bytes_;
  if (report.reason == "certificate verify failed" && verify_failure_) {
    report.verify = verify_failure_;
    // What libssl made the alert of may be another one.
    SSL_set_verify_result(ssl_.get(), verify_failure_->code);
  }
  if (fault_) {
    report.code = fault_->code();
    report.message = fault_->what();
    fault_.reset();
  }
  // Once it has failed, libssl refuses each further call without a word, or finds fault with the
  // length of a write that can no longer be finished.
  const bool mute = report.entries.empty() && report.sys_errno == 0;
  if ((mute || report.reason == "bad length") && !failure_.empty()) {
    report.code = "ERR_CONNECTION_FAILED";
    report.message = "the connection has failed before: " + failure_;
  } else {
    failure_ = report.message;
  }
}

// The message callback sees record headers before libssl judges them. It is on for the handshake
// only: afterwards a record is a record.
void Ssl::WatchFirstBytes(bool on) {
  watching_ = on;
  SSL_set_msg_callback(ssl_.get(), on ? OnMessage : nullptr);
  SSL_set_msg_callback_arg(ssl_.get(), on ? this : nullptr);
}

void Ssl::OnMessage(int sent, int, int type, const void* bytes, std::size_t size, SSL*,
                    void* self) {
  Ssl& ssl = *static_cast<Ssl*>(self);
  if (ssl.Asks(Advisor::kClientHello)) ssl.hello_.OnMessage(sent, type, bytes, size);
  if (sent != 0 || type != SSL3_RT_HEADER || size < SSL3_RT_HEADER_LENGTH) return;
  const auto* header = static_cast<const unsigned char*>(bytes);
  if (LooksLikeRecord(header)) return;
  ssl.peer_bytes_.assign(reinterpret_cast<const char*>(header), SSL3_RT_HEADER_LENGTH);
}

void Ssl::OnInfo(const SSL* ssl, int where, int value) {
  Ssl* owner = Of(ssl);
  if (owner == nullptr) return;
  ++owner->protocol_events;
  const int number = value & 0xff;
  if ((where & SSL_CB_ALERT) == 0 || number == SSL_AD_CLOSE_NOTIFY) return;
  owner->alert_ = Alert{number, (where & SSL_CB_WRITE) != 0};
}

}  // namespace bladessl::openssl
