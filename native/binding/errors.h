// The one file that makes JS errors. Everything JS can call runs inside Guard: what the floors
// below throw becomes a JS exception here, and nowhere else.
#pragma once

#include <napi.h>

namespace bladessl::binding {

// Throws what is being handled as a JS exception.
void ThrowToJs(Napi::Env env);

template <class Body>
napi_value Guard(napi_env env, Body body) {
  try {
    return body();
  } catch (...) {
    ThrowToJs(env);
    return nullptr;
  }
}

}  // namespace bladessl::binding
