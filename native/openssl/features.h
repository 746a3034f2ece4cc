// What the OpenSSL of this process can do, beyond what every 3.0 can.
#pragma once

#include <string>
#include <vector>

namespace bladessl::openssl {

struct Feature {
  const char* name;
  std::string missing;  // why it cannot be used; empty when it can
  std::vector<std::string> algorithms{};
};

std::vector<Feature> Features();

}  // namespace bladessl::openssl
