// What ASN.1 calls objects and strings, as text.
#pragma once

#include <openssl/asn1.h>

#include <optional>
#include <string>

namespace bladessl::openssl {

// The dotted form; "invalid" for one that OpenSSL will not write (more than 586 bytes long).
std::string ObjectId(const ASN1_OBJECT* object);
// OpenSSL's short name ("CN", "serverAuth"), or the dotted form of an object that it does not know.
std::string ObjectName(const ASN1_OBJECT* object);
// OpenSSL's long name ("sha256WithRSAEncryption"), or the dotted form.
std::string ObjectLongName(const ASN1_OBJECT* object);

// An object that has both.
struct ObjectNames {
  std::string oid;
  std::string name;
};
ObjectNames NamesOf(const ASN1_OBJECT* object);

// UTF-8, of a character string of any type; strings of one byte a character are taken for Latin-1.
// None when it is no character string, or not one in the encoding of its type.
std::optional<std::string> Utf8Text(const ASN1_STRING* string);
// What is no printable ASCII is escaped as \XX.
std::string AsciiText(const ASN1_STRING* string);
// The bytes as they are.
std::string BytesOf(const ASN1_STRING* string);
bool IsAscii(const std::string& text);
// Upper-case hex, two digits a byte, but one for zero; "-" before a negative one.
std::string NumberText(const ASN1_INTEGER* number);

// The DER form, by one of OpenSSL's i2d functions.
template <auto Encode, class Object>
std::string DerText(const Object* object) {
  const int size = Encode(object, nullptr);
  if (size <= 0) return {};
  std::string der(static_cast<std::size_t>(size), '\0');
  auto* position = reinterpret_cast<unsigned char*>(der.data());
  Encode(object, &position);
  return der;
}
// The DER form with its own tag.
std::string StringDer(const ASN1_STRING* string);

}  // namespace bladessl::openssl
