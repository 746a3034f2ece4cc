// What one environment (the main thread, or one worker) has of its own.
#pragma once

#include <napi.h>

#include <memory>

#include "native/binding/slab.h"
#include "native/io/loop.h"

namespace bladessl::binding {

// What is read at once and is no more than this goes to the small slab.
constexpr std::size_t kSmallData = 2048;

struct AddonData {
  explicit AddonData(Napi::Env env);

  static AddonData& Of(Napi::Env env) { return *env.GetInstanceData<AddonData>(); }

  Napi::FunctionReference make_error;
  // Constructors of the wrapped classes. Called from JS they make an object that counts as freed.
  Napi::FunctionReference certificate;
  Napi::FunctionReference private_key;
  Napi::FunctionReference ssl_context;
  Napi::FunctionReference ssl;
  Napi::FunctionReference bio;
  Napi::FunctionReference watcher;
  Napi::FunctionReference descriptor;
  Napi::FunctionReference connection;
  Napi::FunctionReference listener;
  // lib/ is told here what happens to connections and listeners: `call(owner, event, ...)`.
  Napi::FunctionReference socket_events;
  Slab slab{64 * 1024, 16 * 1024};
  Slab small_slab{8 * 1024, kSmallData};
  std::shared_ptr<io::Loop> loop;
};

}  // namespace bladessl::binding
