#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "native/binding/verify.h"
#include "native/binding/wrap.h"
#include "native/openssl/remote_key.h"

namespace bladessl::binding {

// `{ sign }`
class JsSigner final : public openssl::RemoteSigner, public JsFunctions {
 public:
  using JsFunctions::JsFunctions;
  void Sign(const openssl::SigningRequest& request,
            const std::shared_ptr<openssl::Reply<std::string>>& reply) override;
  std::shared_ptr<void> Hold() override { return HoldThem(); }
};

class RemoteKeyWrap final : public Wrap<RemoteKeyWrap, openssl::RemoteKey> {
 public:
  static constexpr const char* kName = "RemoteKey";
  static constexpr napi_type_tag kTag = {0x93b1d06e4f7a4c28, 0xa6e25c81b04d7f39};
  static constexpr std::int64_t kWeight = 3072;
  static constexpr auto kConstructor = &AddonData::remote_key;

  using Wrap::Wrap;
  static void Init(Napi::Env env, Napi::Object exports);

 private:
  friend class Wrap<RemoteKeyWrap, openssl::RemoteKey>;

  Napi::Value JsPublicRaw(const Napi::CallbackInfo& info);
  Napi::Value JsGroup(const Napi::CallbackInfo& info);
};

}  // namespace bladessl::binding
