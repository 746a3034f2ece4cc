// Work on a thread of Node's pool that ends in a promise. Written on the C face of Node-API, as the
// calls in js_callback.h are: the environment may be torn down before the work is done.
#pragma once

#include <napi.h>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "native/binding/errors.h"

namespace bladessl::binding {

// `work()` runs on the thread and knows nothing of JS; `convert(env, result)` makes a value of what
// it returns, back on JS's own.
template <class Work, class Convert>
class Aside {
 public:
  static Napi::Value Start(Napi::Env env, Work work, Convert convert) {
    std::unique_ptr<Aside> self(new Aside(std::move(work), std::move(convert)));
    napi_value promise = nullptr;
    napi_value name = nullptr;
    Require(env, napi_create_promise(env, &self->deferred_, &promise));
    Require(env, napi_create_string_utf8(env, "bladessl", NAPI_AUTO_LENGTH, &name));
    Require(env, napi_create_async_work(env, nullptr, name, Run, End, self.get(), &self->handle_));
    const napi_status queued = napi_queue_async_work(env, self->handle_);
    if (queued != napi_ok) napi_delete_async_work(env, self->handle_);
    Require(env, queued);
    (void)self.release();
    return Napi::Value(env, promise);
  }

 private:
  using Result = std::invoke_result_t<Work&>;

  Aside(Work work, Convert convert) : work_(std::move(work)), convert_(std::move(convert)) {}

  static void Require(Napi::Env env, napi_status status) {
    if (status != napi_ok) throw Napi::Error::New(env);
  }

  static void Run(napi_env /*env*/, void* data) {
    auto* self = static_cast<Aside*>(data);
    try {
      self->result_.emplace(self->work_());
    } catch (...) {
      self->failure_ = std::current_exception();
    }
  }

  static void End(napi_env env, napi_status status, void* data) {
    const std::unique_ptr<Aside> self(static_cast<Aside*>(data));
    napi_delete_async_work(env, self->handle_);
    if (status == napi_ok) self->Settle(env);
  }

  void Settle(napi_env env) {
    try {
      if (failure_) std::rethrow_exception(failure_);
      napi_resolve_deferred(env, deferred_, convert_(Napi::Env(env), std::move(*result_)));
    } catch (...) {
      napi_reject_deferred(env, deferred_, ErrorValue(env, std::current_exception()));
    }
  }

  Work work_;
  Convert convert_;
  std::optional<Result> result_;
  std::exception_ptr failure_;
  napi_deferred deferred_ = nullptr;
  napi_async_work handle_ = nullptr;
};

template <class Work, class Convert>
Napi::Value RunAside(Napi::Env env, Work work, Convert convert) {
  return Aside<Work, Convert>::Start(env, std::move(work), std::move(convert));
}

}  // namespace bladessl::binding
