#include "native/io/listener.h"

#include <utility>
#include <vector>

#include "native/openssl/error.h"
#include "native/openssl/system.h"

namespace bladessl::io {

namespace {

// After so many the connections that exist have their turn.
constexpr int kAcceptsATurn = 32;
// How long to wait when there are no descriptors, or no memory, left.
constexpr std::uint64_t kPause = 100;

void SetFlag(const Descriptor& descriptor, int level, int name, int value) {
  // Unix sockets have no such options.
  (void)setsockopt(descriptor.fd(), level, name, reinterpret_cast<const char*>(&value),
                   sizeof value);
}

}  // namespace

// A connection that shakes hands.
class Listener::Pending final : public Connection::Owner {
 public:
  Pending(Listener& listener, std::shared_ptr<Connection> connection)
      : listener_(listener), connection_(std::move(connection)) {
    connection_->SetOwner(this);
  }

  const std::shared_ptr<Connection>& connection() const { return connection_; }
  Room RoomForData() override { return {}; }
  void OnData(std::size_t) override {}
  void OnEvent(Connection::Event event, const std::exception_ptr& failure) override {
    using Event = Connection::Event;
    if (event == Event::kSecured || event == Event::kClosed) listener_.Done(*connection_, failure);
  }
  std::shared_ptr<void> EnterUser() override {
    return listener_.owner_ == nullptr ? nullptr : listener_.owner_->EnterUser();
  }

 private:
  Listener& listener_;
  std::shared_ptr<Connection> connection_;
};

Listener::Listener(std::shared_ptr<Loop> loop) : loop_(std::move(loop)) {}

Listener::~Listener() {
  Close();
}

void Listener::Start(const std::shared_ptr<Descriptor>& descriptor, Owner& owner,
                     Settings settings) {
  settings_ = std::move(settings);
  const int status = Watcher::Open(
      loop_, descriptor, [this](int, int) { AcceptSome(); }, &watcher_);
  if (status != 0) ThrowSystem("poll", FromUv(status));
  owner_ = &owner;
  descriptor_ = descriptor;
  UpdateWatch();
}

void Listener::AcceptSome() {
  const std::shared_ptr<Party> alive = shared_from_this();
  const Loop::Turn turn(*loop_);
  for (int i = 0; i < kAcceptsATurn && owner_ != nullptr && accepting_; ++i) {
    if (pending_.size() >= settings_.max_pending) break;
    try {
      std::shared_ptr<Descriptor> descriptor = descriptor_->Accept();
      if (!descriptor) return;
      Take(std::move(descriptor));
    } catch (const std::exception&) {
      loop_->SetTimer(pause_, kPause);
      owner_->OnFailure(std::current_exception(), {});
      break;
    }
  }
  UpdateWatch();
}

void Listener::Take(std::shared_ptr<Descriptor> descriptor) {
  if (settings_.no_delay) SetFlag(*descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  if (settings_.keep_alive > 0) {
    SetFlag(*descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
#ifdef TCP_KEEPIDLE
    SetFlag(*descriptor, IPPROTO_TCP, TCP_KEEPIDLE, settings_.keep_alive);
#endif
  }
  auto connection = std::make_shared<Connection>(loop_);
  connection->UseSocket(std::move(descriptor));
  if (!settings_.context) return owner_->OnConnection(std::move(connection));
  auto ssl = std::make_shared<openssl::Ssl>(settings_.context);
  ssl->SetRole(openssl::Role::kServer);
  // Tells nobody yet; and what it throws leaves nothing pending.
  connection->StartTls(std::move(ssl), settings_.tls);
  pending_.emplace(connection.get(), std::make_unique<Pending>(*this, connection));
}

void Listener::Done(Connection& connection, const std::exception_ptr& failure) {
  const auto found = pending_.find(&connection);
  const std::unique_ptr<Pending> pending = std::move(found->second);
  pending_.erase(found);
  pending->connection()->SetOwner(nullptr);
  const std::shared_ptr<Party> alive = shared_from_this();
  UpdateWatch();
  if (owner_ == nullptr) return;
  if (connection.closed()) {
    owner_->OnFailure(failure, connection.descriptor()->Peer());
  } else {
    owner_->OnConnection(pending->connection());
  }
}

void Listener::Close() {
  owner_ = nullptr;
  pause_.Cancel();
  if (watcher_) watcher_->Close();
  const auto pending = std::exchange(pending_, {});
  for (const auto& [connection, entry] : pending) {
    connection->SetOwner(nullptr);
    connection->Close(Connection::Ending::kNow);
  }
}

void Listener::SetAccepting(bool on) {
  accepting_ = on;
  UpdateWatch();
}

void Listener::Expire(const TimerWheel::Timer&) {
  UpdateWatch();
}

void Listener::UpdateWatch() {
  if (owner_ == nullptr) return;
  const bool ready = accepting_ && !pause_.armed() && pending_.size() < settings_.max_pending;
  watcher_->Watch(ready ? UV_READABLE : 0);
}

void Listener::KeepLoop(bool on) {
  if (watcher_) watcher_->KeepLoop(on);
}

}  // namespace bladessl::io
