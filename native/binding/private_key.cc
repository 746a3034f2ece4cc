#include "native/binding/private_key.h"

#include <optional>

#include "native/binding/arguments.h"
#include "native/binding/certificate.h"
#include "native/binding/function.h"
#include "native/openssl/pkcs12.h"
#include "native/openssl/secret.h"

namespace bladessl::binding {

namespace {

using openssl::PrivateKey;
using openssl::Secret;

std::string_view ViewOf(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}

// The arguments of the parsers: (bytes, password | undefined). Both are copied, since another
// thread may write to shared memory while a parser is in it, and both copies are wiped.
class SecretArguments {
 public:
  explicit SecretArguments(const Napi::CallbackInfo& info)
      : bytes_(ViewOf(BytesOf(info[0], "bytes"))) {
    if (!info[1].IsUndefined()) password_.emplace(ViewOf(BytesOf(info[1], "password")));
  }
  ~SecretArguments() {
    if (password_) OPENSSL_cleanse(password_->data(), password_->size());
  }
  SecretArguments(const SecretArguments&) = delete;
  SecretArguments& operator=(const SecretArguments&) = delete;

  std::string_view bytes() const { return bytes_.view(); }
  const std::optional<std::string>& password() const { return password_; }

 private:
  Secret bytes_;
  std::optional<std::string> password_;
};

Napi::Value ParsePrivateKey(const Napi::CallbackInfo& info) {
  const SecretArguments arguments(info);
  return PrivateKeyWrap::New(info.Env(),
                             PrivateKey::Parse(arguments.bytes(), arguments.password()));
}

Napi::Value ParsePkcs12(const Napi::CallbackInfo& info) {
  const SecretArguments arguments(info);
  openssl::Pkcs12Content content = openssl::ParsePkcs12(arguments.bytes(), arguments.password());
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("certificate", CertificateWrap::New(info.Env(), std::move(content.certificate)));
  result.Set("privateKey", PrivateKeyWrap::New(info.Env(), std::move(content.key)));
  result.Set("chain", CertificateWrap::NewList(info.Env(), content.chain));
  return result;
}

}  // namespace

Napi::Value PrivateKeyWrap::JsPem(const Napi::CallbackInfo& info) {
  const Secret pem = Alive().Pem();
  return Napi::String::New(info.Env(), pem.view().data(), pem.size());
}

Napi::Value PrivateKeyWrap::JsRaw(const Napi::CallbackInfo& info) {
  const Secret der = Alive().Der();
  return Napi::Buffer<char>::Copy(info.Env(), der.view().data(), der.size());
}

Napi::Value PrivateKeyWrap::JsType(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), Alive().Type());
}

Napi::Value PrivateKeyWrap::JsBits(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), Alive().Bits());
}

Napi::Value PrivateKeyWrap::JsGroup(const Napi::CallbackInfo& info) {
  const std::string group = Alive().Group();
  if (group.empty()) return info.Env().Undefined();
  return Napi::String::New(info.Env(), group);
}

Napi::Value PrivateKeyWrap::JsEquals(const Napi::CallbackInfo& info) {
  const auto other = Of(info[0], "other");
  return Napi::Boolean::New(info.Env(), Alive().Equals(*other));
}

void PrivateKeyWrap::Init(Napi::Env env, Napi::Object exports) {
  using W = PrivateKeyWrap;
  Define(env, exports,
         {
             Def<&W::JsPem>("pem"),
             Def<&W::JsRaw>("raw"),
             Def<&W::JsType>("type"),
             Def<&W::JsBits>("bits"),
             Def<&W::JsGroup>("group"),
             Def<&W::JsEquals>("equals"),
         });
  Export<ParsePrivateKey>(exports, "parsePrivateKey");
  Export<ParsePkcs12>(exports, "parsePkcs12");
}

}  // namespace bladessl::binding
