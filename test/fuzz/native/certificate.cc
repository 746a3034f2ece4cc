// Certificates in PEM and DER. What was read can be printed, and the print reads the same.
#include "native/openssl/certificate.h"

#include "test/fuzz/native/fuzz.h"

namespace {

using namespace bladessl::fuzz;
using bladessl::openssl::Certificate;

constexpr std::size_t kSha256Size = 32;

bool IsHex(const std::string& text) {
  return text.size() % 2 == 0 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c); });
}

bool IsPrintable(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return std::iscntrl(c); });
}

// A certificate may have names and times that cannot be shown; then each says so by itself.
void Look(const Certificate& certificate) {
  Attempt([&] { Require(IsPrintable(certificate.Subject()), "the subject can be shown"); });
  Attempt([&] { Require(IsPrintable(certificate.Issuer()), "the issuer can be shown"); });
  Attempt([&] {
    std::string number = certificate.SerialNumber();
    if (number.front() == '-') number.erase(0, 1);
    Require(number == "0" || (!number.empty() && IsHex(number)), "the serial number is hex");
  });
  Attempt([&] { certificate.NotBefore(); });
  Attempt([&] { certificate.NotAfter(); });
  Attempt([&] {
    for (const std::string& name : certificate.AltNames()) {
      Require(IsPrintable(name), "an alternative name can be shown");
    }
  });
  Require(certificate.Digest("sha256").size() == kSha256Size, "a digest has its size");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::shared_ptr<Certificate>> found;
  if (!Attempt([&] { found = Certificate::Parse(Input(data, size).Rest()); })) return 0;
  Require(!found.empty(), "at least one certificate, or an error");
  std::string chain;
  for (const auto& certificate : found) {
    Look(*certificate);
    chain += certificate->Pem();
    const auto again = Certificate::Parse(certificate->Der());
    Require(again.size() == 1 && again[0]->Der() == certificate->Der(), "the DER reads the same");
  }
  const auto again = Certificate::Parse(chain);
  Require(again.size() == found.size(), "the PEM texts read as many");
  for (std::size_t i = 0; i < found.size(); ++i) {
    Require(again[i]->Der() == found[i]->Der(), "the PEM text reads the same");
  }
  return 0;
}
