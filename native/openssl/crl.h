// X509_CRL: a list of revoked certificates.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "native/openssl/certificate_extensions.h"
#include "native/openssl/handle.h"

namespace bladessl::openssl {

struct RevokedCertificate {
  std::string serial_number;  // as Certificate::SerialNumber
  // Seconds since 1970-01-01T00:00:00Z.
  std::int64_t revocation_date = 0;
  std::optional<std::int64_t> reason;  // RFC 5280 (5.3.1)
  std::optional<std::int64_t> invalidity_date;
  // In an indirect CRL: who has issued the certificate, if that is not who has issued the CRL.
  // Shared by all entries that it holds for: a long name is not kept once for each.
  std::shared_ptr<const std::string> certificate_issuer;
};

// Throws when it cannot be written.
std::string CrlDer(const X509_CRL* crl);

class Crl {
 public:
  explicit Crl(CrlHandle handle) : handle_(std::move(handle)) {}

  // All the CRLs of a PEM text in their order, or the one of a DER blob.
  static std::vector<std::shared_ptr<Crl>> Parse(std::string_view bytes);

  X509_CRL* get() const { return handle_.get(); }

  std::string Pem() const;
  std::string Der() const;
  // What X509_CRL_print shows.
  std::string Text() const;
  // RFC 2253.
  std::string Issuer() const;
  // As in the encoding: 0 is version 1.
  long Version() const;
  // In hex.
  std::optional<std::string> Number() const;
  bool IsDelta() const;
  std::int64_t LastUpdate() const;
  std::optional<std::int64_t> NextUpdate() const;
  std::string SignatureAlgorithm() const;
  std::optional<AuthorityKeyId> AuthorityKeyIdentifier() const;
  // The raw SHA-256 of the DER form.
  std::string Fingerprint() const;
  int Size() const;

  // In the order of the file.
  std::vector<RevokedCertificate> Revoked() const;
  // What is taken off a list again (removeFromCRL) is not found.
  std::optional<RevokedCertificate> Find(X509* certificate) const;
  // Among the certificates of the CRL's own issuer.
  std::optional<RevokedCertificate> Find(const std::string& serial_number) const;

  // By name, key identifier, the right to sign CRLs and the signature.
  bool IsIssuedBy(X509* issuer) const;
  // Whether the signature is by that key (a SubjectPublicKeyInfo).
  bool IsSignedBy(std::string_view public_key) const;

 private:
  // Looking up sorts the entries, and a handshake on another thread may be doing it: who reads them
  // all reads a copy, which is in the order of the file.
  CrlHandle Copy() const;

  CrlHandle handle_;
};

}  // namespace bladessl::openssl
