#include "native/binding/crl.h"

#include <optional>
#include <string>

#include "native/binding/arguments.h"
#include "native/binding/certificate.h"
#include "native/binding/certificate_values.h"
#include "native/binding/function.h"
#include "native/binding/private_key.h"
#include "native/openssl/crl_issue.h"
#include "native/openssl/secret.h"

namespace bladessl::binding {

namespace {

using openssl::Crl;
using openssl::RevokedCertificate;

Napi::Value ParseCrls(const Napi::CallbackInfo& info) {
  const Bytes bytes = BytesOf(info[0], "bytes");
  // A copy: another thread may write to shared memory while a parser is in it.
  const openssl::Secret copy({reinterpret_cast<const char*>(bytes.data), bytes.size});
  return CrlWrap::NewList(info.Env(), Crl::Parse(copy.view()));
}

RevokedCertificate RevokedOf(const Napi::Value& value) {
  const auto object = value.As<Napi::Object>();
  RevokedCertificate revoked;
  revoked.serial_number = TextOf(object.Get("serialNumber"), "serialNumber");
  revoked.revocation_date = IntegerOf(object.Get("revocationDate"), "revocationDate");
  revoked.reason = OptionalIntegerOf(object.Get("revocationReason"), "revocationReason");
  revoked.invalidity_date = OptionalIntegerOf(object.Get("invalidityDate"), "invalidityDate");
  return revoked;
}

Napi::Value GenerateCrl(const Napi::CallbackInfo& info) {
  const auto object = info[0].As<Napi::Object>();
  openssl::CrlOptions options;
  options.issuer = CertificateWrap::Of(object.Get("issuer"), "issuer");
  options.issuer_key = PrivateKeyWrap::Of(object.Get("issuerKey"), "issuerKey");
  options.revoked = ListOf(object.Get("revoked"), RevokedOf);
  options.number = TextOf(object.Get("number"), "number");
  options.last_update = IntegerOf(object.Get("lastUpdate"), "lastUpdate");
  options.next_update = IntegerOf(object.Get("nextUpdate"), "nextUpdate");
  options.digest = TextOf(object.Get("digest"), "digest");
  return CrlWrap::New(info.Env(), openssl::IssueCrl(options));
}

// [serialNumber, revocationDate, reason, invalidityDate, certificateIssuer]
Napi::Array EntryOf(Napi::Env env, const RevokedCertificate& revoked, Napi::Value issuer) {
  Napi::Array entry = Napi::Array::New(env, 5);
  entry.Set(0U, revoked.serial_number);
  entry.Set(1U, static_cast<double>(revoked.revocation_date));
  entry.Set(2U, ToJs(env, revoked.reason));
  entry.Set(3U, ToJs(env, revoked.invalidity_date));
  entry.Set(4U, issuer);
  return entry;
}

Napi::Value IssuerOf(Napi::Env env, const RevokedCertificate& revoked) {
  if (!revoked.certificate_issuer) return env.Undefined();
  return Napi::String::New(env, *revoked.certificate_issuer);
}

Napi::Value FoundOf(Napi::Env env, const std::optional<RevokedCertificate>& found) {
  return found ? EntryOf(env, *found, IssuerOf(env, *found)) : env.Undefined();
}

}  // namespace

Napi::Array CrlWrap::NewList(Napi::Env env, const std::vector<std::shared_ptr<Crl>>& list) {
  Napi::Array objects = Napi::Array::New(env, list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    objects.Set(static_cast<std::uint32_t>(i), New(env, list[i]));
  }
  return objects;
}

Napi::Value CrlWrap::JsRaw(const Napi::CallbackInfo& info) {
  return BytesToJs(info.Env(), Alive().Der());
}

Napi::Value CrlWrap::JsLastUpdate(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(Alive().LastUpdate()));
}

Napi::Value CrlWrap::JsNextUpdate(const Napi::CallbackInfo& info) {
  return ToJs(info.Env(), Alive().NextUpdate());
}

Napi::Value CrlWrap::JsAuthorityKeyIdentifier(const Napi::CallbackInfo& info) {
  return ToJs(info.Env(), Alive().AuthorityKeyIdentifier());
}

Napi::Value CrlWrap::JsFingerprint(const Napi::CallbackInfo& info) {
  return BytesToJs(info.Env(), Alive().Fingerprint());
}

Napi::Value CrlWrap::JsRevoked(const Napi::CallbackInfo& info) {
  const std::vector<RevokedCertificate> revoked = Alive().Revoked();
  Napi::Array list = Napi::Array::New(info.Env(), revoked.size());
  Napi::Value issuer = info.Env().Undefined();
  for (std::uint32_t i = 0; i < revoked.size(); ++i) {
    const bool same = i > 0 && revoked[i].certificate_issuer == revoked[i - 1].certificate_issuer;
    if (!same) issuer = IssuerOf(info.Env(), revoked[i]);
    const Napi::HandleScope scope(info.Env());
    list.Set(i, EntryOf(info.Env(), revoked[i], issuer));
  }
  return list;
}

Napi::Value CrlWrap::JsFindCertificate(const Napi::CallbackInfo& info) {
  const auto certificate = CertificateWrap::Of(info[0], "certificate");
  return FoundOf(info.Env(), Alive().Find(certificate->get()));
}

Napi::Value CrlWrap::JsFindSerialNumber(const Napi::CallbackInfo& info) {
  return FoundOf(info.Env(), Alive().Find(TextOf(info[0], "serialNumber")));
}

Napi::Value CrlWrap::JsIsIssuedBy(const Napi::CallbackInfo& info) {
  const auto issuer = CertificateWrap::Of(info[0], "issuer");
  return Napi::Boolean::New(info.Env(), Alive().IsIssuedBy(issuer->get()));
}

Napi::Value CrlWrap::JsIsSignedBy(const Napi::CallbackInfo& info) {
  const Bytes key = BytesOf(info[0], "publicKey");
  const std::string_view view(reinterpret_cast<const char*>(key.data), key.size);
  return Napi::Boolean::New(info.Env(), Alive().IsSignedBy(view));
}

void CrlWrap::Init(Napi::Env env, Napi::Object exports) {
  using W = CrlWrap;
  Define(env, exports,
         {
             Def<&W::JsText<&Crl::Pem>>("pem"),
             Def<&W::JsRaw>("raw"),
             Def<&W::JsText<&Crl::Text>>("text"),
             Def<&W::JsText<&Crl::Issuer>>("issuer"),
             Def<&W::JsInteger<&Crl::Version>>("version"),
             Def<&W::JsOptionalText<&Crl::Number>>("number"),
             Def<&W::JsFlag<&Crl::IsDelta>>("isDelta"),
             Def<&W::JsLastUpdate>("lastUpdate"),
             Def<&W::JsNextUpdate>("nextUpdate"),
             Def<&W::JsText<&Crl::SignatureAlgorithm>>("signatureAlgorithm"),
             Def<&W::JsAuthorityKeyIdentifier>("authorityKeyIdentifier"),
             Def<&W::JsFingerprint>("fingerprint"),
             Def<&W::JsInteger<&Crl::Size>>("size"),
             Def<&W::JsRevoked>("revoked"),
             Def<&W::JsFindCertificate>("findCertificate"),
             Def<&W::JsFindSerialNumber>("findSerialNumber"),
             Def<&W::JsIsIssuedBy>("isIssuedBy"),
             Def<&W::JsIsSignedBy>("isSignedBy"),
         });
  Export<ParseCrls>(exports, "parseCRLs");
  Export<GenerateCrl>(exports, "generateCRL");
}

}  // namespace bladessl::binding
