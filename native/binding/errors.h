// The one file that makes JS errors. Everything JS can call runs inside Guard: what the floors
// below throw becomes a JS exception here, and nowhere else.
#pragma once

#include <napi.h>

#include <exception>

namespace bladessl::binding {

// Throws what is being handled as a JS exception; the call that has failed returns what this
// returns.
napi_value ThrowToJs(Napi::Env env);

// The same as a value; undefined when there is no JS any more to make one.
napi_value ErrorValue(napi_env env, const std::exception_ptr& failure);

template <class Body>
napi_value Guard(napi_env env, Body body) {
  try {
    return body();
  } catch (...) {
    return ThrowToJs(env);
  }
}

}  // namespace bladessl::binding
