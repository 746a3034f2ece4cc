#include "native/binding/certificate.h"

#include "native/binding/arguments.h"
#include "native/binding/certificate_values.h"
#include "native/binding/function.h"
#include "native/binding/private_key.h"
#include "native/openssl/certificate_checks.h"
#include "native/openssl/certificate_text.h"
#include "native/openssl/secret.h"

namespace bladessl::binding {

namespace {

using openssl::Certificate;

constexpr double kMillisecondsOfSecond = 1000;

Napi::Value ParseCertificates(const Napi::CallbackInfo& info) {
  const Bytes bytes = BytesOf(info[0], "bytes");
  // A copy: another thread may write to shared memory while a parser is in it.
  const openssl::Secret copy({reinterpret_cast<const char*>(bytes.data), bytes.size});
  return CertificateWrap::NewList(info.Env(), Certificate::Parse(copy.view()));
}

// Bytes of our own.
Napi::Value ParseName(const Napi::CallbackInfo& info) {
  const Bytes der = BytesOf(info[0], "bytes");
  return ToJs(info.Env(), openssl::ParseName({reinterpret_cast<const char*>(der.data), der.size}));
}

}  // namespace

template <auto Getter>
Napi::Value CertificateWrap::JsTime(const Napi::CallbackInfo& info) {
  const auto seconds = static_cast<double>((Alive().*Getter)());
  return Napi::Number::New(info.Env(), seconds * kMillisecondsOfSecond);
}

template <auto Getter>
Napi::Value CertificateWrap::JsValue(const Napi::CallbackInfo& info) {
  return ToJs(info.Env(), std::invoke(Getter, Alive()));
}

template <auto Getter>
Napi::Value CertificateWrap::JsBytes(const Napi::CallbackInfo& info) {
  return BytesToJs(info.Env(), std::invoke(Getter, Alive()));
}

template <auto Check>
Napi::Value CertificateWrap::JsCheckText(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), Check(Alive(), TextOf(info[0], "text")));
}

template <auto Check>
Napi::Value CertificateWrap::JsCheckOther(const Napi::CallbackInfo& info) {
  const auto other = Of(info[0], "other");
  return Napi::Boolean::New(info.Env(), Check(Alive(), *other));
}

Napi::Value CertificateWrap::JsDigest(const Napi::CallbackInfo& info) {
  return BytesToJs(info.Env(), Alive().Digest(TextOf(info[0], "algorithm")));
}

Napi::Value CertificateWrap::JsHasKey(const Napi::CallbackInfo& info) {
  const auto key = PrivateKeyWrap::Of(info[0], "privateKey");
  return Napi::Boolean::New(info.Env(), Alive().HasKey(key->get()));
}

// (name, X509_CHECK_FLAG_*)
Napi::Value CertificateWrap::JsCheckHost(const Napi::CallbackInfo& info) {
  const auto flags = static_cast<unsigned int>(IntegerOf(info[1], "flags"));
  return ToJs(info.Env(), openssl::CheckHost(Alive(), TextOf(info[0], "name"), flags));
}

Napi::Value CertificateWrap::JsIsSignedBy(const Napi::CallbackInfo& info) {
  const Bytes key = BytesOf(info[0], "publicKey");
  const std::string_view view(reinterpret_cast<const char*>(key.data), key.size);
  return Napi::Boolean::New(info.Env(), openssl::IsSignedBy(Alive(), view));
}

Napi::Array CertificateWrap::NewList(Napi::Env env,
                                     const std::vector<std::shared_ptr<Certificate>>& list) {
  Napi::Array objects = Napi::Array::New(env, list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    objects.Set(static_cast<std::uint32_t>(i), New(env, list[i]));
  }
  return objects;
}

Napi::Array CertificateWrap::NewList(Napi::Env env, std::vector<openssl::X509Handle> list) {
  std::vector<std::shared_ptr<Certificate>> owned;
  owned.reserve(list.size());
  for (openssl::X509Handle& handle : list) {
    owned.push_back(std::make_shared<Certificate>(std::move(handle)));
  }
  return NewList(env, owned);
}

void CertificateWrap::Init(Napi::Env env, Napi::Object exports) {
  using W = CertificateWrap;
  Define(env, exports,
         {
             Def<&W::JsText<&Certificate::Pem>>("pem"),
             Def<&W::JsBytes<&Certificate::Der>>("raw"),
             Def<&W::JsText<&openssl::Describe>>("text"),
             Def<&W::JsText<&Certificate::Subject>>("subject"),
             Def<&W::JsText<&Certificate::Issuer>>("issuer"),
             Def<&W::JsValue<&Certificate::SubjectName>>("subjectName"),
             Def<&W::JsValue<&Certificate::IssuerName>>("issuerName"),
             Def<&W::JsInteger<&Certificate::Version>>("version"),
             Def<&W::JsText<&Certificate::SerialNumber>>("serialNumber"),
             Def<&W::JsTime<&Certificate::NotBefore>>("notBefore"),
             Def<&W::JsTime<&Certificate::NotAfter>>("notAfter"),
             Def<&W::JsDigest>("digest"),
             Def<&W::JsValue<&Certificate::GetPublicKey>>("publicKey"),
             Def<&W::JsText<&Certificate::PublicKeyPem>>("publicKeyPem"),
             Def<&W::JsBytes<&Certificate::PublicKeyDer>>("publicKeyRaw"),
             Def<&W::JsValue<&Certificate::GetSignature>>("signature"),
             Def<&W::JsValue<&openssl::Extensions>>("extensions"),
             Def<&W::JsValue<&openssl::AltNameTexts>>("altNames"),
             Def<&W::JsValue<&openssl::SubjectAltNames>>("subjectAltNames"),
             Def<&W::JsValue<&openssl::IssuerAltNames>>("issuerAltNames"),
             Def<&W::JsValue<&openssl::KeyUsage>>("keyUsage"),
             Def<&W::JsValue<&openssl::ExtendedKeyUsage>>("extendedKeyUsage"),
             Def<&W::JsValue<&openssl::ReadBasicConstraints>>("basicConstraints"),
             Def<&W::JsBytes<&openssl::SubjectKeyId>>("subjectKeyId"),
             Def<&W::JsValue<&openssl::ReadAuthorityKeyId>>("authorityKeyId"),
             Def<&W::JsValue<&openssl::CrlDistributionPoints>>("crlDistributionPoints"),
             Def<&W::JsValue<&openssl::ReadInformationAccess>>("informationAccess"),
             Def<&W::JsValue<&openssl::TlsFeatures>>("tlsFeatures"),
             Def<&W::JsValue<&openssl::Policies>>("policies"),
             Def<&W::JsValue<&openssl::ReadNameConstraints>>("nameConstraints"),
             Def<&W::JsHasKey>("hasKey"),
             Def<&W::JsCheckHost>("checkHost"),
             Def<&W::JsCheckText<openssl::CheckEmail>>("checkEmail"),
             Def<&W::JsCheckText<openssl::CheckIp>>("checkIP"),
             Def<&W::JsFlag<&openssl::IsSelfSigned>>("isSelfSigned"),
             Def<&W::JsIsSignedBy>("isSignedBy"),
             Def<&W::JsCheckOther<openssl::IsIssuedBy>>("isIssuedBy"),
             Def<&W::JsCheckOther<openssl::Equals>>("equals"),
         });
  Export<ParseCertificates>(exports, "parseCertificates");
  Export<ParseName>(exports, "parseName");
}

}  // namespace bladessl::binding
