#include "native/openssl/ocsp_request.h"

#include "native/openssl/asn1.h"
#include "native/openssl/encoding.h"
#include "native/openssl/error.h"

namespace bladessl::openssl {

namespace {

using RequestHandle = Owned<OCSP_REQUEST, OCSP_REQUEST_free>;

}  // namespace

std::string NewOcspRequest(const OcspRequestOptions& options) {
  const QueueGuard guard;
  const EVP_MD* hash = EVP_get_digestbyname(options.hash.c_str());
  if (hash == nullptr) {
    throw UsageError("ERR_INVALID_ARG_VALUE", "there is no digest '" + options.hash + "'");
  }
  const RequestHandle request(Check(OCSP_REQUEST_new(), "OCSP_REQUEST_new"));
  IdHandle id(Check(OCSP_cert_to_id(hash, options.certificate, options.issuer), "OCSP_cert_to_id"));
  Check(OCSP_request_add0_id(request.get(), id.get()), "OCSP_request_add0_id");
  (void)id.release();
  if (options.nonce) {
    Check(OCSP_request_add1_nonce(request.get(), nullptr, -1), "OCSP_request_add1_nonce");
  }
  const MemoryBio bio = NewMemoryBio();
  Check(i2d_OCSP_REQUEST_bio(bio.get(), request.get()), "i2d_OCSP_REQUEST_bio");
  return std::string(ContentOf(bio));
}

OcspRequest ReadOcspRequest(std::string_view der) {
  const QueueGuard guard;
  if (IsPem(der)) throw UsageError("ERR_NOT_AN_OCSP_REQUEST", "the input is not DER");
  const unsigned char* position = DerOf(der);
  const RequestHandle request(Check(
      d2i_OCSP_REQUEST(nullptr, &position, static_cast<long>(der.size())), "d2i_OCSP_REQUEST"));
  RequireWhole(der, position);
  OcspRequest read;
  for (int i = 0; i < OCSP_request_onereq_count(request.get()); ++i) {
    OCSP_ONEREQ* one = OCSP_request_onereq_get0(request.get(), i);
    read.ids.push_back(ReadOcspId(OCSP_onereq_get0_id(one)));
  }
  const int place = OCSP_REQUEST_get_ext_by_NID(request.get(), NID_id_pkix_OCSP_Nonce, -1);
  if (place >= 0) read.nonce = NonceOf(OCSP_REQUEST_get_ext(request.get(), place));
  return read;
}

}  // namespace bladessl::openssl
