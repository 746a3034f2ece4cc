// The extensions of a certificate that is being made (RFC 5280, 4.2). They are built as structures:
// a caller's text is never read in the syntax of OpenSSL's configuration files, where a name with a
// comma in it would become two.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "native/openssl/handle.h"

namespace bladessl::openssl {

enum class AltNameKind { kDns, kIp, kUri, kEmail };

struct AltName {
  AltNameKind kind;
  std::string value;  // ASCII; an IP address in text
};

// A part of the tree of names: below a host, or the addresses that share the first `prefix` bits.
struct Subtree {
  AltName base;
  int prefix = 0;
};

struct RawExtension {
  std::string oid;
  bool critical = false;
  std::string value;  // what goes inside the OCTET STRING
};

struct ExtensionOptions {
  bool ca = false;
  std::optional<long> path_length;
  // Bit n is the bit n of RFC 5280 (4.2.1.3); 0 leaves the extension out. Default: what the kind of
  // key can do.
  std::optional<std::uint32_t> key_usage;
  // Object identifiers, here and in `policies`; empty lists leave the extensions out.
  std::vector<std::string> extended_key_usage;
  std::vector<AltName> alt_names;
  std::vector<std::string> crl_urls;
  std::vector<std::string> ocsp_urls;
  std::vector<std::string> ca_issuers_urls;
  bool must_staple = false;
  std::vector<Subtree> permitted;
  std::vector<Subtree> excluded;
  std::vector<std::string> policies;
  // Each takes the place of what would be there by itself.
  std::vector<RawExtension> others;
};

// The certificate has its subject and its key already. `issuer` is null for one that signs itself.
// Throws UsageError ERR_INVALID_ARG_VALUE for an address or an object identifier that is none.
void AddExtensions(X509* certificate, X509* issuer, const ExtensionOptions& options);

}  // namespace bladessl::openssl
