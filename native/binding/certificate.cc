#include "native/binding/certificate.h"

#include "native/binding/arguments.h"
#include "native/binding/function.h"
#include "native/binding/private_key.h"
#include "native/openssl/issue.h"
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

std::vector<openssl::AltName> AltNamesOf(const Napi::Value& value) {
  const auto array = value.As<Napi::Array>();
  std::vector<openssl::AltName> names;
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    const auto entry = array.Get(i).As<Napi::Object>();
    names.push_back({static_cast<openssl::AltNameKind>(IntegerOf(entry.Get("kind"), "kind")),
                     TextOf(entry.Get("value"), "value")});
  }
  return names;
}

Napi::Value GenerateCertificate(const Napi::CallbackInfo& info) {
  const auto object = info[0].As<Napi::Object>();
  openssl::IssueOptions options;
  options.common_name = TextOf(object.Get("commonName"), "commonName");
  options.alt_names = AltNamesOf(object.Get("altNames"));
  options.days = static_cast<int>(IntegerOf(object.Get("days"), "days"));
  options.key = static_cast<openssl::KeyKind>(IntegerOf(object.Get("key"), "key"));
  options.ca = FlagOf(object.Get("ca"));
  const Napi::Value issuer = object.Get("issuer");
  if (!issuer.IsUndefined()) {
    options.issuer = CertificateWrap::Of(issuer, "issuer");
    options.issuer_key = PrivateKeyWrap::Of(object.Get("issuerKey"), "issuerKey");
  }
  openssl::Issued issued = openssl::Issue(options);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("certificate", CertificateWrap::New(info.Env(), std::move(issued.certificate)));
  result.Set("privateKey", PrivateKeyWrap::New(info.Env(), std::move(issued.key)));
  return result;
}

}  // namespace

template <auto Getter>
Napi::Value CertificateWrap::JsTime(const Napi::CallbackInfo& info) {
  const auto seconds = static_cast<double>((Alive().*Getter)());
  return Napi::Number::New(info.Env(), seconds * kMillisecondsOfSecond);
}

Napi::Value CertificateWrap::JsRaw(const Napi::CallbackInfo& info) {
  const std::string der = Alive().Der();
  return Napi::Buffer<char>::Copy(info.Env(), der.data(), der.size());
}

Napi::Value CertificateWrap::JsDigest(const Napi::CallbackInfo& info) {
  const std::string digest = Alive().Digest(TextOf(info[0], "algorithm"));
  return Napi::Buffer<char>::Copy(info.Env(), digest.data(), digest.size());
}

Napi::Value CertificateWrap::JsAltNames(const Napi::CallbackInfo& info) {
  Napi::Array names = Napi::Array::New(info.Env());
  for (const std::string& name : Alive().AltNames()) names.Set(names.Length(), name);
  return names;
}

Napi::Value CertificateWrap::JsHasKey(const Napi::CallbackInfo& info) {
  const auto key = PrivateKeyWrap::Of(info[0], "privateKey");
  return Napi::Boolean::New(info.Env(), Alive().HasKey(key->get()));
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
  for (openssl::X509Handle& handle : list) {
    owned.push_back(std::make_shared<Certificate>(std::move(handle)));
  }
  return NewList(env, owned);
}

CertificateList::CertificateList(const Napi::Value& value) {
  const auto array = value.As<Napi::Array>();
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    owners_.push_back(CertificateWrap::Of(array.Get(i), "certificate"));
    raw_.push_back(owners_.back()->get());
  }
}

void CertificateWrap::Init(Napi::Env env, Napi::Object exports) {
  using W = CertificateWrap;
  Define(env, exports,
         {
             Def<&W::JsText<&Certificate::Pem>>("pem"),
             Def<&W::JsRaw>("raw"),
             Def<&W::JsText<&Certificate::Subject>>("subject"),
             Def<&W::JsText<&Certificate::Issuer>>("issuer"),
             Def<&W::JsText<&Certificate::SerialNumber>>("serialNumber"),
             Def<&W::JsTime<&Certificate::NotBefore>>("notBefore"),
             Def<&W::JsTime<&Certificate::NotAfter>>("notAfter"),
             Def<&W::JsDigest>("digest"),
             Def<&W::JsAltNames>("altNames"),
             Def<&W::JsHasKey>("hasKey"),
         });
  Export<ParseCertificates>(exports, "parseCertificates");
  Export<GenerateCertificate>(exports, "generateCertificate");
}

}  // namespace bladessl::binding
