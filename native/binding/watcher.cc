#include "native/binding/watcher.h"

#include "native/binding/arguments.h"
#include "native/binding/function.h"
#include "native/binding/js_callback.h"
#include "native/openssl/system.h"

namespace bladessl::binding {

namespace {

void CheckStatus(int status, const char* syscall) {
  if (status == 0) return;
  openssl::ErrorReport report;
  report.sys_errno = io::FromUv(status);
  report.message = uv_strerror(status);
  report.syscall = syscall;
  throw openssl::OpensslError(std::move(report));
}

// newWatcher(fd, callback(status, events))
Napi::Value NewWatcher(const Napi::CallbackInfo& info) {
  const int fd = static_cast<int>(IntegerOf(info[0], "fd"));
  auto callback = std::make_shared<JsCallback>(info[1].As<Napi::Function>(), "bladessl:watcher");
  std::shared_ptr<io::Watcher> watcher;
  const int status = io::Watcher::OpenDuplicate(
      AddonData::Of(info.Env()).Loop(info.Env()), fd,
      [callback](int error, int events) { callback->Call(error, events); }, &watcher);
  CheckStatus(status, "poll");
  return WatcherWrap::New(info.Env(), std::make_shared<WatcherHandle>(std::move(watcher)));
}

}  // namespace

Napi::Value WatcherWrap::JsWatch(const Napi::CallbackInfo& info) {
  CheckStatus(Alive().get()->Watch(static_cast<int>(IntegerOf(info[0], "events"))), "poll");
  return info.Env().Undefined();
}

Napi::Value WatcherWrap::JsWatches(const Napi::CallbackInfo& info) {
  const int fd = static_cast<int>(IntegerOf(info[0], "fd"));
  return Napi::Boolean::New(info.Env(), Alive().get()->Watches(fd));
}

void WatcherWrap::Init(Napi::Env env, Napi::Object exports) {
  Define(env, exports,
         {Def<&WatcherWrap::JsWatch>("watch"), Def<&WatcherWrap::JsWatches>("watches")});
  Export<NewWatcher>(exports, "newWatcher");
}

}  // namespace bladessl::binding
