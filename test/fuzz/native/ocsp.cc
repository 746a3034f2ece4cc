// OCSP responses and requests. None of what the fuzzer writes is believed.
#include "native/openssl/ocsp.h"

#include "native/openssl/certificate.h"
#include "native/openssl/issue.h"
#include "native/openssl/ocsp_issue.h"
#include "native/openssl/ocsp_request.h"
#include "native/openssl/ocsp_verify.h"
#include "test/fuzz/native/fuzz.h"
#include "test/native/identity.h"

namespace {

using namespace bladessl::fuzz;
using namespace bladessl::openssl;

constexpr std::int64_t kNow = 1767225600;  // 2026-01-01T00:00:00Z

// A CA whose key no input can know, and what it has issued.
struct World {
  const bladessl::test::Identity ca = bladessl::test::NewIdentity("ca.example");
  std::shared_ptr<Certificate> leaf;

  World() {
    IssueOptions options;
    options.subject = {{"CN", "leaf", false}};
    options.not_after = kNow;
    options.key = ca.key->get();
    options.issuer = ca.certificate;
    options.issuer_key = ca.key;
    leaf = Issue(options);
  }
};

const World& TheWorld() {
  static const World world;
  return world;
}

void Look(const OcspResponse& response) {
  Attempt([&] { Require(!response.Text().empty(), "it can be printed"); });
  Attempt([&] { response.ProducedAt(); });
  Attempt([&] { response.ResponderId(); });
  Attempt([&] { response.SignatureAlgorithm(); });
  Attempt([&] { response.Nonce(); });
  Attempt([&] { response.Responses(); });
  Attempt([&] {
    for (const auto& certificate : response.Certificates()) certificate->Subject();
  });
}

void RequireRefused(const OcspVerdict& verdict) {
  Require(verdict.fault != OcspFault::kNone, "nobody but the CA is believed");
  Require(!verdict.message.empty() && IsErrorCode(OcspFaultCode(verdict.fault)),
          "a refusal has a code and a message");
}

OcspCheck CheckOfLeaf() {
  OcspCheck check;
  check.now = kNow;
  check.skew = kOcspSkew;
  check.certificate = TheWorld().leaf->get();
  check.issuer = TheWorld().ca.certificate->get();
  check.security_level = 1;
  return check;
}

// The certificates that the response brings play all the parts.
void Verify(const OcspResponse& response) {
  OcspCheck check = CheckOfLeaf();
  const auto certificates = response.Certificates();
  for (const auto& certificate : certificates) check.others.push_back(certificate->get());
  Attempt([&] { RequireRefused(VerifyOcsp(response, check)); });
  for (const auto& issuer : certificates) {
    check.issuer = issuer->get();
    for (const auto& certificate : certificates) {
      check.certificate = certificate->get();
      Attempt([&] { VerifyOcsp(response, check); });
    }
  }
}

void ReadRequest(std::string_view der) {
  Attempt([&] {
    for (const OcspId& id : ReadOcspRequest(der).ids) {
      Require(!id.serial_number.empty(), "an id has a serial number");
    }
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view der = Input(data, size).Rest();
  ReadRequest(der);
  RequireRefused(CheckOcsp(der, CheckOfLeaf()));
  Require(ERR_peek_error() == 0, "the error queue is empty");
  std::shared_ptr<OcspResponse> response;
  if (!Attempt([&] { response = OcspResponse::Parse(der); })) return 0;
  Look(*response);
  Verify(*response);
  Require(OcspResponse::Parse(response->Der())->Der() == response->Der(), "the DER reads the same");
  return 0;
}
