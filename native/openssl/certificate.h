// X509: one certificate.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "native/openssl/handle.h"
#include "native/openssl/name.h"

namespace bladessl::openssl {

// A SubjectPublicKeyInfo.
struct PublicKey {
  // OpenSSL's name ("RSA", "EC", "ED25519"), or that of the algorithm of a key that it cannot read.
  std::string algorithm;
  // None for a key that it cannot read.
  std::optional<std::int64_t> bits;
  // The curve or group, as OpenSSL spells it; none for keys without one.
  std::optional<std::string> curve;
};

struct Signature {
  // OpenSSL's long name, or the dotted form.
  std::string algorithm;
  std::string value;
};

// Throws when the key is not the certificate's, for one reason in all cases: OpenSSL's own depends
// on the kinds of the keys and on its version.
void RequireMatch(X509* certificate, EVP_PKEY* key);

class Certificate {
 public:
  explicit Certificate(X509Handle handle) : handle_(std::move(handle)) {}

  // All the certificates of a PEM text in their order, or the one of a DER blob.
  static std::vector<std::shared_ptr<Certificate>> Parse(std::string_view bytes);

  X509* get() const { return handle_.get(); }

  std::string Pem() const;
  std::string Der() const;
  // RFC 2253, in UTF-8; control characters are escaped, others are not.
  std::string Subject() const;
  std::string Issuer() const;
  Name SubjectName() const;
  Name IssuerName() const;
  // 1 to 3, or what else it says.
  std::int64_t Version() const;
  // Upper-case hex, two digits a byte, but one for zero; "-" before a negative one.
  std::string SerialNumber() const;
  // Seconds since 1970-01-01T00:00:00Z.
  std::int64_t NotBefore() const;
  std::int64_t NotAfter() const;
  // The raw digest of the DER form.
  std::string Digest(const std::string& algorithm) const;
  PublicKey GetPublicKey() const;
  // SubjectPublicKeyInfo.
  std::string PublicKeyPem() const;
  std::string PublicKeyDer() const;
  Signature GetSignature() const;
  // Whether this is the certificate of that key.
  bool HasKey(EVP_PKEY* key) const;

 private:
  X509Handle handle_;
};

}  // namespace bladessl::openssl
