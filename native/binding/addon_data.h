// What one environment (the main thread, or one worker) has of its own.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <vector>

#include "native/binding/slab.h"
#include "native/io/loop.h"

namespace bladessl::binding {

// What is read at once and is no more than this goes to the small slab.
constexpr std::size_t kSmallData = 2048;

struct AddonData {
  static AddonData& Of(Napi::Env env) { return *env.GetInstanceData<AddonData>(); }

  Napi::FunctionReference make_error;
  Napi::ObjectReference standstill;  // whoever reads or calls it never goes on
  // Constructors of the wrapped classes. Called from JS they make an object that counts as freed.
  Napi::FunctionReference certificate;
  Napi::FunctionReference private_key;
  Napi::FunctionReference remote_key;
  Napi::FunctionReference anchors;
  Napi::FunctionReference crl;
  Napi::FunctionReference ocsp_response;
  Napi::FunctionReference ssl_context;
  Napi::FunctionReference ssl;
  Napi::FunctionReference bio;
  Napi::FunctionReference watcher;
  Napi::FunctionReference descriptor;
  Napi::FunctionReference connection;
  Napi::FunctionReference listener;
  // lib/ is told here what happens to connections and listeners: `call(owner, event, ...)`.
  Napi::FunctionReference socket_events;
  // While libssl may call a user: the asynchronous context that he is called in.
  napi_async_context user_context = nullptr;
  // Questions of handshakes that nobody waits for any more, for lib/ to tell.
  std::shared_ptr<std::vector<std::shared_ptr<Napi::ObjectReference>>> abandoned =
      std::make_shared<std::vector<std::shared_ptr<Napi::ObjectReference>>>();
  Slab slab{64 * 1024, 16 * 1024};
  Slab small_slab{8 * 1024, kSmallData};

  // Throws where sockets cannot be had.
  void RequireSockets() const;
  // Made when it is first asked for; throws as RequireSockets does.
  const std::shared_ptr<io::Loop>& Loop(Napi::Env env);
  // Why sockets cannot be had; empty when they can.
  std::string no_sockets;

 private:
  std::shared_ptr<io::Loop> loop_;
};

}  // namespace bladessl::binding
