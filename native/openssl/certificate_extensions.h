// What the extensions of a certificate say (RFC 5280, 4.2). Each function throws when its extension
// cannot be read, or is there more than once (ERR_DUPLICATE_EXTENSION).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "native/openssl/certificate.h"
#include "native/openssl/general_name.h"

namespace bladessl::openssl {

struct Extension {
  ObjectNames type;
  bool critical = false;
  // What is inside of the OCTET STRING.
  std::string value;
};

struct BasicConstraints {
  bool ca = false;
  std::optional<std::int64_t> path_length;
};

struct AuthorityKeyId {
  // Bytes.
  std::optional<std::string> key_id;
  std::vector<GeneralName> issuer;
  std::optional<std::string> serial_number;
};

// Where to ask about a certificate and its issuer.
struct InformationAccess {
  std::vector<std::string> ocsp;
  std::vector<std::string> ca_issuers;
};

struct NameConstraints {
  std::vector<GeneralName> permitted;
  std::vector<GeneralName> excluded;
};

std::vector<Extension> Extensions(const Certificate& certificate);

std::vector<GeneralName> SubjectAltNames(const Certificate& certificate);
std::vector<GeneralName> IssuerAltNames(const Certificate& certificate);
// Throws as SubjectAltNames does: OpenSSL takes alternative names that it cannot read for none.
void RequireReadableAltNames(const Certificate& certificate);
// In the form of GeneralNameText.
std::vector<std::string> AltNameTexts(const Certificate& certificate);

// KU_*; none without the extension.
std::optional<std::int64_t> KeyUsage(const Certificate& certificate);
std::optional<std::vector<ObjectNames>> ExtendedKeyUsage(const Certificate& certificate);
std::optional<BasicConstraints> ReadBasicConstraints(const Certificate& certificate);
// Bytes.
std::optional<std::string> SubjectKeyId(const Certificate& certificate);
std::optional<AuthorityKeyId> ReadAuthorityKeyId(const Certificate& certificate);
AuthorityKeyId AuthorityKeyIdOf(const AUTHORITY_KEYID* key_id);
// URIs; what is no printable ASCII in them is escaped as \XX.
std::vector<std::string> CrlDistributionPoints(const Certificate& certificate);
InformationAccess ReadInformationAccess(const Certificate& certificate);
// The numbers of the TLS extensions that a server with this certificate has to answer (RFC 7633).
std::vector<std::int64_t> TlsFeatures(const Certificate& certificate);
std::vector<ObjectNames> Policies(const Certificate& certificate);
std::optional<NameConstraints> ReadNameConstraints(const Certificate& certificate);

}  // namespace bladessl::openssl
