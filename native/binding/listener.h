#pragma once

#include <napi.h>

#include <memory>

#include "native/binding/js_owner.h"
#include "native/binding/wrap.h"
#include "native/io/listener.h"

namespace bladessl::binding {

// A listener and the JS object that is told of its connections.
class JsListener final : public io::Listener::Owner {
 public:
  explicit JsListener(std::shared_ptr<io::Loop> loop)
      : listener_(std::make_shared<io::Listener>(std::move(loop))) {}
  ~JsListener() override { listener_->Close(); }
  JsListener(const JsListener&) = delete;
  JsListener& operator=(const JsListener&) = delete;

  io::Listener& listener() { return *listener_; }
  io::Listener* get() const { return listener_.get(); }
  void Start(const Napi::Object& owner, const std::shared_ptr<io::Descriptor>& descriptor,
             io::Listener::Settings settings);
  void Close();

  void OnConnection(std::shared_ptr<io::Connection> connection) override;
  void OnFailure(const std::exception_ptr& failure, const io::Address& peer) override;
  std::shared_ptr<void> EnterUser() override { return owner_.Enter(); }

 private:
  std::shared_ptr<io::Listener> listener_;
  JsOwner owner_;
};

class ListenerWrap final : public Wrap<ListenerWrap, JsListener> {
 public:
  static constexpr const char* kName = "Listener";
  static constexpr napi_type_tag kTag = {0x9e3c5a7d1f2b4684, 0xb7d6e5f4a3c2918e};
  static constexpr std::int64_t kWeight = 1024;
  static constexpr auto kConstructor = &AddonData::listener;

  using Wrap::Wrap;
  static void Init(Napi::Env env, Napi::Object exports);

 private:
  friend class Wrap<ListenerWrap, JsListener>;
  Napi::Value JsStart(const Napi::CallbackInfo& info);
  Napi::Value JsClose(const Napi::CallbackInfo& info);
  Napi::Value JsSetAccepting(const Napi::CallbackInfo& info);
  Napi::Value JsKeepLoop(const Napi::CallbackInfo& info);
  Napi::Value JsPending(const Napi::CallbackInfo& info);
};

}  // namespace bladessl::binding
