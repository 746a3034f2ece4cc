// Writing through TLS. When a write would block, libssl holds one encrypted record of it for good
// and must be given the same bytes again, no fewer; a caller may come back with fewer, with others,
// or never. So the record is kept here.
#pragma once

#include <openssl/ssl.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

namespace bladessl::openssl {

class PendingRecord {
 public:
  // Who offers the bytes, and will offer them again: whoever calls the SSL or its link, or a filter
  // above the link (a buffer, another SSL).
  enum Source { kCaller, kFilter };

  // Writes as far as it goes, after what is under way. `write(data, size)` writes one record; its
  // result has `bytes` and `done()`. A record a call: libssl answers "retry" for what it could not
  // send and keeps silent about what it has sent in the same call.
  template <class Write>
  auto WriteAll(SSL* ssl, Source source, const void* data, std::size_t size, Write write) {
    const auto* from = static_cast<const char*>(data);
    decltype(write(from, size)) total;
    while (total.bytes < size) {
      const std::size_t offered =
          std::min<std::size_t>(size - total.bytes, SSL3_RT_MAX_PLAIN_LENGTH);
      const auto result = WriteOne(ssl, source, from + total.bytes, offered, write);
      if (!result.done()) return total.bytes == 0 ? result : total;
      total.bytes += result.bytes;
    }
    return total;
  }

  // Sends what is under way.
  template <class Write>
  auto Finish(Write write) {
    decltype(write(held_.data(), held_.size())) result;
    while (!held_.empty() && result.done()) {
      result = write(held_.data(), held_.size());
      if (!abandoned_) sent_[held_from_].append(held_, 0, result.bytes);
      held_.erase(0, result.bytes);
    }
    if (held_.empty()) abandoned_ = false;
    return result;
  }

  // Whoever has offered what is under way does not come back: the next write is a new one.
  void Abandon(Source source) {
    if (held_from_ == source) abandoned_ = !held_.empty();
    sent_[source].clear();
  }

 private:
  template <class Write>
  auto WriteOne(SSL* ssl, Source source, const char* data, std::size_t size, Write write) {
    auto result = Finish(write);
    if (!result.done()) return result;
    result.bytes = TakeSent(source, data, size);
    if (result.bytes > 0) return result;
    result = write(data, size);
    // During a handshake libssl has taken nothing yet.
    const bool holds = SSL_want_write(ssl) && SSL_is_init_finished(ssl);
    if (!result.done() && holds) {
      held_.assign(data, size);
      held_from_ = source;
    }
    return result;
  }

  // How much of the data has been sent with the record that was under way. Other data is a new
  // write.
  std::size_t TakeSent(Source source, const char* data, std::size_t size) {
    std::string& sent = sent_[source];
    const std::size_t common = std::min(size, sent.size());
    if (std::memcmp(data, sent.data(), common) != 0) {
      sent.clear();
      return 0;
    }
    sent.erase(0, common);
    return common;
  }

  std::string held_;  // what libssl holds
  Source held_from_ = kCaller;
  std::string sent_[2];  // by source: what has been sent and not been offered again yet
  bool abandoned_ = false;
};

}  // namespace bladessl::openssl
