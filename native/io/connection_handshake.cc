// A connection that shakes hands: on the loop's own thread, or on one of the pool's.
#include <utility>

#include "native/io/connection.h"
#include "native/io/failures.h"
#include "native/openssl/system.h"

namespace bladessl::io {

namespace {

// What goes along with one step.
constexpr std::size_t kInputOfStep = 16 * 1024;

}  // namespace

void Connection::StartTls(std::shared_ptr<openssl::Ssl> ssl, const TlsSettings& settings) {
  if (phase_ != Phase::kOpen || outgoing_ != Side::kOpen || tls_) {
    throw openssl::UsageError("ERR_WRONG_STATE", "the connection is being ended, or has TLS");
  }
  Submit();
  tls_ = std::make_unique<openssl::TlsStream>(ssl, *transport_, settings.server_name);
  ssl_ = std::move(ssl);
  ssl_->OnAnswer([self = std::weak_ptr<Party>(weak_from_this()), this] {
    if (const std::shared_ptr<Party> alive = self.lock()) Answered();
  });
  ssl_->OnAsk([self = std::weak_ptr<Party>(weak_from_this()), this] {
    if (const std::shared_ptr<Party> alive = self.lock()) EnterUser();
  });
  budget_ = settings.budget;
  if (settings.threads > 0) handshakers_ = loop_->Handshakers(settings.threads);
  phase_ = Phase::kHandshaking;
  if (settings.timeout > 0) loop_->SetTimer(timer_, settings.timeout);
  UpdateWatch();
  // A client speaks first; a server has something to say when something has come.
  if (ssl_->role() == openssl::Role::kClient || transport_->has_unread()) NeedContinue();
}

void Connection::StepHandshake() {
  // Whom the SSL asks is on this thread.
  if (handshakers_ != nullptr && !ssl_->calls_out()) return SendStepAway();
  if (!loop_->HasTimeForHandshakes(budget_)) return NeedContinue();
  const std::uint64_t begin = uv_hrtime();
  openssl::SslResult result;
  std::exception_ptr failure;
  try {
    const InsideTls inside(*this);
    result = tls_->Handshake();
  } catch (const std::exception&) {
    failure = std::current_exception();
  }
  loop_->SpendOnHandshakes(uv_hrtime() - begin);
  // What the user has put off is done before anything is told: he may end the connection in it.
  LeaveUser();
  if (EndedInside() || closed()) return;
  if (failure) return Fail(failure);
  Concluded(result);
}

// What a callback has been waited for with.
void Connection::Answered() {
  if (phase_ == Phase::kHandshaking) NeedContinue();
}

void Connection::Concluded(const openssl::SslResult& result) {
  if (result.done()) return Secured();
  if (result.error != SSL_ERROR_ZERO_RETURN) return;
  Fail(UsageFailure("ERR_SSL_ZERO_RETURN", "the peer has closed during the handshake"));
}

// What has come goes along with it. Until it is back the socket is not read.
void Connection::SendStepAway() {
  if (away_) return;
  auto step = std::make_unique<HandshakeStep>();
  unsigned char bytes[16 * 1024];
  openssl::Wire::Received received{openssl::Wire::Status::kBytes};
  while (received.status == openssl::Wire::Status::kBytes &&
         step->wire.input.size() < kInputOfStep) {
    received = transport_->Receive(bytes, sizeof bytes);
    step->wire.input.Append(bytes, received.bytes);
  }
  if (received.status == openssl::Wire::Status::kFailed)
    return Fail(SystemFailure("read", system::LastError()));
  step->wire.ended = received.status == openssl::Wire::Status::kEnd;
  const bool begins = SSL_in_before(ssl_->get()) != 0;
  const bool speaks_first = begins && ssl_->role() == openssl::Role::kClient;
  if (step->wire.input.empty() && !step->wire.ended && !speaks_first) return;
  away_ = ssl_->away = true;
  step->connection = std::static_pointer_cast<Connection>(shared_from_this());
  step->tls = std::move(tls_);
  step->tls->UseWire(step->wire);
  handshakers_->Submit(std::move(step));
}

void Connection::TakeBack(HandshakeStep& step) {
  const Loop::Turn turn(*loop_);
  away_ = ssl_->away = false;
  if (phase_ != Phase::kHandshaking) return;
  step.tls->UseWire(*transport_);
  tls_ = std::move(step.tls);
  if (!step.wire.output.empty()) {
    transport_->Send(step.wire.output.data(), step.wire.output.size());
    NeedFlush();
  }
  if (!step.wire.input.empty()) {
    transport_->PutBack(step.wire.input.data(), step.wire.input.size());
  }
  advancing_ = true;
  if (step.failure) {
    Fail(step.failure);
  } else {
    Concluded(step.result);
  }
  advancing_ = false;
  UpdateWatch();
  if (phase_ == Phase::kHandshaking && (transport_->has_unread() || step.wire.ended)) Advance();
}

void Connection::Secured() {
  timer_.Cancel();
  phase_ = Phase::kOpen;
  if (!early_.empty() || outgoing_ != Side::kOpen) NeedFlush();
  Tell(Event::kSecured);
  if (phase_ == Phase::kOpen && MayHaveMore()) ReadWhileWanted();
}

}  // namespace bladessl::io
