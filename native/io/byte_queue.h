// Bytes that wait, first in, first out. Holds no memory while it is empty.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

namespace bladessl::io {

class ByteQueue {
 public:
  bool empty() const { return size() == 0; }
  std::size_t size() const { return bytes_.size() - begin_; }
  const unsigned char* data() const { return bytes_.data() + begin_; }

  void Append(const void* data, std::size_t size) {
    // What has left is cut off when it is most of it: each byte moves a fixed number of times.
    if (begin_ > bytes_.size() / 2) {
      bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin_));
      begin_ = 0;
    }
    const auto* from = static_cast<const unsigned char*>(data);
    bytes_.insert(bytes_.end(), from, from + size);
  }

  // In front of everything.
  void Prepend(const void* data, std::size_t size) {
    const auto* from = static_cast<const unsigned char*>(data);
    bytes_.insert(bytes_.begin() + static_cast<std::ptrdiff_t>(begin_), from, from + size);
  }

  void Drop(std::size_t size) {
    begin_ += size;
    if (begin_ == bytes_.size()) Clear();
  }

  std::size_t Take(void* out, std::size_t size) {
    const std::size_t taken = std::min(size, this->size());
    std::memcpy(out, data(), taken);
    Drop(taken);
    return taken;
  }

  void Clear() {
    std::vector<unsigned char>().swap(bytes_);
    begin_ = 0;
  }

 private:
  std::vector<unsigned char> bytes_;
  std::size_t begin_ = 0;
};

}  // namespace bladessl::io
