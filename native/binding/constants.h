// The constants of OpenSSL and of the operating system, as one object.
#pragma once

#include <napi.h>

namespace bladessl::binding {

// A frozen object: name -> number. What this platform does not have is absent.
Napi::Object MakeConstants(Napi::Env env);

}  // namespace bladessl::binding
