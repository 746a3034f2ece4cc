// Reads arguments that lib/ has checked already: what memory safety needs is checked again, no
// more. And makes what several answer.
#pragma once

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bladessl::binding {

struct Bytes {
  std::uint8_t* data = nullptr;
  std::size_t size = 0;
};

inline Bytes BytesOf(const Napi::Value& value, const char* name) {
  bool is_view = false;
  napi_is_buffer(value.Env(), value, &is_view);
  if (!is_view)
    throw Napi::TypeError::New(value.Env(), std::string(name) + " must be a Uint8Array");
  Bytes bytes;
  void* data = nullptr;
  napi_get_buffer_info(value.Env(), value, &data, &bytes.size);
  bytes.data = static_cast<std::uint8_t*>(data);
  return bytes;
}

// The part [offset, offset + length) of a view.
inline Bytes RangeOf(const Napi::CallbackInfo& info, const char* name) {
  const Bytes all = BytesOf(info[0], name);
  const auto offset = static_cast<std::size_t>(info[1].As<Napi::Number>().Int64Value());
  const auto length = static_cast<std::size_t>(info[2].As<Napi::Number>().Int64Value());
  if (offset > all.size || length > all.size - offset) {
    throw Napi::RangeError::New(info.Env(), std::string(name) + ": the range is outside the view");
  }
  return {all.data + offset, length};
}

inline std::string TextOf(const Napi::Value& value, const char* name) {
  if (!value.IsString())
    throw Napi::TypeError::New(value.Env(), std::string(name) + " must be a string");
  return value.As<Napi::String>().Utf8Value();
}

inline std::int64_t IntegerOf(const Napi::Value& value, const char* name) {
  if (!value.IsNumber())
    throw Napi::TypeError::New(value.Env(), std::string(name) + " must be a number");
  return value.As<Napi::Number>().Int64Value();
}

inline std::optional<std::int64_t> OptionalIntegerOf(const Napi::Value& value, const char* name) {
  if (value.IsUndefined()) return std::nullopt;
  return IntegerOf(value, name);
}

// What `read` makes of each item of an array.
template <class Read>
auto ListOf(const Napi::Value& value, Read read) {
  const auto array = value.As<Napi::Array>();
  std::vector<decltype(read(Napi::Value()))> items;
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    const Napi::HandleScope scope(value.Env());
    items.push_back(read(array.Get(i)));
  }
  return items;
}

inline std::vector<std::string> TextsOf(const Napi::Value& value, const char* name) {
  return ListOf(value, [name](const Napi::Value& item) { return TextOf(item, name); });
}

// Each item becomes the native object that it wraps.
template <class Wrap>
auto ListOf(const Napi::Value& value, const char* name) {
  return ListOf(value, [name](const Napi::Value& item) { return Wrap::Of(item, name); });
}

inline Napi::Array TextList(Napi::Env env, const std::vector<std::string>& texts) {
  Napi::Array list = Napi::Array::New(env, texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) list.Set(static_cast<std::uint32_t>(i), texts[i]);
  return list;
}

inline bool FlagOf(const Napi::Value& value) {
  return value.ToBoolean().Value();
}

}  // namespace bladessl::binding
