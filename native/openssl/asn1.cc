#include "native/openssl/asn1.h"

#include <ctime>
#include <string_view>

namespace bladessl::openssl {

namespace {

constexpr std::int64_t kSecondsOfDay = 24 * 60 * 60;

}  // namespace

std::int64_t SecondsOf(const ASN1_TIME* time, const char* unreadable) {
  const QueueGuard guard;
  std::tm epoch{};
  epoch.tm_year = 70;
  epoch.tm_mday = 1;
  std::tm moment{};
  int days = 0;
  int seconds = 0;
  // Without a time ASN1_TIME_to_tm tells the present one.
  const bool is_time = time != nullptr && ASN1_TIME_to_tm(time, &moment) == 1 &&
                       OPENSSL_gmtime_diff(&days, &seconds, &epoch, &moment) == 1;
  if (!is_time) ThrowOpensslError(unreadable);
  return days * kSecondsOfDay + seconds;
}

TimeHandle NewTime(std::int64_t seconds) {
  return TimeHandle(
      Check(ASN1_TIME_set(nullptr, static_cast<std::time_t>(seconds)), "ASN1_TIME_set"));
}

IntegerHandle NewInteger(const std::string& hex) {
  BIGNUM* value = nullptr;
  const int read = BN_hex2bn(&value, hex.c_str());
  const NumberHandle number(value);
  if (read == 0 || static_cast<std::size_t>(read) != hex.size()) {
    throw UsageError("ERR_INVALID_ARG_VALUE", "'" + hex + "' is not a number in hex");
  }
  return IntegerHandle(Check(BN_to_ASN1_INTEGER(number.get(), nullptr), "BN_to_ASN1_INTEGER"));
}

const EVP_MD* SigningDigest(EVP_PKEY* key, const std::string& name) {
  char own[80];
  const bool has_own = EVP_PKEY_get_default_digest_name(key, own, sizeof own) > 0;
  const bool is_needless = has_own && std::string_view(own) == "UNDEF";
  if (name.empty()) {
    if (is_needless) return nullptr;
    return has_own ? EVP_get_digestbyname(own) : EVP_sha256();
  }
  const EVP_MD* digest = EVP_get_digestbyname(name.c_str());
  if (digest == nullptr) {
    throw UsageError("ERR_INVALID_ARG_VALUE", "there is no digest '" + name + "'");
  }
  if (!is_needless) return digest;
  throw UsageError("ERR_INVALID_ARG_VALUE",
                   "the signer's key hashes by itself: the digest '" + name + "' is not for it");
}

}  // namespace bladessl::openssl
