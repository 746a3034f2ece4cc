#include "native/openssl/signature_strength.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>

#include "native/openssl/handle.h"

namespace bladessl::openssl {

namespace {

using PssHandle = Owned<RSA_PSS_PARAMS, RSA_PSS_PARAMS_free>;

// SSL_CTX_set_security_level(3).
constexpr std::array kBitsOfLevel = {0, 80, 112, 128, 192, 256};

constexpr int kUnknown = -1;
// Collisions have been made: both are below level 1, whatever their size.
constexpr int kBitsOfMd5 = 39;
constexpr int kBitsOfSha1 = 63;

// RFC 8017 (A.2.3): SHA-1 where nothing is said.
int PssDigest(const X509_ALGOR* algorithm) {
  int type = V_ASN1_UNDEF;
  const void* value = nullptr;
  X509_ALGOR_get0(nullptr, &type, &value, algorithm);
  if (type != V_ASN1_SEQUENCE) return NID_undef;
  const PssHandle parameters(static_cast<RSA_PSS_PARAMS*>(
      ASN1_item_unpack(static_cast<const ASN1_STRING*>(value), ASN1_ITEM_rptr(RSA_PSS_PARAMS))));
  if (!parameters) return NID_undef;
  const X509_ALGOR* hash = parameters->hashAlgorithm;
  return hash == nullptr ? NID_sha1 : OBJ_obj2nid(hash->algorithm);
}

int BitsOfDigest(int digest) {
  if (digest == NID_md5) return kBitsOfMd5;
  if (digest == NID_sha1) return kBitsOfSha1;
  const EVP_MD* known = EVP_get_digestbynid(digest);
  return known == nullptr ? kUnknown : EVP_MD_get_size(known) * 4;
}

int BitsOf(const X509_ALGOR* algorithm, const EVP_PKEY* key) {
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  int digest = NID_undef;
  int kind = NID_undef;
  if (OBJ_find_sigid_algs(OBJ_obj2nid(object), &digest, &kind) != 1) return kUnknown;
  if (kind == NID_rsassaPss) return BitsOfDigest(PssDigest(algorithm));
  if (digest != NID_undef) return BitsOfDigest(digest);
  return key == nullptr ? kUnknown : EVP_PKEY_get_security_bits(key);
}

}  // namespace

bool IsStrongEnough(const X509_ALGOR* algorithm, const EVP_PKEY* key, int level) noexcept {
  if (level <= 0) return true;
  const auto last = static_cast<int>(kBitsOfLevel.size()) - 1;
  ERR_set_mark();
  const int bits = BitsOf(algorithm, key);
  ERR_pop_to_mark();
  return bits >= kBitsOfLevel[static_cast<std::size_t>(std::min(level, last))];
}

}  // namespace bladessl::openssl
