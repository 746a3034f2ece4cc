// What the sockets of one environment share: the libuv loop with what is open on it, the deadlines,
// the buffers through which everything leaves, and the time that handshakes may take of one turn.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <unordered_set>
#include <vector>

#include "native/io/output.h"
#include "native/io/party.h"
#include "native/io/timer_wheel.h"
#include "native/io/uv.h"

namespace bladessl::io {

class HandshakePool;
class Watcher;

class Loop {
 public:
  explicit Loop(uv_loop_t* loop);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  uv_loop_t* get() const { return loop_; }
  bool closing() const { return closing_; }

  // Closes every watcher and calls `done` when libuv has let go of the last handle. An environment
  // may not end before that.
  void Close(std::function<void()> done);

  // Around everything that libuv, or a Duplex, calls: when the outermost ends, all that was
  // gathered in it is sent.
  class Turn {
   public:
    explicit Turn(Loop& loop) : loop_(loop) { ++loop_.depth_; }
    ~Turn() {
      if (--loop_.depth_ == 0) loop_.FlushAll();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Loop& loop_;
  };

  // Flush() of the party is called before the loop waits.
  void FlushSoon(Party& party);
  // Continue() of the party is called in the next turn.
  void ContinueSoon(Party& party);
  // Expire() of the timer's party is called after `delay` milliseconds.
  void SetTimer(TimerWheel::Timer& timer, std::uint64_t delay);

  // Holds a connection that waits for nothing but its peer's end: nobody else may hold it any more.
  // Of too many the oldest are let go.
  std::uint64_t Keep(Party& party);
  void LetGo(std::uint64_t kept);

  // Whether handshakes have taken no more than `budget` nanoseconds of this turn. The first step of
  // a turn is always in time.
  bool HasTimeForHandshakes(std::uint64_t budget) const { return spent_ <= budget; }
  void SpendOnHandshakes(std::uint64_t nanoseconds);

  // For a connection that wants to keep its buffers for a while: whether there is a place left.
  bool EnterWarm() { return warm_ < kMaxWarm && ++warm_ > 0; }
  void LeaveWarm() { --warm_; }

  // Threads for handshakes, at least so many; null when the loop is closing.
  HandshakePool* Handshakers(std::size_t threads);

  Output& output() { return output_; }
  Cork& cork() { return cork_; }

 private:
  friend class Watcher;
  using Parties = std::vector<std::shared_ptr<Party>>;

  void Opened(Watcher& watcher);
  void Closing(Watcher& watcher);
  void Closed();
  void FlushAll();
  void ContinueAll();
  void StartTimer();
  template <class Handle>
  void CloseHandle(Handle& handle);

  uv_loop_t* loop_;
  uv_prepare_t before_wait_{};
  uv_check_t after_wait_{};
  uv_idle_t no_wait_{};
  uv_prepare_t turn_end_{};
  uv_timer_t timer_{};
  std::uint64_t timer_due_ = 0;
  std::unordered_set<Watcher*> open_;
  std::size_t handles_ = 0;  // that libuv still has
  bool closing_ = false;
  std::function<void()> done_;

  static constexpr std::size_t kMaxWarm = 64;
  std::size_t warm_ = 0;
  int depth_ = 0;
  Parties to_flush_;
  Parties to_continue_;
  static constexpr std::size_t kMaxKept = 4096;
  std::map<std::uint64_t, std::shared_ptr<Party>> kept_;
  std::uint64_t last_kept_ = 0;
  TimerWheel wheel_;
  std::uint64_t spent_ = 0;
  std::unique_ptr<HandshakePool> handshakers_;
  Output output_;
  Cork cork_;
};

}  // namespace bladessl::io
