#include "native/binding/private_key.h"

#include "native/binding/arguments.h"
#include "native/binding/aside.h"
#include "native/binding/function.h"
#include "native/binding/secret_arguments.h"
#include "native/openssl/key_generation.h"
#include "native/openssl/secret.h"

namespace bladessl::binding {

namespace {

using openssl::PrivateKey;
using openssl::Secret;

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

Napi::Array PrivateKeyWrap::NewList(Napi::Env env,
                                    const std::vector<std::shared_ptr<PrivateKey>>& list) {
  Napi::Array objects = Napi::Array::New(env, list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    objects.Set(static_cast<std::uint32_t>(i), New(env, list[i]));
  }
  return objects;
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
}

}  // namespace bladessl::binding
