// Verification, as JS sees it: shared anchors, callbacks in a handshake, and `verify`.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
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

// `{ finding }` or `{ chain }`: functions of lib/. They belong to the JS object of a context or an
// SSL, which keeps them; from here they are held only for as long as a handshake needs them, so
// that a function which knows its own context keeps neither of them alive.
class JsJudge final : public openssl::Judge, public std::enable_shared_from_this<JsJudge> {
 public:
  explicit JsJudge(Napi::Object functions);
  ~JsJudge() override;

  bool wants_whole_chain() const override { return wants_whole_chain_; }
  openssl::Verdict OnFinding(const openssl::Finding& finding) override;
  openssl::Verdict OnChain(const std::vector<X509*>& chain, const std::string& expected) override;
  std::shared_ptr<void> Hold() override;

 private:
  openssl::Verdict Call(const std::vector<napi_value>& arguments) const;

  napi_env env_;
  napi_ref functions_ = nullptr;
  bool wants_whole_chain_;
};

// undefined stands for none.
std::shared_ptr<openssl::Judge> JudgeOf(const Napi::Value& functions);
// Lets the object whose method is called keep its argument.
void KeepJudge(const Napi::CallbackInfo& info);

void InitVerify(Napi::Env env, Napi::Object exports);

}  // namespace bladessl::binding
