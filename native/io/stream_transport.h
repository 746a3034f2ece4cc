// A transport whose bytes somebody else moves: a Duplex of Node's, say.
#pragma once

#include <functional>

#include "native/io/transport.h"

namespace bladessl::io {

class StreamTransport final : public Transport {
 public:
  // Takes what is to be sent. `Acknowledge` is called for the same number of bytes when it has
  // gone.
  struct Peer {
    virtual ~Peer() = default;
    virtual void Send(const unsigned char* data, std::size_t size) = 0;
    // Whether anything is wanted.
    virtual void SetReading(bool on) = 0;
    virtual void Finish() = 0;
    virtual void Close(bool reset) = 0;
  };
  explicit StreamTransport(Peer& peer) : peer_(&peer) {}
  // The peer has gone.
  void Detach() { peer_ = nullptr; }

  // Lends the bytes to what is received during `use`; what is left then is kept.
  void Feed(const unsigned char* data, std::size_t size, const std::function<void()>& use);
  void FeedEnd() { at_end_ = true; }
  void FeedError(int sys_errno) { error_ = sys_errno; }
  void Acknowledge(std::size_t size) { on_their_way_ -= std::min(size, on_their_way_); }

  bool Send(const void* data, std::size_t size) override;
  Sent Flush() override;
  std::size_t queued() const override { return gathered_.size() + on_their_way_; }
  void WatchReadable(bool on) override;
  void KeepLoop(bool) override {}
  void Finish() override {
    if (peer_ != nullptr) peer_->Finish();
  }
  void Close(bool reset) override {
    if (peer_ != nullptr) peer_->Close(reset);
  }

 protected:
  Received ReceiveMore(void* out, std::size_t size) override;

 private:
  void KeepLent();

  Peer* peer_;
  const unsigned char* lent_ = nullptr;
  std::size_t lent_size_ = 0;
  bool at_end_ = false;
  bool reading_ = false;
  ByteQueue gathered_;
  std::size_t on_their_way_ = 0;
};

}  // namespace bladessl::io
