// What a file of certificates and keys has in it, whatever its format; and PEM and DER as such.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "native/openssl/certificate.h"
#include "native/openssl/private_key.h"

namespace bladessl::openssl {

using Certificates = std::vector<std::shared_ptr<Certificate>>;
using PrivateKeys = std::vector<std::shared_ptr<PrivateKey>>;

// All in the order of the file.
struct StoreContent {
  Certificates certificates;
  PrivateKeys keys;
  std::vector<std::string> crls;         // DER
  std::vector<std::string> public_keys;  // DER: SubjectPublicKeyInfo
};

enum class KeyBlocks { kRead, kPassOver };

// All of a PEM text, PKCS#7 blocks too, or the one object of a DER blob. Throws ERR_STORE_FORMAT
// for a text with nothing of it.
StoreContent ReadBlocks(std::string_view bytes, const std::optional<std::string>& password,
                        KeyBlocks key_blocks);

// For each certificate which of the keys is its own. Each key is looked at once.
std::vector<std::optional<std::size_t>> MatchKeys(const Certificates& certificates,
                                                  const PrivateKeys& keys);

// Puts the issuer of `leaf` first, then its issuer, and so on up to a self-signed one; answers how
// many they are. Files keep them in any order, TLS sends them in this one.
std::size_t SortIssuerFirst(const Certificate& leaf, Certificates& others);

}  // namespace bladessl::openssl
