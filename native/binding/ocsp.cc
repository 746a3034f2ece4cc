#include "native/binding/ocsp.h"

#include <optional>
#include <string>
#include <vector>

#include "native/binding/arguments.h"
#include "native/binding/certificate.h"
#include "native/binding/certificate_values.h"
#include "native/binding/function.h"
#include "native/binding/private_key.h"
#include "native/openssl/ocsp_issue.h"
#include "native/openssl/ocsp_request.h"
#include "native/openssl/ocsp_verify.h"
#include "native/openssl/secret.h"

namespace bladessl::binding {

namespace {

using openssl::Certificate;
using openssl::OcspResponse;

std::optional<std::string> OptionalBytesOf(const Napi::Value& value, const char* name) {
  if (value.IsUndefined()) return std::nullopt;
  const Bytes bytes = BytesOf(value, name);
  return std::string(reinterpret_cast<const char*>(bytes.data), bytes.size);
}

Napi::Object IdObject(Napi::Env env, const openssl::OcspId& id) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("serialNumber", id.serial_number);
  object.Set("issuerNameHash", BytesToJs(env, id.issuer_name_hash));
  object.Set("issuerKeyHash", BytesToJs(env, id.issuer_key_hash));
  object.Set("hashAlgorithm", id.hash_algorithm);
  return object;
}

Napi::Object SingleObject(Napi::Env env, const openssl::OcspSingle& single) {
  Napi::Object object = IdObject(env, single.id);
  object.Set("status", single.status);
  object.Set("thisUpdate", static_cast<double>(single.this_update));
  object.Set("nextUpdate", ToJs(env, single.next_update));
  object.Set("revocationTime", ToJs(env, single.revocation_time));
  object.Set("revocationReason", ToJs(env, single.revocation_reason));
  return object;
}

// A copy: another thread may write to shared memory while a parser is in it.
openssl::Secret CopyOf(const Napi::Value& value) {
  const Bytes bytes = BytesOf(value, "bytes");
  return openssl::Secret({reinterpret_cast<const char*>(bytes.data), bytes.size});
}

Napi::Value ParseOcspResponse(const Napi::CallbackInfo& info) {
  const openssl::Secret copy = CopyOf(info[0]);
  return OcspResponseWrap::New(info.Env(), OcspResponse::Parse(copy.view()));
}

openssl::OcspStatement StatementOf(const Napi::Value& value) {
  const auto object = value.As<Napi::Object>();
  openssl::OcspStatement statement;
  statement.serial_number = TextOf(object.Get("serialNumber"), "serialNumber");
  statement.status = static_cast<int>(IntegerOf(object.Get("status"), "status"));
  statement.revocation_time = IntegerOf(object.Get("revocationTime"), "revocationTime");
  if (const auto reason = OptionalIntegerOf(object.Get("revocationReason"), "revocationReason")) {
    statement.revocation_reason = static_cast<int>(*reason);
  }
  statement.this_update = IntegerOf(object.Get("thisUpdate"), "thisUpdate");
  statement.next_update = OptionalIntegerOf(object.Get("nextUpdate"), "nextUpdate");
  return statement;
}

Napi::Value GenerateOcspResponse(const Napi::CallbackInfo& info) {
  const auto object = info[0].As<Napi::Object>();
  openssl::OcspOptions options;
  options.issuer = CertificateWrap::Of(object.Get("issuer"), "issuer");
  options.statements = ListOf(object.Get("responses"), StatementOf);
  options.responder = CertificateWrap::Of(object.Get("responder"), "responder");
  options.responder_key = PrivateKeyWrap::Of(object.Get("responderKey"), "responderKey");
  options.certificates = ListOf<CertificateWrap>(object.Get("certificates"), "certificates");
  options.by_key = FlagOf(object.Get("byKey"));
  options.hash = TextOf(object.Get("hashAlgorithm"), "hashAlgorithm");
  options.digest = TextOf(object.Get("digest"), "digest");
  options.nonce = OptionalBytesOf(object.Get("nonce"), "nonce");
  return OcspResponseWrap::New(info.Env(), openssl::IssueOcsp(options));
}

// A response of a status that is not successful.
Napi::Value RefuseOcsp(const Napi::CallbackInfo& info) {
  const auto status = static_cast<int>(IntegerOf(info[0], "status"));
  return OcspResponseWrap::New(info.Env(), openssl::RefuseOcsp(status));
}

Napi::Value GenerateOcspRequest(const Napi::CallbackInfo& info) {
  const auto certificate = CertificateWrap::Of(info[0], "certificate");
  const auto issuer = CertificateWrap::Of(info[1], "issuer");
  openssl::OcspRequestOptions options;
  options.certificate = certificate->get();
  options.issuer = issuer->get();
  options.hash = TextOf(info[2], "hashAlgorithm");
  options.nonce = FlagOf(info[3]);
  return BytesToJs(info.Env(), openssl::NewOcspRequest(options));
}

Napi::Value ParseOcspRequest(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const openssl::Secret copy = CopyOf(info[0]);
  const openssl::OcspRequest request = openssl::ReadOcspRequest(copy.view());
  Napi::Array ids = Napi::Array::New(env, request.ids.size());
  for (std::uint32_t i = 0; i < request.ids.size(); ++i) ids.Set(i, IdObject(env, request.ids[i]));
  Napi::Object result = Napi::Object::New(env);
  result.Set("ids", ids);
  if (request.nonce) result.Set("nonce", BytesToJs(env, *request.nonce));
  return result;
}

}  // namespace

Napi::Value OcspResponseWrap::JsRaw(const Napi::CallbackInfo& info) {
  return BytesToJs(info.Env(), Alive().Der());
}

Napi::Value OcspResponseWrap::JsProducedAt(const Napi::CallbackInfo& info) {
  return ToJs(info.Env(), Alive().ProducedAt());
}

Napi::Value OcspResponseWrap::JsResponderId(const Napi::CallbackInfo& info) {
  const auto id = Alive().ResponderId();
  if (!id) return info.Env().Undefined();
  Napi::Object object = Napi::Object::New(info.Env());
  if (id->name) {
    object.Set("name", *id->name);
  } else {
    object.Set("keyHash", BytesToJs(info.Env(), id->key_hash));
  }
  return object;
}

Napi::Value OcspResponseWrap::JsNonce(const Napi::CallbackInfo& info) {
  const auto nonce = Alive().Nonce();
  return nonce ? BytesToJs(info.Env(), *nonce) : info.Env().Undefined();
}

Napi::Value OcspResponseWrap::JsCertificates(const Napi::CallbackInfo& info) {
  return CertificateWrap::NewList(info.Env(), Alive().Certificates());
}

Napi::Value OcspResponseWrap::JsResponses(const Napi::CallbackInfo& info) {
  const std::vector<openssl::OcspSingle> responses = Alive().Responses();
  Napi::Array list = Napi::Array::New(info.Env(), responses.size());
  for (std::uint32_t i = 0; i < responses.size(); ++i) {
    const Napi::HandleScope scope(info.Env());
    list.Set(i, SingleObject(info.Env(), responses[i]));
  }
  return list;
}

Napi::Value OcspResponseWrap::JsVerify(const Napi::CallbackInfo& info) {
  const auto object = info[0].As<Napi::Object>();
  const auto certificate = CertificateWrap::Of(object.Get("certificate"), "certificate");
  const auto issuer = CertificateWrap::Of(object.Get("issuer"), "issuer");
  const auto others = ListOf<CertificateWrap>(object.Get("others"), "others");
  openssl::OcspCheck check;
  check.certificate = certificate->get();
  check.issuer = issuer->get();
  for (const auto& other : others) check.others.push_back(other->get());
  check.now = IntegerOf(object.Get("time"), "time");
  check.skew = IntegerOf(object.Get("skew"), "skew");
  check.max_age = OptionalIntegerOf(object.Get("maxAge"), "maxAge");
  check.nonce = OptionalBytesOf(object.Get("nonce"), "nonce");
  check.security_level = static_cast<int>(IntegerOf(object.Get("securityLevel"), "securityLevel"));
  const openssl::OcspVerdict verdict = openssl::VerifyOcsp(Alive(), check);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("code", openssl::OcspFaultCode(verdict.fault));
  result.Set("message", verdict.message);
  if (verdict.said) result.Set("said", SingleObject(info.Env(), *verdict.said));
  return result;
}

void OcspResponseWrap::Init(Napi::Env env, Napi::Object exports) {
  using W = OcspResponseWrap;
  Define(env, exports,
         {
             Def<&W::JsInteger<&OcspResponse::Status>>("status"),
             Def<&W::JsRaw>("raw"),
             Def<&W::JsText<&OcspResponse::Text>>("text"),
             Def<&W::JsProducedAt>("producedAt"),
             Def<&W::JsResponderId>("responderId"),
             Def<&W::JsOptionalText<&OcspResponse::SignatureAlgorithm>>("signatureAlgorithm"),
             Def<&W::JsNonce>("nonce"),
             Def<&W::JsCertificates>("certificates"),
             Def<&W::JsResponses>("responses"),
             Def<&W::JsVerify>("verify"),
         });
  Export<ParseOcspResponse>(exports, "parseOCSPResponse");
  Export<GenerateOcspResponse>(exports, "generateOCSPResponse");
  Export<RefuseOcsp>(exports, "refuseOCSP");
  Export<GenerateOcspRequest>(exports, "generateOCSPRequest");
  Export<ParseOcspRequest>(exports, "parseOCSPRequest");
}

}  // namespace bladessl::binding
