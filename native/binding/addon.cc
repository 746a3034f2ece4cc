#include <napi.h>
#include <openssl/crypto.h>
#include <openssl/opensslv.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "native/binding/addon_data.h"
#include "native/binding/arguments.h"
#include "native/binding/bio.h"
#include "native/binding/certificate.h"
#include "native/binding/connection.h"
#include "native/binding/constants.h"
#include "native/binding/descriptor.h"
#include "native/binding/function.h"
#include "native/binding/listener.h"
#include "native/binding/private_key.h"
#include "native/binding/ssl.h"
#include "native/binding/ssl_context.h"
#include "native/binding/watcher.h"
#include "native/openssl/error.h"

namespace bladessl::binding {

namespace {

uv_loop_t* LoopOf(napi_env env) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Napi::Error::New(env, "no event loop");
  return loop;
}

// The environment may end only when libuv has let go of every watcher.
void CloseLoop(napi_async_cleanup_hook_handle hook, void* data) {
  auto* loop = static_cast<std::shared_ptr<io::Loop>*>(data);
  (*loop)->Close([hook, loop] {
    delete loop;
    napi_remove_async_cleanup_hook(hook);
  });
}

Napi::Value SetErrorFactory(const Napi::CallbackInfo& info) {
  AddonData::Of(info.Env()).make_error = Napi::Persistent(info[0].As<Napi::Function>());
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

Napi::Object MakeVersions(Napi::Env env) {
  Napi::Object versions = Napi::Object::New(env);
  versions.Set("openssl", OpenSSL_version(OPENSSL_VERSION_STRING));
  versions.Set("opensslHeaders", OPENSSL_VERSION_STR);
  versions.Set("napi", NAPI_VERSION);
  versions.Freeze();
  return versions;
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new AddonData(env));
  exports.Set("constants", MakeConstants(env));
  exports.Set("versions", MakeVersions(env));
  Export<SetErrorFactory>(exports, "setErrorFactory");
  Export<DescribeCode>(exports, "describeCode");
  Export<DescribeVerifyResult>(exports, "describeVerifyResult");
  Export<DefaultTrust>(exports, "defaultTrust");
  CertificateWrap::Init(env, exports);
  PrivateKeyWrap::Init(env, exports);
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

AddonData::AddonData(Napi::Env env) : loop(std::make_shared<io::Loop>(LoopOf(env))) {
  napi_add_async_cleanup_hook(env, CloseLoop, new std::shared_ptr<io::Loop>(loop), nullptr);
}

NODE_API_MODULE(bladessl, Init)

}  // namespace bladessl::binding
