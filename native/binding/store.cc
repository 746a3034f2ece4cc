#include "native/binding/store.h"

#include <utility>
#include <vector>

#include "native/binding/arguments.h"
#include "native/binding/certificate.h"
#include "native/binding/function.h"
#include "native/binding/private_key.h"
#include "native/binding/secret_arguments.h"
#include "native/openssl/pkcs12.h"
#include "native/openssl/pkcs7.h"
#include "native/openssl/store.h"

namespace bladessl::binding {

namespace {

using openssl::Certificates;
using openssl::PrivateKeys;
using openssl::StoreContent;

Certificates CertificatesOf(const Napi::Value& value) {
  return ListOf<CertificateWrap>(value, "certificates");
}

PrivateKeys KeysOf(const Napi::Value& value) {
  return ListOf<PrivateKeyWrap>(value, "keys");
}

Napi::Array BuffersOf(Napi::Env env, const std::vector<std::string>& list) {
  Napi::Array buffers = Napi::Array::New(env, list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    buffers.Set(static_cast<std::uint32_t>(i),
                Napi::Buffer<char>::Copy(env, list[i].data(), list[i].size()));
  }
  return buffers;
}

Napi::Object ContentObject(Napi::Env env, const StoreContent& content) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("certificates", CertificateWrap::NewList(env, content.certificates));
  object.Set("keys", PrivateKeyWrap::NewList(env, content.keys));
  object.Set("crls", BuffersOf(env, content.crls));
  object.Set("publicKeys", BuffersOf(env, content.public_keys));
  return object;
}

// readBlocks(bytes, password | undefined, withKeys)
Napi::Value ReadBlocks(const Napi::CallbackInfo& info) {
  const SecretArguments arguments(info);
  const auto keys = FlagOf(info[2]) ? openssl::KeyBlocks::kRead : openssl::KeyBlocks::kPassOver;
  return ContentObject(info.Env(),
                       openssl::ReadBlocks(arguments.bytes(), arguments.password(), keys));
}

Napi::Value ReadPkcs7(const Napi::CallbackInfo& info) {
  const openssl::Secret copy(ViewOf(BytesOf(info[0], "bytes")));
  return ContentObject(info.Env(), openssl::ReadPkcs7(copy.view()));
}

// readPkcs12(bytes, password | undefined, keyPassword | undefined, keysHaveTheirOwn)
Napi::Value ReadPkcs12(const Napi::CallbackInfo& info) {
  const SecretArguments arguments(info);
  const PasswordArgument key_password(info[2]);
  openssl::Pkcs12Passwords passwords{arguments.password()};
  if (FlagOf(info[3])) passwords.keys = &key_password.get();
  return ContentObject(info.Env(), openssl::ReadPkcs12(arguments.bytes(), passwords));
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

// writePkcs12(certificates, keys, password, friendlyName, iterations)
Napi::Value WritePkcs12(const Napi::CallbackInfo& info) {
  StoreContent content;
  content.certificates = CertificatesOf(info[0]);
  content.keys = KeysOf(info[1]);
  const PasswordArgument password(info[2]);
  openssl::Pkcs12Options options;
  options.friendly_name = TextOf(info[3], "friendlyName");
  options.iterations = static_cast<int>(IntegerOf(info[4], "iterations"));
  const std::string der = openssl::WritePkcs12(content, password.get(), options);
  return Napi::Buffer<char>::Copy(info.Env(), der.data(), der.size());
}

// matchKeys(certificates, keys): for each certificate the index of its key, or -1.
Napi::Value MatchKeys(const Napi::CallbackInfo& info) {
  const auto matches = openssl::MatchKeys(CertificatesOf(info[0]), KeysOf(info[1]));
  Napi::Array indexes = Napi::Array::New(info.Env(), matches.size());
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const double index = matches[i] ? static_cast<double>(*matches[i]) : -1;
    indexes.Set(static_cast<std::uint32_t>(i), Napi::Number::New(info.Env(), index));
  }
  return indexes;
}

// issuersOf(certificate, others): those of the others that stand above it, its issuer first.
Napi::Value IssuersOf(const Napi::CallbackInfo& info) {
  const auto leaf = CertificateWrap::Of(info[0], "certificate");
  Certificates others = CertificatesOf(info[1]);
  others.resize(openssl::SortIssuerFirst(*leaf, others));
  return CertificateWrap::NewList(info.Env(), others);
}

}  // namespace

void InitStores(Napi::Object exports) {
  Export<ReadBlocks>(exports, "readBlocks");
  Export<ReadPkcs7>(exports, "readPkcs7");
  Export<ReadPkcs12>(exports, "readPkcs12");
  Export<ParsePkcs12>(exports, "parsePkcs12");
  Export<WritePkcs12>(exports, "writePkcs12");
  Export<MatchKeys>(exports, "matchKeys");
  Export<IssuersOf>(exports, "issuersOf");
}

}  // namespace bladessl::binding
