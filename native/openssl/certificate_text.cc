#include "native/openssl/certificate_text.h"

#include <algorithm>
#include <string_view>

#include "native/openssl/asn1_text.h"
#include "native/openssl/encoding.h"
#include "native/openssl/error.h"

namespace bladessl::openssl {

namespace {

// The sections of X509_print_ex, by the flags that leave them out.
constexpr unsigned long kHead =
    X509_FLAG_NO_HEADER | X509_FLAG_NO_VERSION | X509_FLAG_NO_SERIAL | X509_FLAG_NO_SIGNAME;
constexpr unsigned long kKey = X509_FLAG_NO_SUBJECT | X509_FLAG_NO_PUBKEY | X509_FLAG_NO_IDS;
constexpr unsigned long kTail = X509_FLAG_NO_SIGDUMP | X509_FLAG_NO_AUX;
constexpr unsigned long kAll = kHead | kKey | kTail | X509_FLAG_NO_ISSUER | X509_FLAG_NO_VALIDITY |
                               X509_FLAG_NO_EXTENSIONS | X509_FLAG_NO_ATTRIBUTES;
// UTF-8 as it is, not as \XX.
constexpr unsigned long kNameFlags =
    XN_FLAG_ONELINE & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);

constexpr int kNameIndent = 12;
constexpr int kValueIndent = 16;

bool PrintSections(const MemoryBio& bio, const Certificate& certificate, unsigned long sections) {
  return X509_print_ex(bio.get(), certificate.get(), kNameFlags, kAll & ~sections) == 1;
}

std::string ValueText(X509_EXTENSION* extension) {
  const MemoryBio bio = NewMemoryBio();
  if (X509V3_EXT_print(bio.get(), extension, X509V3_EXT_DEFAULT, kValueIndent) != 1) {
    // Unknown to OpenSSL, or not what it should be.
    BIO_printf(bio.get(), "%*s", kValueIndent, "");
    ASN1_STRING_print(bio.get(), X509_EXTENSION_get_data(extension));
  }
  return std::string(ContentOf(bio));
}

// A line break in a name must not begin what looks like a line of another section.
std::string Indented(std::string_view lines) {
  const std::string indent(kValueIndent, ' ');
  std::string text;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    if (line.substr(0, kValueIndent) != indent) text += indent;
    text += line;
    text += '\n';
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
  }
  return text;
}

std::string ExtensionText(X509_EXTENSION* extension) {
  const char* critical = X509_EXTENSION_get_critical(extension) != 0 ? "critical" : "";
  return std::string(kNameIndent, ' ') + ObjectLongName(X509_EXTENSION_get_object(extension)) +
         ": " + critical + "\n" + Indented(ValueText(extension));
}

std::string ExtensionsText(const Certificate& certificate) {
  const int count = X509_get_ext_count(certificate.get());
  std::string text;
  if (count > 0) text = "        X509v3 extensions:\n";
  for (int i = 0; i < count; ++i) text += ExtensionText(X509_get_ext(certificate.get(), i));
  return text;
}

}  // namespace

std::string Describe(const Certificate& certificate) {
  const QueueGuard guard;
  const MemoryBio before = NewMemoryBio();
  Check(PrintSections(before, certificate, kHead | X509_FLAG_NO_ISSUER), "X509_print_ex fails");
  // It fails, after it has said so, where a date is none.
  if (!PrintSections(before, certificate, X509_FLAG_NO_VALIDITY)) BIO_puts(before.get(), "\n");
  Check(PrintSections(before, certificate, kKey), "X509_print_ex fails");
  const MemoryBio after = NewMemoryBio();
  Check(PrintSections(after, certificate, kTail), "X509_print_ex fails");
  return std::string(ContentOf(before)) + ExtensionsText(certificate) +
         std::string(ContentOf(after));
}

}  // namespace bladessl::openssl
