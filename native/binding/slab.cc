#include "native/binding/slab.h"

namespace bladessl::binding {

Slab::Room Slab::Find(napi_env env) {
  void* data = nullptr;
  std::size_t size = 0;
  if (reference_ != nullptr) {
    napi_get_buffer_info(env, Value(env), &data, &size);
    if (size >= offset_ + room_) {
      found_ = static_cast<unsigned char*>(data) + offset_;
      return {found_, size - offset_};
    }
    napi_delete_reference(env, reference_);
    reference_ = nullptr;
  }
  napi_value buffer = nullptr;
  if (napi_create_buffer(env, size_, &data, &buffer) != napi_ok) return {};
  if (napi_create_reference(env, buffer, 1, &reference_) != napi_ok) return {};
  offset_ = 0;
  found_ = static_cast<unsigned char*>(data);
  return {found_, size_};
}

napi_value Slab::Value(napi_env env) const {
  napi_value buffer = nullptr;
  napi_get_reference_value(env, reference_, &buffer);
  return buffer;
}

}  // namespace bladessl::binding
