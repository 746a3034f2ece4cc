#include "native/openssl/encoding.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <climits>

#include "native/openssl/error.h"

namespace bladessl::openssl {

namespace {

// UTF-8 as it is, not as \XX.
constexpr unsigned long kNameFlags =
    XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

void RequireSize(std::string_view bytes) {
  if (bytes.size() > INT_MAX) {
    throw UsageError("ERR_OUT_OF_RANGE", "the input is longer than 2 GiB");
  }
}

bool IsOneSequence(std::string_view bytes) {
  const unsigned char* content = DerOf(bytes);
  long length = 0;
  int tag = 0;
  int tag_class = 0;
  const int form =
      ASN1_get_object(&content, &length, &tag, &tag_class, static_cast<long>(bytes.size()));
  ERR_clear_error();
  return (form & 0x80) == 0 && tag == V_ASN1_SEQUENCE &&
         content + length == DerOf(bytes) + bytes.size();
}

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

}  // namespace

bool IsPem(std::string_view bytes) {
  RequireSize(bytes);
  if (bytes.empty()) return true;
  if (IsOneSequence(bytes)) return false;
  if (bytes.find("-----BEGIN") != std::string_view::npos) return true;
  return std::none_of(bytes.begin(), bytes.end(), IsControl);
}

void RequireWhole(std::string_view bytes, const unsigned char* end) {
  const auto left = DerOf(bytes) + bytes.size() - end;
  if (left == 0) return;
  throw UsageError("ERR_TRAILING_DATA", std::to_string(left) + " bytes follow the DER object");
}

MemoryBio NewMemoryBio() {
  return MemoryBio(Check(BIO_new(BIO_s_mem()), "BIO_new"));
}

std::string_view ContentOf(const MemoryBio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return size <= 0 ? std::string_view() : std::string_view(data, static_cast<std::size_t>(size));
}

std::string NameText(const X509_NAME* name) {
  const MemoryBio bio = NewMemoryBio();
  if (X509_NAME_print_ex(bio.get(), name, 0, kNameFlags) < 0) {
    ThrowOpensslError("X509_NAME_print_ex");
  }
  return std::string(ContentOf(bio));
}

PemReader::PemReader(std::string_view text, Memory memory) : memory_(memory) {
  RequireSize(text);
  // OpenSSL looks for BEGIN at the start of a line only.
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text.remove_prefix(kByteOrderMark.size());
  }
  const char* data = text.empty() ? "" : text.data();
  bio_.reset(Check(BIO_new_mem_buf(data, static_cast<int>(text.size())), "BIO_new_mem_buf"));
}

std::optional<PemBlock> PemReader::Next() {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  unsigned int flags = PEM_FLAG_EAY_COMPATIBLE;
  if (memory_ == Memory::kSecure) flags |= PEM_FLAG_SECURE;
  if (PEM_read_bio_ex(bio_.get(), &name, &header, &data, &size, flags) != 1) {
    // It fails without a word on a block with nothing in it.
    if (ERR_peek_last_error() == 0) ERR_raise(ERR_LIB_ASN1, ASN1_R_NOT_ENOUGH_DATA);
    const unsigned long code = ERR_peek_last_error();
    if (ERR_GET_LIB(code) != ERR_LIB_PEM || ERR_GET_REASON(code) != PEM_R_NO_START_LINE) {
      ThrowOpensslError("PEM_read_bio_ex");
    }
    return std::nullopt;
  }
  const OpensslText owned_name(name);
  const OpensslText owned_header(header);
  Secret secret = Secret::Adopt(data, static_cast<std::size_t>(size));
  if (!seen_.empty()) seen_ += ", ";
  seen_ += name;
  return PemBlock{name, header, std::move(secret)};
}

void PemReader::ThrowMissing(const char* code, const char* wanted) const {
  if (!seen_.empty()) {
    throw UsageError(code, std::string("no ") + wanted + " in the PEM text, which has: " + seen_);
  }
  ErrorReport report = TakeErrors("no start line");
  report.message += std::string(": no PEM ") + wanted + " in the input";
  throw OpensslError(std::move(report));
}

}  // namespace bladessl::openssl
