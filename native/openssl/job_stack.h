// AddressSanitizer knows one stack of each thread, and takes what an exception leaves behind on any
// other for errors. So it is told of callbacks that libssl makes on the stack of a job. Without it
// there is nothing to do.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#include <openssl/async.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

#include <cstddef>

namespace bladessl::openssl {

struct StackBounds {
  const void* bottom = nullptr;
  std::size_t size = 0;

  // Of a job: OpenSSL has them from the heap.
  static StackBounds OfJob() {
    void* bottom = nullptr;
    std::size_t size = 0;
    __asan_locate_address(__builtin_frame_address(0), nullptr, 0, &bottom, &size);
    return {bottom, size};
  }
  // Returns those that were in force.
  StackBounds Apply() const {
    void* fake = nullptr;
    StackBounds before;
    __sanitizer_start_switch_fiber(&fake, bottom, size);
    __sanitizer_finish_switch_fiber(fake, &before.bottom, &before.size);
    return before;
  }
};

inline StackBounds& ThreadsOwnStack() {
  thread_local StackBounds bounds;
  return bounds;
}

// While a callback runs.
class OnJobStack {
 public:
  OnJobStack() : is_job_(ASYNC_get_current_job() != nullptr) {
    if (is_job_) before_ = StackBounds::OfJob().Apply();
    if (ThreadsOwnStack().size == 0) ThreadsOwnStack() = before_;
  }
  ~OnJobStack() {
    if (is_job_) before_.Apply();
  }
  OnJobStack(const OnJobStack&) = delete;
  OnJobStack& operator=(const OnJobStack&) = delete;

 private:
  bool is_job_;
  StackBounds before_;
};

// While its job pauses.
class OffJobStack {
 public:
  OffJobStack() : job_(ThreadsOwnStack().Apply()) {}
  ~OffJobStack() { job_.Apply(); }
  OffJobStack(const OffJobStack&) = delete;
  OffJobStack& operator=(const OffJobStack&) = delete;

 private:
  StackBounds job_;
};

}  // namespace bladessl::openssl
#else

namespace bladessl::openssl {

struct OnJobStack {
  OnJobStack() {}
};
struct OffJobStack {
  OffJobStack() {}
};

}  // namespace bladessl::openssl
#endif
