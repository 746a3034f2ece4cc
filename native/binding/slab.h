// The memory into which the sockets of an environment read. What is read is handed to JS as it
// lies, and never written again. A view keeps all of its memory alive, so small pieces have a slab
// of their own that is no larger than Node's pool of small Buffers.
#pragma once

#include <node_api.h>

#include <cstddef>

namespace bladessl::binding {

class Slab {
 public:
  // `size` is the slab's; a new one is begun when less than `room` is left.
  Slab(std::size_t size, std::size_t room) : size_(size), room_(room) {}

  struct Room {
    unsigned char* data = nullptr;
    std::size_t size = 0;
  };
  // Needs a handle scope. Asks the engine each time where the memory is: JS may have transferred it
  // away. Nothing when there is no memory.
  Room Find(napi_env env);
  // Where the last Find was, if no JS has run since.
  const unsigned char* found() const { return found_; }
  napi_value Value(napi_env env) const;
  std::size_t offset() const { return offset_; }
  void Advance(std::size_t size) { offset_ += (size + kAlignment - 1) / kAlignment * kAlignment; }

 private:
  static constexpr std::size_t kAlignment = 8;

  std::size_t size_;
  std::size_t room_;
  napi_ref reference_ = nullptr;
  std::size_t offset_ = 0;
  unsigned char* found_ = nullptr;
};

}  // namespace bladessl::binding
