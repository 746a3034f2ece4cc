#include "native/binding/ssl.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "native/binding/arguments.h"
#include "native/binding/bio.h"
#include "native/binding/certificate.h"
#include "native/binding/function.h"
#include "native/binding/ssl_context.h"

namespace bladessl::binding {

namespace {

using openssl::Ssl;
using openssl::SslResult;

constexpr std::size_t kRecordSize = SSL3_RT_MAX_PLAIN_LENGTH;

Napi::Value NewSsl(const Napi::CallbackInfo& info) {
  return SslWrap::New(info.Env(), std::make_shared<Ssl>(SslContextWrap::Of(info[0], "context")));
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

int LastError(const Ssl& ssl) {
  return ssl.last_error();
}
std::size_t Pending(const Ssl& ssl) {
  return SSL_pending(ssl.get());
}
int HasPending(const Ssl& ssl) {
  return SSL_has_pending(ssl.get());
}
int IsInitFinished(const Ssl& ssl) {
  return SSL_is_init_finished(ssl.get());
}
int SessionReused(const Ssl& ssl) {
  return SSL_session_reused(ssl.get());
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
int RoleOf(const Ssl& ssl) {
  return static_cast<int>(ssl.role());
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

template <auto Getter>
Napi::Value SslWrap::JsInteger(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(Getter(Alive())));
}

template <auto Getter>
Napi::Value SslWrap::JsOptionalText(const Napi::CallbackInfo& info) {
  const std::optional<std::string> text = (Alive().*Getter)();
  return text ? Napi::String::New(info.Env(), *text) : info.Env().Undefined();
}

template <auto Setter>
Napi::Value SslWrap::JsSetText(const Napi::CallbackInfo& info) {
  (Alive().*Setter)(TextOf(info[0], "value"));
  return info.Env().Undefined();
}

template <auto Getter>
Napi::Value SslWrap::JsText(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), Getter(Alive()));
}

Napi::Value SslWrap::JsSetRole(const Napi::CallbackInfo& info) {
  Alive().SetRole(static_cast<openssl::Role>(IntegerOf(info[0], "role")));
  return info.Env().Undefined();
}

Napi::Value SslWrap::JsSetTransport(const Napi::CallbackInfo& info) {
  Alive().SetTransport(OptionalBio(info[0]), OptionalBio(info[1]));
  return info.Env().Undefined();
}

Napi::Value SslWrap::JsSetVerifyMode(const Napi::CallbackInfo& info) {
  Alive().SetVerifyMode(static_cast<int>(IntegerOf(info[0], "mode")));
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

// Gathers pieces into whole records. A retry gathers the same bytes again from where it stopped, so
// it never offers libssl less than the record that is under way.
Napi::Value SslWrap::JsWriteAll(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Ssl> ssl = Shared();
  const auto list = info[0].As<Napi::Array>();
  std::array<std::uint8_t, kRecordSize> record;
  std::size_t filled = 0;
  std::size_t total = 0;
  bool blocked = false;
  const auto send = [&] {
    const SslResult result = ssl->Write(record.data(), filled);
    if (result.error == SSL_ERROR_ZERO_RETURN) ThrowClosed();
    blocked = !result.done() || result.bytes < filled;
    total += result.bytes;
    filled = 0;
  };
  for (std::uint32_t i = 0; i < list.Length() && !blocked; ++i) {
    Bytes piece = BytesOf(list.Get(i), "data");
    while (piece.size > 0 && !blocked) {
      const std::size_t taken = std::min(piece.size, record.size() - filled);
      std::memcpy(record.data() + filled, piece.data, taken);
      filled += taken;
      piece = {piece.data + taken, piece.size - taken};
      if (filled == record.size()) send();
    }
  }
  if (filled > 0 && !blocked) send();
  return Napi::Number::New(info.Env(), blocked && total == 0 ? -1 : static_cast<double>(total));
}

Napi::Value SslWrap::JsShutdown(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), Alive().Shutdown());
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
  Napi::Array list = Napi::Array::New(info.Env());
  for (openssl::X509Handle& certificate : Alive().PeerChain()) {
    list.Set(list.Length(), CertificateWrap::New(info.Env(), std::make_shared<openssl::Certificate>(
                                                                 std::move(certificate))));
  }
  return list;
}

void SslWrap::Init(Napi::Env env, Napi::Object exports) {
  using W = SslWrap;
  Define(env, exports,
         {
             Def<&W::JsSetRole>("setRole"),
             Def<&W::JsInteger<&RoleOf>>("role"),
             Def<&W::JsSetTransport>("setTransport"),
             Def<&W::JsFd>("fd"),
             Def<&W::JsHandshake>("handshake"),
             Def<&W::JsIntoRange<&Ssl::Read>>("read"),
             Def<&W::JsIntoRange<&Ssl::Peek>>("peek"),
             Def<&W::JsWrite>("write"),
             Def<&W::JsWriteAll>("writeAll"),
             Def<&W::JsShutdown>("shutdown"),
             Def<&W::JsInteger<&LastError>>("lastError"),
             Def<&W::JsInteger<&Pending>>("pending"),
             Def<&W::JsInteger<&HasPending>>("hasPending"),
             Def<&W::JsInteger<&IsInitFinished>>("isInitFinished"),
             Def<&W::JsInteger<&SessionReused>>("sessionReused"),
             Def<&W::JsInteger<&ShutdownState>>("shutdownState"),
             Def<&W::JsInteger<&VerifyMode>>("verifyMode"),
             Def<&W::JsSetVerifyMode>("setVerifyMode"),
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
             Def<&W::JsCipher>("cipher"),
             Def<&W::JsOptionalText<&Ssl::group>>("group"),
             Def<&W::JsOptionalText<&Ssl::alpn>>("alpn"),
             Def<&W::JsPeerCertificate>("peerCertificate"),
             Def<&W::JsPeerChain>("peerChain"),
         });
  Export<NewSsl>(exports, "newSSL");
}

}  // namespace bladessl::binding
