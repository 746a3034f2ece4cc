// Failures of this floor, to be told later.
#pragma once

#include <exception>

#include "native/io/descriptor.h"
#include "native/openssl/error.h"

namespace bladessl::io {

inline std::exception_ptr SystemFailure(const char* syscall, int sys_errno) {
  try {
    ThrowSystem(syscall, sys_errno);
  } catch (...) {
    return std::current_exception();
  }
}

inline std::exception_ptr UsageFailure(const char* code, const char* message) {
  return std::make_exception_ptr(openssl::UsageError(code, message));
}

}  // namespace bladessl::io
