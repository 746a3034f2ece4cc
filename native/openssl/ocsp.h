// OCSP_RESPONSE: what a responder says of some certificates (RFC 6960).
#pragma once

#include <openssl/ocsp.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "native/openssl/certificate.h"
#include "native/openssl/handle.h"

namespace bladessl::openssl {

using OcspResponseHandle = Owned<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using OcspBasicHandle = Owned<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using IdHandle = Owned<OCSP_CERTID, OCSP_CERTID_free>;

// Of which certificate something is said, or asked.
struct OcspId {
  std::string serial_number;  // as Certificate::SerialNumber
  std::string issuer_name_hash;
  std::string issuer_key_hash;
  std::string hash_algorithm;
};

struct OcspSingle {
  OcspId id;
  int status = V_OCSP_CERTSTATUS_UNKNOWN;
  // Seconds since 1970-01-01T00:00:00Z.
  std::int64_t this_update = 0;
  std::optional<std::int64_t> next_update;
  std::optional<std::int64_t> revocation_time;
  std::optional<std::int64_t> revocation_reason;  // RFC 5280 (5.3.1)
};

struct OcspResponderId {
  std::optional<std::string> name;  // RFC 2253; none when it is by key
  std::string key_hash;             // SHA-1 of the key
};

OcspId ReadOcspId(const OCSP_CERTID* id);
OcspSingle ReadOcspSingle(OCSP_SINGLERESP* response);

// The content of a nonce's extension; what is not wrapped in an OCTET STRING is taken as it is.
std::string NonceOf(X509_EXTENSION* extension);

class OcspResponse {
 public:
  OcspResponse(OcspResponseHandle response, OcspBasicHandle basic)
      : response_(std::move(response)), basic_(std::move(basic)) {}

  static std::shared_ptr<OcspResponse> Parse(std::string_view der);

  OCSP_RESPONSE* get() const { return response_.get(); }
  // None when the responder has refused.
  OCSP_BASICRESP* basic() const { return basic_.get(); }

  // RFC 6960 (4.2.1): 0 is successful.
  int Status() const;
  std::string Der() const;
  // What OCSP_RESPONSE_print shows.
  std::string Text() const;

  // Of a response that is not successful these are absent and empty.
  std::optional<std::int64_t> ProducedAt() const;
  std::optional<OcspResponderId> ResponderId() const;
  std::optional<std::string> SignatureAlgorithm() const;
  std::optional<std::string> Nonce() const;
  std::vector<std::shared_ptr<Certificate>> Certificates() const;
  std::vector<OcspSingle> Responses() const;

 private:
  OcspResponseHandle response_;
  OcspBasicHandle basic_;
};

}  // namespace bladessl::openssl
