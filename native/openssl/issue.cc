#include "native/openssl/issue.h"

#include "native/openssl/asn1.h"
#include "native/openssl/error.h"
#include "native/openssl/objects.h"

namespace bladessl::openssl {

namespace {

using DistinguishedNameHandle = Owned<X509_NAME, X509_NAME_free>;

// RFC 5280 (4.1.2.2): positive, 20 octets at most.
constexpr int kSerialBits = 159;
constexpr int kVersion1 = 0;
constexpr int kVersion3 = 2;

void RequireIssuer(const IssueOptions& options) {
  if (!options.issuer) return;
  RequireMatch(options.issuer->get(), options.issuer_key->get());
  if (options.faults.issuer_not_ca) return;
  const bool may_sign = X509_check_ca(options.issuer->get()) != 0 &&
                        (X509_get_key_usage(options.issuer->get()) & KU_KEY_CERT_SIGN) != 0;
  if (may_sign) return;
  throw UsageError("ERR_ISSUER_NOT_CA", "the issuer's certificate may not sign certificates");
}

IntegerHandle SerialOf(const std::string& hex) {
  if (!hex.empty()) return NewInteger(hex);
  const NumberHandle number(Check(BN_new(), "BN_new"));
  Check(BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY), "BN_rand");
  return IntegerHandle(Check(BN_to_ASN1_INTEGER(number.get(), nullptr), "BN_to_ASN1_INTEGER"));
}

void AddAttribute(X509_NAME* name, const SubjectAttribute& attribute) {
  const ObjectHandle type = ObjectOf(attribute.type);
  const auto* value = reinterpret_cast<const unsigned char*>(attribute.value.data());
  const int added = X509_NAME_add_entry_by_OBJ(name, type.get(), MBSTRING_UTF8, value,
                                               static_cast<int>(attribute.value.size()), -1,
                                               attribute.joined ? -1 : 0);
  if (added == 1) return;
  const ErrorReport report = TakeErrors("X509_NAME_add_entry_by_OBJ");
  throw UsageError("ERR_INVALID_ARG_VALUE", "the subject's " + attribute.type + " cannot be '" +
                                                attribute.value + "': " + report.message);
}

void SetNames(X509* certificate, const IssueOptions& options) {
  const DistinguishedNameHandle subject(Check(X509_NAME_new(), "X509_NAME_new"));
  for (const SubjectAttribute& attribute : options.subject) AddAttribute(subject.get(), attribute);
  Check(X509_set_subject_name(certificate, subject.get()), "X509_set_subject_name");
  const X509_NAME* issuer =
      options.issuer ? X509_get_subject_name(options.issuer->get()) : subject.get();
  Check(X509_set_issuer_name(certificate, issuer), "X509_set_issuer_name");
}

// The last bit: what is signed with ECDSA stays a pair of numbers.
void SpoilSignature(const X509* certificate) {
  const ASN1_BIT_STRING* signature = nullptr;
  X509_get0_signature(&signature, nullptr, certificate);
  std::string bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(signature)),
                    static_cast<std::size_t>(ASN1_STRING_length(signature)));
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  Check(ASN1_STRING_set(const_cast<ASN1_BIT_STRING*>(signature), bytes.data(),
                        static_cast<int>(bytes.size())),
        "ASN1_STRING_set");
}

void Sign(X509* certificate, const IssueOptions& options) {
  EVP_PKEY* signer = options.issuer ? options.issuer_key->get() : options.key;
  Check(X509_sign(certificate, signer, SigningDigest(signer, options.digest)), "X509_sign");
  if (options.faults.bad_signature) SpoilSignature(certificate);
}

}  // namespace

std::shared_ptr<Certificate> Issue(const IssueOptions& options) {
  const QueueGuard guard;
  RequireIssuer(options);
  X509Handle certificate(Check(X509_new(), "X509_new"));
  const bool old = options.faults.version1;
  Check(X509_set_version(certificate.get(), old ? kVersion1 : kVersion3), "X509_set_version");
  const IntegerHandle serial = SerialOf(options.serial);
  Check(X509_set_serialNumber(certificate.get(), serial.get()), "X509_set_serialNumber");
  Check(X509_set1_notBefore(certificate.get(), NewTime(options.not_before).get()), "notBefore");
  Check(X509_set1_notAfter(certificate.get(), NewTime(options.not_after).get()), "notAfter");
  SetNames(certificate.get(), options);
  Check(X509_set_pubkey(certificate.get(), options.key), "X509_set_pubkey");
  X509* issuer = options.issuer ? options.issuer->get() : nullptr;
  if (!old) AddExtensions(certificate.get(), issuer, options.extensions);
  Sign(certificate.get(), options);
  return std::make_shared<Certificate>(std::move(certificate));
}

}  // namespace bladessl::openssl
