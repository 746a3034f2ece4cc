// The base of every class that JS sees: one shared owner of a native object, a type tag, methods
// that turn exceptions into JS ones, and `free`.
#pragma once

#include <napi.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "native/binding/addon_data.h"
#include "native/binding/arguments.h"
#include "native/binding/errors.h"
#include "native/openssl/error.h"
#include "native/openssl/gate.h"
#include "native/openssl/ssl.h"

namespace bladessl::binding {

// What a setter of a native class takes.
template <class Class, class Value>
Value SetterValue(void (Class::*)(Value));

// `Derived` has: kName, kTag (a napi_type_tag), kWeight (bytes that V8's collector should count)
// and kConstructor (where AddonData keeps the constructor).
template <class Derived, class Native>
class Wrap : public Napi::ObjectWrap<Derived> {
 public:
  explicit Wrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Derived>(info) {
    info.This().As<Napi::Object>().TypeTag(&Derived::kTag);
  }
  ~Wrap() override { Drop(); }

  static Napi::Object New(Napi::Env env, std::shared_ptr<Native> native) {
    Napi::Object object = (AddonData::Of(env).*Derived::kConstructor).New({});
    Derived* self = Derived::Unwrap(object);
    self->native_ = std::move(native);
    Napi::MemoryManagement::AdjustExternalMemory(env, Derived::kWeight);
    return object;
  }

  // The native object of an argument; `name` is the argument's.
  static std::shared_ptr<Native> Of(const Napi::Value& value, const char* name) {
    if (value.IsObject() && value.As<Napi::Object>().CheckTypeTag(&Derived::kTag)) {
      Derived* self = Derived::Unwrap(value.As<Napi::Object>());
      if (self->native_) return self->native_;
      throw Freed();
    }
    throw Napi::TypeError::New(value.Env(),
                               std::string(name) + " must be a native " + Derived::kName);
  }

 protected:
  Native& Alive() const {
    if (!native_) throw Freed();
    if constexpr (std::is_same_v<Native, openssl::Ssl>) native_->RequireHere();
    return *native_;
  }
  const std::shared_ptr<Native>& Shared() const {
    (void)Alive();
    return native_;
  }

  template <auto Method>
  static Napi::ClassPropertyDescriptor<Derived> Def(const char* name) {
    napi_property_descriptor descriptor{};
    descriptor.utf8name = name;
    descriptor.method = Call<Method>;
    descriptor.attributes = napi_default_method;
    return Napi::ClassPropertyDescriptor<Derived>(descriptor);
  }

  // Methods made of one member (or one function) of the native class.
  template <auto Getter>
  Napi::Value JsFlag(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), std::invoke(Getter, Alive()) != 0);
  }
  template <auto Getter>
  Napi::Value JsInteger(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(std::invoke(Getter, Alive())));
  }
  template <auto Getter>
  Napi::Value JsText(const Napi::CallbackInfo& info) {
    return Napi::String::New(info.Env(), std::invoke(Getter, Alive()));
  }
  template <auto Getter>
  Napi::Value JsOptionalText(const Napi::CallbackInfo& info) {
    const std::optional<std::string> text = std::invoke(Getter, Alive());
    return text ? Napi::String::New(info.Env(), *text) : info.Env().Undefined();
  }
  template <auto Setter>
  Napi::Value JsSetFlag(const Napi::CallbackInfo& info) {
    std::invoke(Setter, Alive(), FlagOf(info[0]));
    return info.Env().Undefined();
  }
  template <auto Setter>
  Napi::Value JsSetInteger(const Napi::CallbackInfo& info) {
    using Value = decltype(SetterValue(Setter));
    std::invoke(Setter, Alive(), static_cast<Value>(IntegerOf(info[0], "value")));
    return info.Env().Undefined();
  }
  template <auto Setter>
  Napi::Value JsSetText(const Napi::CallbackInfo& info) {
    std::invoke(Setter, Alive(), TextOf(info[0], "value"));
    return info.Env().Undefined();
  }

  using Properties = std::vector<Napi::ClassPropertyDescriptor<Derived>>;

  static void Define(Napi::Env env, Napi::Object exports, Properties properties) {
    properties.push_back(Def<&Derived::Free>("free"));
    properties.push_back(Def<&Derived::IsFreed>("isFreed"));
    properties.push_back(Def<&Derived::Pointer>("pointer"));
    Napi::Function constructor = Derived::DefineClass(env, Derived::kName, properties);
    AddonData::Of(env).*Derived::kConstructor = Napi::Persistent(constructor);
    exports.Set(Derived::kName, constructor);
  }

  Napi::Value IsFreed(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), native_ == nullptr);
  }

  Napi::Value Free(const Napi::CallbackInfo& info) {
    if constexpr (std::is_base_of_v<openssl::Layer, Native>) {
      if (native_) openssl::RequireOutside(*native_);
    }
    Drop();
    return info.Env().Undefined();
  }

  // OpenSSL's own pointer, for those who know what they do with it.
  Napi::Value Pointer(const Napi::CallbackInfo& info) {
    return Napi::BigInt::New(info.Env(), reinterpret_cast<std::uint64_t>(Alive().get()));
  }

  void Drop() {
    if (!native_) return;
    Napi::MemoryManagement::AdjustExternalMemory(this->Env(), -Derived::kWeight);
    native_.reset();
  }

 private:
  static openssl::UsageError Freed() {
    return openssl::UsageError("ERR_FREED",
                               std::string("the ") + Derived::kName + " has been freed");
  }

  template <auto Method>
  static napi_value Call(napi_env env, napi_callback_info raw) {
    return Guard(env, [env, raw]() -> napi_value {
      const Napi::CallbackInfo info(env, raw);
      Derived* self = Derived::Unwrap(info.This().template As<Napi::Object>());
      // Building a result may run JS (a setter on a prototype), and that may free this very object.
      const std::shared_ptr<Native> alive_for_the_call = self->native_;
      return (self->*Method)(info);
    });
  }

  std::shared_ptr<Native> native_;
};

// Keeps the native objects of a JS array alive for the length of a call.
template <class Derived, class Raw>
class RawList {
 public:
  explicit RawList(const Napi::Value& value) {
    const auto array = value.As<Napi::Array>();
    for (std::uint32_t i = 0; i < array.Length(); ++i) {
      owners_.push_back(Derived::Of(array.Get(i), Derived::kName));
      raw_.push_back(owners_.back()->get());
    }
  }
  const std::vector<Raw*>& raw() const { return raw_; }

 private:
  std::vector<decltype(Derived::Of(Napi::Value(), ""))> owners_;
  std::vector<Raw*> raw_;
};

}  // namespace bladessl::binding
