#pragma once

#include <napi.h>

#include <vector>

#include "native/binding/wrap.h"
#include "native/openssl/crl.h"

namespace bladessl::binding {

class CrlWrap final : public Wrap<CrlWrap, openssl::Crl> {
 public:
  static constexpr const char* kName = "CRL";
  static constexpr napi_type_tag kTag = {0x3c8d51e7a2f94b60, 0xa7e4196d0c5b2f83};
  static constexpr std::int64_t kWeight = 8192;
  static constexpr auto kConstructor = &AddonData::crl;

  using Wrap::Wrap;
  static void Init(Napi::Env env, Napi::Object exports);
  static Napi::Array NewList(Napi::Env env, const std::vector<std::shared_ptr<openssl::Crl>>& list);

 private:
  friend class Wrap<CrlWrap, openssl::Crl>;

  Napi::Value JsRaw(const Napi::CallbackInfo& info);
  Napi::Value JsLastUpdate(const Napi::CallbackInfo& info);
  Napi::Value JsNextUpdate(const Napi::CallbackInfo& info);
  Napi::Value JsAuthorityKeyIdentifier(const Napi::CallbackInfo& info);
  Napi::Value JsFingerprint(const Napi::CallbackInfo& info);
  Napi::Value JsRevoked(const Napi::CallbackInfo& info);
  Napi::Value JsFindCertificate(const Napi::CallbackInfo& info);
  Napi::Value JsFindSerialNumber(const Napi::CallbackInfo& info);
  Napi::Value JsIsIssuedBy(const Napi::CallbackInfo& info);
  Napi::Value JsIsSignedBy(const Napi::CallbackInfo& info);
};

using CrlList = RawList<CrlWrap, X509_CRL>;

}  // namespace bladessl::binding
