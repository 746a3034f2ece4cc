#include "native/openssl/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "native/openssl/encoding.h"
#include "native/openssl/error.h"
#include "native/openssl/system.h"

namespace bladessl::openssl {

namespace {

using TimeHandle = Owned<ASN1_TIME, ASN1_TIME_free>;

constexpr std::int64_t kSecondsOfDay = 24 * 60 * 60;

using DerParser = decltype(&d2i_X509);

std::shared_ptr<Certificate> ParseDer(std::string_view der, DerParser parse) {
  const unsigned char* position = DerOf(der);
  X509Handle handle(Check(parse(nullptr, &position, static_cast<long>(der.size())), "d2i_X509"));
  RequireWhole(der, position);
  return std::make_shared<Certificate>(std::move(handle));
}

std::int64_t SecondsOf(const ASN1_TIME* time, const char* unreadable) {
  const QueueGuard guard;
  const TimeHandle epoch(Check(ASN1_TIME_set(nullptr, 0), "ASN1_TIME_set"));
  int days = 0;
  int seconds = 0;
  Check(ASN1_TIME_diff(&days, &seconds, epoch.get(), time), unreadable);
  return days * kSecondsOfDay + seconds;
}

// What is no printable ASCII is escaped as \XX.
std::string AsciiText(const ASN1_STRING* text) {
  const MemoryBio bio = NewMemoryBio();
  if (ASN1_STRING_print_ex(bio.get(), text, ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_ESC_MSB) < 0) {
    ThrowOpensslError("ASN1_STRING_print_ex");
  }
  return std::string(ContentOf(bio));
}

std::string ObjectText(const ASN1_OBJECT* object) {
  const int size = OBJ_obj2txt(nullptr, 0, object, 1);
  if (size <= 0) return "invalid";
  std::string text(static_cast<std::size_t>(size) + 1, '\0');
  OBJ_obj2txt(text.data(), size + 1, object, 1);
  text.pop_back();
  return text;
}

std::string AddressText(const ASN1_OCTET_STRING* bytes) {
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(bytes));
  if (size != 4 && size != 16) return "invalid";
  const AddressHandle address(Check(BIO_ADDR_new(), "BIO_ADDR_new"));
  Check(BIO_ADDR_rawmake(address.get(), size == 4 ? AF_INET : AF_INET6,
                         ASN1_STRING_get0_data(bytes), size, 0),
        "BIO_ADDR_rawmake");
  const OpensslText text(
      Check(BIO_ADDR_hostname_string(address.get(), 1), "BIO_ADDR_hostname_string"));
  return text.get();
}

std::string AltNameText(const GENERAL_NAME* name) {
  switch (name->type) {
    case GEN_DNS:
      return "DNS:" + AsciiText(name->d.dNSName);
    case GEN_EMAIL:
      return "email:" + AsciiText(name->d.rfc822Name);
    case GEN_URI:
      return "URI:" + AsciiText(name->d.uniformResourceIdentifier);
    case GEN_IPADD:
      return "IP:" + AddressText(name->d.iPAddress);
    case GEN_DIRNAME:
      return "dirName:" + NameText(name->d.directoryName);
    case GEN_RID:
      return "RID:" + ObjectText(name->d.registeredID);
    case GEN_OTHERNAME:
      return "otherName:" + ObjectText(name->d.otherName->type_id);
    default:
      return "unsupported";
  }
}

}  // namespace

std::vector<std::shared_ptr<Certificate>> Certificate::Parse(std::string_view bytes) {
  const QueueGuard guard;
  if (!IsPem(bytes)) return {ParseDer(bytes, d2i_X509)};
  PemReader reader(bytes, PemReader::Memory::kPlain);
  std::vector<std::shared_ptr<Certificate>> found;
  while (const auto block = reader.Next()) {
    if (block->name == PEM_STRING_X509 || block->name == PEM_STRING_X509_OLD) {
      found.push_back(ParseDer(block->data.view(), d2i_X509));
    } else if (block->name == PEM_STRING_X509_TRUSTED) {
      found.push_back(ParseDer(block->data.view(), d2i_X509_AUX));
    }
  }
  if (found.empty()) reader.ThrowMissing("ERR_NOT_A_CERTIFICATE", "certificate");
  return found;
}

std::string Certificate::Pem() const {
  const QueueGuard guard;
  const MemoryBio bio = NewMemoryBio();
  Check(PEM_write_bio_X509(bio.get(), get()), "PEM_write_bio_X509");
  return std::string(ContentOf(bio));
}

std::string Certificate::Der() const {
  const QueueGuard guard;
  const MemoryBio bio = NewMemoryBio();
  Check(i2d_X509_bio(bio.get(), get()), "i2d_X509_bio");
  return std::string(ContentOf(bio));
}

std::string Certificate::Subject() const {
  const QueueGuard guard;
  return NameText(X509_get_subject_name(get()));
}

std::string Certificate::Issuer() const {
  const QueueGuard guard;
  return NameText(X509_get_issuer_name(get()));
}

std::string Certificate::SerialNumber() const {
  const QueueGuard guard;
  const NumberHandle number(
      Check(ASN1_INTEGER_to_BN(X509_get0_serialNumber(get()), nullptr), "ASN1_INTEGER_to_BN"));
  const OpensslText text(Check(BN_bn2hex(number.get()), "BN_bn2hex"));
  return text.get();
}

std::int64_t Certificate::NotBefore() const {
  return SecondsOf(X509_get0_notBefore(get()), "notBefore is not a time");
}

std::int64_t Certificate::NotAfter() const {
  return SecondsOf(X509_get0_notAfter(get()), "notAfter is not a time");
}

std::string Certificate::Digest(const std::string& algorithm) const {
  const QueueGuard guard;
  const EVP_MD* digest = EVP_get_digestbyname(algorithm.c_str());
  if (digest == nullptr) {
    throw UsageError("ERR_INVALID_ARG_VALUE", "there is no digest '" + algorithm + "'");
  }
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  Check(X509_digest(get(), digest, bytes, &size), "X509_digest");
  return std::string(reinterpret_cast<const char*>(bytes), size);
}

std::vector<std::string> Certificate::AltNames() const {
  const QueueGuard guard;
  int critical = 0;
  const NamesHandle names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(get(), NID_subject_alt_name, &critical, nullptr)));
  const bool absent = !names && critical == -1;
  if (absent) return {};
  Check(names.get(), "the subject alternative names cannot be read");
  std::vector<std::string> texts;
  texts.reserve(static_cast<std::size_t>(sk_GENERAL_NAME_num(names.get())));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    texts.push_back(AltNameText(sk_GENERAL_NAME_value(names.get(), i)));
  }
  return texts;
}

void RequireMatch(X509* certificate, EVP_PKEY* key) {
  if (X509_check_private_key(certificate, key) == 1) return;
  ERR_clear_error();
  ERR_raise(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH);
  ThrowOpensslError("X509_check_private_key");
}

bool Certificate::HasKey(EVP_PKEY* key) const {
  const QueueGuard guard;
  return X509_check_private_key(get(), key) == 1;
}

}  // namespace bladessl::openssl
