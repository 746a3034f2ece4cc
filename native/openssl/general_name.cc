#include "native/openssl/general_name.h"

#include <utility>

#include "native/openssl/encoding.h"
#include "native/openssl/error.h"
#include "native/openssl/stack.h"
#include "native/openssl/system.h"

namespace bladessl::openssl {

namespace {

using Kind = GeneralName::Kind;

constexpr std::size_t kIpv4Size = 4;
constexpr std::size_t kIpv6Size = 16;

std::optional<std::string> AddressText(std::string_view bytes) {
  if (bytes.size() != kIpv4Size && bytes.size() != kIpv6Size) return std::nullopt;
  const AddressHandle address(Check(BIO_ADDR_new(), "BIO_ADDR_new"));
  const int family = bytes.size() == kIpv4Size ? AF_INET : AF_INET6;
  Check(BIO_ADDR_rawmake(address.get(), family, bytes.data(), bytes.size(), 0), "BIO_ADDR_rawmake");
  const OpensslText text(
      Check(BIO_ADDR_hostname_string(address.get(), 1), "BIO_ADDR_hostname_string"));
  return text.get();
}

std::optional<std::string> RangeText(std::string_view bytes) {
  const std::size_t half = bytes.size() / 2;
  const auto address = AddressText(bytes.substr(0, half));
  const auto mask = AddressText(bytes.substr(half));
  if (!address || !mask) return std::nullopt;
  return *address + "/" + *mask;
}

GeneralName Unknown(const GENERAL_NAME* name) {
  GeneralName read;
  read.tag = name->type;
  read.der = DerText<i2d_GENERAL_NAME>(name);
  return read;
}

GeneralName Text(const GENERAL_NAME* name, const char* type, std::optional<std::string> text) {
  if (!text) return Unknown(name);
  GeneralName read;
  read.kind = Kind::kText;
  read.type = type;
  read.tag = name->type;
  read.text = std::move(text);
  return read;
}

GeneralName Ascii(const GENERAL_NAME* name, const char* type, const ASN1_IA5STRING* value) {
  std::string text = BytesOf(value);
  if (!IsAscii(text)) return Unknown(name);
  return Text(name, type, std::move(text));
}

bool IsCharacters(const ASN1_TYPE* value) {
  switch (value->type) {
    case V_ASN1_UTF8STRING:
    case V_ASN1_IA5STRING:
    case V_ASN1_PRINTABLESTRING:
    case V_ASN1_NUMERICSTRING:
    case V_ASN1_T61STRING:
    case V_ASN1_BMPSTRING:
    case V_ASN1_UNIVERSALSTRING:
    case V_ASN1_VISIBLESTRING:
      return true;
    default:
      return false;
  }
}

GeneralName Other(const GENERAL_NAME* name) {
  const OTHERNAME* other = name->d.otherName;
  GeneralName read;
  read.kind = Kind::kOther;
  read.type = "otherName";
  read.tag = name->type;
  read.oid = ObjectId(other->type_id);
  read.der = DerText<i2d_ASN1_TYPE>(other->value);
  if (IsCharacters(other->value)) read.text = Utf8Text(other->value->value.asn1_string);
  return read;
}

GeneralName Directory(const GENERAL_NAME* name) {
  GeneralName read;
  read.kind = Kind::kDirectory;
  read.type = "dirName";
  read.tag = name->type;
  read.directory = ReadName(name->d.directoryName);
  return read;
}

}  // namespace

GeneralName ReadGeneralName(const GENERAL_NAME* name, Addresses addresses) {
  const QueueGuard guard;
  switch (name->type) {
    case GEN_DNS:
      return Ascii(name, "dns", name->d.dNSName);
    case GEN_EMAIL:
      return Ascii(name, "email", name->d.rfc822Name);
    case GEN_URI:
      return Ascii(name, "uri", name->d.uniformResourceIdentifier);
    case GEN_IPADD: {
      const std::string bytes = BytesOf(name->d.iPAddress);
      return Text(name, "ip",
                  addresses == Addresses::kRange ? RangeText(bytes) : AddressText(bytes));
    }
    case GEN_RID:
      return Text(name, "rid", ObjectId(name->d.registeredID));
    case GEN_DIRNAME:
      return Directory(name);
    case GEN_OTHERNAME:
      return Other(name);
    default:
      return Unknown(name);
  }
}

std::vector<GeneralName> ReadGeneralNames(const GENERAL_NAMES* names) {
  return ListOf(sk_GENERAL_NAME_num(names), [names](int i) {
    return ReadGeneralName(sk_GENERAL_NAME_value(names, i), Addresses::kSingle);
  });
}

std::string GeneralNameText(const GENERAL_NAME* name) {
  switch (name->type) {
    case GEN_DNS:
      return "DNS:" + AsciiText(name->d.dNSName);
    case GEN_EMAIL:
      return "email:" + AsciiText(name->d.rfc822Name);
    case GEN_URI:
      return "URI:" + AsciiText(name->d.uniformResourceIdentifier);
    case GEN_IPADD:
      return "IP:" + AddressText(BytesOf(name->d.iPAddress)).value_or("invalid");
    case GEN_DIRNAME:
      return "dirName:" + NameText(name->d.directoryName);
    case GEN_RID:
      return "RID:" + ObjectId(name->d.registeredID);
    case GEN_OTHERNAME:
      return "otherName:" + ObjectId(name->d.otherName->type_id);
    default:
      return "unsupported";
  }
}

}  // namespace bladessl::openssl
