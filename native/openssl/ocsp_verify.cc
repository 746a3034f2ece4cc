#include "native/openssl/ocsp_verify.h"

#include <openssl/err.h>
#include <openssl/ocsperr.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "native/openssl/asn1.h"
#include "native/openssl/error.h"
#include "native/openssl/signature_strength.h"
#include "native/openssl/stack.h"

namespace bladessl::openssl {

namespace {

constexpr std::int64_t kDay = 24 * 60 * 60;

OcspVerdict Fault(OcspFault fault, std::string message) {
  return {fault, std::move(message), std::nullopt};
}

// The issuer is the one trust anchor, root or not: what a response says is said in its name.
StoreHandle StoreFor(const OcspCheck& check) {
  StoreHandle store(Check(X509_STORE_new(), "X509_STORE_new"));
  Check(X509_STORE_add_cert(store.get(), check.issuer), "X509_STORE_add_cert");
  Check(X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN), "X509_STORE_set_flags");
  X509_VERIFY_PARAM* parameters = X509_STORE_get0_param(store.get());
  X509_VERIFY_PARAM_set_time(parameters, static_cast<std::time_t>(check.now));
  X509_VERIFY_PARAM_set_auth_level(parameters, check.security_level);
  return store;
}

// The first of a name is taken: the others may be anybody's.
BorrowedStack KnownResponders(const OcspCheck& check) {
  std::vector<X509*> known{check.issuer};
  known.insert(known.end(), check.others.begin(), check.others.end());
  return StackOf(known);
}

OcspFault FaultOf(const ErrorReport& report) {
  for (const ErrorEntry& entry : report.entries) {
    if (ERR_GET_LIB(entry.code) != ERR_LIB_OCSP) continue;
    const int reason = ERR_GET_REASON(entry.code);
    if (reason == OCSP_R_SIGNER_CERTIFICATE_NOT_FOUND) return OcspFault::kNoResponder;
    if (reason == OCSP_R_SIGNATURE_FAILURE) return OcspFault::kBadSignature;
    if (reason == OCSP_R_RESPONSE_CONTAINS_NO_REVOCATION_DATA) return OcspFault::kNotCovered;
  }
  return OcspFault::kUntrustedResponder;
}

std::string MessageOf(const ErrorReport& report) {
  if (report.entries.empty()) return "the responder was not charged by the certificate's issuer";
  const ErrorEntry& last = report.entries.back();
  return last.data.empty() ? last.reason : last.reason + ": " + last.data;
}

std::optional<OcspVerdict> RefuseWeakness(OCSP_BASICRESP* basic, STACK_OF(X509) * known,
                                          int security_level) {
  X509* signer = nullptr;
  Check(OCSP_resp_get0_signer(basic, &signer, known), "OCSP_resp_get0_signer");
  const X509_ALGOR* algorithm = OCSP_resp_get0_tbs_sigalg(basic);
  if (IsStrongEnough(algorithm, X509_get0_pubkey(signer), security_level)) return std::nullopt;
  return Fault(OcspFault::kWeakSignature, "the signature is too weak for the security level");
}

// OCSP_NOEXPLICIT: trust settings of the issuer's certificate let nobody else speak for it.
std::optional<OcspVerdict> RefuseSignature(OCSP_BASICRESP* basic, const OcspCheck& check) {
  const StoreHandle store = StoreFor(check);
  const BorrowedStack known = KnownResponders(check);
  if (OCSP_basic_verify(basic, known.get(), store.get(), OCSP_NOEXPLICIT) == 1) {
    return RefuseWeakness(basic, known.get(), check.security_level);
  }
  if (ERR_peek_error() == 0) return Fault(OcspFault::kUntrustedResponder, MessageOf({}));
  const ErrorReport report = TakeErrors("OCSP_basic_verify");
  return Fault(FaultOf(report), MessageOf(report));
}

bool IsUnderstood(X509_EXTENSION* extension) {
  return X509_EXTENSION_get_critical(extension) == 0 ||
         OBJ_obj2nid(X509_EXTENSION_get_object(extension)) == NID_id_pkix_OCSP_Nonce;
}

bool IsUnderstood(OCSP_BASICRESP* basic) {
  for (int i = 0; i < OCSP_BASICRESP_get_ext_count(basic); ++i) {
    if (!IsUnderstood(OCSP_BASICRESP_get_ext(basic, i))) return false;
  }
  return true;
}

bool IsUnderstood(OCSP_SINGLERESP* single) {
  for (int i = 0; i < OCSP_SINGLERESP_get_ext_count(single); ++i) {
    if (!IsUnderstood(OCSP_SINGLERESP_get_ext(single, i))) return false;
  }
  return true;
}

// A response names certificates by hashes of its own choice; none that is broken is taken.
class Ids {
 public:
  explicit Ids(const OcspCheck& check) : check_(check) {}

  bool Match(OCSP_SINGLERESP* single) {
    // OCSP_id_get0_info and OCSP_id_cmp only read.
    auto* id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single));
    ASN1_OBJECT* algorithm = nullptr;
    OCSP_id_get0_info(nullptr, &algorithm, nullptr, nullptr, id);
    const auto place = std::find(kHashes.begin(), kHashes.end(), OBJ_obj2nid(algorithm));
    if (place == kHashes.end()) return false;
    return OCSP_id_cmp(id, Own(static_cast<std::size_t>(place - kHashes.begin()))) == 0;
  }

 private:
  static constexpr std::array kHashes = {NID_sha1, NID_sha256, NID_sha384, NID_sha512};

  OCSP_CERTID* Own(std::size_t hash) {
    if (!own_[hash]) {
      const EVP_MD* digest = EVP_get_digestbynid(kHashes[hash]);
      own_[hash].reset(
          Check(OCSP_cert_to_id(digest, check_.certificate, check_.issuer), "OCSP_cert_to_id"));
    }
    return own_[hash].get();
  }

  const OcspCheck& check_;
  std::array<IdHandle, kHashes.size()> own_;
};

// OCSP_check_validity knows no time but the present.
OcspVerdict JudgeDates(const OcspSingle& said, const OcspCheck& check) {
  if (said.this_update > check.now + check.skew) {
    return Fault(OcspFault::kNotYetValid, "thisUpdate lies in the future");
  }
  if (said.next_update && *said.next_update < said.this_update) {
    return Fault(OcspFault::kExpired, "nextUpdate lies before thisUpdate");
  }
  if (said.next_update && *said.next_update < check.now - check.skew) {
    return Fault(OcspFault::kExpired, "nextUpdate has passed");
  }
  if (said.next_update && !check.max_age) return {};
  if (said.this_update < check.now - check.skew - check.max_age.value_or(kDay)) {
    return Fault(OcspFault::kExpired, "thisUpdate lies too far back");
  }
  return {};
}

OcspVerdict Judge(OCSP_SINGLERESP* single, const OcspSingle& said, const OcspCheck& check) {
  if (said.status == V_OCSP_CERTSTATUS_REVOKED) {
    std::string message = "the certificate has been revoked";
    if (said.revocation_reason) {
      message +=
          std::string(": ") + OCSP_crl_reason_str(static_cast<long>(*said.revocation_reason));
    }
    return Fault(OcspFault::kRevoked, std::move(message));
  }
  if (!IsUnderstood(single)) {
    return Fault(OcspFault::kCriticalExtension, "a critical extension is not understood");
  }
  OcspVerdict verdict = JudgeDates(said, check);
  if (verdict.fault != OcspFault::kNone || said.status == V_OCSP_CERTSTATUS_GOOD) return verdict;
  return Fault(OcspFault::kUnknown, "the responder does not know the certificate");
}

// A responder that says several things of one certificate is believed the worst: that it is
// revoked, or else the first thing that is wrong.
OcspVerdict JudgeSingles(OCSP_BASICRESP* basic, const OcspCheck& check) {
  Ids ids(check);
  OcspVerdict worst = Fault(OcspFault::kNotCovered, "the response is not about the certificate");
  for (int i = 0; i < OCSP_resp_count(basic); ++i) {
    OCSP_SINGLERESP* single = OCSP_resp_get0(basic, i);
    if (!ids.Match(single)) continue;
    OcspSingle said = ReadOcspSingle(single);
    OcspVerdict verdict = Judge(single, said, check);
    verdict.said = std::move(said);
    if (verdict.fault == OcspFault::kRevoked) return verdict;
    const bool is_first = worst.fault == OcspFault::kNotCovered;
    if (is_first || worst.fault == OcspFault::kNone) worst = std::move(verdict);
  }
  return worst;
}

}  // namespace

const char* OcspFaultCode(OcspFault fault) {
  switch (fault) {
    case OcspFault::kNone:
      return "";
    case OcspFault::kMalformed:
      return "ERR_OCSP_MALFORMED";
    case OcspFault::kNotSuccessful:
      return "ERR_OCSP_NOT_SUCCESSFUL";
    case OcspFault::kWrongIssuer:
      return "ERR_OCSP_WRONG_ISSUER";
    case OcspFault::kNoResponder:
      return "ERR_OCSP_NO_RESPONDER";
    case OcspFault::kBadSignature:
      return "ERR_OCSP_BAD_SIGNATURE";
    case OcspFault::kUntrustedResponder:
      return "ERR_OCSP_UNTRUSTED_RESPONDER";
    case OcspFault::kWeakSignature:
      return "ERR_OCSP_WEAK_SIGNATURE";
    case OcspFault::kCriticalExtension:
      return "ERR_OCSP_CRITICAL_EXTENSION";
    case OcspFault::kWrongNonce:
      return "ERR_OCSP_WRONG_NONCE";
    case OcspFault::kNotCovered:
      return "ERR_OCSP_NOT_COVERED";
    case OcspFault::kRevoked:
      return "ERR_OCSP_REVOKED";
    case OcspFault::kNotYetValid:
      return "ERR_OCSP_NOT_YET_VALID";
    case OcspFault::kExpired:
      return "ERR_OCSP_EXPIRED";
    case OcspFault::kUnknown:
      return "ERR_OCSP_UNKNOWN";
  }
  return "";
}

bool HasIssued(X509* issuer, X509* certificate) {
  if (X509_check_issued(issuer, certificate) != X509_V_OK) return false;
  const bool signed_by_it = X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
  ERR_clear_error();
  return signed_by_it;
}

OcspVerdict VerifyOcsp(const OcspResponse& response, const OcspCheck& check) {
  const QueueGuard guard;
  OCSP_BASICRESP* basic = response.basic();
  if (basic == nullptr) {
    return Fault(OcspFault::kNotSuccessful, std::string("the responder has refused: ") +
                                                OCSP_response_status_str(response.Status()));
  }
  if (!HasIssued(check.issuer, check.certificate)) {
    return Fault(OcspFault::kWrongIssuer, "the issuer has not issued the certificate");
  }
  try {
    if (auto refused = RefuseSignature(basic, check)) return *std::move(refused);
    if (!IsUnderstood(basic)) {
      return Fault(OcspFault::kCriticalExtension, "a critical extension is not understood");
    }
    if (check.nonce && response.Nonce() != check.nonce) {
      return Fault(OcspFault::kWrongNonce, "the response answers another request");
    }
    return JudgeSingles(basic, check);
  } catch (const OpensslError& error) {
    return Fault(OcspFault::kMalformed, error.what());
  }
}

OcspVerdict CheckOcsp(std::string_view der, const OcspCheck& check) noexcept {
  const QueueGuard guard;
  try {
    return VerifyOcsp(*OcspResponse::Parse(der), check);
  } catch (const std::exception& error) {
    OcspVerdict verdict;
    verdict.fault = OcspFault::kMalformed;
    try {
      verdict.message = error.what();
    } catch (const std::bad_alloc&) {
      // The fault alone tells enough.
    }
    return verdict;
  }
}

}  // namespace bladessl::openssl
