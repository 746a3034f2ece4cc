#include "native/io/socket_transport.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace bladessl::io {

namespace {

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;
#endif

bool IsNotNow(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

}  // namespace

SocketTransport::SocketTransport(std::shared_ptr<Loop> loop,
                                 const std::shared_ptr<Descriptor>& descriptor,
                                 Watcher::Callback callback)
    : loop_(std::move(loop)), descriptor_(descriptor) {
  const int status = Watcher::Open(loop_, descriptor, std::move(callback), &watcher_);
  if (status != 0) ThrowSystem("poll", -status);
}

SocketTransport::~SocketTransport() {
  Close(false);
}

openssl::Wire::Received SocketTransport::ReceiveMore(void* out, std::size_t size) {
  ssize_t count = 0;
  do {
    count = recv(descriptor_->fd(), out, size, 0);
  } while (count < 0 && errno == EINTR);
  if (count > 0) return {Status::kBytes, static_cast<std::size_t>(count)};
  // The system tells of a reset once: if a send has heard of it, what is left looks like an end.
  // (With EPIPE there was an end before.)
  if (count == 0) return {error_ == 0 || error_ == EPIPE ? Status::kEnd : Status::kFailed};
  if (IsNotNow(errno)) return {Status::kNotNow};
  error_ = errno;
  return {Status::kFailed};
}

bool SocketTransport::Send(const void* data, std::size_t size) {
  Output& output = loop_->output();
  if (error_ == 0 && queue_.empty()) {
    if (SocketTransport* other = output.other(*this)) other->Flush();
    if (size > output.room()) Flush();
  }
  if (error_ != 0) {
    errno = error_;
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
    const ssize_t count = send(descriptor_->fd(), data + sent, size - sent, kSendFlags);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      if (!IsNotNow(errno)) error_ = errno;
      break;
    }
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
