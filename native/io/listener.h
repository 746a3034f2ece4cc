// A listening socket. Accepts eagerly, and shakes hands with many at once; only connections that
// are ready are handed on.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "native/io/connection.h"
#include "native/openssl/context.h"

namespace bladessl::io {

class Listener final : public Party {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void OnConnection(std::shared_ptr<Connection> connection) = 0;
    // A handshake that failed, or a connection that could not be accepted (then `peer` is empty).
    virtual void OnFailure(const std::exception_ptr& failure, const Address& peer) = 0;
    // As of a connection.
    virtual std::shared_ptr<void> EnterUser() = 0;
  };

  struct Settings {
    std::shared_ptr<openssl::Context> context;  // null: in the clear
    Connection::TlsSettings tls;
    std::size_t max_pending = 1024;  // handshakes at a time
    bool no_delay = true;
    int keep_alive = 0;  // seconds until an idle peer is probed; 0: never
  };

  explicit Listener(std::shared_ptr<Loop> loop);
  ~Listener() override;

  void Start(const std::shared_ptr<Descriptor>& descriptor, Owner& owner, Settings settings);
  // Ends the handshakes that are under way too.
  void Close();
  // Whether more connections may come now.
  void SetAccepting(bool on);
  void KeepLoop(bool on);
  std::size_t pending() const { return pending_.size(); }
  void* get() { return this; }

  void Flush() override {}
  void Continue() override {}
  void Expire(const TimerWheel::Timer& timer) override;

 private:
  class Pending;

  void AcceptSome();
  void Take(std::shared_ptr<Descriptor> descriptor);
  void Done(Connection& connection, const std::exception_ptr& failure);
  void UpdateWatch();

  std::shared_ptr<Loop> loop_;
  Owner* owner_ = nullptr;
  Settings settings_;
  std::shared_ptr<Descriptor> descriptor_;
  std::shared_ptr<Watcher> watcher_;
  std::unordered_map<Connection*, std::unique_ptr<Pending>> pending_;
  bool accepting_ = true;
  TimerWheel::Timer pause_{*this};
};

}  // namespace bladessl::io
