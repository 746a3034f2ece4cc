// A plain function of the addon: `body(info)` runs inside Guard.
#pragma once

#include <napi.h>

#include "native/binding/errors.h"

namespace bladessl::binding {

template <auto Body>
void Export(Napi::Object exports, const char* name) {
  const napi_env env = exports.Env();
  napi_value function = nullptr;
  const auto call = [](napi_env inner, napi_callback_info raw) -> napi_value {
    return Guard(inner, [=]() -> napi_value {
      const Napi::CallbackInfo info(inner, raw);
      return Body(info);
    });
  };
  napi_create_function(env, name, NAPI_AUTO_LENGTH, call, nullptr, &function);
  exports.Set(name, Napi::Value(env, function));
}

}  // namespace bladessl::binding
