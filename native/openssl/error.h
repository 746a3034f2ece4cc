// Failures of this floor, as data. The error queue belongs to the thread, and Node's own tls and
// crypto read the same one: it is cleared before a call that may fail, taken whole right after the
// failure, and empty when control leaves this floor.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace bladessl::openssl {

// One entry of OpenSSL's queue.
struct ErrorEntry {
  unsigned long code = 0;
  std::string library;
  std::string reason;
  std::string function;
  std::string file;
  int line = 0;
  std::string data;
};

struct Alert {
  int number = 0;
  bool sent = false;
};

// The first fault that chain verification met.
struct VerifyFailure {
  int code = 0;
  int depth = 0;
  std::string message;
  std::string subject;
  std::string expected;  // the name or address that was asked for, when one was
};

struct ErrorReport {
  // `ERR_SSL_<REASON>`, `ERR_OSSL_<LIB>_<REASON>`, or one of our own; empty when only errno speaks.
  std::string code;
  std::string message;
  std::string library;
  std::string reason;
  std::string syscall;
  int sys_errno = 0;
  std::optional<Alert> alert;
  std::optional<VerifyFailure> verify;
  // What the peer sent where a TLS record header belongs ("HTTP/", "220 m"); empty when it was one.
  std::string peer_bytes;
  std::vector<ErrorEntry> entries;
};

// Thrown when OpenSSL or the system refused.
class OpensslError : public std::exception {
 public:
  explicit OpensslError(ErrorReport report) : report_(std::move(report)) {}
  const char* what() const noexcept override { return report_.message.c_str(); }
  const ErrorReport& report() const { return report_; }

 private:
  ErrorReport report_;
};

// Thrown when the caller asked for what cannot be: a freed object, a cycle, a re-entrant call.
class UsageError : public std::exception {
 public:
  UsageError(std::string code, std::string message)
      : code_(std::move(code)), message_(std::move(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& code() const { return code_; }

 private:
  std::string code_;
  std::string message_;
};

// Takes every entry out of the queue and builds the report. `sys_errno` is errno as it was right
// after the failing call, 0 when the system had no part in it. `fallback` is the message used when
// the queue has nothing to say.
ErrorReport TakeErrors(const char* fallback, int sys_errno = 0);

[[noreturn]] void ThrowOpensslError(const char* fallback);

// For calls that answer 1 (or a positive count) when they succeed.
inline void Check(long result, const char* what) {
  if (result <= 0) ThrowOpensslError(what);
}

template <class T>
T* Check(T* pointer, const char* what) {
  if (pointer == nullptr) ThrowOpensslError(what);
  return pointer;
}

// Empty queue on the way in and on the way out.
class QueueGuard {
 public:
  QueueGuard();
  ~QueueGuard();
  QueueGuard(const QueueGuard&) = delete;
  QueueGuard& operator=(const QueueGuard&) = delete;
};

// OpenSSL's packed code of the entry that names the failure; 0 when there is none.
unsigned long LeadingCode(const ErrorReport& report);

// What OpenSSL says about a packed error code ("error:0A000086:SSL routines::...").
std::string DescribeCode(unsigned long code);

}  // namespace bladessl::openssl
