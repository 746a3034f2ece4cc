// The memory into which the sockets of an environment read. Large pieces are handed to JS as they
// lie, and never written again; small ones are copied out, because a slice keeps the whole alive.
#pragma once

#include <node_api.h>

#include <cstddef>

namespace bladessl::binding {

class Slab {
 public:
  struct Room {
    unsigned char* data = nullptr;
    std::size_t size = 0;
  };
  // Needs a handle scope. Asks the engine each time where the memory is: JS may have transferred it
  // away. Nothing when there is no memory.
  Room Find(napi_env env);
  napi_value Value(napi_env env) const;
  std::size_t offset() const { return offset_; }
  void Advance(std::size_t size) { offset_ += (size + kAlignment - 1) / kAlignment * kAlignment; }

 private:
  static constexpr std::size_t kSize = 64 * 1024;
  static constexpr std::size_t kMinRoom = 16 * 1024;
  static constexpr std::size_t kAlignment = 8;

  napi_ref reference_ = nullptr;
  std::size_t offset_ = 0;
};

}  // namespace bladessl::binding
