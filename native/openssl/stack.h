// OpenSSL's stacks, whose functions have the type in their names.
#pragma once

#include <openssl/x509.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "native/openssl/error.h"
#include "native/openssl/handle.h"

namespace bladessl::openssl {

// What `read` makes of each index of a stack with so many items; of no stack OpenSSL says -1.
template <class Read>
auto ListOf(int count, Read read) {
  std::vector<decltype(read(0))> list;
  list.reserve(static_cast<std::size_t>(std::max(count, 0)));
  for (int i = 0; i < count; ++i) list.push_back(read(i));
  return list;
}

inline void FreeStack(STACK_OF(X509) * stack) {
  sk_X509_free(stack);
}
// Of certificates that are others'.
using BorrowedStack = Owned<STACK_OF(X509), FreeStack>;

inline BorrowedStack StackOf(const std::vector<X509*>& certificates) {
  BorrowedStack stack(Check(sk_X509_new_null(), "sk_X509_new_null"));
  for (X509* certificate : certificates) {
    Check(sk_X509_push(stack.get(), certificate), "sk_X509_push");
  }
  return stack;
}

}  // namespace bladessl::openssl
