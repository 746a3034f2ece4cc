#include "native/binding/constants.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <cstdint>

// Where a platform has the thing under another name, it gets the name that the others use.
#if defined(__APPLE__) && !defined(TCP_KEEPIDLE)
#define TCP_KEEPIDLE TCP_KEEPALIVE
#endif

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
