#include "native/openssl/crl_issue.h"

#include "native/openssl/asn1.h"
#include "native/openssl/error.h"

namespace bladessl::openssl {

namespace {

using RevokedHandle = Owned<X509_REVOKED, X509_REVOKED_free>;
using ReasonHandle = Owned<ASN1_ENUMERATED, ASN1_ENUMERATED_free>;
using MomentHandle = Owned<ASN1_GENERALIZEDTIME, ASN1_GENERALIZEDTIME_free>;
using ExtensionHandle = Owned<X509_EXTENSION, X509_EXTENSION_free>;

void RequireIssuer(const CrlOptions& options) {
  RequireMatch(options.issuer->get(), options.issuer_key->get());
  if ((X509_get_key_usage(options.issuer->get()) & KU_CRL_SIGN) != 0) return;
  throw UsageError("ERR_ISSUER_NOT_CA", "the issuer's certificate may not sign CRLs");
}

void AddExtensions(X509_REVOKED* entry, const RevokedCertificate& revoked) {
  if (revoked.reason) {
    const ReasonHandle reason(Check(ASN1_ENUMERATED_new(), "ASN1_ENUMERATED_new"));
    Check(ASN1_ENUMERATED_set_int64(reason.get(), *revoked.reason), "ASN1_ENUMERATED_set_int64");
    Check(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason.get(), 0, X509V3_ADD_DEFAULT),
          "X509_REVOKED_add1_ext_i2d");
  }
  if (revoked.invalidity_date) {
    const TimeHandle time = NewTime(*revoked.invalidity_date);
    const MomentHandle date(
        Check(ASN1_TIME_to_generalizedtime(time.get(), nullptr), "ASN1_TIME_to_generalizedtime"));
    Check(X509_REVOKED_add1_ext_i2d(entry, NID_invalidity_date, date.get(), 0, X509V3_ADD_DEFAULT),
          "X509_REVOKED_add1_ext_i2d");
  }
}

void AddRevoked(X509_CRL* crl, const RevokedCertificate& revoked) {
  RevokedHandle entry(Check(X509_REVOKED_new(), "X509_REVOKED_new"));
  const IntegerHandle number = NewInteger(revoked.serial_number);
  Check(X509_REVOKED_set_serialNumber(entry.get(), number.get()), "X509_REVOKED_set_serialNumber");
  const TimeHandle date = NewTime(revoked.revocation_date);
  Check(X509_REVOKED_set_revocationDate(entry.get(), date.get()),
        "X509_REVOKED_set_revocationDate");
  AddExtensions(entry.get(), revoked);
  Check(X509_CRL_add0_revoked(crl, entry.get()), "X509_CRL_add0_revoked");
  (void)entry.release();
}

void SetDates(X509_CRL* crl, const CrlOptions& options) {
  const TimeHandle last = NewTime(options.last_update);
  const TimeHandle next = NewTime(options.next_update);
  Check(X509_CRL_set1_lastUpdate(crl, last.get()), "X509_CRL_set1_lastUpdate");
  Check(X509_CRL_set1_nextUpdate(crl, next.get()), "X509_CRL_set1_nextUpdate");
}

void AddExtensions(X509_CRL* crl, const CrlOptions& options) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, options.issuer->get(), nullptr, nullptr, crl, 0);
  X509V3_set_ctx_nodb(&context);
  const ExtensionHandle issuer(
      Check(X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid,issuer"),
            "X509V3_EXT_conf_nid"));
  Check(X509_CRL_add_ext(crl, issuer.get(), -1), "X509_CRL_add_ext");
  const IntegerHandle number = NewInteger(options.number);
  Check(X509_CRL_add1_ext_i2d(crl, NID_crl_number, number.get(), 0, X509V3_ADD_DEFAULT),
        "X509_CRL_add1_ext_i2d");
}

}  // namespace

std::shared_ptr<Crl> IssueCrl(const CrlOptions& options) {
  const QueueGuard guard;
  RequireIssuer(options);
  EVP_PKEY* key = options.issuer_key->get();
  const EVP_MD* digest = SigningDigest(key, options.digest);
  CrlHandle crl(Check(X509_CRL_new(), "X509_CRL_new"));
  Check(X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2), "X509_CRL_set_version");
  Check(X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(options.issuer->get())),
        "X509_CRL_set_issuer_name");
  SetDates(crl.get(), options);
  for (const RevokedCertificate& revoked : options.revoked) AddRevoked(crl.get(), revoked);
  AddExtensions(crl.get(), options);
  Check(X509_CRL_sign(crl.get(), key, digest), "X509_CRL_sign");
  // What OpenSSL keeps of the extensions for its own use it takes when it reads a CRL.
  return Crl::Parse(Crl(std::move(crl)).Der()).front();
}

}  // namespace bladessl::openssl
