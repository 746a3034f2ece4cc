#include "native/openssl/signature_scheme.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "native/openssl/encoding.h"
#include "native/openssl/error.h"
#include "native/openssl/handle.h"
#include "native/openssl/key_text.h"

namespace bladessl::openssl {

namespace {

using EcdsaHandle = Owned<ECDSA_SIG, ECDSA_SIG_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

struct Digest {
  int nid;
  const char* name;
  int size;
  const char* ecdsa;
  bool with_pss;
};

// Those with SHA-1 and SHA-224 are of TLS 1.2. There a name with a curve in it tells the digest
// only.
constexpr Digest kDigests[] = {
    {NID_sha1, "sha1", 20, "ecdsa_sha1", false},
    {NID_sha224, "sha224", 28, "ecdsa_sha224", false},
    {NID_sha256, "sha256", 32, "ecdsa_secp256r1_sha256", true},
    {NID_sha384, "sha384", 48, "ecdsa_secp384r1_sha384", true},
    {NID_sha512, "sha512", 64, "ecdsa_secp521r1_sha512", true},
};

constexpr std::string_view kCurves[] = {"prime256v1", "P-256",     "secp384r1",
                                        "P-384",      "secp521r1", "P-521"};

[[noreturn]] void RefuseScheme(const std::string& what) {
  throw UsageError("ERR_UNKNOWN_SIGNATURE_ALGORITHM", "a RemoteKey cannot sign with " + what);
}

[[noreturn]] void Refuse(const std::string& problem) {
  throw UsageError("ERR_WRONG_SIGNATURE", "the signature of a RemoteKey " + problem);
}

const Digest& DigestOf(const std::string& name) {
  const EVP_MD* digest = EVP_get_digestbyname(name.c_str());
  const int nid = digest == nullptr ? NID_undef : EVP_MD_get_type(digest);
  for (const Digest& known : kDigests) {
    if (known.nid == nid) return known;
  }
  RefuseScheme("the digest " + (name.empty() ? "of its own choice" : name));
}

bool IsRsa(const EVP_PKEY* key) {
  return EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1;
}

NumberHandle OrderOf(const EVP_PKEY* key) {
  BIGNUM* order = nullptr;
  Check(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_ORDER, &order), "the order of the curve");
  return NumberHandle(order);
}

bool IsBelow(const BIGNUM* number, const NumberHandle& order) {
  return BN_is_negative(number) == 0 && BN_is_zero(number) == 0 && BN_cmp(number, order.get()) < 0;
}

void RequireEcdsa(const EVP_PKEY* key, std::string_view signature) {
  const NumberHandle order = OrderOf(key);
  const std::string size = std::to_string(signature.size()) + " bytes";
  const unsigned char* position = DerOf(signature);
  const EcdsaHandle parsed(d2i_ECDSA_SIG(nullptr, &position, static_cast<long>(signature.size())));
  const bool whole = parsed && position == DerOf(signature) + signature.size() &&
                     i2d_ECDSA_SIG(parsed.get(), nullptr) == static_cast<int>(signature.size());
  if (!whole) {
    const auto half = static_cast<std::size_t>(BN_num_bytes(order.get()));
    const bool is_plain = signature.size() == 2 * half;
    Refuse("must be DER (RFC 3279, 2.2.3)" +
           (is_plain ? ", not r and s side by side (IEEE P1363): " + size : ": " + size));
  }
  if (IsBelow(ECDSA_SIG_get0_r(parsed.get()), order) &&
      IsBelow(ECDSA_SIG_get0_s(parsed.get()), order)) {
    return;
  }
  Refuse("has numbers in it that the key's curve does not have");
}

}  // namespace

bool CanSign(const EVP_PKEY* public_key) {
  if (EVP_PKEY_is_a(public_key, "EC") == 1) {
    const std::string group = KeyGroup(public_key).value_or("");
    for (const std::string_view curve : kCurves) {
      if (curve == group) return true;
    }
    return false;
  }
  return IsRsa(public_key) || EVP_PKEY_is_a(public_key, "ED25519") == 1 ||
         EVP_PKEY_is_a(public_key, "ED448") == 1;
}

SignatureScheme SchemeOf(const EVP_PKEY* public_key, const std::string& digest, Padding padding) {
  if (EVP_PKEY_is_a(public_key, "ED25519") == 1) return {"ed25519", {}};
  if (EVP_PKEY_is_a(public_key, "ED448") == 1) return {"ed448", {}};
  const Digest& known = DigestOf(digest);
  if (!IsRsa(public_key)) return {known.ecdsa, known.name};
  if (padding != Padding::kPss) {
    return {std::string("rsa_pkcs1_") + known.name, known.name, Padding::kPkcs1};
  }
  if (!known.with_pss) RefuseScheme(std::string("PSS and ") + known.name);
  const bool pss_only = EVP_PKEY_is_a(public_key, "RSA-PSS") == 1;
  return {std::string(pss_only ? "rsa_pss_pss_" : "rsa_pss_rsae_") + known.name, known.name,
          Padding::kPss, known.size};
}

void RequireShape(const EVP_PKEY* public_key, std::string_view signature) {
  const QueueGuard guard;
  if (EVP_PKEY_is_a(public_key, "EC") == 1) return RequireEcdsa(public_key, signature);
  const auto expected = static_cast<std::size_t>(EVP_PKEY_get_size(public_key));
  if (signature.size() == expected) return;
  Refuse("must have " + std::to_string(expected) + " bytes, not " +
         std::to_string(signature.size()));
}

void RequireValid(EVP_PKEY* public_key, const SignatureScheme& scheme, std::string_view message,
                  std::string_view signature) {
  const QueueGuard guard;
  const DigestContext context(Check(EVP_MD_CTX_new(), "EVP_MD_CTX_new"));
  const char* digest = scheme.digest.empty() ? nullptr : scheme.digest.c_str();
  EVP_PKEY_CTX* key_context = nullptr;
  Check(EVP_DigestVerifyInit_ex(context.get(), &key_context, digest, nullptr, nullptr, public_key,
                                nullptr),
        "EVP_DigestVerifyInit_ex");
  if (scheme.padding == Padding::kPss) {
    Check(EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING), "PSS");
    Check(EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST), "PSS");
  }
  const int verified = EVP_DigestVerify(context.get(), DerOf(signature), signature.size(),
                                        DerOf(message), message.size());
  if (verified != 1) Refuse("does not verify with its public key (" + scheme.name + ")");
}

}  // namespace bladessl::openssl
