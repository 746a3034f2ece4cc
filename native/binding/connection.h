#pragma once

#include <napi.h>

#include <memory>
#include <utility>

#include "native/binding/js_owner.h"
#include "native/binding/wrap.h"
#include "native/io/connection.h"

namespace bladessl::binding {

// A connection and the JS object that is told what happens to it.
class JsConnection final : public io::Connection::Owner, public io::StreamTransport::Peer {
 public:
  explicit JsConnection(std::shared_ptr<io::Connection> connection)
      : connection_(std::move(connection)) {}
  ~JsConnection() override;
  JsConnection(const JsConnection&) = delete;
  JsConnection& operator=(const JsConnection&) = delete;

  io::Connection& connection() { return *connection_; }
  io::Connection* get() const { return connection_.get(); }
  void Own(napi_env env, napi_value owner);
  void Capture() { owner_.Capture(); }

  Room RoomForData() override;
  void OnData(std::size_t size) override;
  void OnEvent(io::Connection::Event event, const std::exception_ptr& failure) override;
  std::shared_ptr<void> EnterUser() override { return owner_.Enter(); }

  void Send(const unsigned char* data, std::size_t size) override;
  void SetReading(bool on) override;
  void Finish() override;
  void Close(bool reset) override;

 private:
  void Tell(SocketEvent event, std::initializer_list<napi_value> arguments = {});

  std::shared_ptr<io::Connection> connection_;
  JsOwner owner_;
  bool over_ = false;  // kClosed has been told
};

class ConnectionWrap final : public Wrap<ConnectionWrap, JsConnection> {
 public:
  static constexpr const char* kName = "Connection";
  static constexpr napi_type_tag kTag = {0x2b9d4e7f6c1a4835, 0xa5e8d3c7b2f19460};
  static constexpr std::int64_t kWeight = 1024;
  static constexpr auto kConstructor = &AddonData::connection;

  using Wrap::Wrap;
  static void Init(Napi::Env env, Napi::Object exports);

 private:
  friend class Wrap<ConnectionWrap, JsConnection>;
  Napi::Value JsOwn(const Napi::CallbackInfo& info);
  Napi::Value JsCapture(const Napi::CallbackInfo& info);
  Napi::Value JsConnect(const Napi::CallbackInfo& info);
  Napi::Value JsStartTls(const Napi::CallbackInfo& info);
  Napi::Value JsWrite(const Napi::CallbackInfo& info);
  Napi::Value JsEnd(const Napi::CallbackInfo& info);
  Napi::Value JsExpectProgress(const Napi::CallbackInfo& info);
  Napi::Value JsClose(const Napi::CallbackInfo& info);
  template <auto Setter>
  Napi::Value JsSetOn(const Napi::CallbackInfo& info);
  Napi::Value JsSetHighWaterMark(const Napi::CallbackInfo& info);
  template <auto Getter>
  Napi::Value JsCount(const Napi::CallbackInfo& info);
  Napi::Value JsDescriptor(const Napi::CallbackInfo& info);
  Napi::Value JsSsl(const Napi::CallbackInfo& info);
  Napi::Value JsPutBack(const Napi::CallbackInfo& info);
  Napi::Value JsFeed(const Napi::CallbackInfo& info);
  Napi::Value JsFeedEnd(const Napi::CallbackInfo& info);
  Napi::Value JsFeedError(const Napi::CallbackInfo& info);
  Napi::Value JsAcknowledge(const Napi::CallbackInfo& info);
};

// { servername, timeout, budget } as lib/ passes it: names "", milliseconds, milliseconds.
io::Connection::TlsSettings TlsSettingsOf(const Napi::Object& options);

}  // namespace bladessl::binding
