#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "native/binding/wrap.h"
#include "native/openssl/private_key.h"

namespace bladessl::binding {

class PrivateKeyWrap final : public Wrap<PrivateKeyWrap, openssl::PrivateKey> {
 public:
  static constexpr const char* kName = "PrivateKey";
  static constexpr napi_type_tag kTag = {0x2f7e9d4c1a8b4e36, 0x8d5b3c6f7e1a4092};
  static constexpr std::int64_t kWeight = 2048;
  static constexpr auto kConstructor = &AddonData::private_key;

  using Wrap::Wrap;
  static void Init(Napi::Env env, Napi::Object exports);
  static Napi::Array NewList(Napi::Env env,
                             const std::vector<std::shared_ptr<openssl::PrivateKey>>& list);

 private:
  friend class Wrap<PrivateKeyWrap, openssl::PrivateKey>;

  Napi::Value JsPem(const Napi::CallbackInfo& info);
  Napi::Value JsRaw(const Napi::CallbackInfo& info);
  Napi::Value JsPublicRaw(const Napi::CallbackInfo& info);
  Napi::Value JsType(const Napi::CallbackInfo& info);
  Napi::Value JsBits(const Napi::CallbackInfo& info);
  Napi::Value JsGroup(const Napi::CallbackInfo& info);
  Napi::Value JsEquals(const Napi::CallbackInfo& info);
};

}  // namespace bladessl::binding
