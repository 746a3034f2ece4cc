#include "native/openssl/ocsp_issue.h"

#include "native/openssl/asn1.h"
#include "native/openssl/error.h"

namespace bladessl::openssl {

namespace {

IdHandle NewId(const EVP_MD* hash, const X509* issuer, const ASN1_INTEGER* number) {
  return IdHandle(Check(OCSP_cert_id_new(hash, X509_get_subject_name(issuer),
                                         X509_get0_pubkey_bitstr(issuer), number),
                        "OCSP_cert_id_new"));
}

void AddStatement(OCSP_BASICRESP* basic, const OcspStatement& statement, const EVP_MD* hash,
                  const X509* issuer) {
  const IntegerHandle number = NewInteger(statement.serial_number);
  const IdHandle id = NewId(hash, issuer, number.get());
  const TimeHandle last = NewTime(statement.this_update);
  const TimeHandle next = statement.next_update ? NewTime(*statement.next_update) : nullptr;
  TimeHandle revoked;
  if (statement.status == V_OCSP_CERTSTATUS_REVOKED) revoked = NewTime(statement.revocation_time);
  Check(OCSP_basic_add1_status(basic, id.get(), statement.status,
                               statement.revocation_reason.value_or(OCSP_REVOKED_STATUS_NOSTATUS),
                               revoked.get(), last.get(), next.get()),
        "OCSP_basic_add1_status");
}

void Sign(OCSP_BASICRESP* basic, const OcspOptions& options) {
  EVP_PKEY* key = options.responder_key->get();
  RequireMatch(options.responder->get(), key);
  const EVP_MD* digest = SigningDigest(key, options.digest);
  for (const auto& certificate : options.certificates) {
    Check(OCSP_basic_add1_cert(basic, certificate->get()), "OCSP_basic_add1_cert");
  }
  const unsigned long flags = OCSP_NOCERTS | (options.by_key ? OCSP_RESPID_KEY : 0UL);
  Check(OCSP_basic_sign(basic, options.responder->get(), key, digest, nullptr, flags),
        "OCSP_basic_sign");
}

std::shared_ptr<OcspResponse> Create(int status, OCSP_BASICRESP* basic) {
  OcspResponseHandle response(Check(OCSP_response_create(status, basic), "OCSP_response_create"));
  OcspBasicHandle own;
  if (basic != nullptr) {
    own.reset(Check(OCSP_response_get1_basic(response.get()), "OCSP_response_get1_basic"));
  }
  return std::make_shared<OcspResponse>(std::move(response), std::move(own));
}

}  // namespace

std::shared_ptr<OcspResponse> IssueOcsp(const OcspOptions& options) {
  const QueueGuard guard;
  const EVP_MD* hash = EVP_get_digestbyname(options.hash.c_str());
  if (hash == nullptr) {
    throw UsageError("ERR_INVALID_ARG_VALUE", "there is no digest '" + options.hash + "'");
  }
  const OcspBasicHandle basic(Check(OCSP_BASICRESP_new(), "OCSP_BASICRESP_new"));
  for (const OcspStatement& statement : options.statements) {
    AddStatement(basic.get(), statement, hash, options.issuer->get());
  }
  if (options.nonce) {
    std::string nonce = *options.nonce;
    Check(OCSP_basic_add1_nonce(basic.get(), reinterpret_cast<unsigned char*>(nonce.data()),
                                static_cast<int>(nonce.size())),
          "OCSP_basic_add1_nonce");
  }
  Sign(basic.get(), options);
  return Create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get());
}

std::shared_ptr<OcspResponse> RefuseOcsp(int status) {
  const QueueGuard guard;
  return Create(status, nullptr);
}

}  // namespace bladessl::openssl
