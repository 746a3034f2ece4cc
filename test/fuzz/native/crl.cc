// CRLs in PEM and DER. What was read can be printed, and the print reads the same.
#include "native/openssl/crl.h"

#include "native/openssl/signature_strength.h"
#include "test/fuzz/native/fuzz.h"

namespace {

using namespace bladessl::fuzz;
using bladessl::openssl::Crl;
using bladessl::openssl::IsStrongEnough;
using bladessl::openssl::RevokedCertificate;
using bladessl::openssl::X509Handle;

bool SameEntry(const RevokedCertificate& one, const RevokedCertificate& other) {
  return one.serial_number == other.serial_number && one.revocation_date == other.revocation_date &&
         one.reason == other.reason && one.certificate_issuer == other.certificate_issuer;
}

// Each entry of the CRL's own issuer is found by its number, or another with the same.
void LookUp(const Crl& crl) {
  std::vector<RevokedCertificate> entries;
  if (!Attempt([&] { entries = crl.Revoked(); })) return;
  Require(entries.size() == static_cast<std::size_t>(crl.Size()), "all entries are read");
  for (const RevokedCertificate& entry : entries) {
    Attempt([&] {
      const auto found = crl.Find(entry.serial_number);
      Require(!found || found->serial_number == entry.serial_number, "what is found is asked for");
    });
  }
  const std::vector<RevokedCertificate> again = crl.Revoked();
  Require(std::equal(entries.begin(), entries.end(), again.begin(), again.end(), SameEntry),
          "looking up leaves the order alone");
}

void Look(const Crl& crl) {
  Attempt([&] { Require(!crl.Text().empty(), "it can be printed"); });
  Attempt([&] { crl.Issuer(); });
  Attempt([&] { crl.Number(); });
  Attempt([&] { crl.LastUpdate(); });
  Attempt([&] { crl.NextUpdate(); });
  Attempt([&] { crl.AuthorityKeyIdentifier(); });
  Attempt([&] { Require(!crl.SignatureAlgorithm().empty(), "the algorithm has a name"); });
  Require(crl.Fingerprint().size() == 32, "a digest has its size");
  const X509_ALGOR* algorithm = nullptr;
  X509_CRL_get0_signature(crl.get(), nullptr, &algorithm);
  Require(IsStrongEnough(algorithm, nullptr, 0), "level 0 asks for nothing");
  Require(IsStrongEnough(algorithm, nullptr, 1) || !IsStrongEnough(algorithm, nullptr, 2),
          "a level asks for what those below it ask for");
  Require(ERR_peek_error() == 0, "the error queue is empty");
  crl.Version();
  crl.IsDelta();
  // It has neither a name nor a key.
  const X509Handle nobody(X509_new());
  Attempt([&] { crl.IsIssuedBy(nobody.get()); });
  Attempt([&] { Require(!crl.IsSignedBy({}), "nobody has signed it"); });
  Attempt([&] { crl.Find(nobody.get()); });
  LookUp(crl);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::shared_ptr<Crl>> found;
  if (!Attempt([&] { found = Crl::Parse(Input(data, size).Rest()); })) return 0;
  Require(!found.empty(), "at least one CRL, or an error");
  std::string all;
  for (const auto& crl : found) {
    Look(*crl);
    all += crl->Pem();
    const auto again = Crl::Parse(crl->Der());
    Require(again.size() == 1 && again[0]->Der() == crl->Der(), "the DER reads the same");
  }
  Require(Crl::Parse(all).size() == found.size(), "the PEM texts read as many");
  return 0;
}
