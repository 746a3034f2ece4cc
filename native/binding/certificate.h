#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "native/binding/wrap.h"
#include "native/openssl/certificate.h"

namespace bladessl::binding {

class CertificateWrap final : public Wrap<CertificateWrap, openssl::Certificate> {
 public:
  static constexpr const char* kName = "Certificate";
  static constexpr napi_type_tag kTag = {0x6b1d5c8a0f3e4b27, 0x9c1f7a5e2d8b4061};
  static constexpr std::int64_t kWeight = 4096;
  static constexpr auto kConstructor = &AddonData::certificate;

  using Wrap::Wrap;
  static void Init(Napi::Env env, Napi::Object exports);
  static Napi::Array NewList(Napi::Env env,
                             const std::vector<std::shared_ptr<openssl::Certificate>>& list);
  static Napi::Array NewList(Napi::Env env, std::vector<openssl::X509Handle> list);

 private:
  friend class Wrap<CertificateWrap, openssl::Certificate>;

  template <auto Getter>
  Napi::Value JsTime(const Napi::CallbackInfo& info);
  // Of what the certificate says: see certificate_values.h.
  template <auto Getter>
  Napi::Value JsValue(const Napi::CallbackInfo& info);
  template <auto Getter>
  Napi::Value JsBytes(const Napi::CallbackInfo& info);
  // `(text) => boolean`, `(other certificate) => boolean`
  template <auto Check>
  Napi::Value JsCheckText(const Napi::CallbackInfo& info);
  template <auto Check>
  Napi::Value JsCheckOther(const Napi::CallbackInfo& info);
  Napi::Value JsDigest(const Napi::CallbackInfo& info);
  Napi::Value JsHasKey(const Napi::CallbackInfo& info);
  Napi::Value JsCheckHost(const Napi::CallbackInfo& info);
  Napi::Value JsIsSignedBy(const Napi::CallbackInfo& info);
};

using CertificateList = RawList<CertificateWrap, X509>;

}  // namespace bladessl::binding
