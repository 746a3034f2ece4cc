// A certificate that is its own trust anchor, with its key.
#pragma once

#include <ctime>
#include <memory>
#include <string>
#include <utility>

#include "native/openssl/issue.h"
#include "native/openssl/key_generation.h"

namespace bladessl::test {

struct Identity {
  std::shared_ptr<openssl::PrivateKey> key;
  std::shared_ptr<openssl::Certificate> certificate;
};

// For the host `name`, from an hour ago for two hours.
inline Identity NewIdentity(const std::string& name) {
  constexpr int kHour = 60 * 60;
  openssl::KeySpec spec;
  spec.type = "EC";
  spec.curve = "P-256";
  auto key = openssl::GenerateKey(spec);
  openssl::IssueOptions options;
  options.subject = {{"CN", name, false}};
  options.not_before = std::time(nullptr) - kHour;
  options.not_after = std::time(nullptr) + kHour;
  options.key = key->get();
  options.extensions.ca = true;
  options.extensions.alt_names = {{openssl::AltNameKind::kDns, name}};
  auto certificate = openssl::Issue(options);
  return {std::move(key), std::move(certificate)};
}

}  // namespace bladessl::test
