// Whether an OCSP response says that a certificate is good, and may say so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "native/openssl/ocsp.h"

namespace bladessl::openssl {

// In the order in which they are looked for; kNone is the only good end.
enum class OcspFault {
  kNone,
  kMalformed,
  kNotSuccessful,       // the responder has refused: tryLater, unauthorized, ...
  kWrongIssuer,         // the issuer has not issued the certificate
  kNoResponder,         // the certificate of the signer is not there
  kBadSignature,        // it is not the signer's
  kUntrustedResponder,  // the signer is neither the issuer nor one that it has sent, or has expired
  kWeakSignature,       // the security level asks for more
  kCriticalExtension,   // one that is not understood
  kWrongNonce,          // it answers another request
  kNotCovered,          // it is about other certificates
  kRevoked,             // whatever its dates
  kNotYetValid,
  kExpired,
  kUnknown,  // the responder does not know the certificate
};

// "ERR_OCSP_EXPIRED"
const char* OcspFaultCode(OcspFault fault);

struct OcspCheck {
  X509* certificate = nullptr;
  X509* issuer = nullptr;
  // Where to look for the certificate of the responder besides the response and the issuer; they
  // are not trusted for it.
  std::vector<X509*> others;
  std::int64_t now = 0;   // seconds since 1970-01-01T00:00:00Z
  std::int64_t skew = 0;  // by how many seconds the clocks may differ
  // The seconds that may have passed since thisUpdate. Without it a response may be as old as its
  // nextUpdate says, and one without nextUpdate a day.
  std::optional<std::int64_t> max_age;
  std::optional<std::string> nonce;
  // How strong signatures and keys have to be, the responder's certificate's too: as
  // SSL_CTX_set_security_level(3) has it.
  int security_level = 0;
};

struct OcspVerdict {
  OcspFault fault = OcspFault::kNone;
  std::string message;
  // What decides of all that the response says; none when none of it can be heard.
  std::optional<OcspSingle> said;
};

// By name, key identifier and signature: anybody can make a certificate with somebody's name.
bool HasIssued(X509* issuer, X509* certificate);

// A failure is a verdict. Throws only when memory ends.
OcspVerdict VerifyOcsp(const OcspResponse& response, const OcspCheck& check);

constexpr std::int64_t kOcspSkew = 300;

// The same of bytes, for a callback of C: it throws nothing, and leaves nothing in the error queue.
OcspVerdict CheckOcsp(std::string_view der, const OcspCheck& check) noexcept;

}  // namespace bladessl::openssl
