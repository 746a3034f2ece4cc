// OpenSSL derives a key from a password with as many iterations as the file says, up to 2^31 of
// them. Inputs that ask for hours of it would be all that the fuzzer ever finds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "native/openssl/encoding.h"
#include "test/fuzz/native/fuzz.h"

namespace bladessl::fuzz {

constexpr std::size_t kMostIterations = 20000;
constexpr std::size_t kRsaExponent = 65537;

// What an INTEGER of DER or BER that begins here has for a value, if it has one that fits.
inline std::size_t IntegerAt(std::string_view bytes) {
  Input input(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (input.Byte() != 2) return 0;
  std::size_t size = input.Byte();
  if (size > 0x80 && size <= 0x84) {
    const std::string_view length = input.Take(size - 0x80);
    size = 0;
    for (const char c : length) size = size << 8 | static_cast<std::uint8_t>(c);
  }
  if (size > sizeof(std::size_t)) return 0;
  std::size_t value = 0;
  for (const char c : input.Take(size)) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

inline bool DerTakesLong(std::string_view der) {
  for (; !der.empty(); der.remove_prefix(1)) {
    const std::size_t value = IntegerAt(der);
    if (value > kMostIterations && value != kRsaExponent) return true;
  }
  return false;
}

inline bool TakesLong(std::string_view bytes) {
  if (!openssl::IsPem(bytes)) return DerTakesLong(bytes);
  bool found = false;
  Attempt([&] {
    const openssl::QueueGuard guard;
    openssl::PemReader reader(bytes, openssl::PemReader::Memory::kPlain);
    while (const auto block = reader.Next()) found = found || DerTakesLong(block->data.view());
  });
  return found;
}

}  // namespace bladessl::fuzz
