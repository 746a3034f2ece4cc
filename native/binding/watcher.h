#pragma once

#include <napi.h>

#include <memory>
#include <utility>

#include "native/binding/wrap.h"
#include "native/io/watcher.h"

namespace bladessl::binding {

// Owns a watcher: closes it when the last owner goes.
class WatcherHandle {
 public:
  explicit WatcherHandle(std::shared_ptr<io::Watcher> watcher) : watcher_(std::move(watcher)) {}
  ~WatcherHandle() { watcher_->Close(); }
  WatcherHandle(const WatcherHandle&) = delete;
  WatcherHandle& operator=(const WatcherHandle&) = delete;
  io::Watcher* get() const { return watcher_.get(); }

 private:
  std::shared_ptr<io::Watcher> watcher_;
};

// JS keeps a watcher referenced for as long as it waits: a collected one is closed.
class WatcherWrap final : public Wrap<WatcherWrap, WatcherHandle> {
 public:
  static constexpr const char* kName = "Watcher";
  static constexpr napi_type_tag kTag = {0x0d9f6a3b7c5e4812, 0xa4b1c8d7e2f34965};
  static constexpr std::int64_t kWeight = 512;
  static constexpr auto kConstructor = &AddonData::watcher;

  using Wrap::Wrap;
  static void Init(Napi::Env env, Napi::Object exports);

 private:
  friend class Wrap<WatcherWrap, WatcherHandle>;
  Napi::Value JsWatch(const Napi::CallbackInfo& info);
  Napi::Value JsWatches(const Napi::CallbackInfo& info);
};

}  // namespace bladessl::binding
