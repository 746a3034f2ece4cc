#include "native/openssl/crl.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "native/openssl/asn1.h"
#include "native/openssl/asn1_text.h"
#include "native/openssl/encoding.h"
#include "native/openssl/error.h"
#include "native/openssl/kinds.h"
#include "native/openssl/public_key.h"

namespace bladessl::openssl {

namespace {

using ReasonHandle = Owned<ASN1_ENUMERATED, ASN1_ENUMERATED_free>;
using MomentHandle = Owned<ASN1_GENERALIZEDTIME, ASN1_GENERALIZEDTIME_free>;

constexpr int kFound = 1;  // 2 says removeFromCRL

std::shared_ptr<Crl> ParseDer(std::string_view der) {
  const unsigned char* position = DerOf(der);
  CrlHandle handle(d2i_X509_CRL(nullptr, &position, static_cast<long>(der.size())));
  if (!handle) ThrowUnreadable(der, "ERR_NOT_A_CRL", "CRL");
  RequireWhole(der, position);
  return std::make_shared<Crl>(std::move(handle));
}

template <class Holder>
Holder ExtensionOf(const X509_CRL* crl, int nid, const char* unreadable) {
  return ReadExtension<Holder>(
      unreadable, [&](int* critical) { return X509_CRL_get_ext_d2i(crl, nid, critical, nullptr); });
}

template <class Holder>
Holder ExtensionOf(const X509_REVOKED* entry, int nid, const char* unreadable) {
  return ReadExtension<Holder>(unreadable, [&](int* critical) {
    return X509_REVOKED_get_ext_d2i(entry, nid, critical, nullptr);
  });
}

RevokedCertificate EntryOf(const X509_REVOKED* entry) {
  RevokedCertificate revoked;
  revoked.serial_number = NumberText(X509_REVOKED_get0_serialNumber(entry));
  revoked.revocation_date =
      SecondsOf(X509_REVOKED_get0_revocationDate(entry), "a revocation date is not a time");
  if (X509_REVOKED_get_ext_count(entry) <= 0) return revoked;
  if (const auto reason = ExtensionOf<ReasonHandle>(entry, NID_crl_reason,
                                                    "the reason of a revocation is unreadable")) {
    std::int64_t number = 0;
    Check(ASN1_ENUMERATED_get_int64(&number, reason.get()),
          "the reason of a revocation is too big");
    revoked.reason = number;
  }
  if (const auto date = ExtensionOf<MomentHandle>(entry, NID_invalidity_date,
                                                  "an invalidity date is unreadable")) {
    revoked.invalidity_date = SecondsOf(date.get(), "an invalidity date is not a time");
  }
  return revoked;
}

// The issuer that an entry names, if it names one, holds for the entries after it too (RFC 5280,
// 5.3.3).
class IssuerOfEntries {
 public:
  explicit IssuerOfEntries(const X509_NAME* own) : own_(own) {}

  const std::shared_ptr<const std::string>& Next(const X509_REVOKED* entry) {
    const auto names = ExtensionOf<NamesHandle>(entry, NID_certificate_issuer,
                                                "a certificate issuer is unreadable");
    if (names) other_ = OtherThanOwn(names.get());
    return other_;
  }

 private:
  std::shared_ptr<const std::string> OtherThanOwn(const GENERAL_NAMES* names) const {
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
      const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
      if (name->type != GEN_DIRNAME) continue;
      if (X509_NAME_cmp(name->d.directoryName, own_) == 0) return nullptr;
      return std::make_shared<const std::string>(NameText(name->d.directoryName));
    }
    return std::make_shared<const std::string>("unsupported");
  }

  const X509_NAME* own_;
  std::shared_ptr<const std::string> other_;
};

// Whatever is wrong with key or signature, it is not that key's.
bool Verifies(X509_CRL* crl, EVP_PKEY* key) {
  return key != nullptr && X509_CRL_verify(crl, key) == 1;
}

}  // namespace

std::vector<std::shared_ptr<Crl>> Crl::Parse(std::string_view bytes) {
  const QueueGuard guard;
  if (!IsPem(bytes)) return {ParseDer(bytes)};
  PemReader reader(bytes, PemReader::Memory::kPlain);
  std::vector<std::shared_ptr<Crl>> found;
  while (const auto block = reader.Next()) {
    if (block->name == PEM_STRING_X509_CRL) found.push_back(ParseDer(block->data.view()));
  }
  if (found.empty()) reader.ThrowMissing("ERR_NOT_A_CRL", "CRL");
  return found;
}

std::string Crl::Pem() const {
  const QueueGuard guard;
  const MemoryBio bio = NewMemoryBio();
  Check(PEM_write_bio_X509_CRL(bio.get(), get()), "PEM_write_bio_X509_CRL");
  return std::string(ContentOf(bio));
}

std::string CrlDer(const X509_CRL* crl) {
  const QueueGuard guard;
  const MemoryBio bio = NewMemoryBio();
  Check(i2d_X509_CRL_bio(bio.get(), crl), "i2d_X509_CRL_bio");
  return std::string(ContentOf(bio));
}

std::string Crl::Der() const {
  return CrlDer(get());
}

std::string Crl::Text() const {
  const QueueGuard guard;
  const CrlHandle copy = Copy();
  const MemoryBio bio = NewMemoryBio();
  Check(X509_CRL_print_ex(bio.get(), copy.get(), XN_FLAG_ONELINE), "X509_CRL_print_ex");
  return std::string(ContentOf(bio));
}

std::string Crl::Issuer() const {
  const QueueGuard guard;
  return NameText(X509_CRL_get_issuer(get()));
}

long Crl::Version() const {
  return X509_CRL_get_version(get());
}

std::optional<std::string> Crl::Number() const {
  const QueueGuard guard;
  const auto number =
      ExtensionOf<IntegerHandle>(get(), NID_crl_number, "the number of the CRL is unreadable");
  if (!number) return std::nullopt;
  return NumberText(number.get());
}

bool Crl::IsDelta() const {
  return X509_CRL_get_ext_by_NID(get(), NID_delta_crl, -1) >= 0;
}

std::int64_t Crl::LastUpdate() const {
  return SecondsOf(X509_CRL_get0_lastUpdate(get()), "lastUpdate is not a time");
}

std::optional<std::int64_t> Crl::NextUpdate() const {
  const ASN1_TIME* time = X509_CRL_get0_nextUpdate(get());
  if (time == nullptr) return std::nullopt;
  return SecondsOf(time, "nextUpdate is not a time");
}

std::string Crl::SignatureAlgorithm() const {
  const QueueGuard guard;
  const X509_ALGOR* algorithm = nullptr;
  const ASN1_OBJECT* object = nullptr;
  X509_CRL_get0_signature(get(), nullptr, &algorithm);
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  return ObjectLongName(object);
}

std::optional<AuthorityKeyId> Crl::AuthorityKeyIdentifier() const {
  const QueueGuard guard;
  const auto id = ExtensionOf<KeyIdHandle>(get(), NID_authority_key_identifier,
                                           "the authority key identifier is unreadable");
  if (!id) return std::nullopt;
  return AuthorityKeyIdOf(id.get());
}

std::string Crl::Fingerprint() const {
  const QueueGuard guard;
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  Check(X509_CRL_digest(get(), EVP_sha256(), bytes, &size), "X509_CRL_digest");
  return std::string(reinterpret_cast<const char*>(bytes), size);
}

int Crl::Size() const {
  const int size = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(get()));
  return size < 0 ? 0 : size;  // there may be no list at all
}

std::vector<RevokedCertificate> Crl::Revoked() const {
  const QueueGuard guard;
  const CrlHandle copy = Copy();
  const STACK_OF(X509_REVOKED)* entries = X509_CRL_get_REVOKED(copy.get());
  IssuerOfEntries issuer(X509_CRL_get_issuer(copy.get()));
  std::vector<RevokedCertificate> list;
  list.reserve(static_cast<std::size_t>(Size()));
  for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
    const X509_REVOKED* entry = sk_X509_REVOKED_value(entries, i);
    list.push_back(EntryOf(entry));
    list.back().certificate_issuer = issuer.Next(entry);
  }
  return list;
}

std::optional<RevokedCertificate> Crl::Find(X509* certificate) const {
  const QueueGuard guard;
  X509_REVOKED* entry = nullptr;
  if (X509_CRL_get0_by_cert(get(), &entry, certificate) != kFound) return std::nullopt;
  RevokedCertificate revoked = EntryOf(entry);
  const X509_NAME* issuer = X509_get_issuer_name(certificate);
  if (X509_NAME_cmp(issuer, X509_CRL_get_issuer(get())) != 0) {
    revoked.certificate_issuer = std::make_shared<const std::string>(NameText(issuer));
  }
  return revoked;
}

std::optional<RevokedCertificate> Crl::Find(const std::string& serial_number) const {
  const QueueGuard guard;
  const IntegerHandle number = NewInteger(serial_number);
  X509_REVOKED* entry = nullptr;
  if (X509_CRL_get0_by_serial(get(), &entry, number.get()) != kFound) return std::nullopt;
  return EntryOf(entry);
}

bool Crl::IsIssuedBy(X509* issuer) const {
  const QueueGuard guard;
  if (X509_NAME_cmp(X509_CRL_get_issuer(get()), X509_get_subject_name(issuer)) != 0) return false;
  if ((X509_get_key_usage(issuer) & KU_CRL_SIGN) == 0) return false;
  const auto id = ExtensionOf<KeyIdHandle>(get(), NID_authority_key_identifier,
                                           "the authority key identifier is unreadable");
  if (id && X509_check_akid(issuer, id.get()) != X509_V_OK) return false;
  return Verifies(get(), X509_get0_pubkey(issuer));
}

bool Crl::IsSignedBy(std::string_view public_key) const {
  const QueueGuard guard;
  return Verifies(get(), KnownPublicKey(public_key).get());
}

CrlHandle Crl::Copy() const {
  return CrlHandle(Check(X509_CRL_dup(get()), "X509_CRL_dup"));
}

}  // namespace bladessl::openssl
