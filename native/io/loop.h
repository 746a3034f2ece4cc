// What the sockets of one environment share: the libuv loop, and the list of what is open on it.
#pragma once

#include <uv.h>

#include <functional>
#include <unordered_set>

namespace bladessl::io {

class Watcher;

class Loop {
 public:
  explicit Loop(uv_loop_t* loop) : loop_(loop) {}
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  uv_loop_t* get() const { return loop_; }

  // Closes every watcher and calls `done` when libuv has let go of the last one. An environment may
  // not end before that.
  void Close(std::function<void()> done);

 private:
  friend class Watcher;
  void Closed();

  uv_loop_t* loop_;
  std::unordered_set<Watcher*> open_;
  std::size_t closing_ = 0;
  std::function<void()> done_;
};

}  // namespace bladessl::io
