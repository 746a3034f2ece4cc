#include "native/openssl/name.h"

#include "native/openssl/encoding.h"
#include "native/openssl/error.h"

namespace bladessl::openssl {

namespace {

using NameHandle = Owned<X509_NAME, X509_NAME_free>;

constexpr std::string_view kDigits = "0123456789abcdef";

std::string Hex(std::string_view bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 0xFU];
  }
  return hex;
}

std::string ValueText(const ASN1_STRING* value) {
  return Utf8Text(value).value_or("#" + Hex(StringDer(value)));
}

}  // namespace

Name ReadName(const X509_NAME* name) {
  const QueueGuard guard;
  Name read{NameText(name), {}};
  int set = -1;
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    if (X509_NAME_ENTRY_set(entry) != set) read.rdns.emplace_back();
    set = X509_NAME_ENTRY_set(entry);
    read.rdns.back().push_back(
        {NamesOf(X509_NAME_ENTRY_get_object(entry)), ValueText(X509_NAME_ENTRY_get_data(entry))});
  }
  return read;
}

Name ParseName(std::string_view der) {
  const QueueGuard guard;
  const unsigned char* end = DerOf(der);
  const NameHandle name(
      Check(d2i_X509_NAME(nullptr, &end, static_cast<long>(der.size())), "d2i_X509_NAME"));
  RequireWhole(der, end);
  return ReadName(name.get());
}

}  // namespace bladessl::openssl
