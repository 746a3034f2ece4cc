#include <napi.h>
#include <openssl/crypto.h>
#include <openssl/opensslv.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "native/binding/addon_data.h"
#include "native/binding/answers.h"
#include "native/binding/arguments.h"
#include "native/binding/bio.h"
#include "native/binding/certificate.h"
#include "native/binding/connection.h"
#include "native/binding/constants.h"
#include "native/binding/crl.h"
#include "native/binding/descriptor.h"
#include "native/binding/function.h"
#include "native/binding/issue.h"
#include "native/binding/listener.h"
#include "native/binding/ocsp.h"
#include "native/binding/private_key.h"
#include "native/binding/remote_key.h"
#include "native/binding/ssl.h"
#include "native/binding/ssl_context.h"
#include "native/binding/store.h"
#include "native/binding/verify.h"
#include "native/binding/watcher.h"
#include "native/openssl/error.h"
#include "native/openssl/features.h"
#include "native/openssl/system.h"

// The version comes without quotes, which compilers and shells take in ways of their own.
#define BLADESSL_TEXT(macro) BLADESSL_TEXT_OF(macro)
#define BLADESSL_TEXT_OF(text) #text

namespace bladessl::binding {

namespace {

#ifdef BLADESSL_STATIC
constexpr const char* kFlavour = "static";
#else
constexpr const char* kFlavour = "node";
#endif

Napi::Value SetErrorFactory(const Napi::CallbackInfo& info) {
  AddonData::Of(info.Env()).make_error = Napi::Persistent(info[0].As<Napi::Function>());
  return info.Env().Undefined();
}

Napi::Value SetStandstill(const Napi::CallbackInfo& info) {
  AddonData::Of(info.Env()).standstill = Napi::Persistent(info[0].As<Napi::Object>());
  return info.Env().Undefined();
}

// What a packed code of OpenSSL's means in words.
Napi::Value DescribeCode(const Napi::CallbackInfo& info) {
  const auto code = static_cast<unsigned long>(IntegerOf(info[0], "code"));
  OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, nullptr);
  return Napi::String::New(info.Env(), openssl::DescribeCode(code));
}

// What X509_V_ERR_* means in words.
Napi::Value DescribeVerifyResult(const Napi::CallbackInfo& info) {
  const auto code = static_cast<long>(IntegerOf(info[0], "code"));
  return Napi::String::New(info.Env(), X509_verify_cert_error_string(code));
}

// Where this OpenSSL was built to look for trust.
Napi::Value DefaultTrust(const Napi::CallbackInfo& info) {
  Napi::Object paths = Napi::Object::New(info.Env());
  paths.Set("file", X509_get_default_cert_file());
  paths.Set("directory", X509_get_default_cert_dir());
  return paths;
}

// refuseSockets(reason): lib/ knows that this runtime's libuv is not what it seems.
Napi::Value RefuseSockets(const Napi::CallbackInfo& info) {
  AddonData::Of(info.Env()).no_sockets = TextOf(info[0], "reason");
  return info.Env().Undefined();
}

Napi::Value RequireSockets(const Napi::CallbackInfo& info) {
  AddonData::Of(info.Env()).RequireSockets();
  return info.Env().Undefined();
}

Napi::Object FeatureObject(Napi::Env env, const openssl::Feature& feature) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", feature.name);
  object.Set("missing", feature.missing);
  Napi::Array algorithms = Napi::Array::New(env);
  for (const std::string& name : feature.algorithms) algorithms[algorithms.Length()] = name;
  object.Set("algorithms", algorithms);
  return object;
}

// [{ name, missing, algorithms }]
Napi::Value Features(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::vector<openssl::Feature> features = openssl::Features();
  features.push_back({"sockets", AddonData::Of(env).no_sockets});
  Napi::Array list = Napi::Array::New(env, features.size());
  for (std::uint32_t i = 0; i < features.size(); ++i) list[i] = FeatureObject(env, features[i]);
  return list;
}

Napi::Object MakeVersions(Napi::Env env) {
  Napi::Object versions = Napi::Object::New(env);
  versions.Set("addon", BLADESSL_TEXT(BLADESSL_VERSION));
  versions.Set("openssl", OpenSSL_version(OPENSSL_VERSION_STRING));
  versions.Set("opensslHeaders", OPENSSL_VERSION_STR);
  versions.Set("napi", NAPI_VERSION);
  versions.Set("flavour", kFlavour);
  versions.Freeze();
  return versions;
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  system::StayLoaded();
  auto* data = new AddonData;
  env.SetInstanceData(data);
  if (const char* function = io::MissingUvFunction(); function != nullptr) {
    data->no_sockets = std::string("the runtime has no ") + function;
  }
  exports.Set("constants", MakeConstants(env));
  exports.Set("versions", MakeVersions(env));
  Export<SetErrorFactory>(exports, "setErrorFactory");
  Export<SetStandstill>(exports, "setStandstill");
  Export<DescribeCode>(exports, "describeCode");
  Export<DescribeVerifyResult>(exports, "describeVerifyResult");
  Export<DefaultTrust>(exports, "defaultTrust");
  Export<RefuseSockets>(exports, "refuseSockets");
  Export<RequireSockets>(exports, "requireSockets");
  Export<Features>(exports, "features");
  CertificateWrap::Init(env, exports);
  PrivateKeyWrap::Init(env, exports);
  RemoteKeyWrap::Init(env, exports);
  CrlWrap::Init(env, exports);
  OcspResponseWrap::Init(env, exports);
  InitVerify(env, exports);
  InitAnswers(env, exports);
  ExportIssuing(exports);
  InitStores(exports);
  SslContextWrap::Init(env, exports);
  SslWrap::Init(env, exports);
  BioWrap::Init(env, exports);
  WatcherWrap::Init(env, exports);
  DescriptorWrap::Init(env, exports);
  ConnectionWrap::Init(env, exports);
  ListenerWrap::Init(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(bladessl, Init)

}  // namespace bladessl::binding
