#include "native/binding/ssl.h"

#include "native/binding/advisor.h"
#include "native/binding/answers.h"
#include "native/binding/arguments.h"
#include "native/binding/bio.h"
#include "native/binding/certificate.h"
#include "native/binding/function.h"
#include "native/binding/secret_arguments.h"
#include "native/binding/ssl_context.h"
#include "native/binding/verify.h"

namespace bladessl::binding {

namespace {

using openssl::Ssl;
using openssl::SslResult;

Napi::Value NewSsl(const Napi::CallbackInfo& info) {
  Napi::Object ssl =
      SslWrap::New(info.Env(), std::make_shared<Ssl>(SslContextWrap::Of(info[0], "context")));
  // Callbacks that the context forgets live on for the connections that it has made.
  const Napi::Value functions = info[0].As<Napi::Object>().Get("advisor");
  if (!functions.IsUndefined()) ssl.Set("advisor", functions);
  return ssl;
}

std::shared_ptr<openssl::Bio> OptionalBio(const Napi::Value& value) {
  return value.IsUndefined() ? nullptr : BioWrap::Of(value, "bio");
}

// Bytes moved, 0 for the end, -1 for would-block.
Napi::Value Moved(Napi::Env env, const SslResult& result) {
  if (result.done()) return Napi::Number::New(env, static_cast<double>(result.bytes));
  return Napi::Number::New(env, result.error == SSL_ERROR_ZERO_RETURN ? 0 : -1);
}

[[noreturn]] void ThrowClosed() {
  throw openssl::UsageError("ERR_SSL_ZERO_RETURN", "the peer has closed the connection");
}

std::size_t Pending(const Ssl& ssl) {
  return SSL_pending(ssl.get());
}
bool HasPending(const Ssl& ssl) {
  return SSL_has_pending(ssl.get()) != 0;
}
bool IsInitFinished(const Ssl& ssl) {
  return SSL_is_init_finished(ssl.get()) != 0;
}
bool Waits(const Ssl& ssl) {
  return ssl.suspension().waiting();
}
bool SessionReused(const Ssl& ssl) {
  return SSL_session_reused(ssl.get()) != 0;
}
int VerifyMode(const Ssl& ssl) {
  return SSL_get_verify_mode(ssl.get());
}
long VerifyResult(const Ssl& ssl) {
  return SSL_get_verify_result(ssl.get());
}
int ShutdownState(const Ssl& ssl) {
  return SSL_get_shutdown(ssl.get());
}

const char* StateString(const Ssl& ssl) {
  return SSL_state_string(ssl.get());
}
const char* StateStringLong(const Ssl& ssl) {
  return SSL_state_string_long(ssl.get());
}

}  // namespace

template <auto Operation>
Napi::Value SslWrap::JsIntoRange(const Napi::CallbackInfo& info) {
  Ssl& ssl = Alive();
  const Bytes range = RangeOf(info, "buffer");
  return Moved(info.Env(), (ssl.*Operation)(range.data, range.size));
}

Napi::Value SslWrap::JsSetTransport(const Napi::CallbackInfo& info) {
  Alive().SetTransport(OptionalBio(info[0]), OptionalBio(info[1]));
  return info.Env().Undefined();
}

Napi::Value SslWrap::JsFd(const Napi::CallbackInfo& info) {
  const auto& transport = Alive().rbio();
  const std::optional<int> fd = transport ? transport->Fd(false) : std::nullopt;
  return fd ? Napi::Number::New(info.Env(), *fd) : info.Env().Undefined();
}

Napi::Value SslWrap::JsHandshake(const Napi::CallbackInfo& info) {
  const SslResult result = Alive().Handshake();
  if (result.error == SSL_ERROR_ZERO_RETURN) ThrowClosed();
  return Napi::Number::New(info.Env(), result.done() ? 1 : -1);
}

Napi::Value SslWrap::JsWrite(const Napi::CallbackInfo& info) {
  Ssl& ssl = Alive();
  const Bytes data = BytesOf(info[0], "data");
  if (data.size == 0) return Napi::Number::New(info.Env(), 0);
  const SslResult result = ssl.Write(data.data, data.size);
  if (result.error == SSL_ERROR_ZERO_RETURN) ThrowClosed();
  return Moved(info.Env(), result);
}

Napi::Value SslWrap::JsWriteAll(const Napi::CallbackInfo& info) {
  const auto list = info[0].As<Napi::Array>();
  std::vector<openssl::Piece> pieces;
  for (std::uint32_t i = 0; i < list.Length(); ++i) {
    const Bytes bytes = BytesOf(list.Get(i), "data");
    pieces.push_back({bytes.data, bytes.size});
  }
  const SslResult result = Alive().WriteAll(pieces);
  if (result.error == SSL_ERROR_ZERO_RETURN) ThrowClosed();
  return Moved(info.Env(), result);
}

Napi::Value SslWrap::JsSession(const Napi::CallbackInfo& info) {
  std::optional<openssl::Secret> der = Alive().Session();
  if (!der) return info.Env().Undefined();
  return Napi::Buffer<unsigned char>::Copy(info.Env(), der->data(), der->size());
}

Napi::Value SslWrap::JsSetSession(const Napi::CallbackInfo& info) {
  const openssl::Secret der(ViewOf(BytesOf(info[0], "session")));
  Alive().SetSession(der.view());
  return info.Env().Undefined();
}

Napi::Value SslWrap::JsCipher(const Napi::CallbackInfo& info) {
  const std::optional<openssl::CipherInfo> cipher = Alive().cipher();
  if (!cipher) return info.Env().Undefined();
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("name", cipher->name);
  object.Set("standardName", cipher->standard_name);
  object.Set("bits", cipher->bits);
  return object;
}

Napi::Value SslWrap::JsPeerCertificate(const Napi::CallbackInfo& info) {
  openssl::X509Handle certificate = Alive().PeerCertificate();
  if (!certificate) return info.Env().Undefined();
  return CertificateWrap::New(info.Env(),
                              std::make_shared<openssl::Certificate>(std::move(certificate)));
}

Napi::Value SslWrap::JsPeerChain(const Napi::CallbackInfo& info) {
  return CertificateWrap::NewList(info.Env(), Alive().PeerChain());
}

Napi::Value SslWrap::JsVerifiedChain(const Napi::CallbackInfo& info) {
  return CertificateWrap::NewList(info.Env(), Alive().VerifiedChain());
}

Napi::Value SslWrap::JsPeerCas(const Napi::CallbackInfo& info) {
  return TextList(info.Env(), Alive().PeerCas());
}

Napi::Value SslWrap::JsStatusResponse(const Napi::CallbackInfo& info) {
  const std::optional<std::string> der = Alive().StatusResponse();
  if (!der) return info.Env().Undefined();
  return Napi::Buffer<char>::Copy(info.Env(), der->data(), der->size());
}

// onAnswer(callback)
Napi::Value SslWrap::JsOnAnswer(const Napi::CallbackInfo& info) {
  const auto& question = Alive().suspension().question();
  if (question) KeepWithQuestion(*question, info[0]);
  const auto callback =
      std::make_shared<Napi::FunctionReference>(Napi::Weak(info[0].As<Napi::Function>()));
  Alive().OnAnswer([callback] {
    const Napi::HandleScope scope(callback->Env());
    if (!callback->Value().IsEmpty()) callback->Call({});
  });
  return info.Env().Undefined();
}

// setAdvisor(functions, judgesAnew)
Napi::Value SslWrap::JsSetAdvisor(const Napi::CallbackInfo& info) {
  Alive().SetAdvisor(FunctionsOf<JsAdvisor>(info[0]), FlagOf(info[1]));
  KeepFunctions(info, "ownAdvisor");
  return info.Env().Undefined();
}

void SslWrap::Init(Napi::Env env, Napi::Object exports) {
  using W = SslWrap;
  Define(env, exports,
         {
             Def<&W::JsSetInteger<&Ssl::SetRole>>("setRole"),
             Def<&W::JsInteger<&Ssl::role>>("role"),
             Def<&W::JsSetTransport>("setTransport"),
             Def<&W::JsFd>("fd"),
             Def<&W::JsHandshake>("handshake"),
             Def<&W::JsIntoRange<&Ssl::Read>>("read"),
             Def<&W::JsIntoRange<&Ssl::Peek>>("peek"),
             Def<&W::JsWrite>("write"),
             Def<&W::JsWriteAll>("writeAll"),
             Def<&W::JsInteger<&Ssl::Shutdown>>("shutdown"),
             Def<&W::JsInteger<&Ssl::last_error>>("lastError"),
             Def<&W::JsInteger<&Pending>>("pending"),
             Def<&W::JsFlag<&HasPending>>("hasPending"),
             Def<&W::JsFlag<&IsInitFinished>>("isInitFinished"),
             Def<&W::JsFlag<&SessionReused>>("sessionReused"),
             Def<&W::JsInteger<&ShutdownState>>("shutdownState"),
             Def<&W::JsInteger<&VerifyMode>>("verifyMode"),
             Def<&W::JsSetInteger<&Ssl::SetVerifyMode>>("setVerifyMode"),
             Def<&W::JsInteger<&VerifyResult>>("verifyResult"),
             Def<&W::JsText<&StateString>>("stateString"),
             Def<&W::JsText<&StateStringLong>>("stateStringLong"),
             Def<&W::JsSetText<&Ssl::SetHostname>>("setHostname"),
             Def<&W::JsOptionalText<&Ssl::hostname>>("hostname"),
             Def<&W::JsSetText<&Ssl::SetVerifyName>>("setVerifyName"),
             Def<&W::JsOptionalText<&Ssl::verify_name>>("verifyName"),
             Def<&W::JsOptionalText<&Ssl::verify_ip>>("verifyIp"),
             Def<&W::JsSetText<&Ssl::SetVerifyIp>>("setVerifyIp"),
             Def<&W::JsOptionalText<&Ssl::version>>("version"),
             Def<&W::JsSession>("session"),
             Def<&W::JsSetSession>("setSession"),
             Def<&W::JsCipher>("cipher"),
             Def<&W::JsOptionalText<&Ssl::group>>("group"),
             Def<&W::JsOptionalText<&Ssl::alpn>>("alpn"),
             Def<&W::JsPeerCertificate>("peerCertificate"),
             Def<&W::JsPeerChain>("peerChain"),
             Def<&W::JsVerifiedChain>("verifiedChain"),
             Def<&W::JsOptionalText<&Ssl::verified_name>>("verifiedName"),
             Def<&W::JsPeerCas>("peerCas"),
             Def<&W::JsStatusResponse>("statusResponse"),
             Def<&W::JsSetAdvisor>("setAdvisor"),
             Def<&W::JsFlag<&Waits>>("waits"),
             Def<&W::JsOnAnswer>("onAnswer"),
         });
  Export<NewSsl>(exports, "newSSL");
}

}  // namespace bladessl::binding
