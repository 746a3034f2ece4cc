#include "native/openssl/certificate_extensions.h"

#include <openssl/objects.h>

#include <algorithm>

#include "native/openssl/error.h"
#include "native/openssl/stack.h"

namespace bladessl::openssl {

namespace {

using BitStringHandle = Owned<ASN1_BIT_STRING, ASN1_BIT_STRING_free>;
using OctetsHandle = Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;
using UsagesHandle = Owned<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
using ConstraintsHandle = Owned<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>;
using PointsHandle = Owned<CRL_DIST_POINTS, CRL_DIST_POINTS_free>;
using AccessHandle = Owned<AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free>;
using FeaturesHandle = Owned<TLS_FEATURE, TLS_FEATURE_free>;
using PoliciesHandle = Owned<CERTIFICATEPOLICIES, CERTIFICATEPOLICIES_free>;
using NameConstraintsHandle = Owned<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free>;

constexpr int kFullName = 0;  // DIST_POINT_NAME::type

// None without the extension. (X509_get_ext_d2i tells why there is none in its third argument.)
template <class Handle>
Handle Read(const Certificate& certificate, int nid) {
  int status = 0;
  Handle value(static_cast<typename Handle::pointer>(
      X509_get_ext_d2i(certificate.get(), nid, &status, nullptr)));
  if (value || status == -1) return value;
  const std::string name = OBJ_nid2sn(nid);
  if (status == -2) {
    throw UsageError("ERR_DUPLICATE_EXTENSION",
                     "the certificate has more than one extension '" + name + "'");
  }
  ThrowOpensslError(("the extension '" + name + "' cannot be read").c_str());
}

std::vector<GeneralName> ReadAltNames(const Certificate& certificate, int nid) {
  const QueueGuard guard;
  const auto names = Read<NamesHandle>(certificate, nid);
  return ReadGeneralNames(names.get());
}

std::int64_t Number(const ASN1_INTEGER* integer, const char* what) {
  std::int64_t number = 0;
  Check(ASN1_INTEGER_get_int64(&number, integer), what);
  return number;
}

std::vector<std::string> UrisOf(const GENERAL_NAMES* names) {
  std::vector<std::string> uris;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_URI) uris.push_back(AsciiText(name->d.uniformResourceIdentifier));
  }
  return uris;
}

std::vector<GeneralName> ReadSubtrees(const STACK_OF(GENERAL_SUBTREE) * subtrees) {
  return ListOf(sk_GENERAL_SUBTREE_num(subtrees), [subtrees](int i) {
    return ReadGeneralName(sk_GENERAL_SUBTREE_value(subtrees, i)->base, Addresses::kRange);
  });
}

}  // namespace

std::vector<Extension> Extensions(const Certificate& certificate) {
  const QueueGuard guard;
  return ListOf(X509_get_ext_count(certificate.get()), [&certificate](int i) {
    X509_EXTENSION* extension = X509_get_ext(certificate.get(), i);
    return Extension{NamesOf(X509_EXTENSION_get_object(extension)),
                     X509_EXTENSION_get_critical(extension) != 0,
                     BytesOf(X509_EXTENSION_get_data(extension))};
  });
}

std::vector<GeneralName> SubjectAltNames(const Certificate& certificate) {
  return ReadAltNames(certificate, NID_subject_alt_name);
}

std::vector<GeneralName> IssuerAltNames(const Certificate& certificate) {
  return ReadAltNames(certificate, NID_issuer_alt_name);
}

void RequireReadableAltNames(const Certificate& certificate) {
  const QueueGuard guard;
  (void)Read<NamesHandle>(certificate, NID_subject_alt_name);
}

std::vector<std::string> AltNameTexts(const Certificate& certificate) {
  const QueueGuard guard;
  const auto names = Read<NamesHandle>(certificate, NID_subject_alt_name);
  return ListOf(sk_GENERAL_NAME_num(names.get()),
                [&names](int i) { return GeneralNameText(sk_GENERAL_NAME_value(names.get(), i)); });
}

std::optional<std::int64_t> KeyUsage(const Certificate& certificate) {
  const QueueGuard guard;
  const auto bits = Read<BitStringHandle>(certificate, NID_key_usage);
  if (!bits) return std::nullopt;
  const std::string bytes = BytesOf(bits.get());
  std::int64_t usage = 0;
  // Nine bits have a meaning.
  for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 2); ++i) {
    usage |= static_cast<std::int64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return usage;
}

std::optional<std::vector<ObjectNames>> ExtendedKeyUsage(const Certificate& certificate) {
  const QueueGuard guard;
  const auto usages = Read<UsagesHandle>(certificate, NID_ext_key_usage);
  if (!usages) return std::nullopt;
  return ListOf(sk_ASN1_OBJECT_num(usages.get()),
                [&usages](int i) { return NamesOf(sk_ASN1_OBJECT_value(usages.get(), i)); });
}

std::optional<BasicConstraints> ReadBasicConstraints(const Certificate& certificate) {
  const QueueGuard guard;
  const auto constraints = Read<ConstraintsHandle>(certificate, NID_basic_constraints);
  if (!constraints) return std::nullopt;
  BasicConstraints read{constraints->ca != 0, std::nullopt};
  if (constraints->pathlen != nullptr) {
    read.path_length = Number(constraints->pathlen, "the path length");
  }
  return read;
}

std::optional<std::string> SubjectKeyId(const Certificate& certificate) {
  const QueueGuard guard;
  const auto key_id = Read<OctetsHandle>(certificate, NID_subject_key_identifier);
  if (!key_id) return std::nullopt;
  return BytesOf(key_id.get());
}

std::optional<AuthorityKeyId> ReadAuthorityKeyId(const Certificate& certificate) {
  const QueueGuard guard;
  const auto key_id = Read<KeyIdHandle>(certificate, NID_authority_key_identifier);
  if (!key_id) return std::nullopt;
  return AuthorityKeyIdOf(key_id.get());
}

AuthorityKeyId AuthorityKeyIdOf(const AUTHORITY_KEYID* key_id) {
  AuthorityKeyId read;
  if (key_id->keyid != nullptr) read.key_id = BytesOf(key_id->keyid);
  read.issuer = ReadGeneralNames(key_id->issuer);
  if (key_id->serial != nullptr) read.serial_number = NumberText(key_id->serial);
  return read;
}

std::vector<std::string> CrlDistributionPoints(const Certificate& certificate) {
  const QueueGuard guard;
  const auto points = Read<PointsHandle>(certificate, NID_crl_distribution_points);
  std::vector<std::string> uris;
  for (int i = 0; i < sk_DIST_POINT_num(points.get()); ++i) {
    const DIST_POINT_NAME* name = sk_DIST_POINT_value(points.get(), i)->distpoint;
    if (name == nullptr || name->type != kFullName) continue;
    for (std::string& uri : UrisOf(name->name.fullname)) uris.push_back(std::move(uri));
  }
  return uris;
}

InformationAccess ReadInformationAccess(const Certificate& certificate) {
  const QueueGuard guard;
  const auto accesses = Read<AccessHandle>(certificate, NID_info_access);
  InformationAccess read;
  for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(accesses.get()); ++i) {
    const ACCESS_DESCRIPTION* access = sk_ACCESS_DESCRIPTION_value(accesses.get(), i);
    if (access->location->type != GEN_URI) continue;
    const std::string uri = AsciiText(access->location->d.uniformResourceIdentifier);
    const int method = OBJ_obj2nid(access->method);
    if (method == NID_ad_OCSP) read.ocsp.push_back(uri);
    if (method == NID_ad_ca_issuers) read.ca_issuers.push_back(uri);
  }
  return read;
}

std::vector<std::int64_t> TlsFeatures(const Certificate& certificate) {
  const QueueGuard guard;
  const auto features = Read<FeaturesHandle>(certificate, NID_tlsfeature);
  return ListOf(sk_ASN1_INTEGER_num(features.get()), [&features](int i) {
    return Number(sk_ASN1_INTEGER_value(features.get(), i), "a TLS feature");
  });
}

std::vector<ObjectNames> Policies(const Certificate& certificate) {
  const QueueGuard guard;
  const auto policies = Read<PoliciesHandle>(certificate, NID_certificate_policies);
  return ListOf(sk_POLICYINFO_num(policies.get()), [&policies](int i) {
    return NamesOf(sk_POLICYINFO_value(policies.get(), i)->policyid);
  });
}

std::optional<NameConstraints> ReadNameConstraints(const Certificate& certificate) {
  const QueueGuard guard;
  const auto constraints = Read<NameConstraintsHandle>(certificate, NID_name_constraints);
  if (!constraints) return std::nullopt;
  return NameConstraints{ReadSubtrees(constraints->permittedSubtrees),
                         ReadSubtrees(constraints->excludedSubtrees)};
}

}  // namespace bladessl::openssl
