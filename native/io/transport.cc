#include "native/io/transport.h"

#include "native/openssl/system.h"

namespace bladessl::io {

openssl::Wire::Received Transport::Receive(void* out, std::size_t size) {
  if (!unread_.empty()) return {Status::kBytes, unread_.Take(out, size)};
  if (ended_) return {Status::kEnd};
  if (drained_) return {Status::kNotNow};
  const Received received = ReceiveMore(out, size);
  drained_ = received.bytes < size;
  ended_ = received.status == Status::kEnd;
  if (received.status == Status::kFailed) system::SetLastError(error_);
  return received;
}

}  // namespace bladessl::io
