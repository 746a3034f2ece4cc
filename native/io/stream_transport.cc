#include "native/io/stream_transport.h"

#include <cstring>
#include <utility>

#include "native/openssl/system.h"

namespace bladessl::io {

void StreamTransport::Feed(const unsigned char* data, std::size_t size,
                           const std::function<void()>& use) {
  // What came before and has not been read comes first.
  KeepLent();
  if (unread_.empty()) {
    lent_ = data;
    lent_size_ = size;
  } else {
    unread_.Append(data, size);
  }
  Refill();
  use();
  KeepLent();
}

void StreamTransport::KeepLent() {
  if (lent_size_ > 0) unread_.Append(lent_, std::exchange(lent_size_, 0));
}

openssl::Wire::Received StreamTransport::ReceiveMore(void* out, std::size_t size) {
  if (lent_size_ > 0) {
    const std::size_t taken = std::min(size, lent_size_);
    std::memcpy(out, lent_, taken);
    lent_ += taken;
    lent_size_ -= taken;
    return {Status::kBytes, taken};
  }
  if (error_ != 0) return {Status::kFailed};
  return {at_end_ ? Status::kEnd : Status::kNotNow};
}

bool StreamTransport::Send(const void* data, std::size_t size) {
  if (error_ != 0) {
    system::SetLastError(error_);
    return false;
  }
  gathered_.Append(data, size);
  return true;
}

Transport::Sent StreamTransport::Flush() {
  if (error_ != 0) return Sent::kFailed;
  if (!gathered_.empty()) {
    const ByteQueue bytes = std::exchange(gathered_, {});
    on_their_way_ += bytes.size();
    if (peer_ != nullptr) peer_->Send(bytes.data(), bytes.size());
  }
  return on_their_way_ == 0 ? Sent::kAll : Sent::kSome;
}

void StreamTransport::WatchReadable(bool on) {
  if (std::exchange(reading_, on) != on && peer_ != nullptr) peer_->SetReading(on);
}

}  // namespace bladessl::io
