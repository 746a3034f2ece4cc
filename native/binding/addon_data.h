// What one environment (the main thread, or one worker) has of its own.
#pragma once

#include <napi.h>

#include <memory>

#include "native/io/loop.h"

namespace bladessl::binding {

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
  std::shared_ptr<io::Loop> loop;
};

}  // namespace bladessl::binding
