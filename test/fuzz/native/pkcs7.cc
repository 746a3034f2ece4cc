// PKCS#7 bundles. What was read is whole by itself, and a line of issuers goes up.
#include "native/openssl/pkcs7.h"

#include "test/fuzz/native/fuzz.h"

namespace {

using namespace bladessl::fuzz;
using bladessl::openssl::Certificate;
using bladessl::openssl::Certificates;
using bladessl::openssl::KeyBlocks;
using bladessl::openssl::ReadBlocks;
using bladessl::openssl::ReadPkcs7;
using bladessl::openssl::SortIssuerFirst;
using bladessl::openssl::StoreContent;

void RequireLine(Certificates certificates) {
  if (certificates.empty()) return;
  const auto leaf = certificates.front();
  certificates.erase(certificates.begin());
  const std::size_t count = certificates.size();
  std::size_t line = 0;
  if (!Attempt([&] { line = SortIssuerFirst(*leaf, certificates); })) return;
  Require(line <= count && certificates.size() == count, "no certificate is lost");
  const Certificate* below = leaf.get();
  for (std::size_t i = 0; i < line; below = certificates[i++].get()) {
    Require(X509_check_issued(certificates[i]->get(), below->get()) == X509_V_OK,
            "the next one is the issuer");
  }
  ERR_clear_error();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = Input(data, size).Rest();
  StoreContent content;
  const bool is_text = bytes.find("-----BEGIN") != std::string_view::npos;
  const auto read = [&] {
    content = is_text ? ReadBlocks(bytes, std::nullopt, KeyBlocks::kPassOver) : ReadPkcs7(bytes);
  };
  if (!Attempt(read)) return 0;
  Require(content.keys.empty(), "no private key");
  for (const auto& certificate : content.certificates) {
    std::string der;
    if (!Attempt([&] { der = certificate->Der(); })) continue;
    Attempt(
        [&] { Require(Certificate::Parse(der)[0]->Der() == der, "a certificate reads the same"); });
  }
  for (const std::string& crl : content.crls) {
    Attempt([&] {
      const StoreContent again = ReadBlocks(crl, std::nullopt, KeyBlocks::kPassOver);
      Require(again.crls.size() == 1 && again.crls[0] == crl, "a CRL reads the same");
    });
  }
  RequireLine(content.certificates);
  return 0;
}
