#include "native/io/connection.h"

#include <utility>

#include "native/io/failures.h"

namespace bladessl::io {

namespace {

// How long a peer may take to say its end after ours.
constexpr std::uint64_t kLingerTime = 2'000;
// How long a peer may take nothing while the last bytes wait for it.
constexpr std::uint64_t kStandstill = 30'000;

}  // namespace

Connection::~Connection() {
  if (cool_timer_.armed()) loop_->LeaveWarm();
  loop_->cork().Forget(*this);
}

void Connection::Orphan() {
  owner_ = nullptr;
  if (stream_ != nullptr) stream_->Detach();
}

void Connection::UseSocket(std::shared_ptr<Descriptor> descriptor) {
  transport_ = std::make_unique<SocketTransport>(
      loop_, descriptor, [this](int status, int events) { OnReady(status, events); });
  descriptor_ = std::move(descriptor);
  phase_ = Phase::kOpen;
}

void Connection::UseStream(StreamTransport::Peer& peer) {
  auto stream = std::make_unique<StreamTransport>(peer);
  stream_ = stream.get();
  transport_ = std::move(stream);
  phase_ = Phase::kOpen;
}

void Connection::Connect(const Address& address) {
  phase_ = Phase::kConnecting;
  const bool made = descriptor_->Connect(address);
  static_cast<SocketTransport&>(*transport_).WatchWritable(true);
  if (made) NeedContinue();
}

void Connection::FinishConnect() {
  if (const int error = descriptor_->TakeError()) {
    return Fail(SystemFailure("connect", error));
  }
  phase_ = Phase::kOpen;
  static_cast<SocketTransport&>(*transport_).WatchWritable(false);
  NeedFlush();
  Tell(Event::kConnected);
}

// --- What the loop calls ---

void Connection::OnReady(int status, int events) {
  const std::shared_ptr<Party> alive = shared_from_this();
  const Loop::Turn turn(*loop_);
  if (phase_ == Phase::kConnecting) return FinishConnect();
  const bool broken = status != 0;
  if ((events & UV_WRITABLE) != 0 || broken) Flush();
  if ((events & UV_READABLE) == 0 && !broken) return;
  transport_->Refill();
  Advance();
}

void Connection::Advance() {
  if (advancing_ || failing_) return;
  advancing_ = true;
  switch (phase_) {
    case Phase::kHandshaking:
      StepHandshake();
      break;
    case Phase::kOpen:
      ReadWhileWanted();
      break;
    case Phase::kLingering:
      Discard();
      break;
    case Phase::kIdle:
    case Phase::kConnecting:
    case Phase::kClosing:
    case Phase::kClosed:
      break;
  }
  advancing_ = false;
  UpdateWatch();
  const bool waits = !early_.empty() || outgoing_ == Side::kEnding;
  if (transport_->queued() > 0 || (waits && tls_ && tls_->Writable())) NeedFlush();
  if (tls_) KeepWarm();
}

void Connection::Flush() {
  flush_pending_ = false;
  if (phase_ == Phase::kClosed || phase_ == Phase::kConnecting) return;
  const std::size_t before = transport_->queued();
  Submit();
  if (tls_) KeepWarm();
  const Transport::Sent sent = transport_->Flush();
  if (transport_->queued() < before) Progress();
  // A stream runs JS while it takes the bytes. What was written there is not sent yet.
  if (sent != Transport::Sent::kFailed && flush_pending_) return UpdateWatch();
  switch (sent) {
    case Transport::Sent::kAll:
      return AllSent();
    case Transport::Sent::kFailed:
      return FailToWrite();
    case Transport::Sent::kSome:
      return UpdateWatch();
  }
}

void Connection::Continue() {
  continue_pending_ = false;
  if (phase_ == Phase::kClosed) return;
  if (failure_) return Fail(std::exchange(failure_, nullptr));
  if (phase_ == Phase::kConnecting) return FinishConnect();
  if (drain_owed_ && accepted_ == 0 && outgoing_ == Side::kOpen) {
    drain_owed_ = false;
    Tell(Event::kDrain);
  }
  if (phase_ == Phase::kHandshaking || (phase_ == Phase::kOpen && MayHaveMore())) Advance();
}

void Connection::Expire(const TimerWheel::Timer& timer) {
  if (&timer == &cool_timer_) return CoolDown();
  switch (phase_) {
    case Phase::kHandshaking:
      return Fail(UsageFailure("ERR_HANDSHAKE_TIMEOUT", "the handshake took too long"));
    case Phase::kOpen:
      // What is to be sent may be slow to come: that is no fault of the peer's.
      if (expects_progress_ && queued() == 0) return Progress();
      if (expects_progress_) Shut(nullptr, true);
      return;
    case Phase::kClosing:
      return Shut(nullptr, true);
    case Phase::kLingering:
      return Shut(nullptr, stream_ != nullptr);
    default:
      return;
  }
}

// --- The end ---

void Connection::End() {
  if (outgoing_ != Side::kOpen || closed()) return;
  outgoing_ = Side::kEnding;
  NeedFlush();
}

void Connection::Close(Ending ending) {
  const std::shared_ptr<Party> alive = shared_from_this();
  if (closed()) return;
  if (inside_tls_) {
    if (ending_.value_or(Ending::kGraceful) <= ending) ending_ = ending;
    return;
  }
  const bool ready = phase_ == Phase::kOpen || phase_ == Phase::kClosing;
  if (ending != Ending::kGraceful || !ready) return Shut(nullptr, ending == Ending::kReset);
  if (phase_ == Phase::kClosing) return;
  phase_ = Phase::kClosing;
  loop_->SetTimer(timer_, kStandstill);
  UpdateWatch();
  if (outgoing_ == Side::kEnded) {
    return incoming_ == Side::kEnded ? Shut(nullptr, false) : Linger();
  }
  outgoing_ = Side::kEnding;
  NeedFlush();
}

// Where JavaScript is called from inside libssl: once for all that is asked there.
void Connection::EnterUser() {
  if (user_ == nullptr && owner_ != nullptr) user_ = owner_->EnterUser();
}

// What has been put off runs, and may do anything to the connection.
void Connection::LeaveUser() {
  std::exchange(user_, nullptr).reset();
}

// Whether the user has ended the connection from inside libssl.
bool Connection::EndedInside() {
  if (!ending_) return false;
  Close(*std::exchange(ending_, std::nullopt));
  return true;
}

void Connection::ExpectProgress() {
  if (phase_ != Phase::kOpen || std::exchange(expects_progress_, true)) return;
  Progress();
}

void Connection::Progress() {
  if (phase_ == Phase::kClosing || (phase_ == Phase::kOpen && expects_progress_)) {
    loop_->SetTimer(timer_, kStandstill);
  }
}

// The alert that libssl has made of the failure is sent, and reaches the peer.
void Connection::Fail(std::exception_ptr failure) {
  if (closed()) return;
  if (tls_) tls_->Abandon();
  const bool alive = transport_ && transport_->error() == 0 && phase_ != Phase::kConnecting;
  if (!alive || !tls_) return Shut(failure, false);
  loop_->cork().Forget(*this);
  failure_ = std::move(failure);
  failing_ = true;
  const bool sent = transport_->Flush() == Transport::Sent::kAll;
  transport_->Finish();
  failing_ = false;
  if (closed()) return;
  const bool lingers = descriptor_ && sent && !transport_->ended();
  if (!lingers) return Shut(std::exchange(failure_, nullptr), false);
  Linger();
}

// The peer may have told why it went: what it has sent is read first.
void Connection::FailToWrite() {
  if (failing_) return Shut(std::exchange(failure_, nullptr), false);
  const int sys_errno = transport_->error();
  if (phase_ == Phase::kLingering) return Shut(nullptr, false);
  if (phase_ == Phase::kClosing) return Shut(nullptr, true);
  transport_->Refill();
  Advance();
  if (!closed()) Shut(SystemFailure("write", sys_errno), false);
}

void Connection::Linger() {
  const std::exception_ptr failure = std::exchange(failure_, nullptr);
  phase_ = Phase::kLingering;
  tls_.reset();
  transport_->Refill();
  transport_->KeepLoop(false);
  loop_->SetTimer(timer_, kLingerTime);
  // Its owner may drop it: closed now it would reset the connection, and with it what is on its
  // way.
  kept_ = loop_->Keep(*this);
  UpdateWatch();
  Tell(Event::kClosed, failure);
  owner_ = nullptr;
}

void Connection::Shut(const std::exception_ptr& failure, bool reset) {
  const bool told = phase_ == Phase::kLingering;
  phase_ = Phase::kClosed;
  loop_->LetGo(std::exchange(kept_, 0));
  timer_.Cancel();
  loop_->cork().Forget(*this);
  early_.Clear();
  tls_.reset();
  if (transport_) transport_->Close(reset);
  if (told) return;
  Tell(Event::kClosed, failure);
  owner_ = nullptr;
}

void Connection::Tell(Event event, const std::exception_ptr& failure) {
  if (owner_ != nullptr) owner_->OnEvent(event, failure);
}

// --- Over a stream ---

void Connection::Feed(const unsigned char* data, std::size_t size) {
  const std::shared_ptr<Party> alive = shared_from_this();
  const Loop::Turn turn(*loop_);
  if (phase_ == Phase::kClosed) return;
  stream_->Feed(data, size, [this] { Advance(); });
}

void Connection::FeedEnd() {
  const std::shared_ptr<Party> alive = shared_from_this();
  const Loop::Turn turn(*loop_);
  stream_->FeedEnd();
  stream_->Refill();
  Advance();
}

void Connection::FeedError(int sys_errno) {
  const std::shared_ptr<Party> alive = shared_from_this();
  const Loop::Turn turn(*loop_);
  stream_->FeedError(sys_errno);
  if (inside_tls_) {
    if (!failure_) failure_ = SystemFailure("read", sys_errno);
    return NeedContinue();
  }
  stream_->Refill();
  Advance();
  if (!closed()) FailToWrite();
}

void Connection::Acknowledge(std::size_t size) {
  const std::shared_ptr<Party> alive = shared_from_this();
  const Loop::Turn turn(*loop_);
  stream_->Acknowledge(size);
  Progress();
  if (stream_->queued() == 0) NeedFlush();
}

// --- What is waited for ---

void Connection::UpdateWatch() {
  bool readable = false;
  switch (phase_) {
    case Phase::kHandshaking:
      readable = !away_ && !(tls_ && tls_->waiting());
      break;
    case Phase::kLingering:
      readable = true;
      break;
    case Phase::kOpen:
      readable = reading_ && incoming_ == Side::kOpen;
      break;
    case Phase::kIdle:
    case Phase::kConnecting:
    case Phase::kClosing:
      break;
    case Phase::kClosed:
      return;
  }
  transport_->WatchReadable(readable);
}

void Connection::KeepLoop(bool on) {
  if (transport_ && !closed()) transport_->KeepLoop(on);
}

}  // namespace bladessl::io
