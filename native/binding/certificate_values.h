// What certificates are made of, as JS values; lib/native-certificate.ts has their types.
#pragma once

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "native/openssl/certificate_extensions.h"

namespace bladessl::binding {

inline Napi::Value ToJs(Napi::Env env, std::int64_t number) {
  return Napi::Number::New(env, static_cast<double>(number));
}
inline Napi::Value ToJs(Napi::Env env, const std::string& text) {
  return Napi::String::New(env, text);
}
Napi::Value ToJs(Napi::Env env, const openssl::ObjectNames& names);
Napi::Value ToJs(Napi::Env env, const openssl::NameAttribute& attribute);
Napi::Value ToJs(Napi::Env env, const openssl::Name& name);
Napi::Value ToJs(Napi::Env env, const openssl::GeneralName& name);
Napi::Value ToJs(Napi::Env env, const openssl::Extension& extension);
Napi::Value ToJs(Napi::Env env, const openssl::BasicConstraints& constraints);
Napi::Value ToJs(Napi::Env env, const openssl::AuthorityKeyId& key_id);
Napi::Value ToJs(Napi::Env env, const openssl::InformationAccess& access);
Napi::Value ToJs(Napi::Env env, const openssl::NameConstraints& constraints);
Napi::Value ToJs(Napi::Env env, const openssl::PublicKey& key);
Napi::Value ToJs(Napi::Env env, const openssl::Signature& signature);

template <class T>
Napi::Value ToJs(Napi::Env env, const std::vector<T>& list) {
  Napi::Array array = Napi::Array::New(env, list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    array.Set(static_cast<std::uint32_t>(i), ToJs(env, list[i]));
  }
  return array;
}

// What there is none of is undefined.
template <class T>
Napi::Value ToJs(Napi::Env env, const std::optional<T>& value) {
  return value ? ToJs(env, *value) : env.Undefined();
}

inline Napi::Value BytesToJs(Napi::Env env, const std::string& bytes) {
  return Napi::Buffer<char>::Copy(env, bytes.data(), bytes.size());
}
inline Napi::Value BytesToJs(Napi::Env env, const std::optional<std::string>& bytes) {
  return bytes ? BytesToJs(env, *bytes) : env.Undefined();
}

}  // namespace bladessl::binding
