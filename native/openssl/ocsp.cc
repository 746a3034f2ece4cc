#include "native/openssl/ocsp.h"

#include <openssl/err.h>

#include "native/openssl/asn1.h"
#include "native/openssl/asn1_text.h"
#include "native/openssl/encoding.h"
#include "native/openssl/error.h"

namespace bladessl::openssl {

namespace {

using OctetsHandle = Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;

}  // namespace

OcspId ReadOcspId(const OCSP_CERTID* id) {
  ASN1_OCTET_STRING* name_hash = nullptr;
  ASN1_OCTET_STRING* key_hash = nullptr;
  ASN1_OBJECT* algorithm = nullptr;
  ASN1_INTEGER* number = nullptr;
  // It only reads.
  OCSP_id_get0_info(&name_hash, &algorithm, &key_hash, &number, const_cast<OCSP_CERTID*>(id));
  return {NumberText(number), BytesOf(name_hash), BytesOf(key_hash), ObjectLongName(algorithm)};
}

OcspSingle ReadOcspSingle(OCSP_SINGLERESP* response) {
  OcspSingle single;
  single.id = ReadOcspId(OCSP_SINGLERESP_get0_id(response));
  int reason = OCSP_REVOKED_STATUS_NOSTATUS;
  ASN1_GENERALIZEDTIME* revoked = nullptr;
  ASN1_GENERALIZEDTIME* last = nullptr;
  ASN1_GENERALIZEDTIME* next = nullptr;
  single.status = OCSP_single_get0_status(response, &reason, &revoked, &last, &next);
  single.this_update = SecondsOf(last, "thisUpdate is not a time");
  if (next != nullptr) single.next_update = SecondsOf(next, "nextUpdate is not a time");
  if (single.status != V_OCSP_CERTSTATUS_REVOKED) return single;
  single.revocation_time = SecondsOf(revoked, "revocationTime is not a time");
  if (reason != OCSP_REVOKED_STATUS_NOSTATUS) single.revocation_reason = reason;
  return single;
}

std::string NonceOf(X509_EXTENSION* extension) {
  const std::string data = BytesOf(X509_EXTENSION_get_data(extension));
  const unsigned char* position = DerOf(data);
  const OctetsHandle octets(
      d2i_ASN1_OCTET_STRING(nullptr, &position, static_cast<long>(data.size())));
  const bool is_wrapped = octets && position == DerOf(data) + data.size();
  ERR_clear_error();
  return is_wrapped ? BytesOf(octets.get()) : data;
}

std::shared_ptr<OcspResponse> OcspResponse::Parse(std::string_view der) {
  const QueueGuard guard;
  if (IsPem(der)) throw UsageError("ERR_NOT_AN_OCSP_RESPONSE", "the input is not DER");
  const unsigned char* position = DerOf(der);
  OcspResponseHandle response(Check(
      d2i_OCSP_RESPONSE(nullptr, &position, static_cast<long>(der.size())), "d2i_OCSP_RESPONSE"));
  RequireWhole(der, position);
  OcspBasicHandle basic;
  if (OCSP_response_status(response.get()) == OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    basic.reset(Check(OCSP_response_get1_basic(response.get()), "OCSP_response_get1_basic"));
  }
  return std::make_shared<OcspResponse>(std::move(response), std::move(basic));
}

int OcspResponse::Status() const {
  return OCSP_response_status(get());
}

std::string OcspResponse::Der() const {
  const QueueGuard guard;
  const MemoryBio bio = NewMemoryBio();
  Check(i2d_OCSP_RESPONSE_bio(bio.get(), get()), "i2d_OCSP_RESPONSE_bio");
  return std::string(ContentOf(bio));
}

std::string OcspResponse::Text() const {
  const QueueGuard guard;
  const MemoryBio bio = NewMemoryBio();
  Check(OCSP_RESPONSE_print(bio.get(), get(), 0), "the OCSP response cannot be printed");
  return std::string(ContentOf(bio));
}

std::optional<std::int64_t> OcspResponse::ProducedAt() const {
  if (!basic_) return std::nullopt;
  return SecondsOf(OCSP_resp_get0_produced_at(basic()), "producedAt is not a time");
}

std::optional<OcspResponderId> OcspResponse::ResponderId() const {
  const QueueGuard guard;
  if (!basic_) return std::nullopt;
  const ASN1_OCTET_STRING* key_hash = nullptr;
  const X509_NAME* name = nullptr;
  Check(OCSP_resp_get0_id(basic(), &key_hash, &name), "the responder's id is unreadable");
  if (name != nullptr) return OcspResponderId{NameText(name), ""};
  return OcspResponderId{std::nullopt, BytesOf(key_hash)};
}

std::optional<std::string> OcspResponse::SignatureAlgorithm() const {
  if (!basic_) return std::nullopt;
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, OCSP_resp_get0_tbs_sigalg(basic()));
  return ObjectLongName(object);
}

std::optional<std::string> OcspResponse::Nonce() const {
  const QueueGuard guard;
  if (!basic_) return std::nullopt;
  const int place = OCSP_BASICRESP_get_ext_by_NID(basic(), NID_id_pkix_OCSP_Nonce, -1);
  if (place < 0) return std::nullopt;
  return NonceOf(OCSP_BASICRESP_get_ext(basic(), place));
}

std::vector<std::shared_ptr<Certificate>> OcspResponse::Certificates() const {
  std::vector<std::shared_ptr<Certificate>> list;
  if (!basic_) return list;
  const STACK_OF(X509)* certificates = OCSP_resp_get0_certs(basic());
  for (int i = 0; i < sk_X509_num(certificates); ++i) {
    list.push_back(std::make_shared<Certificate>(Share(sk_X509_value(certificates, i))));
  }
  return list;
}

std::vector<OcspSingle> OcspResponse::Responses() const {
  const QueueGuard guard;
  std::vector<OcspSingle> list;
  if (!basic_) return list;
  for (int i = 0; i < OCSP_resp_count(basic()); ++i) {
    list.push_back(ReadOcspSingle(OCSP_resp_get0(basic(), i)));
  }
  return list;
}

}  // namespace bladessl::openssl
