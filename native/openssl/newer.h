// Functions that are newer than OpenSSL 3.0, whose headers do not know them. One that is there need
// not work: Node 22 has certificate compression and no algorithm for it.
#pragma once

namespace bladessl::openssl {

// Null when this OpenSSL does not have it.
using AnyFunction = void (*)();
AnyFunction FindNewer(const char* name);

template <class Function>
Function* FindNewerAs(const char* name) {
  return reinterpret_cast<Function*>(FindNewer(name));
}

}  // namespace bladessl::openssl
