// OpenSSL's stacks, whose functions have the type in their names.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace bladessl::openssl {

// What `read` makes of each index of a stack with so many items; of no stack OpenSSL says -1.
template <class Read>
auto ListOf(int count, Read read) {
  std::vector<decltype(read(0))> list;
  list.reserve(static_cast<std::size_t>(std::max(count, 0)));
  for (int i = 0; i < count; ++i) list.push_back(read(i));
  return list;
}

}  // namespace bladessl::openssl
