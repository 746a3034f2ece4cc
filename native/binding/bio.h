#pragma once

#include <napi.h>

#include "native/binding/wrap.h"
#include "native/openssl/bio.h"

namespace bladessl::binding {

class BioWrap final : public Wrap<BioWrap, openssl::Bio> {
 public:
  static constexpr const char* kName = "BIO";
  static constexpr napi_type_tag kTag = {0x58e3b7d19a2c4f61, 0x93d4a8c65e1f4b72};
  static constexpr std::int64_t kWeight = 1024;
  static constexpr auto kConstructor = &AddonData::bio;

  using Wrap::Wrap;
  static void Init(Napi::Env env, Napi::Object exports);

 private:
  friend class Wrap<BioWrap, openssl::Bio>;

  template <auto Operation>
  Napi::Value JsRun(const Napi::CallbackInfo& info);

  Napi::Value JsRead(const Napi::CallbackInfo& info);
  Napi::Value JsWrite(const Napi::CallbackInfo& info);
  Napi::Value JsAccept(const Napi::CallbackInfo& info);
  template <auto Operation>
  Napi::Value JsDo(const Napi::CallbackInfo& info);
  Napi::Value JsPush(const Napi::CallbackInfo& info);
  Napi::Value JsPop(const Napi::CallbackInfo& info);
  Napi::Value JsClose(const Napi::CallbackInfo& info);
  Napi::Value JsSetSsl(const Napi::CallbackInfo& info);
  Napi::Value JsFd(const Napi::CallbackInfo& info);
  Napi::Value JsSetFd(const Napi::CallbackInfo& info);
};

}  // namespace bladessl::binding
