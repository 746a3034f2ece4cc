#include "native/openssl/key_text.h"

#include <algorithm>
#include <cctype>

#include "native/openssl/error.h"

namespace bladessl::openssl {

std::optional<std::string> KeyAlgorithm(const EVP_PKEY* key) {
  const char* name = EVP_PKEY_get0_type_name(key);
  if (name == nullptr) return std::nullopt;
  return name;
}

std::string KeyKind(const EVP_PKEY* key) {
  std::string type = KeyAlgorithm(key).value_or("unknown");
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return type;
}

std::optional<std::string> KeyGroup(const EVP_PKEY* key) {
  const QueueGuard guard;
  char name[80];
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, name, sizeof name, &size) != 1) return std::nullopt;
  return std::string(name, size);
}

}  // namespace bladessl::openssl
