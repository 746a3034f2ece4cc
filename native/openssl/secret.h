// Bytes that are wiped when they are let go: keys, passwords, and the texts made of them.
#pragma once

#include <openssl/crypto.h>

#include <cstring>
#include <memory>
#include <new>
#include <string_view>

namespace bladessl::openssl {

// Moving it moves a pointer: no copy of the bytes stays behind, as one of a std::string would.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes) : Secret(bytes.size()) {
    if (!bytes.empty()) std::memcpy(data_.get(), bytes.data(), bytes.size());
  }
  explicit Secret(std::size_t size) : size_(size) {
    if (size == 0) return;
    data_ = Bytes(static_cast<unsigned char*>(OPENSSL_malloc(size)), Wipe{size});
    if (!data_) throw std::bad_alloc();
  }
  // Takes over what OpenSSL has allocated, in its secure heap or elsewhere.
  static Secret Adopt(unsigned char* data, std::size_t size) {
    Secret secret;
    secret.data_ = Bytes(data, Wipe{size});
    secret.size_ = size;
    return secret;
  }

  unsigned char* data() { return data_.get(); }
  std::size_t size() const { return size_; }
  // Forgets the end; it is wiped with the rest.
  void Shorten(std::size_t size) { size_ = size; }
  std::string_view view() const { return {reinterpret_cast<const char*>(data_.get()), size_}; }

 private:
  struct Wipe {
    std::size_t size;
    void operator()(unsigned char* data) const { OPENSSL_secure_clear_free(data, size); }
  };
  using Bytes = std::unique_ptr<unsigned char, Wipe>;

  Bytes data_;
  std::size_t size_ = 0;
};

}  // namespace bladessl::openssl
