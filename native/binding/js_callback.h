// Calls from libuv's callbacks into JS: in a callback scope of their own (ticks and promises run
// when it returns), and what is thrown is an uncaught exception like that of any event listener.
// Written on the C face of Node-API: in an environment that is being torn down each call may fail,
// and the C++ face would take that for fatal.
#pragma once

#include <napi.h>

#include <array>
#include <cstdint>

namespace bladessl::binding {

class HandleScope {
 public:
  explicit HandleScope(napi_env env) : env_(env) { napi_open_handle_scope(env, &scope_); }
  ~HandleScope() {
    if (scope_ != nullptr) napi_close_handle_scope(env_, scope_);
  }
  HandleScope(const HandleScope&) = delete;
  HandleScope& operator=(const HandleScope&) = delete;
  bool open() const { return scope_ != nullptr; }

 private:
  napi_env env_;
  napi_handle_scope scope_ = nullptr;
};

inline void CallFromLoop(napi_env env, napi_async_context context, napi_value receiver,
                         napi_value function, const napi_value* arguments, std::size_t count) {
  const napi_status status =
      napi_make_callback(env, context, receiver, function, count, arguments, nullptr);
  if (status != napi_pending_exception) return;
  napi_value exception = nullptr;
  if (napi_get_and_clear_last_exception(env, &exception) != napi_ok) return;
  napi_fatal_exception(env, exception);
}

inline napi_value NumberValue(napi_env env, std::uint32_t number) {
  napi_value value = nullptr;
  napi_create_uint32(env, number, &value);
  return value;
}

class JsCallback {
 public:
  JsCallback(Napi::Function function, const char* resource)
      : function_(Napi::Persistent(function)), context_(function.Env(), resource) {}

  void Call(int first, int second) const {
    const napi_env env = function_.Env();
    const HandleScope scope(env);
    if (!scope.open()) return;
    std::array<napi_value, 2> arguments{};
    napi_value receiver = nullptr;
    napi_create_int32(env, first, &arguments[0]);
    napi_create_int32(env, second, &arguments[1]);
    napi_get_global(env, &receiver);
    CallFromLoop(env, context_, receiver, function_.Value(), arguments.data(), arguments.size());
  }

 private:
  Napi::FunctionReference function_;
  Napi::AsyncContext context_;
};

}  // namespace bladessl::binding
