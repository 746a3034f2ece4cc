// Writing through TLS, a record a call.
#pragma once

#include <openssl/ssl3.h>

#include <algorithm>
#include <cstddef>

namespace bladessl::openssl {

// libssl answers "retry" for what it could not send and keeps silent about what it has sent in the
// same call: a record a call leaves no doubt. Results have `bytes` and `done()`.
template <class WriteRecord>
auto WriteByRecord(const void* data, std::size_t size, WriteRecord write) {
  const auto* from = static_cast<const unsigned char*>(data);
  decltype(write(from, size)) total;
  while (total.bytes < size) {
    const std::size_t offered = std::min<std::size_t>(size - total.bytes, SSL3_RT_MAX_PLAIN_LENGTH);
    const auto result = write(from + total.bytes, offered);
    if (total.bytes == 0 && !result.done()) return result;
    total.bytes += result.bytes;
    if (result.bytes < offered) break;
  }
  return total;
}

}  // namespace bladessl::openssl
