// The I/O floor without Node, under ThreadSanitizer: handshakes on other threads while the loop
// goes on, failures among them, connections that are closed meanwhile, and the end of the loop at
// any time. Compiled and run by test/native.test.ts.
#include <openssl/err.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "native/io/connection.h"
#include "native/io/listener.h"
#include "test/native/identity.h"

namespace {

using namespace bladessl;
using Event = io::Connection::Event;

constexpr int kConnections = 60;
constexpr std::size_t kThreads = 4;

void Expect(bool truth, const std::string& what) {
  if (truth) return;
  std::fprintf(stderr, "FAILED: %s\n", what.c_str());
  std::exit(1);
}

struct Tally {
  int secured = 0;
  int failed = 0;
  int closed = 0;
  int echoed = 0;
};

// One side of a connection: says a word when it can, and counts.
class Side final : public io::Connection::Owner {
 public:
  Side(std::shared_ptr<io::Connection> connection, Tally& tally, bool speaks)
      : connection_(std::move(connection)), tally_(tally), speaks_(speaks) {
    connection_->SetOwner(this);
    if (!speaks_) connection_->SetReading(true);
  }
  ~Side() override { connection_->SetOwner(nullptr); }

  io::Connection& connection() { return *connection_; }
  std::function<void()> on_connected;

  Room RoomForData() override { return {bytes_, sizeof bytes_}; }
  void OnData(std::size_t size) override {
    if (speaks_) {
      tally_.echoed += static_cast<int>(size);
      connection_->Close(io::Connection::Ending::kGraceful);
    } else {
      connection_->Write(bytes_, size);
    }
  }
  std::shared_ptr<void> EnterUser() override { return nullptr; }
  void OnEvent(Event event, const std::exception_ptr& failure) override {
    if (event == Event::kConnected) on_connected();
    if (event == Event::kSecured) {
      ++tally_.secured;
      connection_->SetReading(true);
      connection_->Write(reinterpret_cast<const unsigned char*>("x"), 1);
    }
    if (event == Event::kEnd) connection_->End();
    if (event != Event::kClosed) return;
    ++tally_.closed;
    if (failure) ++tally_.failed;
  }

 private:
  std::shared_ptr<io::Connection> connection_;
  Tally& tally_;
  bool speaks_;
  unsigned char bytes_[16 * 1024];
};

class Server final : public io::Listener::Owner {
 public:
  explicit Server(const std::shared_ptr<io::Loop>& loop)
      : listener_(std::make_shared<io::Listener>(loop)) {}

  int Start(const std::shared_ptr<openssl::Context>& context) {
    auto descriptor = io::Descriptor::Open(AF_INET, SOCK_STREAM);
    descriptor->Bind(io::Address::Ip("127.0.0.1", 0));
    descriptor->Listen(1024);
    io::Listener::Settings settings;
    settings.context = context;
    settings.tls.threads = kThreads;
    listener_->Start(descriptor, *this, settings);
    return descriptor->Local().port();
  }
  void Close() { listener_->Close(); }
  void OnConnection(std::shared_ptr<io::Connection> connection) override {
    sides_.push_back(std::make_unique<Side>(std::move(connection), tally, false));
  }
  std::shared_ptr<void> EnterUser() override { return nullptr; }
  void OnFailure(const std::exception_ptr&, const io::Address&) override { ++failures; }

  Tally tally;
  int failures = 0;

 private:
  std::shared_ptr<io::Listener> listener_;
  std::vector<std::unique_ptr<Side>> sides_;
};

std::unique_ptr<Side> Dial(const std::shared_ptr<io::Loop>& loop, int port, Tally& tally,
                           const std::shared_ptr<openssl::Context>& context) {
  auto connection = std::make_shared<io::Connection>(loop);
  connection->UseSocket(io::Descriptor::Open(AF_INET, SOCK_STREAM));
  auto side = std::make_unique<Side>(connection, tally, true);
  io::Connection* raw = connection.get();
  side->on_connected = [raw, context] {
    io::Connection::TlsSettings settings;
    settings.server_name = "localhost";
    settings.threads = kThreads;
    raw->StartTls(std::make_shared<openssl::Ssl>(context), settings);
  };
  connection->Connect(io::Address::Ip("127.0.0.1", port));
  return side;
}

struct World {
  uv_loop_t uv{};
  std::shared_ptr<io::Loop> loop;
  std::shared_ptr<openssl::Context> server =
      std::make_shared<openssl::Context>(openssl::Role::kServer);
  std::shared_ptr<openssl::Context> client =
      std::make_shared<openssl::Context>(openssl::Role::kClient);
  std::shared_ptr<openssl::Context> stranger =
      std::make_shared<openssl::Context>(openssl::Role::kClient);

  World() {
    uv_loop_init(&uv);
    loop = std::make_shared<io::Loop>(&uv);
    const test::Identity issued = test::NewIdentity("localhost");
    server->UseIdentity(issued.certificate->get(), {}, issued.key->get());
    client->AddTrust({issued.certificate->get()});
  }
  void End() {
    bool gone = false;
    loop->Close([&gone] { gone = true; });
    while (uv_run(&uv, UV_RUN_ONCE) != 0) {
    }
    Expect(gone, "the loop's handles are closed");
    Expect(uv_loop_close(&uv) == 0, "nothing is left on the loop");
  }
};

void HandshakesOnThreads() {
  World world;
  Server server(world.loop);
  const int port = server.Start(world.server);
  Tally known;
  Tally strangers;
  std::vector<std::unique_ptr<Side>> sides;
  for (int i = 0; i < kConnections; ++i) {
    sides.push_back(Dial(world.loop, port, known, world.client));
    sides.push_back(Dial(world.loop, port, strangers, world.stranger));
  }
  while (known.closed < kConnections || strangers.closed < kConnections ||
         server.failures < kConnections) {
    uv_run(&world.uv, UV_RUN_ONCE);
  }
  Expect(known.secured == kConnections && known.failed == 0, "who trusts is served");
  Expect(known.echoed == kConnections, "each word comes back");
  Expect(strangers.failed == kConnections && strangers.secured == 0, "who does not trust fails");
  Expect(ERR_peek_error() == 0, "the error queue is empty");
  server.Close();
  world.End();
}

// `turns` of the loop, and then no more.
void TheLoopEndsMeanwhile(int turns, bool closes_first) {
  World world;
  Server server(world.loop);
  const int port = server.Start(world.server);
  Tally tally;
  std::vector<std::unique_ptr<Side>> sides;
  for (int i = 0; i < kConnections; ++i) {
    sides.push_back(Dial(world.loop, port, tally, world.client));
  }
  for (int i = 0; i < turns; ++i) uv_run(&world.uv, UV_RUN_NOWAIT);
  if (closes_first) {
    for (auto& side : sides) side->connection().Close(io::Connection::Ending::kNow);
    for (int i = 0; i < turns; ++i) uv_run(&world.uv, UV_RUN_NOWAIT);
  }
  server.Close();
  world.End();
}

// Notes when its timers come.
class Sleeper final : public io::Party {
 public:
  void Flush() override {}
  void Continue() override {}
  void Expire(const io::TimerWheel::Timer&) override {
    ++expired;
    if (on_expire) on_expire();
  }
  io::TimerWheel::Timer timer{*this};
  int expired = 0;
  std::function<void()> on_expire;
};

void DeadlinesAreNeverEarlyAndAtMostATickLate() {
  for (const std::uint64_t delay : {0, 1, 15, 16, 17, 4095, 4096, 4097, 30'000}) {
    io::TimerWheel wheel;
    const auto sleeper = std::make_shared<Sleeper>();
    const std::uint64_t begin = 1'000'003;
    wheel.Set(sleeper->timer, begin, delay);
    std::uint64_t now = begin;
    while (sleeper->expired == 0) {
      const std::int64_t wait = wheel.Wait(now);
      Expect(wait >= 0, "a timer that is set is waited for");
      now += static_cast<std::uint64_t>(wait);
      wheel.Advance(now);
    }
    Expect(now >= begin + delay, "not early");
    Expect(now <= begin + delay + io::TimerWheel::kTick, "at most a tick late");
    Expect(wheel.Wait(now) == -1, "nothing else waits");
  }
}

void TimersAreCancelledFromInsideOneAnother() {
  io::TimerWheel wheel;
  std::vector<std::shared_ptr<Sleeper>> sleepers;
  for (int i = 0; i < 100; ++i) {
    sleepers.push_back(std::make_shared<Sleeper>());
    wheel.Set(sleepers.back()->timer, 0, 50);
  }
  sleepers[0]->on_expire = [&] {
    for (int i = 1; i < 50; ++i) sleepers[i]->timer.Cancel();
    sleepers.resize(60);
    wheel.Set(sleepers[0]->timer, 100, 10);
  };
  wheel.Advance(100);
  int expired = 0;
  for (const auto& sleeper : sleepers) expired += sleeper->expired;
  Expect(expired == 11, "the first, and those that it has left");
  Expect(sleepers[0]->timer.armed(), "it has set itself again");
  sleepers[0]->on_expire = nullptr;
  wheel.Advance(1'000'000);
  Expect(sleepers[0]->expired == 2, "and comes after a long sleep");
}

void BytesKeepTheirOrder() {
  io::ByteQueue queue;
  std::string expected;
  std::string got;
  for (int i = 0; i < 2000; ++i) {
    const std::string piece(static_cast<std::size_t>(i % 97), static_cast<char>('a' + i % 26));
    queue.Append(piece.data(), piece.size());
    expected += piece;
    char out[64];
    if (i % 3 != 0) got.append(out, queue.Take(out, sizeof out));
  }
  queue.Prepend("front", 5);
  expected.insert(got.size(), "front");
  while (!queue.empty()) {
    char out[100];
    got.append(out, queue.Take(out, sizeof out));
  }
  Expect(got == expected, "what goes in comes out");
}

}  // namespace

int main() {
  DeadlinesAreNeverEarlyAndAtMostATickLate();
  TimersAreCancelledFromInsideOneAnother();
  BytesKeepTheirOrder();
  HandshakesOnThreads();
  for (int turns = 0; turns < 24; ++turns) TheLoopEndsMeanwhile(turns, turns % 2 == 0);
  std::puts("all passed");
}
