#pragma once

#include <napi.h>

#include "native/binding/wrap.h"
#include "native/openssl/ocsp.h"

namespace bladessl::binding {

class OcspResponseWrap final : public Wrap<OcspResponseWrap, openssl::OcspResponse> {
 public:
  static constexpr const char* kName = "OCSPResponse";
  static constexpr napi_type_tag kTag = {0x91f2c04be6d7485a, 0xb35a8e1d7c906f24};
  static constexpr std::int64_t kWeight = 8192;
  static constexpr auto kConstructor = &AddonData::ocsp_response;

  using Wrap::Wrap;
  static void Init(Napi::Env env, Napi::Object exports);

 private:
  friend class Wrap<OcspResponseWrap, openssl::OcspResponse>;

  Napi::Value JsRaw(const Napi::CallbackInfo& info);
  Napi::Value JsProducedAt(const Napi::CallbackInfo& info);
  Napi::Value JsResponderId(const Napi::CallbackInfo& info);
  Napi::Value JsNonce(const Napi::CallbackInfo& info);
  Napi::Value JsCertificates(const Napi::CallbackInfo& info);
  Napi::Value JsResponses(const Napi::CallbackInfo& info);
  Napi::Value JsVerify(const Napi::CallbackInfo& info);
};

}  // namespace bladessl::binding
