#include "native/binding/verify.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "native/binding/answers.h"
#include "native/binding/arguments.h"
#include "native/binding/certificate.h"
#include "native/binding/crl.h"
#include "native/binding/function.h"

namespace bladessl::binding {

namespace {

using openssl::Anchors;

// The anchors that all threads of the process share, by the names that lib/ gives them.
class SharedAnchors {
 public:
  std::shared_ptr<const Anchors> Find(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = sets_.find(name);
    return found == sets_.end() ? nullptr : found->second;
  }
  // The first one that was made is everybody's.
  std::shared_ptr<const Anchors> Keep(const std::string& name,
                                      std::shared_ptr<const Anchors> made) {
    const std::lock_guard lock(mutex_);
    return sets_.emplace(name, std::move(made)).first->second;
  }
  void Forget(const std::string& name) {
    const std::lock_guard lock(mutex_);
    sets_.erase(name);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Anchors>> sets_;
};

// Never destroyed: a worker may look while the process ends.
SharedAnchors& Shared() {
  static auto* const shared = new SharedAnchors;
  return *shared;
}

Napi::Value NewAnchors(const Napi::CallbackInfo& info) {
  const CertificateList certificates(info[0]);
  return AnchorsWrap::New(info.Env(), std::make_shared<const Anchors>(certificates.raw()));
}

// findAnchors(name): undefined when nobody has kept them.
Napi::Value FindAnchors(const Napi::CallbackInfo& info) {
  auto found = Shared().Find(TextOf(info[0], "name"));
  return found ? AnchorsWrap::New(info.Env(), std::move(found)) : info.Env().Undefined();
}

// keepAnchors(name, certificates, stale?): and forgets the ones of the other name.
Napi::Value KeepAnchors(const Napi::CallbackInfo& info) {
  const CertificateList certificates(info[1]);
  if (!info[2].IsUndefined()) Shared().Forget(TextOf(info[2], "stale"));
  auto kept =
      Shared().Keep(TextOf(info[0], "name"), std::make_shared<const Anchors>(certificates.raw()));
  return AnchorsWrap::New(info.Env(), std::move(kept));
}

openssl::VerifyParameters ParametersOf(const Napi::Object& options) {
  openssl::VerifyParameters parameters;
  if (const auto purpose = OptionalIntegerOf(options.Get("purpose"), "purpose")) {
    parameters.purpose = static_cast<int>(*purpose);
  }
  if (const auto depth = OptionalIntegerOf(options.Get("depth"), "depth")) {
    parameters.depth = static_cast<int>(*depth);
  }
  if (const auto level = OptionalIntegerOf(options.Get("securityLevel"), "securityLevel")) {
    parameters.security_level = static_cast<int>(*level);
  }
  parameters.time = OptionalIntegerOf(options.Get("time"), "time");
  parameters.flags = static_cast<unsigned long>(IntegerOf(options.Get("flags"), "flags"));
  parameters.hosts = TextsOf(options.Get("hosts"), "host");
  parameters.ip = TextOf(options.Get("ip"), "ip");
  parameters.email = TextOf(options.Get("email"), "email");
  return parameters;
}

openssl::Trust TrustOf(const Napi::Object& options) {
  openssl::Trust trust;
  const CertificateList certificates(options.Get("trusted"));
  for (X509* certificate : certificates.raw()) trust.Add(certificate);
  const CrlList crls(options.Get("crls"));
  for (X509_CRL* crl : crls.raw()) trust.Add(crl);
  const Napi::Value anchors = options.Get("anchors");
  if (!anchors.IsUndefined()) trust.Add(AnchorsWrap::Of(anchors, "anchors"));
  for (const std::string& directory : TextsOf(options.Get("directories"), "directory")) {
    trust.AddDirectory(directory);
  }
  return trust;
}

// verify(certificate, options): { code, depth, chain }
Napi::Value Verify(const Napi::CallbackInfo& info) {
  const auto certificate = CertificateWrap::Of(info[0], "certificate");
  const auto options = info[1].As<Napi::Object>();
  const CertificateList untrusted(options.Get("chain"));
  openssl::Verification result =
      openssl::Verify(certificate->get(), untrusted.raw(), TrustOf(options), ParametersOf(options),
                      static_cast<int>(IntegerOf(options.Get("forgiven"), "forgiven")));
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("code", result.code);
  object.Set("depth", result.depth);
  object.Set("chain", CertificateWrap::NewList(info.Env(), std::move(result.chain)));
  return object;
}

[[noreturn]] void ThrowFromJs(napi_env env) {
  napi_value thrown = nullptr;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (pending && napi_get_and_clear_last_exception(env, &thrown) == napi_ok) {
    throw Napi::Error(env, thrown);
  }
  throw openssl::UsageError("ERR_ENVIRONMENT_ENDED", "there is no JavaScript to ask any more");
}

}  // namespace

JsFunctions::JsFunctions(Napi::Object functions) : env_(functions.Env()) {
  napi_create_reference(env_, functions, 0, &functions_);
}

JsFunctions::~JsFunctions() {
  for (const auto& [name, function] : found_) napi_delete_reference(env_, function);
  napi_delete_reference(env_, functions_);
}

std::shared_ptr<void> JsFunctions::HoldThem() {
  napi_reference_ref(env_, functions_, nullptr);
  return std::shared_ptr<void>(this, [self = shared_from_this()](void*) {
    napi_reference_unref(self->env_, self->functions_, nullptr);
  });
}

napi_value JsFunctions::Find(const char* name) {
  napi_value functions = nullptr;
  napi_value function = nullptr;
  napi_ref reference = nullptr;
  for (const auto& [known, found] : found_) {
    if (known == name) napi_get_reference_value(env_, found, &function);
  }
  if (function != nullptr) return function;
  napi_get_reference_value(env_, functions_, &functions);
  if (functions == nullptr) throw openssl::UsageError("ERR_FREED", "the callback was collected");
  if (napi_get_named_property(env_, functions, name, &function) != napi_ok ||
      napi_create_reference(env_, function, 0, &reference) != napi_ok) {
    ThrowFromJs(env_);
  }
  found_.emplace_back(name, reference);
  return function;
}

napi_value JsFunctions::Call(const char* name, std::initializer_list<napi_value> arguments) {
  napi_value function = Find(name);
  napi_value receiver = nullptr;
  napi_value answer = nullptr;
  napi_get_global(env_, &receiver);
  // A scope does not bring AsyncLocalStorage's values with it in Node 24: each call does.
  const napi_async_context context = AddonData::Of(env_).user_context;
  const auto call = [&] {
    return context == nullptr ? napi_call_function(env_, receiver, function, arguments.size(),
                                                   arguments.begin(), &answer)
                              : napi_make_callback(env_, context, receiver, function,
                                                   arguments.size(), arguments.begin(), &answer);
  };
  if (call() != napi_ok) ThrowFromJs(env_);
  return answer;
}

void KeepFunctions(const Napi::CallbackInfo& info, const char* name) {
  info.This().As<Napi::Object>().Set(name, info[0]);
}

Napi::Value AnchorsWrap::JsCertificates(const Napi::CallbackInfo& info) {
  std::vector<openssl::X509Handle> all;
  for (const auto& certificate : Alive().certificates()) {
    all.push_back(openssl::Share(certificate.get()));
  }
  return CertificateWrap::NewList(info.Env(), std::move(all));
}

void AnchorsWrap::Init(Napi::Env env, Napi::Object exports) {
  using W = AnchorsWrap;
  Define(env, exports,
         {Def<&W::JsCertificates>("certificates"), Def<&W::JsInteger<&Anchors::size>>("size")});
}

void InitVerify(Napi::Env env, Napi::Object exports) {
  AnchorsWrap::Init(env, exports);
  Export<NewAnchors>(exports, "newAnchors");
  Export<FindAnchors>(exports, "findAnchors");
  Export<KeepAnchors>(exports, "keepAnchors");
  Export<Verify>(exports, "verify");
}

}  // namespace bladessl::binding
