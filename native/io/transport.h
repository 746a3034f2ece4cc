// What a connection runs over: a socket, or a stream that somebody else moves the bytes of.
#pragma once

#include <cstddef>

#include "native/io/byte_queue.h"
#include "native/openssl/wire.h"

namespace bladessl::io {

class Transport : public openssl::Wire {
 public:
  Received Receive(void* out, std::size_t size) final;

  // Whether nothing more is to be had until Refill is called.
  bool drained() const { return drained_ && unread_.empty(); }
  // There may be more again.
  void Refill() { drained_ = false; }
  // Is received before anything else.
  void PutBack(const void* data, std::size_t size) { unread_.Prepend(data, size); }
  bool has_unread() const { return !unread_.empty(); }
  bool ended() const { return ended_; }

  enum class Sent { kAll, kSome, kFailed };  // kFailed: error() tells
  // Sends what has been gathered, as far as it goes.
  virtual Sent Flush() = 0;
  // How many bytes wait.
  virtual std::size_t queued() const = 0;
  // 0, or the errno with which it has failed.
  int error() const { return error_; }

  // What its owner waits for, beside the bytes that wait to be sent.
  virtual void WatchReadable(bool on) = 0;
  virtual void KeepLoop(bool on) = 0;
  // No more is sent.
  virtual void Finish() = 0;
  virtual void Close(bool reset) = 0;

 protected:
  // Bytes, or how it stands. An error has been put into error_.
  virtual Received ReceiveMore(void* out, std::size_t size) = 0;

  ByteQueue unread_;
  bool drained_ = false;
  bool ended_ = false;
  int error_ = 0;
};

}  // namespace bladessl::io
