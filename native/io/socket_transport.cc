#include "native/io/socket_transport.h"

#include <utility>

#include "native/openssl/system.h"

namespace bladessl::io {

SocketTransport::SocketTransport(std::shared_ptr<Loop> loop,
                                 const std::shared_ptr<Descriptor>& descriptor,
                                 Watcher::Callback callback)
    : loop_(std::move(loop)), descriptor_(descriptor) {
  const int status = Watcher::Open(loop_, descriptor, std::move(callback), &watcher_);
  if (status != 0) ThrowSystem("poll", FromUv(status));
}

SocketTransport::~SocketTransport() {
  Close(false);
}

openssl::Wire::Received SocketTransport::ReceiveMore(void* out, std::size_t size) {
  std::ptrdiff_t count = 0;
  int error = 0;
  do {
    count = system::Receive(descriptor_->fd(), out, size);
    error = count < 0 ? system::LastError() : 0;
  } while (system::IsInterrupted(error));
  if (count > 0) return {Status::kBytes, static_cast<std::size_t>(count)};
  // The system tells of a reset once: if a send has heard of it, what is left looks like an end.
  // (When it is not writable there was an end before.)
  const bool knows_no_reset = error_ == 0 || error_ == system::kNotWritable;
  if (count == 0) return {knows_no_reset ? Status::kEnd : Status::kFailed};
  if (system::IsNotNow(error)) return {Status::kNotNow};
  error_ = error;
  return {Status::kFailed};
}

bool SocketTransport::Send(const void* data, std::size_t size) {
  Output& output = loop_->output();
  if (error_ == 0 && queue_.empty()) {
    if (SocketTransport* other = output.other(*this)) other->Flush();
    if (size > output.room()) Flush();
  }
  if (error_ != 0) {
    system::SetLastError(error_);
    return false;
  }
  if (!queue_.empty()) {
    queue_.Append(data, size);
  } else if (size > output.room()) {
    SendNow(static_cast<const unsigned char*>(data), size);
  } else {
    output.Append(*this, data, size);
  }
  return true;
}

// While anything is in the queue, nothing of this socket is in the loop's buffer.
Transport::Sent SocketTransport::Flush() {
  if (error_ == 0 && !queue_.empty()) {
    queue_.Drop(SendSome(queue_.data(), queue_.size()));
  }
  Output& output = loop_->output();
  if (output.Belongs(*this)) {
    if (error_ == 0) SendNow(output.data(), output.size());
    output.Clear();
  }
  UpdateWatch();
  if (error_ != 0) return Sent::kFailed;
  return queue_.empty() ? Sent::kAll : Sent::kSome;
}

void SocketTransport::SendNow(const unsigned char* data, std::size_t size) {
  const std::size_t sent = SendSome(data, size);
  if (sent < size && error_ == 0) queue_.Append(data + sent, size - sent);
}

std::size_t SocketTransport::SendSome(const unsigned char* data, std::size_t size) {
  std::size_t sent = 0;
  while (sent < size) {
    const std::ptrdiff_t count = system::Send(descriptor_->fd(), data + sent, size - sent);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
      continue;
    }
    const int error = system::LastError();
    if (system::IsInterrupted(error)) continue;
    if (!system::IsNotNow(error)) error_ = error;
    break;
  }
  return sent;
}

std::size_t SocketTransport::queued() const {
  const Output& output = loop_->output();
  return queue_.size() + (output.Belongs(*this) ? output.size() : 0);
}

void SocketTransport::WatchReadable(bool on) {
  wants_readable_ = on;
  UpdateWatch();
}

void SocketTransport::WatchWritable(bool on) {
  wants_writable_ = on;
  UpdateWatch();
}

void SocketTransport::UpdateWatch() {
  const bool writable = wants_writable_ || (!queue_.empty() && error_ == 0);
  watcher_->Watch((wants_readable_ ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0));
}

void SocketTransport::KeepLoop(bool on) {
  watcher_->KeepLoop(on);
}

void SocketTransport::Finish() {
  descriptor_->ShutDownWriting();
}

void SocketTransport::Close(bool reset) {
  loop_->output().Forget(*this);
  if (reset) descriptor_->ResetOnClose();
  watcher_->Close();
}

}  // namespace bladessl::io
