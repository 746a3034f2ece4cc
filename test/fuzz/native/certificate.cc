// Certificates in PEM and DER. What was read can be printed, and the print reads the same.
#include "native/openssl/certificate.h"

#include "native/openssl/certificate_checks.h"
#include "native/openssl/certificate_extensions.h"
#include "native/openssl/certificate_text.h"
#include "test/fuzz/native/fuzz.h"

namespace {

using namespace bladessl::fuzz;
using namespace bladessl::openssl;

constexpr std::size_t kSha256Size = 32;

bool IsHex(const std::string& text) {
  return text.size() % 2 == 0 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c); });
}

bool IsPrintable(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return std::iscntrl(c); });
}

bool IsUtf8(const std::string& text) {
  const Owned<ASN1_STRING, ASN1_STRING_free> string(ASN1_STRING_type_new(V_ASN1_UTF8STRING));
  ASN1_STRING_set(string.get(), text.data(), static_cast<int>(text.size()));
  return Utf8Text(string.get()) == text;
}

void Look(const Name& name) {
  Require(IsPrintable(name.text), "a name can be shown");
  for (const auto& rdn : name.rdns) {
    Require(!rdn.empty(), "a part of a name has an attribute");
    for (const NameAttribute& attribute : rdn) {
      Require(IsUtf8(attribute.value), "an attribute is UTF-8");
      Require(!attribute.type.oid.empty() && !attribute.type.name.empty(), "it has a type");
    }
  }
}

void Look(const std::vector<GeneralName>& names) {
  for (const GeneralName& name : names) {
    switch (name.kind) {
      case GeneralName::Kind::kText:
        Require(name.text && IsAscii(*name.text), "a name of this kind is ASCII");
        break;
      case GeneralName::Kind::kDirectory:
        Look(name.directory);
        break;
      case GeneralName::Kind::kOther:
        Require(!name.text || IsUtf8(*name.text), "the text of an otherName is UTF-8");
        [[fallthrough]];
      case GeneralName::Kind::kUnknown:
        Require(!name.der.empty(), "a name that is not understood has its DER");
        break;
    }
  }
}

void Look(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) Require(IsPrintable(text), "a text can be shown");
}

void LookAtExtensions(const Certificate& certificate) {
  Attempt([&] { Look(SubjectAltNames(certificate)); });
  Attempt([&] { Look(IssuerAltNames(certificate)); });
  Attempt([&] {
    Require(AltNameTexts(certificate).size() == SubjectAltNames(certificate).size(),
            "each name has a text");
    Look(AltNameTexts(certificate));
  });
  Attempt([&] { Require(KeyUsage(certificate).value_or(0) <= 0xFFFF, "usages are bits"); });
  Attempt([&] { ExtendedKeyUsage(certificate); });
  Attempt([&] { ReadBasicConstraints(certificate); });
  Attempt([&] { SubjectKeyId(certificate); });
  Attempt([&] {
    if (const auto key_id = ReadAuthorityKeyId(certificate)) Look(key_id->issuer);
  });
  Attempt([&] { Look(CrlDistributionPoints(certificate)); });
  Attempt([&] {
    const InformationAccess access = ReadInformationAccess(certificate);
    Look(access.ocsp);
    Look(access.ca_issuers);
  });
  Attempt([&] { TlsFeatures(certificate); });
  Attempt([&] { Policies(certificate); });
  Attempt([&] {
    const auto constraints = ReadNameConstraints(certificate);
    if (!constraints) return;
    Look(constraints->permitted);
    Look(constraints->excluded);
  });
}

void Check(const Certificate& certificate) {
  Attempt([&] { CheckHost(certificate, "a.example", 0); });
  Attempt([&] { CheckEmail(certificate, "a@b.example"); });
  Attempt([&] { CheckIp(certificate, "::1"); });
  Attempt([&] { IsSelfSigned(certificate); });
  Attempt([&] { IsSignedBy(certificate, certificate.PublicKeyDer()); });
  Require(Attempt([&] { Require(Equals(certificate, certificate), "it equals itself"); }),
          "it can be compared");
}

// A certificate may have names and times that cannot be shown; then each says so by itself.
void Look(const Certificate& certificate) {
  Attempt([&] { Require(IsPrintable(certificate.Subject()), "the subject can be shown"); });
  Attempt([&] { Require(IsPrintable(certificate.Issuer()), "the issuer can be shown"); });
  Attempt([&] { Look(certificate.SubjectName()); });
  Attempt([&] { Look(certificate.IssuerName()); });
  Attempt([&] {
    std::string number = certificate.SerialNumber();
    if (number.front() == '-') number.erase(0, 1);
    Require(number == "0" || (!number.empty() && IsHex(number)), "the serial number is hex");
  });
  Attempt([&] { certificate.NotBefore(); });
  Attempt([&] { certificate.NotAfter(); });
  certificate.Version();
  Attempt([&] { Require(!certificate.GetPublicKey().algorithm.empty(), "a key has a kind"); });
  Require(!certificate.GetSignature().algorithm.empty(), "a signature has an algorithm");
  Require(certificate.PublicKeyPem().find("BEGIN PUBLIC KEY") != std::string::npos, "a key is PEM");
  Require(certificate.Digest("sha256").size() == kSha256Size, "a digest has its size");
  for (const Extension& extension : Extensions(certificate)) {
    Require(!extension.type.oid.empty(), "an extension has a type");
  }
  LookAtExtensions(certificate);
  Attempt([&] { Require(!Describe(certificate).empty(), "it has a text"); });
  Check(certificate);
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
