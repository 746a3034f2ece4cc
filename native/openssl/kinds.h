// What DER is that is not what it was taken for.
#pragma once

#include <string_view>

namespace bladessl::openssl {

// After a parser has failed on `der`: throws UsageError `code`, "this is PKCS#12, no certificate",
// if another parser can read it, and else what is in the queue.
[[noreturn]] void ThrowUnreadable(std::string_view der, const char* code, const char* wanted);

}  // namespace bladessl::openssl
