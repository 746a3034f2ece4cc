#include "native/openssl/error.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cctype>

#include "native/openssl/system.h"

namespace bladessl::openssl {

namespace {

std::string Text(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

// "certificate verify failed" -> "CERTIFICATE_VERIFY_FAILED"
std::string Constant(const std::string& words) {
  std::string out;
  for (unsigned char c : words) {
    if (std::isalnum(c) != 0) {
      out.push_back(static_cast<char>(std::toupper(c)));
    } else if (!out.empty() && out.back() != '_') {
      out.push_back('_');
    }
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  return out;
}

const char* LibraryName(int library) {
  switch (library) {
    case ERR_LIB_SSL:
      return "SSL";
    case ERR_LIB_BN:
      return "BN";
    case ERR_LIB_RSA:
      return "RSA";
    case ERR_LIB_DH:
      return "DH";
    case ERR_LIB_EVP:
      return "EVP";
    case ERR_LIB_BUF:
      return "BUF";
    case ERR_LIB_OBJ:
      return "OBJ";
    case ERR_LIB_PEM:
      return "PEM";
    case ERR_LIB_DSA:
      return "DSA";
    case ERR_LIB_X509:
      return "X509";
    case ERR_LIB_ASN1:
      return "ASN1";
    case ERR_LIB_CONF:
      return "CONF";
    case ERR_LIB_CRYPTO:
      return "CRYPTO";
    case ERR_LIB_EC:
      return "EC";
    case ERR_LIB_BIO:
      return "BIO";
    case ERR_LIB_PKCS7:
      return "PKCS7";
    case ERR_LIB_X509V3:
      return "X509V3";
    case ERR_LIB_PKCS12:
      return "PKCS12";
    case ERR_LIB_RAND:
      return "RAND";
    case ERR_LIB_OCSP:
      return "OCSP";
    case ERR_LIB_CMS:
      return "CMS";
    case ERR_LIB_ASYNC:
      return "ASYNC";
    case ERR_LIB_OSSL_STORE:
      return "STORE";
    case ERR_LIB_PROV:
      return "PROV";
    case ERR_LIB_OSSL_ENCODER:
      return "ENCODER";
    case ERR_LIB_OSSL_DECODER:
      return "DECODER";
    default:
      return "UNKNOWN";
  }
}

std::string CodeOf(const ErrorEntry& entry) {
  const int library = ERR_GET_LIB(entry.code);
  const std::string reason = Constant(entry.reason);
  if (library == ERR_LIB_SSL) return "ERR_SSL_" + reason;
  return std::string("ERR_OSSL_") + LibraryName(library) + "_" + reason;
}

std::vector<ErrorEntry> DrainQueue() {
  std::vector<ErrorEntry> entries;
  const char* file = nullptr;
  const char* function = nullptr;
  const char* data = nullptr;
  int line = 0;
  int flags = 0;
  while (unsigned long code = ERR_get_error_all(&file, &line, &function, &data, &flags)) {
    ErrorEntry entry;
    entry.code = code;
    entry.library = Text(ERR_lib_error_string(code));
    entry.reason = ERR_SYSTEM_ERROR(code) ? system::ErrorText(ERR_GET_REASON(code))
                                          : Text(ERR_reason_error_string(code));
    if (entry.reason.empty()) entry.reason = "reason " + std::to_string(ERR_GET_REASON(code));
    entry.function = Text(function);
    entry.file = Text(file);
    entry.line = line;
    if ((flags & ERR_TXT_STRING) != 0) entry.data = Text(data);
    entries.push_back(std::move(entry));
  }
  return entries;
}

// OpenSSL 3.2 and newer put this over every failure of the record layer.
constexpr int kRecordLayerFailure = 313;  // SSL_R_RECORD_LAYER_FAILURE, which 3.0 does not know

// The queue holds the root cause first and what was made of it last. For libssl its own last word
// names the failure best ("certificate verify failed"), elsewhere the root cause does.
const ErrorEntry* Leading(const std::vector<ErrorEntry>& entries) {
  const ErrorEntry* leading = entries.empty() ? nullptr : &entries.front();
  for (const ErrorEntry& entry : entries) {
    if (ERR_GET_LIB(entry.code) != ERR_LIB_SSL) continue;
    const bool is_first = ERR_GET_LIB(leading->code) != ERR_LIB_SSL;
    if (is_first || ERR_GET_REASON(entry.code) != kRecordLayerFailure) leading = &entry;
  }
  return leading;
}

}  // namespace

ErrorReport TakeErrors(const char* fallback, int sys_errno) {
  ErrorReport report;
  report.entries = DrainQueue();
  const ErrorEntry* leading = Leading(report.entries);
  if (leading != nullptr && ERR_SYSTEM_ERROR(leading->code)) {
    report.sys_errno = ERR_GET_REASON(leading->code);
    report.message = leading->reason;
    report.syscall = leading->data.substr(0, leading->data.find('('));
    const auto calling = report.syscall.rfind("calling ", 0);
    if (calling == 0) report.syscall.erase(0, 8);
  } else if (leading != nullptr) {
    report.code = CodeOf(*leading);
    report.library = leading->library;
    report.reason = leading->reason;
    report.message = leading->reason;
    // A library below OpenSSL (the resolver, say) has failed; only the data tells how.
    if (ERR_GET_REASON(leading->code) == ERR_R_SYS_LIB && !leading->data.empty()) {
      report.message += ": " + leading->data;
    }
  } else if (sys_errno != 0) {
    report.sys_errno = sys_errno;
    report.message = system::ErrorText(sys_errno);
  } else {
    report.code = "ERR_OPENSSL_FAILURE";
    report.message = fallback;
  }
  return report;
}

void ThrowOpensslError(const char* fallback) {
  throw OpensslError(TakeErrors(fallback));
}

namespace {

// ERR_clear_error visits every slot of the ring; seeing that it is empty is cheaper.
void ClearQueue() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

}  // namespace

QueueGuard::QueueGuard() {
  ClearQueue();
}
QueueGuard::~QueueGuard() {
  ClearQueue();
}

unsigned long LeadingCode(const ErrorReport& report) {
  const ErrorEntry* leading = Leading(report.entries);
  if (leading != nullptr) return leading->code;
  return report.sys_errno == 0 ? 0 : ERR_SYSTEM_FLAG | static_cast<unsigned long>(report.sys_errno);
}

std::string DescribeCode(unsigned long code) {
  char text[256];
  ERR_error_string_n(code, text, sizeof text);
  return text;
}

}  // namespace bladessl::openssl
