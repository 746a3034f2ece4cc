// One socket that does not block, watched by the loop.
#pragma once

#include <memory>

#include "native/io/descriptor.h"
#include "native/io/loop.h"
#include "native/io/transport.h"
#include "native/io/watcher.h"

namespace bladessl::io {

class SocketTransport final : public Transport {
 public:
  // Throws what the loop says of the descriptor.
  SocketTransport(std::shared_ptr<Loop> loop, const std::shared_ptr<Descriptor>& descriptor,
                  Watcher::Callback callback);
  ~SocketTransport() override;

  bool Send(const void* data, std::size_t size) override;
  Sent Flush() override;
  std::size_t queued() const override;
  void WatchReadable(bool on) override;
  // A connection that is being made becomes writable when it is made.
  void WatchWritable(bool on);
  void KeepLoop(bool on) override;
  void Finish() override;
  void Close(bool reset) override;

 protected:
  Received ReceiveMore(void* out, std::size_t size) override;

 private:
  void SendNow(const unsigned char* data, std::size_t size);
  std::size_t SendSome(const unsigned char* data, std::size_t size);
  void UpdateWatch();

  std::shared_ptr<Loop> loop_;
  std::shared_ptr<Descriptor> descriptor_;
  std::shared_ptr<Watcher> watcher_;
  ByteQueue queue_;  // what the kernel has not taken
  bool wants_readable_ = false;
  bool wants_writable_ = false;
};

}  // namespace bladessl::io
