#include "native/openssl/extensions.h"

#include <algorithm>

#include "native/openssl/error.h"
#include "native/openssl/objects.h"

namespace bladessl::openssl {

namespace {

using NameHandle = Owned<GENERAL_NAME, GENERAL_NAME_free>;
using ExtensionHandle = Owned<X509_EXTENSION, X509_EXTENSION_free>;
using BasicHandle = Owned<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>;
using BitsHandle = Owned<ASN1_BIT_STRING, ASN1_BIT_STRING_free>;
using OctetsHandle = Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;
using UsagesHandle = Owned<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
using PointHandle = Owned<DIST_POINT, DIST_POINT_free>;
using PointsHandle = Owned<CRL_DIST_POINTS, CRL_DIST_POINTS_free>;
using AccessHandle = Owned<ACCESS_DESCRIPTION, ACCESS_DESCRIPTION_free>;
using AccessesHandle = Owned<AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free>;
using SubtreeHandle = Owned<GENERAL_SUBTREE, GENERAL_SUBTREE_free>;
using ConstraintsHandle = Owned<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free>;
using PolicyHandle = Owned<POLICYINFO, POLICYINFO_free>;
using PoliciesHandle = Owned<CERTIFICATEPOLICIES, CERTIFICATEPOLICIES_free>;

inline void FreeSubtrees(STACK_OF(GENERAL_SUBTREE) * stack) {
  sk_GENERAL_SUBTREE_pop_free(stack, GENERAL_SUBTREE_free);
}
using SubtreesHandle = Owned<STACK_OF(GENERAL_SUBTREE), FreeSubtrees>;

constexpr int kKeyUsageBits = 9;
constexpr int kBitsOfByte = 8;

constexpr std::uint32_t Bit(int number) {
  return 1U << number;
}
constexpr std::uint32_t kDigitalSignature = Bit(0);
constexpr std::uint32_t kKeyEncipherment = Bit(2);
constexpr std::uint32_t kKeyAgreement = Bit(4);
constexpr std::uint32_t kKeyCertSign = Bit(5);
constexpr std::uint32_t kCrlSign = Bit(6);

void Add(X509* certificate, int nid, void* value, bool critical) {
  Check(X509_add1_ext_i2d(certificate, nid, value, critical ? 1 : 0, X509V3_ADD_DEFAULT),
        "X509_add1_ext_i2d");
}

// `value` is a constant: it is read in the syntax of OpenSSL's configuration files.
void AddConstant(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509V3_set_ctx_nodb(&context);
  const ExtensionHandle extension(
      Check(X509V3_EXT_conf_nid(nullptr, &context, nid, value), "X509V3_EXT_conf_nid"));
  Check(X509_add_ext(certificate, extension.get(), -1), "X509_add_ext");
}

void SetText(GENERAL_NAME* name, int type, const std::string& value) {
  ASN1_STRING* text = Check(ASN1_STRING_type_new(V_ASN1_IA5STRING), "ASN1_STRING_type_new");
  GENERAL_NAME_set0_value(name, type, text);
  Check(ASN1_STRING_set(text, value.data(), static_cast<int>(value.size())), "ASN1_STRING_set");
}

OctetsHandle AddressOf(const std::string& text) {
  OctetsHandle bytes(a2i_IPADDRESS(text.c_str()));
  if (bytes) return bytes;
  throw UsageError("ERR_INVALID_ARG_VALUE", "'" + text + "' is not an IP address");
}

void SetAddress(GENERAL_NAME* name, OctetsHandle address) {
  GENERAL_NAME_set0_value(name, GEN_IPADD, address.release());
}

void SetName(GENERAL_NAME* name, const AltName& source) {
  switch (source.kind) {
    case AltNameKind::kIp:
      return SetAddress(name, AddressOf(source.value));
    case AltNameKind::kUri:
      return SetText(name, GEN_URI, source.value);
    case AltNameKind::kEmail:
      return SetText(name, GEN_EMAIL, source.value);
    case AltNameKind::kDns:
      return SetText(name, GEN_DNS, source.value);
  }
}

NamesHandle NewNames(const std::vector<AltName>& sources) {
  NamesHandle names(Check(GENERAL_NAMES_new(), "GENERAL_NAMES_new"));
  for (const AltName& source : sources) {
    NameHandle name(Check(GENERAL_NAME_new(), "GENERAL_NAME_new"));
    SetName(name.get(), source);
    Check(sk_GENERAL_NAME_push(names.get(), name.get()), "sk_GENERAL_NAME_push");
    (void)name.release();
  }
  return names;
}

void AddBasicConstraints(X509* certificate, const ExtensionOptions& options) {
  const BasicHandle constraints(Check(BASIC_CONSTRAINTS_new(), "BASIC_CONSTRAINTS_new"));
  constraints->ca = options.ca ? 1 : 0;
  if (options.path_length) {
    constraints->pathlen = Check(ASN1_INTEGER_new(), "ASN1_INTEGER_new");
    Check(ASN1_INTEGER_set(constraints->pathlen, *options.path_length), "ASN1_INTEGER_set");
  }
  Add(certificate, NID_basic_constraints, constraints.get(), true);
}

// Only RSA does key transport (TLS 1.2 and older), and some kinds of keys sign nothing.
std::uint32_t UsageFor(const EVP_PKEY* key, bool ca) {
  const std::uint32_t of_ca = ca ? kKeyCertSign | kCrlSign : 0;
  if (EVP_PKEY_is_a(key, "RSA") == 1) return kDigitalSignature | kKeyEncipherment | of_ca;
  const bool agrees = EVP_PKEY_is_a(key, "X25519") == 1 || EVP_PKEY_is_a(key, "X448") == 1;
  return (agrees ? kKeyAgreement : kDigitalSignature) | of_ca;
}

void AddKeyUsage(X509* certificate, const ExtensionOptions& options) {
  const std::uint32_t usage =
      options.key_usage.value_or(UsageFor(X509_get0_pubkey(certificate), options.ca));
  if (usage == 0) return;
  const BitsHandle bits(Check(ASN1_BIT_STRING_new(), "ASN1_BIT_STRING_new"));
  for (int number = 0; number < kKeyUsageBits; ++number) {
    if ((usage & Bit(number)) == 0) continue;
    Check(ASN1_BIT_STRING_set_bit(bits.get(), number, 1), "ASN1_BIT_STRING_set_bit");
  }
  Add(certificate, NID_key_usage, bits.get(), true);
}

void AddExtendedKeyUsage(X509* certificate, const std::vector<std::string>& usages) {
  if (usages.empty()) return;
  const UsagesHandle list(Check(EXTENDED_KEY_USAGE_new(), "EXTENDED_KEY_USAGE_new"));
  for (const std::string& usage : usages) {
    ObjectHandle object = ObjectOf(usage);
    Check(sk_ASN1_OBJECT_push(list.get(), object.get()), "sk_ASN1_OBJECT_push");
    (void)object.release();
  }
  Add(certificate, NID_ext_key_usage, list.get(), false);
}

// A certificate without a subject is known by these names alone: then they are critical.
void AddAltNames(X509* certificate, const std::vector<AltName>& alt_names) {
  if (alt_names.empty()) return;
  const bool critical = X509_NAME_entry_count(X509_get_subject_name(certificate)) == 0;
  Add(certificate, NID_subject_alt_name, NewNames(alt_names).get(), critical);
}

// One point for each URL: several in one would be several ways to the same CRL.
void AddCrlPoints(X509* certificate, const std::vector<std::string>& urls) {
  if (urls.empty()) return;
  const PointsHandle points(Check(CRL_DIST_POINTS_new(), "CRL_DIST_POINTS_new"));
  for (const std::string& url : urls) {
    PointHandle point(Check(DIST_POINT_new(), "DIST_POINT_new"));
    point->distpoint = Check(DIST_POINT_NAME_new(), "DIST_POINT_NAME_new");
    point->distpoint->type = 0;
    point->distpoint->name.fullname = NewNames({{AltNameKind::kUri, url}}).release();
    Check(sk_DIST_POINT_push(points.get(), point.get()), "sk_DIST_POINT_push");
    (void)point.release();
  }
  Add(certificate, NID_crl_distribution_points, points.get(), false);
}

void PushAccess(AUTHORITY_INFO_ACCESS* list, int method, const std::string& url) {
  AccessHandle access(Check(ACCESS_DESCRIPTION_new(), "ACCESS_DESCRIPTION_new"));
  access->method = OBJ_nid2obj(method);
  SetText(access->location, GEN_URI, url);
  Check(sk_ACCESS_DESCRIPTION_push(list, access.get()), "sk_ACCESS_DESCRIPTION_push");
  (void)access.release();
}

void AddAuthorityInfo(X509* certificate, const ExtensionOptions& options) {
  if (options.ocsp_urls.empty() && options.ca_issuers_urls.empty()) return;
  const AccessesHandle list(Check(AUTHORITY_INFO_ACCESS_new(), "AUTHORITY_INFO_ACCESS_new"));
  for (const std::string& url : options.ocsp_urls) PushAccess(list.get(), NID_ad_OCSP, url);
  for (const std::string& url : options.ca_issuers_urls) {
    PushAccess(list.get(), NID_ad_ca_issuers, url);
  }
  Add(certificate, NID_info_access, list.get(), false);
}

// An address and a mask of the same size, and no bits of the address outside the mask.
OctetsHandle NetworkOf(const Subtree& subtree) {
  const OctetsHandle address = AddressOf(subtree.base.value);
  const int size = ASN1_STRING_length(address.get());
  const unsigned char* bytes = ASN1_STRING_get0_data(address.get());
  std::vector<unsigned char> network(bytes, bytes + size);
  network.resize(static_cast<std::size_t>(size) * 2);
  for (int i = 0; i < size; ++i) {
    const int ones = std::clamp(subtree.prefix - i * kBitsOfByte, 0, kBitsOfByte);
    const auto mask = static_cast<unsigned char>(0xFF00U >> ones);
    network[static_cast<std::size_t>(i)] &= mask;
    network[static_cast<std::size_t>(i) + static_cast<std::size_t>(size)] = mask;
  }
  OctetsHandle octets(Check(ASN1_OCTET_STRING_new(), "ASN1_OCTET_STRING_new"));
  Check(ASN1_OCTET_STRING_set(octets.get(), network.data(), size * 2), "ASN1_OCTET_STRING_set");
  return octets;
}

STACK_OF(GENERAL_SUBTREE) * NewSubtrees(const std::vector<Subtree>& sources) {
  if (sources.empty()) return nullptr;
  SubtreesHandle list(Check(sk_GENERAL_SUBTREE_new_null(), "sk_GENERAL_SUBTREE_new_null"));
  for (const Subtree& source : sources) {
    SubtreeHandle subtree(Check(GENERAL_SUBTREE_new(), "GENERAL_SUBTREE_new"));
    if (source.base.kind == AltNameKind::kIp) {
      SetAddress(subtree->base, NetworkOf(source));
    } else {
      SetName(subtree->base, source.base);
    }
    Check(sk_GENERAL_SUBTREE_push(list.get(), subtree.get()), "sk_GENERAL_SUBTREE_push");
    (void)subtree.release();
  }
  return list.release();
}

void AddNameConstraints(X509* certificate, const ExtensionOptions& options) {
  if (options.permitted.empty() && options.excluded.empty()) return;
  const ConstraintsHandle constraints(Check(NAME_CONSTRAINTS_new(), "NAME_CONSTRAINTS_new"));
  constraints->permittedSubtrees = NewSubtrees(options.permitted);
  constraints->excludedSubtrees = NewSubtrees(options.excluded);
  Add(certificate, NID_name_constraints, constraints.get(), true);
}

void AddPolicies(X509* certificate, const std::vector<std::string>& policies) {
  if (policies.empty()) return;
  const PoliciesHandle list(Check(CERTIFICATEPOLICIES_new(), "CERTIFICATEPOLICIES_new"));
  for (const std::string& policy : policies) {
    PolicyHandle info(Check(POLICYINFO_new(), "POLICYINFO_new"));
    info->policyid = ObjectOf(policy).release();
    Check(sk_POLICYINFO_push(list.get(), info.get()), "sk_POLICYINFO_push");
    (void)info.release();
  }
  Add(certificate, NID_certificate_policies, list.get(), false);
}

void Replace(X509* certificate, const RawExtension& source) {
  const ObjectHandle object = ObjectOf(source.oid);
  const int place = X509_get_ext_by_OBJ(certificate, object.get(), -1);
  if (place >= 0) ExtensionHandle(X509_delete_ext(certificate, place));
  const OctetsHandle value(Check(ASN1_OCTET_STRING_new(), "ASN1_OCTET_STRING_new"));
  Check(ASN1_OCTET_STRING_set(value.get(),
                              reinterpret_cast<const unsigned char*>(source.value.data()),
                              static_cast<int>(source.value.size())),
        "ASN1_OCTET_STRING_set");
  const ExtensionHandle extension(Check(
      X509_EXTENSION_create_by_OBJ(nullptr, object.get(), source.critical ? 1 : 0, value.get()),
      "X509_EXTENSION_create_by_OBJ"));
  Check(X509_add_ext(certificate, extension.get(), -1), "X509_add_ext");
}

}  // namespace

void AddExtensions(X509* certificate, X509* issuer, const ExtensionOptions& options) {
  AddBasicConstraints(certificate, options);
  AddKeyUsage(certificate, options);
  AddExtendedKeyUsage(certificate, options.extended_key_usage);
  AddConstant(certificate, certificate, NID_subject_key_identifier, "hash");
  // A self-signed one needs none (RFC 5280, 4.2.1.1). By name and serial number where the issuer's
  // certificate has no key identifier.
  if (issuer != nullptr) {
    AddConstant(certificate, issuer, NID_authority_key_identifier, "keyid,issuer");
  }
  AddAltNames(certificate, options.alt_names);
  AddCrlPoints(certificate, options.crl_urls);
  AddAuthorityInfo(certificate, options);
  if (options.must_staple) AddConstant(certificate, certificate, NID_tlsfeature, "status_request");
  AddNameConstraints(certificate, options);
  AddPolicies(certificate, options.policies);
  for (const RawExtension& other : options.others) Replace(certificate, other);
}

}  // namespace bladessl::openssl
