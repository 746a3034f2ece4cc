#include "native/io/connection.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "native/openssl/error.h"

namespace bladessl::io {

namespace {

// After so many batches the other connections have their turn.
constexpr int kBatchesATurn = 4;
// What comes in one go from a peer that sends much.
constexpr std::size_t kMuch = 16 * 1024;
constexpr std::size_t kLittle = 4 * 1024;

// How long a connection may rest before it gives its buffers up.
constexpr std::uint64_t kWarmTime = 200;
// How long a peer may take to say its end after ours.
constexpr std::uint64_t kLingerTime = 2'000;
// How long a peer may take nothing while the last bytes wait for it.
constexpr std::uint64_t kStandstill = 30'000;

std::exception_ptr SystemFailure(const char* syscall, int sys_errno) {
  try {
    ThrowSystem(syscall, sys_errno);
  } catch (...) {
    return std::current_exception();
  }
}

std::exception_ptr UsageFailure(const char* code, const char* message) {
  return std::make_exception_ptr(openssl::UsageError(code, message));
}

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

void Connection::StartTls(std::shared_ptr<openssl::Ssl> ssl, const TlsSettings& settings) {
  if (phase_ != Phase::kOpen || outgoing_ != Side::kOpen || tls_) {
    throw openssl::UsageError("ERR_WRONG_STATE", "the connection is being ended, or has TLS");
  }
  Submit();
  tls_ = std::make_unique<openssl::TlsStream>(ssl, *transport_, settings.server_name);
  ssl_ = std::move(ssl);
  budget_ = settings.budget;
  if (settings.threads > 0) handshakers_ = loop_->Handshakers(settings.threads);
  phase_ = Phase::kHandshaking;
  if (settings.timeout > 0) loop_->SetTimer(timer_, settings.timeout);
  UpdateWatch();
  // A client speaks first; a server has something to say when something has come.
  if (ssl_->role() == openssl::Role::kClient || transport_->has_unread()) NeedContinue();
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
  if (advancing_) return;
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

// --- Being made ---

void Connection::FinishConnect() {
  if (const int error = descriptor_->TakeError()) {
    return Fail(SystemFailure("connect", error));
  }
  phase_ = Phase::kOpen;
  static_cast<SocketTransport&>(*transport_).WatchWritable(false);
  NeedFlush();
  Tell(Event::kConnected);
}

void Connection::StepHandshake() {
  if (handshakers_ != nullptr) return SendStepAway();
  if (!loop_->HasTimeForHandshakes(budget_)) return NeedContinue();
  const std::uint64_t begin = uv_hrtime();
  try {
    const openssl::SslResult result = tls_->Handshake();
    loop_->SpendOnHandshakes(uv_hrtime() - begin);
    Concluded(result);
  } catch (const std::exception&) {
    loop_->SpendOnHandshakes(uv_hrtime() - begin);
    Fail(std::current_exception());
  }
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
  while (received.status == openssl::Wire::Status::kBytes && step->wire.input.size() < kMuch) {
    received = transport_->Receive(bytes, sizeof bytes);
    step->wire.input.Append(bytes, received.bytes);
  }
  if (received.status == openssl::Wire::Status::kFailed) return Fail(SystemFailure("read", errno));
  step->wire.ended = received.status == openssl::Wire::Status::kEnd;
  const bool speaks_first = SSL_in_before(ssl_->get()) != 0 &&  //
                            ssl_->role() == openssl::Role::kClient;
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

// --- Reading ---

struct Connection::Batch {
  Owner::Room room;
  std::size_t filled = 0;
  bool ended = false;
  bool more = true;
  std::exception_ptr failure;
};

void Connection::SetReading(bool on) {
  reading_ = on;
  if (phase_ != Phase::kOpen || advancing_ || !on) return;
  UpdateWatch();
  if (MayHaveMore()) NeedContinue();
}

// Whether bytes may be had without a word from the loop.
bool Connection::MayHaveMore() const {
  return reading_ && incoming_ == Side::kOpen &&
         (!transport_->drained() || (tls_ && tls_->HasPending()));
}

void Connection::ReadWhileWanted() {
  for (int batch = 0; phase_ == Phase::kOpen && reading_ && incoming_ == Side::kOpen; ++batch) {
    if (batch == kBatchesATurn) return NeedContinue();
    if (!ReadBatch()) return;
  }
}

// Whether there may be more.
bool Connection::ReadBatch() {
  Batch batch;
  if (owner_ != nullptr) batch.room = owner_->RoomForData();
  if (batch.room.size == 0) return false;
  try {
    FillRoom(batch);
  } catch (const std::exception&) {
    batch.failure = std::current_exception();
  }
  if (tls_ && batch.filled > kMuch) tls_->ExpectMuch(true);
  if (tls_ && batch.filled < kLittle) tls_->ExpectMuch(false);
  if (batch.filled > 0) {
    bytes_read_ += batch.filled;
    if (owner_ != nullptr) owner_->OnData(batch.filled);
  }
  if (phase_ != Phase::kOpen) return false;
  if (batch.failure) {
    Fail(batch.failure);
    return false;
  }
  if (batch.ended) PeerEnded();
  return batch.more && !batch.ended;
}

void Connection::FillRoom(Batch& batch) {
  while (batch.filled < batch.room.size) {
    unsigned char* to = batch.room.data + batch.filled;
    const std::size_t room = batch.room.size - batch.filled;
    std::size_t bytes = 0;
    if (tls_) {
      const openssl::SslResult result = tls_->Read(to, room);
      bytes = result.bytes;
      batch.ended = result.error == SSL_ERROR_ZERO_RETURN;
    } else {
      const openssl::Wire::Received received = transport_->Receive(to, room);
      bytes = received.bytes;
      batch.ended = received.status == openssl::Wire::Status::kEnd;
      if (received.status == openssl::Wire::Status::kFailed) ThrowSystem("read", errno);
    }
    batch.filled += bytes;
    batch.more = bytes > 0 && (!transport_->drained() || (tls_ && tls_->HasPending()));
    if (!batch.more) return;
  }
}

void Connection::PeerEnded() {
  incoming_ = Side::kEnded;
  Tell(Event::kEnd);
  if (phase_ == Phase::kOpen && outgoing_ == Side::kEnded) Shut(nullptr, false);
}

// Reads on to the peer's end: a socket that is closed with bytes unread resets the connection, and
// what was sent last would be lost.
void Connection::Discard() {
  unsigned char bytes[16 * 1024];
  for (int i = 0; i < kBatchesATurn; ++i) {
    const openssl::Wire::Received received = transport_->Receive(bytes, sizeof bytes);
    if (received.status == openssl::Wire::Status::kNotNow) return;
    if (received.status != openssl::Wire::Status::kBytes) return Shut(nullptr, false);
  }
}

// --- Writing ---

bool Connection::Write(const unsigned char* data, std::size_t size) {
  if (outgoing_ != Side::kOpen || phase_ == Phase::kClosing || closed() || failure_) return false;
  accepted_ += size;
  bytes_written_ += size;
  if (phase_ != Phase::kOpen || !early_.empty() || (tls_ && !tls_->Writable())) {
    early_.Append(data, size);
  } else if (tls_) {
    Seal(data, size);
  } else {
    transport_->Send(data, size);
  }
  NeedFlush();
  if (accepted_ < high_water_mark_) return true;
  drain_owed_ = true;
  return false;
}

// Small writes are gathered into one record; of larger ones whole records are made where they lie.
void Connection::Seal(const unsigned char* data, std::size_t size) {
  Cork& cork = loop_->cork();
  if (Connection* other = cork.other(*this)) other->SealCork();
  if (cork.size() > 0) {
    const std::size_t taken = std::min(size, cork.room());
    cork.Append(*this, data, taken);
    data += taken;
    size -= taken;
    if (cork.room() == 0) SealCork();
  }
  const std::size_t whole = size - size % Cork::kCapacity;
  try {
    if (whole > 0 && !failure_) tls_->Write(data, whole);
  } catch (const std::exception&) {
    failure_ = std::current_exception();
    NeedContinue();
  }
  if (size > whole) cork.Append(*this, data + whole, size - whole);
}

void Connection::SealCork() {
  Cork& cork = loop_->cork();
  if (!cork.Belongs(*this)) return;
  try {
    if (!tls_->Writable()) {
      early_.Append(cork.data(), cork.size());
    } else if (!failure_) {
      tls_->Write(cork.data(), cork.size());
    }
  } catch (const std::exception&) {
    failure_ = std::current_exception();
    NeedContinue();
  }
  cork.Clear();
}

// Gives the transport everything that was written, and the end behind it.
void Connection::Submit() {
  if (phase_ != Phase::kOpen && phase_ != Phase::kClosing) return;
  const bool writable = !tls_ || tls_->Writable();
  if (!early_.empty() && writable) {
    const ByteQueue early = std::exchange(early_, {});
    if (tls_) {
      Seal(early.data(), early.size());
    } else {
      transport_->Send(early.data(), early.size());
    }
  }
  SealCork();
  if (outgoing_ != Side::kEnding || !tls_ || !writable || failure_) return;
  try {
    tls_->CloseNotify();
  } catch (const std::exception&) {
    failure_ = std::current_exception();
    NeedContinue();
  }
}

void Connection::AllSent() {
  if (phase_ != Phase::kOpen && phase_ != Phase::kClosing) return;
  // The rest is sent when the peer has finished what it has begun to say.
  if (!early_.empty()) return;
  accepted_ = 0;
  if (drain_owed_) NeedContinue();
  if (outgoing_ != Side::kEnding) return;
  if (tls_ && !tls_->Writable() && phase_ == Phase::kOpen) return;
  outgoing_ = Side::kEnded;
  transport_->Finish();
  if (phase_ == Phase::kClosing) {
    return incoming_ == Side::kEnded ? Shut(nullptr, false) : Linger();
  }
  Tell(Event::kFinished);
  if (phase_ == Phase::kOpen && incoming_ == Side::kEnded) Shut(nullptr, false);
}

void Connection::NeedFlush() {
  if (std::exchange(flush_pending_, true)) return;
  loop_->FlushSoon(*this);
}

void Connection::NeedContinue() {
  if (std::exchange(continue_pending_, true)) return;
  loop_->ContinueSoon(*this);
}

std::size_t Connection::queued() const {
  const Cork& cork = loop_->cork();
  const std::size_t corked = cork.Belongs(*this) ? cork.size() : 0;
  return early_.size() + corked + (transport_ ? transport_->queued() : 0);
}

// --- Buffers of libssl ---

// A connection in use keeps its record buffers: making them anew for each record costs more than
// all else that is done around it. One that rests gives them up.
void Connection::KeepWarm() {
  warm_ = true;
  if (cool_timer_.armed()) return;
  if (loop_->EnterWarm()) return loop_->SetTimer(cool_timer_, kWarmTime);
  tls_->ReleaseBuffers();
}

void Connection::CoolDown() {
  loop_->LeaveWarm();
  if (!tls_) return;
  if (std::exchange(warm_, false) && loop_->EnterWarm()) {
    return loop_->SetTimer(cool_timer_, kWarmTime);
  }
  tls_->ReleaseBuffers();
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
  const bool alive = transport_ && transport_->error() == 0 && phase_ != Phase::kConnecting;
  if (!alive || !tls_) return Shut(failure, false);
  loop_->cork().Forget(*this);
  const bool sent = transport_->Flush() == Transport::Sent::kAll;
  transport_->Finish();
  const bool lingers = descriptor_ && sent && !transport_->ended();
  if (!lingers) return Shut(failure, false);
  failure_ = std::move(failure);
  Linger();
}

// The peer may have told why it went: what it has sent is read first.
void Connection::FailToWrite() {
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
      readable = !away_;
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
  keeps_loop_ = on;
  if (transport_ && !closed()) transport_->KeepLoop(on);
}

}  // namespace bladessl::io
