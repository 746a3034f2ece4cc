#include "native/binding/private_key.h"

#include <optional>

#include "native/binding/arguments.h"
#include "native/binding/aside.h"
#include "native/binding/certificate.h"
#include "native/binding/function.h"
#include "native/openssl/key_generation.h"
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

// A promise: hashing the password may take seconds.
Napi::Value ParsePrivateKeyAside(const Napi::CallbackInfo& info) {
  const auto arguments = std::make_shared<const SecretArguments>(info);
  return RunAside(
      info.Env(),
      [arguments] { return PrivateKey::Parse(arguments->bytes(), arguments->password()); },
      PrivateKeyWrap::New);
}

// The arguments of the generators: (type, curve, bits, publicExponent).
openssl::KeySpec SpecOf(const Napi::CallbackInfo& info) {
  openssl::KeySpec spec;
  spec.type = TextOf(info[0], "type");
  spec.curve = TextOf(info[1], "curve");
  spec.bits = static_cast<int>(IntegerOf(info[2], "bits"));
  spec.public_exponent = static_cast<std::uint32_t>(IntegerOf(info[3], "publicExponent"));
  return spec;
}

Napi::Value GeneratePrivateKey(const Napi::CallbackInfo& info) {
  return PrivateKeyWrap::New(info.Env(), openssl::GenerateKey(SpecOf(info)));
}

Napi::Value GeneratePrivateKeyAside(const Napi::CallbackInfo& info) {
  return RunAside(
      info.Env(), [spec = SpecOf(info)] { return openssl::GenerateKey(spec); },
      PrivateKeyWrap::New);
}

// The arguments of the encoders: (traditional, password | undefined, cipher, iterations).
openssl::KeyEncoding EncodingOf(const Napi::CallbackInfo& info) {
  openssl::KeyEncoding encoding;
  encoding.traditional = FlagOf(info[0]);
  if (info[1].IsUndefined()) return encoding;
  encoding.encryption = {Secret(ViewOf(BytesOf(info[1], "password"))), TextOf(info[2], "cipher"),
                         static_cast<int>(IntegerOf(info[3], "iterations"))};
  return encoding;
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
  const Secret pem = Alive().Pem(EncodingOf(info));
  return Napi::String::New(info.Env(), pem.view().data(), pem.size());
}

Napi::Value PrivateKeyWrap::JsRaw(const Napi::CallbackInfo& info) {
  const Secret der = Alive().Der(EncodingOf(info));
  return Napi::Buffer<char>::Copy(info.Env(), der.view().data(), der.size());
}

Napi::Value PrivateKeyWrap::JsPublicRaw(const Napi::CallbackInfo& info) {
  const std::string der = Alive().PublicDer();
  return Napi::Buffer<char>::Copy(info.Env(), der.data(), der.size());
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
             Def<&W::JsText<&PrivateKey::PublicPem>>("publicKey"),
             Def<&W::JsPublicRaw>("publicKeyRaw"),
             Def<&W::JsType>("type"),
             Def<&W::JsBits>("bits"),
             Def<&W::JsGroup>("group"),
             Def<&W::JsEquals>("equals"),
         });
  Export<ParsePrivateKey>(exports, "parsePrivateKey");
  Export<ParsePrivateKeyAside>(exports, "parsePrivateKeyAside");
  Export<GeneratePrivateKey>(exports, "generatePrivateKey");
  Export<GeneratePrivateKeyAside>(exports, "generatePrivateKeyAside");
  Export<ParsePkcs12>(exports, "parsePkcs12");
}

}  // namespace bladessl::binding
