#pragma once

#include <napi.h>

#include "native/binding/wrap.h"
#include "native/openssl/context.h"

namespace bladessl::binding {

class SslContextWrap final : public Wrap<SslContextWrap, openssl::Context> {
 public:
  static constexpr const char* kName = "SSLContext";
  static constexpr napi_type_tag kTag = {0x4d2a8f6b9e1c4753, 0xa17c5e3f8b2d4096};
  static constexpr std::int64_t kWeight = 16 * 1024;
  static constexpr auto kConstructor = &AddonData::ssl_context;

  using Wrap::Wrap;
  static void Init(Napi::Env env, Napi::Object exports);

 private:
  friend class Wrap<SslContextWrap, openssl::Context>;

  template <auto Getter>
  Napi::Value JsCiphers(const Napi::CallbackInfo& info);

  Napi::Value JsSetOptions(const Napi::CallbackInfo& info);
  Napi::Value JsOptions(const Napi::CallbackInfo& info);
  Napi::Value JsSetBytes(const Napi::CallbackInfo& info);
  Napi::Value JsSetAlpn(const Napi::CallbackInfo& info);
  Napi::Value JsUseCertificate(const Napi::CallbackInfo& info);
  Napi::Value JsUsePrivateKey(const Napi::CallbackInfo& info);
  Napi::Value JsUseRemoteKey(const Napi::CallbackInfo& info);
  Napi::Value JsUseIdentity(const Napi::CallbackInfo& info);
  Napi::Value JsAddTrust(const Napi::CallbackInfo& info);
  Napi::Value JsAddTrustDirectory(const Napi::CallbackInfo& info);
  Napi::Value JsAddAnchors(const Napi::CallbackInfo& info);
  Napi::Value JsSetVerifyTime(const Napi::CallbackInfo& info);
  Napi::Value JsSetClientCas(const Napi::CallbackInfo& info);
  Napi::Value JsSetAdvisor(const Napi::CallbackInfo& info);
  Napi::Value JsSetStaples(const Napi::CallbackInfo& info);
  Napi::Value JsAddCrls(const Napi::CallbackInfo& info);
  Napi::Value Pointer(const Napi::CallbackInfo& info);
  Napi::Value JsStats(const Napi::CallbackInfo& info);
};

}  // namespace bladessl::binding
