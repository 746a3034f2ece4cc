#include "native/openssl/decrypt.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/proverr.h>

#include <algorithm>
#include <initializer_list>

#include "native/openssl/handle.h"

namespace bladessl::openssl {

namespace {

// Of PBKDF2 and its elders, and N * r * p of scrypt: a few seconds. Java draws the same line.
constexpr std::int64_t kMostIterations = 5'000'000;

using Pbes1 = Owned<PBEPARAM, PBEPARAM_free>;
using Pbes2 = Owned<PBE2PARAM, PBE2PARAM_free>;
using Pbkdf2 = Owned<PBKDF2PARAM, PBKDF2PARAM_free>;
using Scrypt = Owned<SCRYPT_PARAMS, SCRYPT_PARAMS_free>;

// None when they are of another form.
template <class Parameters>
Parameters ParametersOf(const X509_ALGOR* algorithm, const ASN1_ITEM* form) {
  using Struct = typename Parameters::element_type;
  Parameters found(static_cast<Struct*>(ASN1_TYPE_unpack_sequence(form, algorithm->parameter)));
  if (!found) ERR_clear_error();
  return found;
}

// What does not fit is more than anybody bears. What is negative OpenSSL refuses.
std::int64_t ValueOf(const ASN1_INTEGER* number) {
  std::int64_t value = 0;
  if (ASN1_INTEGER_get_int64(&value, number) == 1) return std::max<std::int64_t>(value, 0);
  ERR_clear_error();
  return INT64_MAX;
}

// 0 when one of them is.
std::int64_t Product(std::initializer_list<const ASN1_INTEGER*> factors) {
  std::int64_t product = 1;
  for (const ASN1_INTEGER* factor : factors) {
    const std::int64_t value = ValueOf(factor);
    if (value > 0 && product > INT64_MAX / value) return INT64_MAX;
    product *= value;
  }
  return product;
}

constexpr unsigned long kBadDecrypt = ERR_PACK(ERR_LIB_EVP, 0, EVP_R_BAD_DECRYPT);

bool IsWrongPassword(const ErrorEntry& entry) {
  const int reason = ERR_GET_REASON(entry.code);
  switch (ERR_GET_LIB(entry.code)) {
    case ERR_LIB_PROV:
      return reason == PROV_R_BAD_DECRYPT;
    case ERR_LIB_PKCS12:
      return reason == PKCS12_R_DECODE_ERROR || reason == PKCS12_R_MAC_VERIFY_FAILURE;
    default:
      return false;
  }
}

}  // namespace

void RequireUsable(const Password& password) {
  if (!password || password->size() <= kMaxPassword) return;
  throw UsageError("ERR_OUT_OF_RANGE",
                   "a password has at most " + std::to_string(kMaxPassword) + " bytes");
}

const std::string& RequirePassword(const Password& password) {
  if (password) return *password;
  throw UsageError("ERR_PASSWORD_REQUIRED", "this is encrypted: a password is needed");
}

void Work::AddTimes(std::int64_t iterations) {
  if (iterations <= kMostIterations - sum_) {
    sum_ += iterations;
    return;
  }
  throw UsageError("ERR_TOO_MANY_ITERATIONS", "its password would have to be hashed more than " +
                                                  std::to_string(kMostIterations) + " times");
}

void Work::Add(const ASN1_INTEGER* iterations) {
  AddTimes(ValueOf(iterations));
}

void Work::Add(const X509_ALGOR* scheme) {
  const int kind = OBJ_obj2nid(scheme->algorithm);
  if (kind != NID_pbes2 && kind != NID_pbmac1) {
    if (const auto old = ParametersOf<Pbes1>(scheme, ASN1_ITEM_rptr(PBEPARAM))) Add(old->iter);
    return;
  }
  // Both are of the same form.
  if (const auto both = ParametersOf<Pbes2>(scheme, ASN1_ITEM_rptr(PBE2PARAM))) {
    AddHash(both->keyfunc);
  }
}

// Those that OpenSSL knows: it refuses a scheme of any other.
void Work::AddHash(const X509_ALGOR* hash) {
  const int kind = OBJ_obj2nid(hash->algorithm);
  if (kind == NID_id_pbkdf2) {
    if (const auto with = ParametersOf<Pbkdf2>(hash, ASN1_ITEM_rptr(PBKDF2PARAM))) Add(with->iter);
  }
  if (kind == NID_id_scrypt) {
    if (const auto with = ParametersOf<Scrypt>(hash, ASN1_ITEM_rptr(SCRYPT_PARAMS))) {
      AddTimes(Product({with->costParameter, with->blockSize, with->parallelizationParameter}));
    }
  }
}

bool BlamesPassword(const ErrorReport& report) {
  return std::any_of(report.entries.begin(), report.entries.end(), IsWrongPassword);
}

void ThrowWrongPassword(ErrorReport report) {
  report.code = "ERR_OSSL_EVP_BAD_DECRYPT";
  report.library = ERR_lib_error_string(kBadDecrypt);
  report.reason = ERR_reason_error_string(kBadDecrypt);
  report.message = report.reason;
  throw OpensslError(std::move(report));
}

void ThrowDecryptFailure(const char* what) {
  ErrorReport report = TakeErrors(what);
  if (BlamesPassword(report)) ThrowWrongPassword(std::move(report));
  throw OpensslError(std::move(report));
}

}  // namespace bladessl::openssl
