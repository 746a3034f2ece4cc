#include "native/binding/issue.h"

#include "native/binding/arguments.h"
#include "native/binding/certificate.h"
#include "native/binding/function.h"
#include "native/binding/private_key.h"
#include "native/openssl/issue.h"
#include "native/openssl/public_key.h"
#include "native/openssl/secret.h"

namespace bladessl::binding {

namespace {

using openssl::AltName;
using openssl::RawExtension;
using openssl::SubjectAttribute;
using openssl::Subtree;

SubjectAttribute AttributeOf(const Napi::Value& value) {
  const auto object = value.As<Napi::Object>();
  return {TextOf(object.Get("type"), "type"), TextOf(object.Get("value"), "value"),
          FlagOf(object.Get("joined"))};
}

AltName AltNameOf(const Napi::Value& value) {
  const auto object = value.As<Napi::Object>();
  return {static_cast<openssl::AltNameKind>(IntegerOf(object.Get("kind"), "kind")),
          TextOf(object.Get("value"), "value")};
}

Subtree SubtreeOf(const Napi::Value& value) {
  const auto object = value.As<Napi::Object>();
  return {AltNameOf(value), static_cast<int>(IntegerOf(object.Get("prefix"), "prefix"))};
}

RawExtension RawExtensionOf(const Napi::Value& value) {
  const auto object = value.As<Napi::Object>();
  const Bytes bytes = BytesOf(object.Get("value"), "value");
  return {TextOf(object.Get("oid"), "oid"), FlagOf(object.Get("critical")),
          std::string(reinterpret_cast<const char*>(bytes.data), bytes.size)};
}

openssl::ExtensionOptions ExtensionsOf(const Napi::Object& object) {
  openssl::ExtensionOptions options;
  options.ca = FlagOf(object.Get("ca"));
  if (const auto length = OptionalIntegerOf(object.Get("pathLength"), "pathLength")) {
    options.path_length = static_cast<long>(*length);
  }
  if (const auto usage = OptionalIntegerOf(object.Get("keyUsage"), "keyUsage")) {
    options.key_usage = static_cast<std::uint32_t>(*usage);
  }
  options.extended_key_usage = TextsOf(object.Get("extendedKeyUsage"), "extendedKeyUsage");
  options.alt_names = ListOf(object.Get("altNames"), AltNameOf);
  options.crl_urls = TextsOf(object.Get("crlDistributionPoints"), "crlDistributionPoints");
  options.ocsp_urls = TextsOf(object.Get("ocspURLs"), "ocspURLs");
  options.ca_issuers_urls = TextsOf(object.Get("caIssuersURLs"), "caIssuersURLs");
  options.must_staple = FlagOf(object.Get("mustStaple"));
  options.permitted = ListOf(object.Get("permitted"), SubtreeOf);
  options.excluded = ListOf(object.Get("excluded"), SubtreeOf);
  options.policies = TextsOf(object.Get("policies"), "policies");
  options.others = ListOf(object.Get("others"), RawExtensionOf);
  return options;
}

openssl::IssueFaults FaultsOf(const Napi::Object& object) {
  openssl::IssueFaults faults;
  faults.issuer_not_ca = FlagOf(object.Get("issuerNotCA"));
  faults.version1 = FlagOf(object.Get("version1"));
  faults.bad_signature = FlagOf(object.Get("badSignature"));
  return faults;
}

// A private key, or the bytes of a public one. Each keeps its key alive for itself.
openssl::KeyHandle KeyOf(const Napi::Value& value) {
  if (!value.IsBuffer()) return openssl::Share(PrivateKeyWrap::Of(value, "key")->get());
  const Bytes bytes = BytesOf(value, "key");
  // A copy: another thread may write to shared memory while a parser is in it.
  const openssl::Secret copy({reinterpret_cast<const char*>(bytes.data), bytes.size});
  return openssl::ParsePublicKey(copy.view());
}

Napi::Value GenerateCertificate(const Napi::CallbackInfo& info) {
  const auto object = info[0].As<Napi::Object>();
  openssl::IssueOptions options;
  options.subject = ListOf(object.Get("subject"), AttributeOf);
  options.not_before = IntegerOf(object.Get("notBefore"), "notBefore");
  options.not_after = IntegerOf(object.Get("notAfter"), "notAfter");
  options.serial = TextOf(object.Get("serialNumber"), "serialNumber");
  options.digest = TextOf(object.Get("digest"), "digest");
  options.extensions = ExtensionsOf(object.Get("extensions").As<Napi::Object>());
  options.faults = FaultsOf(object.Get("faults").As<Napi::Object>());
  const openssl::KeyHandle key = KeyOf(object.Get("key"));
  options.key = key.get();
  const Napi::Value issuer = object.Get("issuer");
  if (!issuer.IsUndefined()) {
    options.issuer = CertificateWrap::Of(issuer, "issuer");
    options.issuer_key = PrivateKeyWrap::Of(object.Get("issuerKey"), "issuerKey");
  }
  return CertificateWrap::New(info.Env(), openssl::Issue(options));
}

}  // namespace

void ExportIssuing(Napi::Object exports) {
  Export<GenerateCertificate>(exports, "generateCertificate");
}

}  // namespace bladessl::binding
