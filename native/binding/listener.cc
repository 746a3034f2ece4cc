#include "native/binding/listener.h"

#include "native/binding/arguments.h"
#include "native/binding/connection.h"
#include "native/binding/descriptor.h"
#include "native/binding/function.h"
#include "native/binding/ssl_context.h"

namespace bladessl::binding {

namespace {

Napi::Value NewListener(const Napi::CallbackInfo& info) {
  return ListenerWrap::New(
      info.Env(), std::make_shared<JsListener>(AddonData::Of(info.Env()).Loop(info.Env())));
}

io::Listener::Settings SettingsOf(const Napi::Value& context, const Napi::Object& options) {
  io::Listener::Settings settings;
  if (!context.IsUndefined()) settings.context = SslContextWrap::Of(context, "context");
  settings.tls = TlsSettingsOf(options);
  settings.max_pending =
      static_cast<std::size_t>(IntegerOf(options.Get("maxPending"), "maxPending"));
  settings.no_delay = FlagOf(options.Get("noDelay"));
  settings.keep_alive = static_cast<int>(IntegerOf(options.Get("keepAlive"), "keepAlive"));
  return settings;
}

}  // namespace

void JsListener::Start(const Napi::Object& owner, const std::shared_ptr<io::Descriptor>& descriptor,
                       io::Listener::Settings settings) {
  listener_->Start(descriptor, *this, std::move(settings));
  owner_.Hold(owner.Env(), owner);
}

void JsListener::Close() {
  listener_->Close();
  owner_.Release();
}

void JsListener::OnConnection(std::shared_ptr<io::Connection> connection) {
  const HandleScope scope(owner_.env());
  if (!scope.open()) return;
  auto owned = std::make_shared<JsConnection>(std::move(connection));
  try {
    owner_.Tell(SocketEvent::kConnection, {ConnectionWrap::New(owner_.env(), std::move(owned))});
  } catch (const Napi::Error&) {
    // The environment is going: nobody takes the connection.
  }
}

void JsListener::OnFailure(const std::exception_ptr& failure, const io::Address& peer) {
  const HandleScope scope(owner_.env());
  if (!scope.open()) return;
  try {
    owner_.Tell(SocketEvent::kFailure, {owner_.ErrorOf(failure), AddressValue(owner_.env(), peer)});
  } catch (const Napi::Error&) {
  }
}

// start(owner, descriptor, context, settings)
Napi::Value ListenerWrap::JsStart(const Napi::CallbackInfo& info) {
  Alive().Start(info[0].As<Napi::Object>(), DescriptorWrap::Of(info[1], "descriptor"),
                SettingsOf(info[2], info[3].As<Napi::Object>()));
  return info.Env().Undefined();
}

Napi::Value ListenerWrap::JsClose(const Napi::CallbackInfo& info) {
  Alive().Close();
  return info.Env().Undefined();
}

Napi::Value ListenerWrap::JsSetAccepting(const Napi::CallbackInfo& info) {
  Alive().listener().SetAccepting(FlagOf(info[0]));
  return info.Env().Undefined();
}

Napi::Value ListenerWrap::JsKeepLoop(const Napi::CallbackInfo& info) {
  Alive().listener().KeepLoop(FlagOf(info[0]));
  return info.Env().Undefined();
}

Napi::Value ListenerWrap::JsPending(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(Alive().listener().pending()));
}

void ListenerWrap::Init(Napi::Env env, Napi::Object exports) {
  using W = ListenerWrap;
  Define(env, exports,
         {Def<&W::JsStart>("start"), Def<&W::JsClose>("close"),
          Def<&W::JsSetAccepting>("setAccepting"), Def<&W::JsKeepLoop>("keepLoop"),
          Def<&W::JsPending>("pending")});
  Export<NewListener>(exports, "newListener");
}

}  // namespace bladessl::binding
