// Verification, as JS sees it: shared anchors, callbacks in a handshake, and `verify`.
#pragma once

#include <napi.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "native/binding/wrap.h"
#include "native/openssl/trust.h"
#include "native/openssl/verify.h"

namespace bladessl::binding {

class AnchorsWrap final : public Wrap<AnchorsWrap, const openssl::Anchors> {
 public:
  static constexpr const char* kName = "Anchors";
  static constexpr napi_type_tag kTag = {0x71c4e8a25d9b4f13, 0xb2806d3f9ea7415c};
  static constexpr std::int64_t kWeight = 256;  // what is inside is shared
  static constexpr auto kConstructor = &AddonData::anchors;

  using Wrap::Wrap;
  static void Init(Napi::Env env, Napi::Object exports);

 private:
  friend class Wrap<AnchorsWrap, const openssl::Anchors>;
  Napi::Value JsCertificates(const Napi::CallbackInfo& info);
};

// An object with functions of lib/, which libssl has called during a handshake. It belongs to the
// JS object of a context or an SSL, which keeps it (KeepFunctions); from here it is held only for
// as long as a handshake needs it, so that a function which knows its own context keeps neither
// alive.
class JsFunctions : public std::enable_shared_from_this<JsFunctions> {
 public:
  explicit JsFunctions(Napi::Object functions);
  ~JsFunctions();
  JsFunctions(const JsFunctions&) = delete;
  JsFunctions& operator=(const JsFunctions&) = delete;

 protected:
  // Throws what the function throws. `name` is a literal.
  napi_value Call(const char* name, std::initializer_list<napi_value> arguments);
  std::shared_ptr<void> HoldThem();
  napi_env env() const { return env_; }

 private:
  napi_value Find(const char* name);

  napi_env env_;
  napi_ref functions_ = nullptr;
  // To those that have been called: looking for one by its name takes longer than the call.
  std::vector<std::pair<const char*, napi_ref>> found_;
};

// undefined stands for none.
template <class Asked>
std::shared_ptr<Asked> FunctionsOf(const Napi::Value& functions) {
  return functions.IsUndefined() ? nullptr : std::make_shared<Asked>(functions.As<Napi::Object>());
}
// Lets the object whose method is called keep its argument.
void KeepFunctions(const Napi::CallbackInfo& info, const char* name);

void InitVerify(Napi::Env env, Napi::Object exports);

}  // namespace bladessl::binding
