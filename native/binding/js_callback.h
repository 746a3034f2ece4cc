// A JS function that libuv's callbacks call: in a callback scope of its own (ticks and promises run
// when it returns), and what it throws is an uncaught exception like that of any event listener.
// Written on the C face of Node-API: in an environment that is being torn down each call may fail,
// and the C++ face would take that for fatal.
#pragma once

#include <napi.h>

namespace bladessl::binding {

class JsCallback {
 public:
  JsCallback(Napi::Function function, const char* resource)
      : function_(Napi::Persistent(function)), context_(function.Env(), resource) {}

  void Call(int first, int second) const {
    const napi_env env = function_.Env();
    napi_handle_scope scope = nullptr;
    if (napi_open_handle_scope(env, &scope) != napi_ok) return;
    napi_value arguments[2] = {nullptr, nullptr};
    napi_value receiver = nullptr;
    napi_create_int32(env, first, &arguments[0]);
    napi_create_int32(env, second, &arguments[1]);
    napi_get_global(env, &receiver);
    const napi_status status =
        napi_make_callback(env, context_, receiver, function_.Value(), 2, arguments, nullptr);
    if (status == napi_pending_exception) Report(env);
    napi_close_handle_scope(env, scope);
  }

 private:
  static void Report(napi_env env) {
    napi_value exception = nullptr;
    if (napi_get_and_clear_last_exception(env, &exception) != napi_ok) return;
    napi_fatal_exception(env, exception);
  }

  Napi::FunctionReference function_;
  Napi::AsyncContext context_;
};

}  // namespace bladessl::binding
