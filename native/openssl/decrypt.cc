#include "native/openssl/decrypt.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/proverr.h>

#include <algorithm>

namespace bladessl::openssl {

namespace {

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

bool IsMacAbsent(const ErrorEntry& entry) {
  return ERR_GET_LIB(entry.code) == ERR_LIB_PKCS12 &&
         ERR_GET_REASON(entry.code) == PKCS12_R_MAC_ABSENT;
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

bool BlamesPassword(const ErrorReport& report) {
  const auto& entries = report.entries;
  // PKCS12_parse wants a MAC when there is a password, and calls its absence a failure to verify
  // it.
  const bool has_mac = std::none_of(entries.begin(), entries.end(), IsMacAbsent);
  return has_mac && std::any_of(entries.begin(), entries.end(), IsWrongPassword);
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
