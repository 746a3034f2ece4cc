#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "native/openssl/encoding.h"
#include "native/openssl/error.h"
#include "native/openssl/pkcs12.h"

namespace bladessl::openssl {

namespace {

using Matches = std::vector<std::optional<std::size_t>>;

// OpenSSL makes the stack of bags when the first one comes into it.
struct Stacks {
  STACK_OF(PKCS12_SAFEBAG) * bags = nullptr;
  STACK_OF(PKCS7) * safes = Check(sk_PKCS7_new_null(), "sk_PKCS7_new_null");

  Stacks() = default;
  Stacks(const Stacks&) = delete;
  Stacks& operator=(const Stacks&) = delete;
  ~Stacks() {
    DropBags();
    sk_PKCS7_pop_free(safes, PKCS7_free);
  }
  void DropBags() {
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    bags = nullptr;
  }
};

// By it other programs know a key's certificate: as in OpenSSL's own files, the SHA-1 of that.
std::string LocalKeyId(const Certificate& certificate) {
  return certificate.Digest("sha1");
}

// The identifier is empty for what has no other half.
void Label(PKCS12_SAFEBAG* bag, const std::string& identifier, const std::string& friendly_name) {
  if (identifier.empty()) return;
  auto* bytes = const_cast<unsigned char*>(DerOf(identifier));
  Check(PKCS12_add_localkeyid(bag, bytes, static_cast<int>(identifier.size())),
        "PKCS12_add_localkeyid");
  if (friendly_name.empty()) return;
  Check(PKCS12_add_friendlyname_utf8(bag, friendly_name.data(),
                                     static_cast<int>(friendly_name.size())),
        "PKCS12_add_friendlyname_utf8");
}

// Of the first certificate that each key has.
std::vector<std::string> IdentifiersOf(const StoreContent& content, const Matches& matches) {
  std::vector<std::string> identifiers(content.keys.size());
  for (std::size_t i = 0; i < matches.size(); ++i) {
    if (!matches[i] || !identifiers[*matches[i]].empty()) continue;
    identifiers[*matches[i]] = LocalKeyId(*content.certificates[i]);
  }
  return identifiers;
}

}  // namespace

std::string WritePkcs12(const StoreContent& content, const Password& given,
                        const Pkcs12Options& options) {
  const QueueGuard guard;
  RequirePkcs12Password(given);
  const char* password = given ? given->c_str() : "";
  const int times = options.iterations;
  const Matches matches = MatchKeys(content.certificates, content.keys);
  const std::vector<std::string> identifiers = IdentifiersOf(content, matches);
  Stacks stacks;
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const auto& certificate = content.certificates[i];
    PKCS12_SAFEBAG* bag =
        Check(PKCS12_add_cert(&stacks.bags, certificate->get()), "PKCS12_add_cert");
    if (matches[i]) Label(bag, identifiers[*matches[i]], options.friendly_name);
  }
  if (stacks.bags != nullptr) {
    Check(PKCS12_add_safe(&stacks.safes, stacks.bags, NID_aes_256_cbc, times, password),
          "PKCS12_add_safe");
    stacks.DropBags();
  }
  for (std::size_t i = 0; i < content.keys.size(); ++i) {
    PKCS12_SAFEBAG* bag = Check(
        PKCS12_add_key(&stacks.bags, content.keys[i]->get(), 0, times, NID_aes_256_cbc, password),
        "PKCS12_add_key");
    Label(bag, identifiers[i], options.friendly_name);
  }
  if (stacks.bags != nullptr) {
    Check(PKCS12_add_safe(&stacks.safes, stacks.bags, -1, 0, nullptr), "PKCS12_add_safe");
  }
  const Owned<PKCS12, PKCS12_free> file(
      Check(PKCS12_add_safes(stacks.safes, 0), "PKCS12_add_safes"));
  Check(PKCS12_set_mac(file.get(), password, -1, nullptr, 0, times, EVP_sha256()),
        "PKCS12_set_mac");
  const MemoryBio bio = NewMemoryBio();
  Check(i2d_PKCS12_bio(bio.get(), file.get()), "i2d_PKCS12_bio");
  return std::string(ContentOf(bio));
}

}  // namespace bladessl::openssl
