// The bytes of a connection, both ways.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "native/io/connection.h"
#include "native/io/failures.h"
#include "native/openssl/system.h"

namespace bladessl::io {

namespace {

// After so many batches the other connections have their turn.
constexpr int kBatchesATurn = 4;
// What comes in one go from a peer that sends much.
constexpr std::size_t kMuch = 16 * 1024;
constexpr std::size_t kLittle = 4 * 1024;

// How long a connection may rest before it gives its buffers up.
constexpr std::uint64_t kWarmTime = 200;

}  // namespace

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
  const bool aside = tls_ && tls_->renegotiates() && ssl_->calls_out();
  if (aside) EnterUser();
  Batch batch;
  // The owner's room is for who reads next: another connection may, where the user is called.
  unsigned char own[kMuch];
  if (aside) batch.room = {own, sizeof own};
  if (!aside && owner_ != nullptr) batch.room = owner_->RoomForData();
  if (batch.room.size == 0) return false;
  try {
    FillRoom(batch);
  } catch (const std::exception&) {
    batch.failure = std::current_exception();
  }
  LeaveUser();
  if (EndedInside() || closed()) return false;
  if (aside && batch.filled > 0 && !MoveToRoom(batch)) return false;
  if (tls_ && batch.filled > kMuch) tls_->ExpectMuch(true);
  if (tls_ && batch.filled < kLittle) tls_->ExpectMuch(false);
  if (batch.filled > 0) {
    bytes_read_ += batch.filled;
    if (owner_ != nullptr) owner_->OnData(batch.filled);
  }
  TellSessions();
  if (phase_ != Phase::kOpen) return false;
  if (batch.failure) {
    Fail(batch.failure);
    return false;
  }
  if (batch.ended) PeerEnded();
  return batch.more && !batch.ended;
}

// Of those that have come with data, which is told first: it lies in the room of whoever reads
// next.
void Connection::TellSessions() {
  if (!ssl_ || !ssl_->has_new_sessions()) return;
  ssl_->TellNewSessions();
  LeaveUser();
}

bool Connection::MoveToRoom(Batch& batch) {
  const Owner::Room room = owner_ == nullptr ? Owner::Room() : owner_->RoomForData();
  if (room.size < batch.filled) {
    Fail(SystemFailure("read", ENOMEM));
    return false;
  }
  std::memcpy(room.data, batch.room.data, batch.filled);
  batch.room = room;
  return true;
}

void Connection::FillRoom(Batch& batch) {
  while (batch.filled < batch.room.size) {
    unsigned char* to = batch.room.data + batch.filled;
    const std::size_t room = batch.room.size - batch.filled;
    std::size_t bytes = 0;
    if (tls_) {
      const InsideTls inside(*this);
      const openssl::SslResult result = tls_->Read(to, room);
      bytes = result.bytes;
      batch.ended = result.error == SSL_ERROR_ZERO_RETURN;
    } else {
      const openssl::Wire::Received received = transport_->Receive(to, room);
      bytes = received.bytes;
      batch.ended = received.status == openssl::Wire::Status::kEnd;
      if (received.status == openssl::Wire::Status::kFailed)
        ThrowSystem("read", system::LastError());
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
  if (size == 0) return accepted_ < high_water_mark_;
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

}  // namespace bladessl::io
