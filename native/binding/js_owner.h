// The JS object that a connection or a listener belongs to: told what happens, in the asynchronous
// context in which it last asked to be told, and kept alive until there is nothing more to tell.
#pragma once

#include <napi.h>

#include <exception>
#include <initializer_list>
#include <memory>

#include "native/binding/js_callback.h"

namespace bladessl::binding {

// As in lib/native-socket.ts.
enum class SocketEvent : std::uint32_t {
  kConnected,
  kSecured,
  kEnd,
  kDrain,
  kFinished,
  kClosed,
  kData,
  kSend,  // for a stream: bytes, to be passed on
  kReading,
  kFinish,
  kDestroy,
  kConnection,
  kFailure,
};

class JsOwner {
 public:
  JsOwner() = default;
  ~JsOwner() { Release(); }
  JsOwner(const JsOwner&) = delete;
  JsOwner& operator=(const JsOwner&) = delete;

  bool held() const { return reference_ != nullptr; }
  void Hold(napi_env env, napi_value owner);
  // What is told from now on is told in the caller's asynchronous context.
  void Capture();
  void Release();
  napi_env env() const { return env_; }
  void Tell(SocketEvent event, std::initializer_list<napi_value> arguments = {});
  // A callback scope in the owner's asynchronous context, for JS that is called from inside libssl.
  std::shared_ptr<void> Enter() const;
  // A failure as the error it is in JS; undefined for none.
  napi_value ErrorOf(const std::exception_ptr& failure) const;

 private:
  napi_env env_ = nullptr;
  napi_ref reference_ = nullptr;
  std::shared_ptr<napi_async_context__> context_;  // a scope that is open keeps it
};

}  // namespace bladessl::binding
