// What the fuzz targets share: an input in pieces, and what holds of every failure.
#pragma once

#include <openssl/err.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "native/openssl/error.h"

namespace bladessl::fuzz {

using openssl::OpensslError;
using openssl::UsageError;

inline void Require(bool truth, const std::string& what) {
  if (truth) return;
  std::fprintf(stderr, "DOES NOT HOLD: %s\n", what.c_str());
  std::abort();
}

// The bytes of the fuzzer, from front to back. At their end all numbers are 0, and all texts empty.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }
  std::uint8_t Byte() {
    const std::string_view one = Take(1);
    return one.empty() ? 0 : static_cast<std::uint8_t>(one.front());
  }
  bool Flag() { return (Byte() & 1) != 0; }
  // Two bytes.
  std::size_t Number() {
    const std::size_t high = Byte();
    return high << 8 | Byte();
  }
  std::string_view Take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view Rest() { return Take(rest_.size()); }
  // Up to a line's end.
  std::string_view Line() {
    const std::string_view line = Take(rest_.find('\n'));
    Take(1);
    return line;
  }

 private:
  std::string_view rest_;
};

inline bool IsErrorCode(const std::string& code) {
  return code.rfind("ERR_", 0) == 0 && code.size() > 4 && code.rfind("ERR_OSSL_UNKNOWN_", 0) != 0 &&
         std::all_of(code.begin(), code.end(), [](unsigned char c) {
           return std::isupper(c) != 0 || std::isdigit(c) != 0 || c == '_';
         });
}

inline void Judge(const OpensslError& error) {
  const openssl::ErrorReport& report = error.report();
  Require(!report.message.empty(), "a failure has a message");
  Require(report.code.empty() ? report.sys_errno != 0 : IsErrorCode(report.code),
          "a failure has a code or an errno: '" + report.code + "' " + report.message);
  // Where OpenSSL says nothing, the name of one of its functions is no message.
  const bool has_words = report.message.find(' ') != std::string::npos;
  Require(report.code != "ERR_OPENSSL_FAILURE" || has_words, "a message: " + report.message);
  for (const openssl::ErrorEntry& entry : report.entries) {
    Require(entry.code != 0 && !entry.reason.empty(), "an entry has a code and a reason");
  }
}

inline void Judge(const UsageError& error) {
  Require(*error.what() != '\0', "a refusal has a message");
  Require(IsErrorCode(error.code()), "a refusal has a code: " + error.code());
}

// Whether the call succeeded. If not, it threw one of the floor's errors, with all that belongs to
// one; either way the error queue is empty.
template <class Call>
bool Attempt(Call call) {
  bool done = false;
  try {
    call();
    done = true;
  } catch (const OpensslError& error) {
    Judge(error);
  } catch (const UsageError& error) {
    Judge(error);
  }
  Require(ERR_peek_error() == 0, "the error queue is empty");
  return done;
}

}  // namespace bladessl::fuzz
