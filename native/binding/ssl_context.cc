#include "native/binding/ssl_context.h"

#include "native/binding/advisor.h"
#include "native/binding/arguments.h"
#include "native/binding/certificate.h"
#include "native/binding/crl.h"
#include "native/binding/function.h"
#include "native/binding/ocsp.h"
#include "native/binding/private_key.h"
#include "native/binding/remote_key.h"
#include "native/binding/verify.h"

namespace bladessl::binding {

namespace {

using openssl::Context;
using openssl::Role;

std::string StringOf(const Bytes& bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data), bytes.size);
}

Napi::Value NewSslContext(const Napi::CallbackInfo& info) {
  const auto role = static_cast<Role>(IntegerOf(info[0], "role"));
  return SslContextWrap::New(info.Env(), std::make_shared<Context>(role));
}

int MinVersion(const Context& context) {
  return static_cast<int>(SSL_CTX_get_min_proto_version(context.get()));
}
int MaxVersion(const Context& context) {
  return static_cast<int>(SSL_CTX_get_max_proto_version(context.get()));
}
int VerifyMode(const Context& context) {
  return SSL_CTX_get_verify_mode(context.get());
}
int VerifyDepth(const Context& context) {
  return SSL_CTX_get_verify_depth(context.get());
}
int SecurityLevel(const Context& context) {
  return SSL_CTX_get_security_level(context.get());
}
long MaxCertList(const Context& context) {
  return SSL_CTX_get_max_cert_list(context.get());
}
long Mode(const Context& context) {
  return SSL_CTX_get_mode(context.get());
}
std::size_t NumTickets(const Context& context) {
  return SSL_CTX_get_num_tickets(context.get());
}

// libssl keeps both kinds in one list.
bool IsTls13(const SSL_CIPHER* cipher) {
  return SSL_CIPHER_get_kx_nid(cipher) == NID_kx_any &&
         SSL_CIPHER_get_auth_nid(cipher) == NID_auth_any;
}
bool IsOlder(const SSL_CIPHER* cipher) {
  return !IsTls13(cipher);
}

}  // namespace

template <auto Filter>
Napi::Value SslContextWrap::JsCiphers(const Napi::CallbackInfo& info) {
  // All names first: making the array may run JS, and that may change the context.
  std::vector<const char*> names;
  STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(Alive().get());
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    const SSL_CIPHER* cipher = sk_SSL_CIPHER_value(ciphers, i);
    if (Filter(cipher)) names.push_back(SSL_CIPHER_get_name(cipher));
  }
  Napi::Array list = Napi::Array::New(info.Env(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) list.Set(static_cast<std::uint32_t>(i), names[i]);
  return list;
}

Napi::Value SslContextWrap::JsSetOptions(const Napi::CallbackInfo& info) {
  bool lossless = false;
  Alive().SetOptions(info[0].As<Napi::BigInt>().Uint64Value(&lossless));
  return info.Env().Undefined();
}

Napi::Value SslContextWrap::JsOptions(const Napi::CallbackInfo& info) {
  return Napi::BigInt::New(info.Env(), std::uint64_t{SSL_CTX_get_options(Alive().get())});
}

Napi::Value SslContextWrap::JsSetBytes(const Napi::CallbackInfo& info) {
  Alive().SetSessionIdContext(StringOf(BytesOf(info[0], "sessionIdContext")));
  return info.Env().Undefined();
}

Napi::Value SslContextWrap::JsSetAlpn(const Napi::CallbackInfo& info) {
  Alive().SetAlpn(StringOf(BytesOf(info[0], "alpnProtocols")));
  return info.Env().Undefined();
}

Napi::Value SslContextWrap::JsUseCertificate(const Napi::CallbackInfo& info) {
  const auto certificate = CertificateWrap::Of(info[0], "certificate");
  const CertificateList chain(info[1]);
  Alive().UseCertificate(certificate->get(), chain.raw());
  return info.Env().Undefined();
}

Napi::Value SslContextWrap::JsUsePrivateKey(const Napi::CallbackInfo& info) {
  const auto key = PrivateKeyWrap::Of(info[0], "key");
  Alive().UsePrivateKey(key->get());
  return info.Env().Undefined();
}

// The context keeps it for as long as it may use it: the key's signer is held weakly.
Napi::Value SslContextWrap::JsUseRemoteKey(const Napi::CallbackInfo& info) {
  const auto key = RemoteKeyWrap::Of(info[0], "key");
  Alive().UseRemoteKey(*key);
  info.This().As<Napi::Object>().Set("remote key, " + key->Type(), info[0]);
  return info.Env().Undefined();
}

Napi::Value SslContextWrap::JsUseIdentity(const Napi::CallbackInfo& info) {
  const auto certificate = CertificateWrap::Of(info[0], "certificate");
  const CertificateList chain(info[1]);
  const auto key = PrivateKeyWrap::Of(info[2], "key");
  Alive().UseIdentity(certificate->get(), chain.raw(), key->get());
  return info.Env().Undefined();
}

Napi::Value SslContextWrap::JsAddTrust(const Napi::CallbackInfo& info) {
  const CertificateList certificates(info[0]);
  Alive().AddTrust(certificates.raw());
  return info.Env().Undefined();
}

Napi::Value SslContextWrap::JsAddTrustDirectory(const Napi::CallbackInfo& info) {
  Alive().AddTrustDirectory(TextOf(info[0], "path"));
  return info.Env().Undefined();
}

Napi::Value SslContextWrap::JsAddAnchors(const Napi::CallbackInfo& info) {
  Alive().AddTrust(AnchorsWrap::Of(info[0], "anchors"));
  return info.Env().Undefined();
}

Napi::Value SslContextWrap::JsSetClientCas(const Napi::CallbackInfo& info) {
  const CertificateList certificates(info[0]);
  Alive().SetClientCas(certificates.raw());
  return info.Env().Undefined();
}

// setVerifyTime(seconds | undefined)
Napi::Value SslContextWrap::JsSetVerifyTime(const Napi::CallbackInfo& info) {
  const bool none = info[0].IsUndefined();
  Alive().SetVerifyTime(none ? std::nullopt : std::optional(IntegerOf(info[0], "time")));
  return info.Env().Undefined();
}

// setAdvisor(functions, judgesAnew)
Napi::Value SslContextWrap::JsSetAdvisor(const Napi::CallbackInfo& info) {
  Alive().SetAdvisor(FunctionsOf<JsAdvisor>(info[0]), FlagOf(info[1]));
  KeepFunctions(info, "advisor");
  return info.Env().Undefined();
}

Napi::Value SslContextWrap::JsSetStaples(const Napi::CallbackInfo& info) {
  const auto array = info[0].As<Napi::Array>();
  std::vector<std::shared_ptr<const openssl::OcspResponse>> staples;
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    staples.push_back(OcspResponseWrap::Of(array.Get(i), "response"));
  }
  Alive().SetStaples(std::move(staples));
  return info.Env().Undefined();
}

Napi::Value SslContextWrap::JsAddCrls(const Napi::CallbackInfo& info) {
  const CrlList crls(info[0]);
  Alive().AddCrls(crls.raw());
  return info.Env().Undefined();
}

Napi::Value SslContextWrap::Pointer(const Napi::CallbackInfo& info) {
  Alive().UpdateTrust();
  return Wrap::Pointer(info);
}

Napi::Value SslContextWrap::JsStats(const Napi::CallbackInfo& info) {
  const openssl::ContextStats stats = Alive().Stats();
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("accept", stats.accept);
  object.Set("acceptGood", stats.accept_good);
  object.Set("acceptRenegotiate", stats.accept_renegotiate);
  object.Set("connect", stats.connect);
  object.Set("connectGood", stats.connect_good);
  object.Set("connectRenegotiate", stats.connect_renegotiate);
  object.Set("hits", stats.hits);
  object.Set("callbackHits", stats.callback_hits);
  object.Set("misses", stats.misses);
  object.Set("timeouts", stats.timeouts);
  object.Set("cacheFull", stats.cache_full);
  object.Set("cached", stats.cached);
  return object;
}

void SslContextWrap::Init(Napi::Env env, Napi::Object exports) {
  using W = SslContextWrap;
  Define(env, exports,
         {
             Def<&W::JsSetInteger<&Context::SetVerifyMode>>("setVerifyMode"),
             Def<&W::JsInteger<&VerifyMode>>("verifyMode"),
             Def<&W::JsSetInteger<&Context::SetVerifyDepth>>("setVerifyDepth"),
             Def<&W::JsInteger<&VerifyDepth>>("verifyDepth"),
             Def<&W::JsSetInteger<&Context::SetMinVersion>>("setMinVersion"),
             Def<&W::JsInteger<&MinVersion>>("minVersion"),
             Def<&W::JsSetInteger<&Context::SetMaxVersion>>("setMaxVersion"),
             Def<&W::JsInteger<&MaxVersion>>("maxVersion"),
             Def<&W::JsSetText<&Context::SetCipherList>>("setCiphers"),
             Def<&W::JsCiphers<&IsOlder>>("ciphers"),
             Def<&W::JsSetText<&Context::SetCiphersuites>>("setCiphersuites"),
             Def<&W::JsCiphers<&IsTls13>>("ciphersuites"),
             Def<&W::JsSetText<&Context::SetGroups>>("setGroups"),
             Def<&W::JsSetText<&Context::SetSignatureAlgorithms>>("setSignatureAlgorithms"),
             Def<&W::JsSetInteger<&Context::SetSecurityLevel>>("setSecurityLevel"),
             Def<&W::JsInteger<&SecurityLevel>>("securityLevel"),
             Def<&W::JsSetOptions>("setOptions"),
             Def<&W::JsOptions>("options"),
             Def<&W::JsSetInteger<&Context::SetMode>>("setMode"),
             Def<&W::JsInteger<&Mode>>("mode"),
             Def<&W::JsSetBytes>("setSessionIdContext"),
             Def<&W::JsSetInteger<&Context::SetNumTickets>>("setNumTickets"),
             Def<&W::JsInteger<&NumTickets>>("numTickets"),
             Def<&W::JsSetAlpn>("setAlpn"),
             Def<&W::JsUseCertificate>("useCertificate"),
             Def<&W::JsUsePrivateKey>("usePrivateKey"),
             Def<&W::JsUseRemoteKey>("useRemoteKey"),
             Def<&W::JsUseIdentity>("useIdentity"),
             Def<&W::JsAddTrust>("addTrust"),
             Def<&W::JsAddTrustDirectory>("addTrustDirectory"),
             Def<&W::JsAddAnchors>("addAnchors"),
             Def<&W::JsInteger<&Context::verify_flags>>("verifyFlags"),
             Def<&W::JsSetInteger<&Context::SetVerifyFlags>>("setVerifyFlags"),
             Def<&W::JsSetInteger<&Context::SetPurpose>>("setPurpose"),
             Def<&W::JsSetVerifyTime>("setVerifyTime"),
             Def<&W::JsSetInteger<&Context::SetForgiven>>("setForgiven"),
             Def<&W::JsSetClientCas>("setClientCas"),
             Def<&W::JsSetInteger<&Context::SetMaxCertList>>("setMaxCertList"),
             Def<&W::JsInteger<&MaxCertList>>("maxCertList"),
             Def<&W::JsSetAdvisor>("setAdvisor"),
             Def<&W::JsSetInteger<&Context::SetStatusRequest>>("setStatusRequest"),
             Def<&W::JsSetStaples>("setStaples"),
             Def<&W::JsAddCrls>("addCrls"),
             Def<&W::JsStats>("stats"),
         });
  Export<NewSslContext>(exports, "newSSLContext");
}

}  // namespace bladessl::binding
