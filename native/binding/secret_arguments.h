// Bytes and passwords for the parsers. All are copied, since another thread may write to shared
// memory while a parser is in it, and all copies are wiped.
#pragma once

#include <napi.h>
#include <openssl/crypto.h>

#include <optional>
#include <string>
#include <string_view>

#include "native/binding/arguments.h"
#include "native/openssl/secret.h"

namespace bladessl::binding {

inline std::string_view ViewOf(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}

// Bytes, or undefined.
class PasswordArgument {
 public:
  explicit PasswordArgument(const Napi::Value& value) {
    if (!value.IsUndefined()) password_.emplace(ViewOf(BytesOf(value, "password")));
  }
  ~PasswordArgument() {
    if (password_) OPENSSL_cleanse(password_->data(), password_->size());
  }
  PasswordArgument(const PasswordArgument&) = delete;
  PasswordArgument& operator=(const PasswordArgument&) = delete;

  const std::optional<std::string>& get() const { return password_; }

 private:
  std::optional<std::string> password_;
};

// The arguments of the parsers: (bytes, password | undefined).
class SecretArguments {
 public:
  explicit SecretArguments(const Napi::CallbackInfo& info)
      : bytes_(ViewOf(BytesOf(info[0], "bytes"))), password_(info[1]) {}

  std::string_view bytes() const { return bytes_.view(); }
  const std::optional<std::string>& password() const { return password_.get(); }

 private:
  openssl::Secret bytes_;
  PasswordArgument password_;
};

}  // namespace bladessl::binding
