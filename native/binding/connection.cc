#include "native/binding/connection.h"

#include <cstring>

#include "native/binding/arguments.h"
#include "native/binding/descriptor.h"
#include "native/binding/function.h"
#include "native/binding/ssl.h"
#include "native/openssl/system.h"

namespace bladessl::binding {

namespace {

using io::Connection;

constexpr double kNanosecondsPerMillisecond = 1e6;

// What was read last lies at the free end of the large slab. The small one, or the large one again
// when there is no memory.
Slab* MoveToSmallSlab(napi_env env, AddonData& addon, std::size_t size) {
  const Slab::Room to = addon.small_slab.Find(env);
  if (to.data == nullptr) return &addon.slab;
  std::memcpy(to.data, addon.slab.found(), size);
  return &addon.small_slab;
}

SocketEvent EventOf(Connection::Event event) {
  switch (event) {
    case Connection::Event::kConnected:
      return SocketEvent::kConnected;
    case Connection::Event::kSecured:
      return SocketEvent::kSecured;
    case Connection::Event::kEnd:
      return SocketEvent::kEnd;
    case Connection::Event::kDrain:
      return SocketEvent::kDrain;
    case Connection::Event::kFinished:
      return SocketEvent::kFinished;
    case Connection::Event::kClosed:
      break;
  }
  return SocketEvent::kClosed;
}

std::shared_ptr<JsConnection> NewConnection(Napi::Env env) {
  auto connection = std::make_shared<Connection>(AddonData::Of(env).Loop(env));
  return std::make_shared<JsConnection>(std::move(connection));
}

// newSocketConnection(descriptor)
Napi::Value NewSocketConnection(const Napi::CallbackInfo& info) {
  auto made = NewConnection(info.Env());
  made->connection().UseSocket(DescriptorWrap::Of(info[0], "descriptor"));
  return ConnectionWrap::New(info.Env(), std::move(made));
}

// newStreamConnection()
Napi::Value NewStreamConnection(const Napi::CallbackInfo& info) {
  auto made = NewConnection(info.Env());
  made->connection().UseStream(*made);
  return ConnectionWrap::New(info.Env(), std::move(made));
}

Napi::Value SetSocketEvents(const Napi::CallbackInfo& info) {
  AddonData::Of(info.Env()).socket_events = Napi::Persistent(info[0].As<Napi::Function>());
  return info.Env().Undefined();
}

}  // namespace

io::Connection::TlsSettings TlsSettingsOf(const Napi::Object& options) {
  Connection::TlsSettings settings;
  settings.server_name = TextOf(options.Get("servername"), "servername");
  settings.timeout = static_cast<std::uint64_t>(IntegerOf(options.Get("timeout"), "timeout"));
  const double budget = options.Get("budget").As<Napi::Number>().DoubleValue();
  settings.budget = static_cast<std::uint64_t>(budget * kNanosecondsPerMillisecond);
  settings.threads = static_cast<std::size_t>(IntegerOf(options.Get("threads"), "threads"));
  return settings;
}

// Tells JS nothing any more: an environment that ends has none.
JsConnection::~JsConnection() {
  owner_.Release();
  connection_->Orphan();
  connection_->Close(Connection::Ending::kNow);
}

void JsConnection::Own(napi_env env, napi_value owner) {
  owner_.Hold(env, owner);
  connection_->SetOwner(this);
}

io::Connection::Owner::Room JsConnection::RoomForData() {
  const HandleScope scope(owner_.env());
  if (!scope.open()) return {};
  const Slab::Room room = AddonData::Of(owner_.env()).slab.Find(owner_.env());
  return {room.data, room.size};
}

void JsConnection::OnData(std::size_t size) {
  const napi_env env = owner_.env();
  const HandleScope scope(env);
  if (!scope.open()) return;
  AddonData& addon = AddonData::Of(env);
  Slab* slab = &addon.slab;
  if (size <= kSmallData) slab = MoveToSmallSlab(env, addon, size);
  const auto offset = static_cast<std::uint32_t>(slab->offset());
  const napi_value bytes = slab->Value(env);
  slab->Advance(size);
  owner_.Tell(SocketEvent::kData, {bytes, NumberValue(env, offset),
                                   NumberValue(env, static_cast<std::uint32_t>(offset + size))});
}

void JsConnection::OnEvent(Connection::Event event, const std::exception_ptr& failure) {
  const HandleScope scope(owner_.env());
  if (!scope.open()) return;
  if (event != Connection::Event::kClosed) return owner_.Tell(EventOf(event));
  owner_.Tell(SocketEvent::kClosed, {owner_.ErrorOf(failure)});
  over_ = true;
  if (!connection_->lingers_over_stream()) owner_.Release();
}

void JsConnection::Tell(SocketEvent event, std::initializer_list<napi_value> arguments) {
  if (!owner_.held()) return;
  owner_.Tell(event, arguments);
}

void JsConnection::Send(const unsigned char* data, std::size_t size) {
  if (!owner_.held()) return;
  const HandleScope scope(owner_.env());
  napi_value bytes = nullptr;
  if (napi_create_buffer_copy(owner_.env(), size, data, nullptr, &bytes) != napi_ok) return;
  Tell(SocketEvent::kSend, {bytes});
}

void JsConnection::SetReading(bool on) {
  if (!owner_.held()) return;
  const HandleScope scope(owner_.env());
  napi_value flag = nullptr;
  napi_get_boolean(owner_.env(), on, &flag);
  Tell(SocketEvent::kReading, {flag});
}

void JsConnection::Finish() {
  if (!owner_.held()) return;
  const HandleScope scope(owner_.env());
  Tell(SocketEvent::kFinish);
}

void JsConnection::Close(bool reset) {
  if (!owner_.held()) return;
  const HandleScope scope(owner_.env());
  napi_value flag = nullptr;
  napi_get_boolean(owner_.env(), reset, &flag);
  Tell(SocketEvent::kDestroy, {flag});
  if (over_) owner_.Release();
}

Napi::Value ConnectionWrap::JsOwn(const Napi::CallbackInfo& info) {
  Alive().Own(info.Env(), info[0]);
  return info.Env().Undefined();
}

Napi::Value ConnectionWrap::JsCapture(const Napi::CallbackInfo& info) {
  Alive().Capture();
  return info.Env().Undefined();
}

// connect(address, port)
Napi::Value ConnectionWrap::JsConnect(const Napi::CallbackInfo& info) {
  Alive().connection().Connect(AddressOf(info[0], info[1]));
  return info.Env().Undefined();
}

// startTls(ssl, settings)
Napi::Value ConnectionWrap::JsStartTls(const Napi::CallbackInfo& info) {
  Alive().connection().StartTls(SslWrap::Of(info[0], "ssl"),
                                TlsSettingsOf(info[1].As<Napi::Object>()));
  return info.Env().Undefined();
}

Napi::Value ConnectionWrap::JsWrite(const Napi::CallbackInfo& info) {
  const Bytes data = BytesOf(info[0], "data");
  const bool room = Alive().connection().Write(data.data, data.size);
  return Napi::Boolean::New(info.Env(), room);
}

Napi::Value ConnectionWrap::JsEnd(const Napi::CallbackInfo& info) {
  Alive().connection().End();
  return info.Env().Undefined();
}

Napi::Value ConnectionWrap::JsExpectProgress(const Napi::CallbackInfo& info) {
  Alive().connection().ExpectProgress();
  return info.Env().Undefined();
}

// close(ending): 0 = gracefully, 1 = now, 2 = with a reset
Napi::Value ConnectionWrap::JsClose(const Napi::CallbackInfo& info) {
  const auto ending = static_cast<Connection::Ending>(IntegerOf(info[0], "ending"));
  Alive().connection().Close(ending);
  return info.Env().Undefined();
}

template <auto Setter>
Napi::Value ConnectionWrap::JsSetOn(const Napi::CallbackInfo& info) {
  (Alive().connection().*Setter)(FlagOf(info[0]));
  return info.Env().Undefined();
}

Napi::Value ConnectionWrap::JsSetHighWaterMark(const Napi::CallbackInfo& info) {
  const auto size = static_cast<std::size_t>(IntegerOf(info[0], "size"));
  Alive().connection().SetHighWaterMark(size);
  return info.Env().Undefined();
}

template <auto Getter>
Napi::Value ConnectionWrap::JsCount(const Napi::CallbackInfo& info) {
  const auto count = (Alive().connection().*Getter)();
  return Napi::Number::New(info.Env(), static_cast<double>(count));
}

Napi::Value ConnectionWrap::JsDescriptor(const Napi::CallbackInfo& info) {
  const auto& descriptor = Alive().connection().descriptor();
  if (!descriptor) return info.Env().Undefined();
  return DescriptorWrap::New(info.Env(), descriptor);
}

Napi::Value ConnectionWrap::JsSsl(const Napi::CallbackInfo& info) {
  const auto& ssl = Alive().connection().ssl();
  return ssl ? SslWrap::New(info.Env(), ssl) : info.Env().Undefined();
}

Napi::Value ConnectionWrap::JsPutBack(const Napi::CallbackInfo& info) {
  const Bytes data = BytesOf(info[0], "data");
  Alive().connection().PutBack(data.data, data.size);
  return info.Env().Undefined();
}

Napi::Value ConnectionWrap::JsFeed(const Napi::CallbackInfo& info) {
  const Bytes data = BytesOf(info[0], "data");
  Alive().connection().Feed(data.data, data.size);
  return info.Env().Undefined();
}

Napi::Value ConnectionWrap::JsFeedEnd(const Napi::CallbackInfo& info) {
  Alive().connection().FeedEnd();
  return info.Env().Undefined();
}

Napi::Value ConnectionWrap::JsFeedError(const Napi::CallbackInfo& info) {
  Alive().connection().FeedError(io::FromUv(-static_cast<int>(IntegerOf(info[0], "errno"))));
  return info.Env().Undefined();
}

Napi::Value ConnectionWrap::JsAcknowledge(const Napi::CallbackInfo& info) {
  Alive().connection().Acknowledge(static_cast<std::size_t>(IntegerOf(info[0], "size")));
  return info.Env().Undefined();
}

void ConnectionWrap::Init(Napi::Env env, Napi::Object exports) {
  using W = ConnectionWrap;
  Define(env, exports,
         {
             Def<&W::JsOwn>("own"),
             Def<&W::JsCapture>("capture"),
             Def<&W::JsConnect>("connect"),
             Def<&W::JsStartTls>("startTls"),
             Def<&W::JsWrite>("write"),
             Def<&W::JsEnd>("end"),
             Def<&W::JsExpectProgress>("expectProgress"),
             Def<&W::JsClose>("close"),
             Def<&W::JsSetOn<&Connection::SetReading>>("setReading"),
             Def<&W::JsSetOn<&Connection::KeepLoop>>("keepLoop"),
             Def<&W::JsSetHighWaterMark>("setHighWaterMark"),
             Def<&W::JsCount<&Connection::queued>>("queued"),
             Def<&W::JsCount<&Connection::bytes_read>>("bytesRead"),
             Def<&W::JsCount<&Connection::bytes_written>>("bytesWritten"),
             Def<&W::JsDescriptor>("descriptor"),
             Def<&W::JsSsl>("ssl"),
             Def<&W::JsPutBack>("putBack"),
             Def<&W::JsFeed>("feed"),
             Def<&W::JsFeedEnd>("feedEnd"),
             Def<&W::JsFeedError>("feedError"),
             Def<&W::JsAcknowledge>("acknowledge"),
         });
  Export<NewSocketConnection>(exports, "newSocketConnection");
  Export<NewStreamConnection>(exports, "newStreamConnection");
  Export<SetSocketEvents>(exports, "setSocketEvents");
}

}  // namespace bladessl::binding
