// Functions that are newer than OpenSSL 3.0, whose headers do not know them. One that is there need
// not work: Node 22 has certificate compression and no algorithm for it.
#pragma once

#include "native/openssl/system.h"

namespace bladessl::openssl {

// Null when this OpenSSL does not have it.
using AnyFunction = system::AnyFunction;
AnyFunction FindNewer(const char* name);

template <class Function>
Function* FindNewerAs(const char* name) {
  return reinterpret_cast<Function*>(FindNewer(name));
}

}  // namespace bladessl::openssl
