#include "native/binding/remote_key.h"

#include "native/binding/answers.h"
#include "native/binding/arguments.h"
#include "native/binding/function.h"
#include "native/openssl/public_key.h"
#include "native/openssl/secret.h"

namespace bladessl::binding {

namespace {

using openssl::RemoteKey;

// newRemoteKey(bytes, { sign }, verify): its object keeps the functions.
Napi::Value NewRemoteKey(const Napi::CallbackInfo& info) {
  const Bytes bytes = BytesOf(info[0], "publicKey");
  // A copy: another thread may write to shared memory while a parser is in it.
  const openssl::Secret copy({reinterpret_cast<const char*>(bytes.data), bytes.size});
  const auto key = std::make_shared<RemoteKey>(openssl::ParsePublicKeyOrCertificate(copy.view()),
                                               FunctionsOf<JsSigner>(info[1]), FlagOf(info[2]));
  Napi::Object object = RemoteKeyWrap::New(info.Env(), key);
  object.Set("signer", info[1]);
  return object;
}

std::string SignatureOf(const Napi::Value& answer) {
  const Bytes bytes = BytesOf(answer, "signature");
  return std::string(reinterpret_cast<const char*>(bytes.data), bytes.size);
}

}  // namespace

void JsSigner::Sign(const openssl::SigningRequest& request,
                    const std::shared_ptr<openssl::Reply<std::string>>& reply) {
  const Napi::HandleScope scope(env());
  const openssl::SignatureScheme& scheme = request.scheme;
  SettleWith(
      env(),
      Call("sign", {Napi::String::New(env(), scheme.name),
                    Napi::Buffer<char>::Copy(env(), request.message.data(), request.message.size()),
                    Napi::String::New(env(), scheme.digest),
                    Napi::Number::New(env(), static_cast<double>(scheme.padding)),
                    Napi::Number::New(env(), scheme.salt_length)}),
      reply, SignatureOf);
}

Napi::Value RemoteKeyWrap::JsPublicRaw(const Napi::CallbackInfo& info) {
  const std::string der = Alive().PublicDer();
  return Napi::Buffer<char>::Copy(info.Env(), der.data(), der.size());
}

Napi::Value RemoteKeyWrap::JsGroup(const Napi::CallbackInfo& info) {
  const std::string group = Alive().Group();
  if (group.empty()) return info.Env().Undefined();
  return Napi::String::New(info.Env(), group);
}

void RemoteKeyWrap::Init(Napi::Env env, Napi::Object exports) {
  using W = RemoteKeyWrap;
  Define(env, exports,
         {
             Def<&W::JsText<&RemoteKey::PublicPem>>("publicKey"),
             Def<&W::JsPublicRaw>("publicKeyRaw"),
             Def<&W::JsText<&RemoteKey::Type>>("type"),
             Def<&W::JsInteger<&RemoteKey::Bits>>("bits"),
             Def<&W::JsGroup>("group"),
         });
  Export<NewRemoteKey>(exports, "newRemoteKey");
}

}  // namespace bladessl::binding
