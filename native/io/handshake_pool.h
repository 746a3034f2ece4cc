// Threads that carry out handshakes, so that private keys are used on all cores and never hold up
// the loop. A step is a connection's TLS with the bytes that have come for it: while it is under
// way nobody else touches them. The loop's thread gives steps out and takes them back.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "native/io/byte_queue.h"
#include "native/io/uv.h"
#include "native/openssl/tls_stream.h"

namespace bladessl::io {

class Connection;

// The bytes of one step.
class StepWire final : public openssl::Wire {
 public:
  Received Receive(void* out, std::size_t size) override;
  bool Send(const void* data, std::size_t size) override;

  ByteQueue input;
  ByteQueue output;
  bool ended = false;
};

struct HandshakeStep {
  std::shared_ptr<Connection> connection;  // for the loop's thread only
  StepWire wire;
  std::unique_ptr<openssl::TlsStream> tls;  // goes before its wire
  openssl::SslResult result;
  std::exception_ptr failure;
};

class HandshakePool {
 public:
  explicit HandshakePool(uv_loop_t* loop);
  ~HandshakePool();
  HandshakePool(const HandshakePool&) = delete;
  HandshakePool& operator=(const HandshakePool&) = delete;

  // At least so many threads from now on.
  void Grow(std::size_t threads);
  void Submit(std::unique_ptr<HandshakeStep> step);
  // Waits for the steps that are under way, and drops the others. The handle is closed after it.
  void Stop();
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&done_signal_); }

 private:
  using Steps = std::deque<std::unique_ptr<HandshakeStep>>;

  void Work();
  void TakeBack();

  uv_async_t done_signal_{};
  std::size_t away_ = 0;  // steps that have not come back
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable work_;
  Steps waiting_;
  Steps done_;
  bool stopping_ = false;
};

}  // namespace bladessl::io
