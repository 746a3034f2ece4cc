// PKCS#12 files: the certificate is the key's, and the chain goes up from it.
#include "native/openssl/pkcs12.h"

#include "test/fuzz/native/fuzz.h"
#include "test/fuzz/native/work.h"

namespace {

using namespace bladessl::fuzz;
using bladessl::openssl::Certificate;
using bladessl::openssl::ParsePkcs12;
using bladessl::openssl::Pkcs12Content;
using bladessl::openssl::Pkcs12Options;
using bladessl::openssl::ReadPkcs12;
using bladessl::openssl::StoreContent;
using bladessl::openssl::WritePkcs12;

// The first byte picks it; the seeds are encrypted with "secret", or with nothing.
std::optional<std::string> PasswordFor(std::uint8_t choice) {
  switch (choice % 3) {
    case 0:
      return std::nullopt;
    case 1:
      return "secret";
    default:
      return "";
  }
}

bool Issued(const Certificate& issuer, const Certificate& subject) {
  return X509_check_issued(issuer.get(), subject.get()) == X509_V_OK;
}

// Once a certificate is not the issuer of the one before it, none of those that follow is.
void RequireIssuerFirst(const Pkcs12Content& content) {
  const Certificate* below = content.certificate.get();
  auto next = content.chain.begin();
  for (; next != content.chain.end() && Issued(**next, *below); ++next) below = next->get();
  for (; next != content.chain.end(); ++next) {
    Require(!Issued(**next, *below), "an issuer stands next to what it has issued");
  }
}

// Keys and certificates of any kind, written and read again.
void RequireSameAgain(const StoreContent& content) {
  std::string written;
  Pkcs12Options options;
  options.iterations = 1;
  const std::optional<std::string> password = "again";
  if (!Attempt([&] { written = WritePkcs12(content, password, options); })) return;
  const StoreContent again = ReadPkcs12(written, {password});
  Require(again.keys.size() == content.keys.size(), "all keys are written");
  Require(again.certificates.size() == content.certificates.size(), "all certificates are written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const auto password = PasswordFor(input.Byte());
  const std::string_view bytes = input.Rest();
  if (TakesLong(bytes)) return 0;
  StoreContent all;
  if (!Attempt([&] { all = ReadPkcs12(bytes, {password}); })) return 0;
  RequireSameAgain(all);
  Pkcs12Content content;
  if (!Attempt([&] { content = ParsePkcs12(bytes, password); })) return 0;
  Require(content.certificate->HasKey(content.key->get()), "the certificate is the key's");
  RequireIssuerFirst(content);
  ERR_clear_error();
  for (const auto& certificate : content.chain) {
    const auto again = Certificate::Parse(certificate->Der());
    Require(again[0]->Der() == certificate->Der(), "a certificate of the chain reads the same");
  }
  return 0;
}
