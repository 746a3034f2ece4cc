#pragma once

#include <napi.h>

#include "native/binding/wrap.h"
#include "native/io/descriptor.h"

namespace bladessl::binding {

class DescriptorWrap final : public Wrap<DescriptorWrap, io::Descriptor> {
 public:
  static constexpr const char* kName = "Descriptor";
  static constexpr napi_type_tag kTag = {0x5f1e7c3d9a8b4620, 0x8c4d2e6f1b3a5978};
  static constexpr std::int64_t kWeight = 256;
  static constexpr auto kConstructor = &AddonData::descriptor;

  using Wrap::Wrap;
  static void Init(Napi::Env env, Napi::Object exports);

 private:
  friend class Wrap<DescriptorWrap, io::Descriptor>;
  Napi::Value JsBind(const Napi::CallbackInfo& info);
  Napi::Value JsListen(const Napi::CallbackInfo& info);
  Napi::Value JsSetOption(const Napi::CallbackInfo& info);
  Napi::Value JsGetOption(const Napi::CallbackInfo& info);
  template <auto Which>
  Napi::Value JsAddress(const Napi::CallbackInfo& info);
  Napi::Value JsClose(const Napi::CallbackInfo& info);
};

// `(address, port)` as lib/ passes it: a Unix path has no port.
io::Address AddressOf(const Napi::Value& address, const Napi::Value& port);
// `{ address, port, family }`, or undefined.
Napi::Value AddressValue(Napi::Env env, const io::Address& address);

}  // namespace bladessl::binding
