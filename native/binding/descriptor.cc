#include "native/binding/descriptor.h"

#include "native/binding/arguments.h"
#include "native/binding/function.h"

namespace bladessl::binding {

namespace {

using io::Descriptor;

Napi::Value OpenDescriptor(const Napi::CallbackInfo& info) {
  const auto family = static_cast<int>(IntegerOf(info[0], "family"));
  return DescriptorWrap::New(info.Env(), Descriptor::Open(family, SOCK_STREAM));
}

// adoptDescriptor(fd, duplicate)
Napi::Value AdoptDescriptor(const Napi::CallbackInfo& info) {
  const auto fd = static_cast<int>(IntegerOf(info[0], "fd"));
  return DescriptorWrap::New(info.Env(), Descriptor::Adopt(fd, FlagOf(info[1])));
}

}  // namespace

io::Address AddressOf(const Napi::Value& address, const Napi::Value& port) {
  const std::string text = TextOf(address, "address");
  if (port.IsUndefined()) return io::Address::Unix(text);
  return io::Address::Ip(text, static_cast<int>(IntegerOf(port, "port")));
}

Napi::Value AddressValue(Napi::Env env, const io::Address& address) {
  if (address.empty()) return env.Undefined();
  Napi::Object object = Napi::Object::New(env);
  object.Set("address", address.text());
  object.Set("port", address.port());
  object.Set("family", address.family());
  return object;
}

Napi::Value DescriptorWrap::JsBind(const Napi::CallbackInfo& info) {
  Alive().Bind(AddressOf(info[0], info[1]));
  return info.Env().Undefined();
}

Napi::Value DescriptorWrap::JsListen(const Napi::CallbackInfo& info) {
  Alive().Listen(static_cast<int>(IntegerOf(info[0], "backlog")));
  return info.Env().Undefined();
}

// setOption(level, name, bytes)
Napi::Value DescriptorWrap::JsSetOption(const Napi::CallbackInfo& info) {
  const auto level = static_cast<int>(IntegerOf(info[0], "level"));
  const auto name = static_cast<int>(IntegerOf(info[1], "name"));
  const Bytes value = BytesOf(info[2], "value");
  Alive().SetOption(level, name, value.data, value.size);
  return info.Env().Undefined();
}

// getOption(level, name, size)
Napi::Value DescriptorWrap::JsGetOption(const Napi::CallbackInfo& info) {
  const auto level = static_cast<int>(IntegerOf(info[0], "level"));
  const auto name = static_cast<int>(IntegerOf(info[1], "name"));
  const auto size = static_cast<std::size_t>(IntegerOf(info[2], "size"));
  const std::string value = Alive().GetOption(level, name, size);
  return Napi::Buffer<char>::Copy(info.Env(), value.data(), value.size());
}

template <auto Which>
Napi::Value DescriptorWrap::JsAddress(const Napi::CallbackInfo& info) {
  return AddressValue(info.Env(), (Alive().*Which)());
}

Napi::Value DescriptorWrap::JsClose(const Napi::CallbackInfo& info) {
  Alive().Close();
  return info.Env().Undefined();
}

void DescriptorWrap::Init(Napi::Env env, Napi::Object exports) {
  using W = DescriptorWrap;
  Define(env, exports,
         {Def<&W::JsInteger<&Descriptor::fd>>("fd"), Def<&W::JsBind>("bind"),
          Def<&W::JsListen>("listen"), Def<&W::JsSetOption>("setOption"),
          Def<&W::JsGetOption>("getOption"), Def<&W::JsAddress<&Descriptor::Local>>("localAddress"),
          Def<&W::JsAddress<&Descriptor::Peer>>("peerAddress"), Def<&W::JsClose>("close")});
  Export<OpenDescriptor>(exports, "openDescriptor");
  Export<AdoptDescriptor>(exports, "adoptDescriptor");
}

}  // namespace bladessl::binding
