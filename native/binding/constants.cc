#include "native/binding/constants.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <cstdint>

#include "native/openssl/system.h"

namespace bladessl::binding {

namespace {

struct Constant {
  const char* name;
  // 64 bits: SSL_OP_* are uint64_t. All are exact as a double, which JS makes of them.
  int64_t value;
};

constexpr Constant kConstants[] = {
#include "native/binding/constants_table.inc"
};

}  // namespace

Napi::Object MakeConstants(Napi::Env env) {
  Napi::Object constants = Napi::Object::New(env);
  for (const Constant& constant : kConstants) {
    constants.Set(constant.name, Napi::Number::New(env, static_cast<double>(constant.value)));
  }
  constants.Freeze();
  return constants;
}

}  // namespace bladessl::binding
