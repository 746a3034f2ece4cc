#include "native/openssl/asn1_text.h"

#include <openssl/objects.h>

#include <algorithm>

#include "native/openssl/encoding.h"
#include "native/openssl/error.h"

namespace bladessl::openssl {

namespace {

std::string ObjectText(const ASN1_OBJECT* object, bool dotted) {
  const int no_name = dotted ? 1 : 0;
  const int size = OBJ_obj2txt(nullptr, 0, object, no_name);
  if (size <= 0) return "invalid";
  std::string text(static_cast<std::size_t>(size) + 1, '\0');
  OBJ_obj2txt(text.data(), size + 1, object, no_name);
  text.pop_back();
  return text;
}

}  // namespace

std::string ObjectId(const ASN1_OBJECT* object) {
  return ObjectText(object, true);
}

std::string ObjectName(const ASN1_OBJECT* object) {
  const int nid = OBJ_obj2nid(object);
  return nid == NID_undef ? ObjectId(object) : OBJ_nid2sn(nid);
}

std::string ObjectLongName(const ASN1_OBJECT* object) {
  return ObjectText(object, false);
}

ObjectNames NamesOf(const ASN1_OBJECT* object) {
  return {ObjectId(object), ObjectName(object)};
}

std::optional<std::string> Utf8Text(const ASN1_STRING* string) {
  const QueueGuard guard;
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, string);
  if (size < 0) return std::nullopt;
  const OpensslText owned(reinterpret_cast<char*>(utf8));
  return std::string(owned.get(), static_cast<std::size_t>(size));
}

std::string AsciiText(const ASN1_STRING* string) {
  const MemoryBio bio = NewMemoryBio();
  const unsigned long flags = ASN1_STRFLGS_ESC_CTRL | ASN1_STRFLGS_ESC_MSB;
  if (ASN1_STRING_print_ex(bio.get(), string, flags) < 0) {
    ThrowOpensslError("ASN1_STRING_print_ex");
  }
  return std::string(ContentOf(bio));
}

std::string BytesOf(const ASN1_STRING* string) {
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(string));
  if (size == 0) return {};
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)), size);
}

bool IsAscii(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string NumberText(const ASN1_INTEGER* number) {
  const QueueGuard guard;
  const NumberHandle value(Check(ASN1_INTEGER_to_BN(number, nullptr), "ASN1_INTEGER_to_BN"));
  const OpensslText text(Check(BN_bn2hex(value.get()), "BN_bn2hex"));
  return text.get();
}

std::string StringDer(const ASN1_STRING* string) {
  ASN1_TYPE any{};
  any.type = ASN1_STRING_type(string);
  any.value.asn1_string = const_cast<ASN1_STRING*>(string);
  return DerText<i2d_ASN1_TYPE>(&any);
}

}  // namespace bladessl::openssl
