#include "native/binding/js_owner.h"

#include <array>

#include "native/binding/addon_data.h"
#include "native/binding/errors.h"

namespace bladessl::binding {

void JsOwner::Hold(napi_env env, napi_value owner) {
  Release();
  env_ = env;
  napi_create_reference(env, owner, 1, &reference_);
  Capture();
}

void JsOwner::Capture() {
  if (reference_ == nullptr) return;
  const HandleScope scope(env_);
  napi_value owner = nullptr;
  napi_value name = nullptr;
  napi_get_reference_value(env_, reference_, &owner);
  napi_create_string_utf8(env_, "BLADESSL", NAPI_AUTO_LENGTH, &name);
  napi_async_context fresh = nullptr;
  if (napi_async_init(env_, owner, name, &fresh) != napi_ok) return;
  if (context_ != nullptr) napi_async_destroy(env_, context_);
  context_ = fresh;
}

void JsOwner::Release() {
  if (reference_ == nullptr) return;
  napi_delete_reference(env_, reference_);
  reference_ = nullptr;
  if (context_ != nullptr) napi_async_destroy(env_, context_);
  context_ = nullptr;
}

void JsOwner::Tell(SocketEvent event, std::initializer_list<napi_value> arguments) {
  if (reference_ == nullptr) return;
  napi_value owner = nullptr;
  napi_get_reference_value(env_, reference_, &owner);
  if (owner == nullptr) return;
  std::array<napi_value, 4> values{};
  values[0] = NumberValue(env_, static_cast<std::uint32_t>(event));
  std::copy(arguments.begin(), arguments.end(), values.begin() + 1);
  const napi_value function = AddonData::Of(env_).socket_events.Value();
  CallFromLoop(env_, context_, owner, function, values.data(), arguments.size() + 1);
}

napi_value JsOwner::ErrorOf(const std::exception_ptr& failure) const {
  napi_value value = nullptr;
  if (!failure) {
    napi_get_undefined(env_, &value);
    return value;
  }
  return ErrorValue(env_, failure);
}

}  // namespace bladessl::binding
