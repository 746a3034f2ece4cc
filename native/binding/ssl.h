#pragma once

#include <napi.h>

#include "native/binding/wrap.h"
#include "native/openssl/ssl.h"

namespace bladessl::binding {

class SslWrap final : public Wrap<SslWrap, openssl::Ssl> {
 public:
  static constexpr const char* kName = "SSL";
  static constexpr napi_type_tag kTag = {0x71c4e9a25d8f4b03, 0xb2e68d1c4f7a4953};
  static constexpr std::int64_t kWeight = 32 * 1024;
  static constexpr auto kConstructor = &AddonData::ssl;

  using Wrap::Wrap;
  static void Init(Napi::Env env, Napi::Object exports);

 private:
  friend class Wrap<SslWrap, openssl::Ssl>;

  template <auto Operation>
  Napi::Value JsIntoRange(const Napi::CallbackInfo& info);

  Napi::Value JsSetTransport(const Napi::CallbackInfo& info);
  Napi::Value JsFd(const Napi::CallbackInfo& info);
  Napi::Value JsHandshake(const Napi::CallbackInfo& info);
  Napi::Value JsWrite(const Napi::CallbackInfo& info);
  Napi::Value JsWriteAll(const Napi::CallbackInfo& info);
  Napi::Value JsSession(const Napi::CallbackInfo& info);
  Napi::Value JsSetSession(const Napi::CallbackInfo& info);
  Napi::Value JsCipher(const Napi::CallbackInfo& info);
  Napi::Value JsPeerCertificate(const Napi::CallbackInfo& info);
  Napi::Value JsPeerChain(const Napi::CallbackInfo& info);
  Napi::Value JsVerifiedChain(const Napi::CallbackInfo& info);
  Napi::Value JsPeerCas(const Napi::CallbackInfo& info);
  Napi::Value JsStatusResponse(const Napi::CallbackInfo& info);
  Napi::Value JsSetAdvisor(const Napi::CallbackInfo& info);
  Napi::Value JsOnAnswer(const Napi::CallbackInfo& info);
};

}  // namespace bladessl::binding
