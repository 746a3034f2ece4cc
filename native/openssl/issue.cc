#include "native/openssl/issue.h"

#include <openssl/rsa.h>

#include <cstring>
#include <ctime>

#include "native/openssl/error.h"

namespace bladessl::openssl {

namespace {

using NameHandle = Owned<GENERAL_NAME, GENERAL_NAME_free>;
using ExtensionHandle = Owned<X509_EXTENSION, X509_EXTENSION_free>;

constexpr std::size_t kRsaBits = 2048;
// RFC 5280 (4.1.2.2): positive, 20 octets at most.
constexpr int kSerialBits = 159;
// A peer whose clock is a little slow takes a fresh certificate all the same.
constexpr long kBackdateSeconds = 5 * 60;
constexpr int kVersion3 = 2;

KeyHandle NewKey(KeyKind kind) {
  EVP_PKEY* key = nullptr;
  switch (kind) {
    case KeyKind::kEc:
      key = EVP_EC_gen("P-256");
      break;
    case KeyKind::kRsa:
      key = EVP_RSA_gen(kRsaBits);
      break;
    case KeyKind::kEd25519:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
      break;
  }
  return KeyHandle(Check(key, "a key cannot be made"));
}

void SetSerialNumber(X509* certificate) {
  const NumberHandle number(Check(BN_new(), "BN_new"));
  Check(BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY), "BN_rand");
  Check(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)), "BN_to_ASN1_INTEGER");
}

void SetValidity(X509* certificate, int days) {
  const bool expired = days <= 0;
  std::time_t now = std::time(nullptr);
  Check(X509_time_adj_ex(X509_getm_notBefore(certificate), expired ? days - 1 : 0,
                         expired ? 0 : -kBackdateSeconds, &now),
        "notBefore");
  Check(X509_time_adj_ex(X509_getm_notAfter(certificate), days, 0, &now), "notAfter");
}

void SetNames(X509* certificate, const IssueOptions& options) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  Check(
      X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(options.common_name.data()),
                                 static_cast<int>(options.common_name.size()), -1, 0),
      "the common name");
  const X509_NAME* issuer = options.issuer ? X509_get_subject_name(options.issuer->get()) : subject;
  Check(X509_set_issuer_name(certificate, issuer), "X509_set_issuer_name");
}

NameHandle NewAltName(int type, const std::string& value) {
  NameHandle name(Check(GENERAL_NAME_new(), "GENERAL_NAME_new"));
  ASN1_STRING* text = Check(ASN1_STRING_type_new(V_ASN1_IA5STRING), "ASN1_STRING_type_new");
  GENERAL_NAME_set0_value(name.get(), type, text);
  Check(ASN1_STRING_set(text, value.data(), static_cast<int>(value.size())), "ASN1_STRING_set");
  return name;
}

NameHandle NewAddress(const std::string& text) {
  ASN1_OCTET_STRING* bytes = a2i_IPADDRESS(text.c_str());
  if (bytes == nullptr) {
    throw UsageError("ERR_INVALID_ARG_VALUE", "'" + text + "' is not an IP address");
  }
  NameHandle name(GENERAL_NAME_new());
  if (!name) {
    ASN1_OCTET_STRING_free(bytes);
    ThrowOpensslError("GENERAL_NAME_new");
  }
  GENERAL_NAME_set0_value(name.get(), GEN_IPADD, bytes);
  return name;
}

NameHandle NewAltName(const AltName& name) {
  switch (name.kind) {
    case AltNameKind::kIp:
      return NewAddress(name.value);
    case AltNameKind::kUri:
      return NewAltName(GEN_URI, name.value);
    case AltNameKind::kEmail:
      return NewAltName(GEN_EMAIL, name.value);
    case AltNameKind::kDns:
      break;
  }
  return NewAltName(GEN_DNS, name.value);
}

// Built as a structure: a name with a comma in it must not become two.
void AddAltNames(X509* certificate, const std::vector<AltName>& alt_names) {
  if (alt_names.empty()) return;
  const NamesHandle names(Check(GENERAL_NAMES_new(), "GENERAL_NAMES_new"));
  for (const AltName& alt_name : alt_names) {
    NameHandle name = NewAltName(alt_name);
    Check(sk_GENERAL_NAME_push(names.get(), name.get()), "sk_GENERAL_NAME_push");
    (void)name.release();
  }
  Check(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT),
        "X509_add1_ext_i2d");
}

// `value` is never the caller's text: it is read in the syntax of OpenSSL's configuration files.
void AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509V3_set_ctx_nodb(&context);
  const ExtensionHandle extension(
      Check(X509V3_EXT_conf_nid(nullptr, &context, nid, value), "X509V3_EXT_conf_nid"));
  Check(X509_add_ext(certificate, extension.get(), -1), "X509_add_ext");
}

// Only RSA can be used for key transport (TLS 1.2 and older).
std::string KeyUsage(const IssueOptions& options) {
  std::string usage = "critical,digitalSignature";
  if (options.key == KeyKind::kRsa) usage += ",keyEncipherment";
  if (options.ca) usage += ",keyCertSign,cRLSign";
  return usage;
}

// A CA that signs itself must do for both: the trust anchor of others, and the certificate of the
// server itself. So a CA has the usages of a server and a client as well.
void AddExtensions(X509* certificate, const IssueOptions& options) {
  X509* issuer = options.issuer ? options.issuer->get() : certificate;
  AddExtension(certificate, issuer, NID_basic_constraints,
               options.ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  AddExtension(certificate, issuer, NID_key_usage, KeyUsage(options).c_str());
  AddExtension(certificate, issuer, NID_ext_key_usage, "serverAuth,clientAuth");
  AddExtension(certificate, issuer, NID_subject_key_identifier, "hash");
  // A self-signed one needs none (RFC 5280, 4.2.1.1). By name and serial number where the issuer's
  // certificate has no key identifier.
  if (options.issuer) {
    AddExtension(certificate, issuer, NID_authority_key_identifier, "keyid,issuer");
  }
  AddAltNames(certificate, options.alt_names);
}

void RequireIssuer(const IssueOptions& options) {
  if (!options.issuer) return;
  RequireMatch(options.issuer->get(), options.issuer_key->get());
  const bool may_sign = X509_check_ca(options.issuer->get()) != 0 &&
                        (X509_get_key_usage(options.issuer->get()) & KU_KEY_CERT_SIGN) != 0;
  if (may_sign) return;
  throw UsageError("ERR_ISSUER_NOT_CA", "the issuer's certificate may not sign certificates");
}

// None for the kinds of keys that hash by themselves (Ed25519): OpenSSL calls theirs "UNDEF".
const EVP_MD* DigestFor(EVP_PKEY* key) {
  char name[80];
  if (EVP_PKEY_get_default_digest_name(key, name, sizeof name) <= 0) return EVP_sha256();
  return EVP_get_digestbyname(name);
}

}  // namespace

Issued Issue(const IssueOptions& options) {
  const QueueGuard guard;
  RequireIssuer(options);
  KeyHandle key = NewKey(options.key);
  X509Handle certificate(Check(X509_new(), "X509_new"));
  Check(X509_set_version(certificate.get(), kVersion3), "X509_set_version");
  SetSerialNumber(certificate.get());
  SetValidity(certificate.get(), options.days);
  SetNames(certificate.get(), options);
  Check(X509_set_pubkey(certificate.get(), key.get()), "X509_set_pubkey");
  AddExtensions(certificate.get(), options);
  EVP_PKEY* signer = options.issuer ? options.issuer_key->get() : key.get();
  Check(X509_sign(certificate.get(), signer, DigestFor(signer)), "X509_sign");
  return {std::make_shared<Certificate>(std::move(certificate)),
          std::make_shared<PrivateKey>(std::move(key))};
}

}  // namespace bladessl::openssl
