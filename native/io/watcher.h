// Waits for one descriptor to become readable or writable (uv_poll). libuv aborts when a descriptor
// that it polls is closed behind its back, so the watcher has a share in it.
#pragma once

#include <functional>
#include <memory>

#include "native/io/descriptor.h"
#include "native/io/uv.h"

namespace bladessl::io {

class Loop;

class Watcher {
 public:
  // `status` is 0 or a libuv error; `events` are those that happened.
  using Callback = std::function<void(int status, int events)>;

  // 0, or a libuv error (EBADF; EPERM: not a descriptor that can be waited for).
  static int Open(std::shared_ptr<Loop> loop, std::shared_ptr<Descriptor> descriptor,
                  Callback callback, std::shared_ptr<Watcher>* out);
  // The same for a duplicate of a descriptor that somebody else owns: libuv takes none twice.
  static int OpenDuplicate(std::shared_ptr<Loop> loop, int fd, Callback callback,
                           std::shared_ptr<Watcher>* out);

  // UV_READABLE | UV_WRITABLE; 0 stops.
  int Watch(int events);
  // Whether the descriptor is still the one that is watched, and not another with its number.
  bool Watches(int fd) const;
  // Whether it keeps the loop from ending while it watches; it does at first.
  void KeepLoop(bool on);
  // Closes the descriptor too. No callback comes after this. May be called again: its owner closes
  // it, and so does the loop's end.
  void Close();

 private:
  friend class Loop;
  Watcher(std::shared_ptr<Loop> loop, std::shared_ptr<Descriptor> descriptor, Callback callback);

  std::shared_ptr<Loop> loop_;
  std::shared_ptr<Descriptor> descriptor_;
  Callback callback_;
  uv_poll_t poll_{};
  int events_ = 0;
  std::shared_ptr<Watcher> self_;  // libuv's share, from Open until its handle is closed
  bool closing_ = false;
};

}  // namespace bladessl::io
