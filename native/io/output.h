// The two buffers of a loop through which its sockets send. Each belongs to one socket at a time:
// whoever comes next makes the one before hand over what it has gathered.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>

namespace bladessl::io {

template <class Owner, std::size_t Capacity>
class Gathering {
 public:
  static constexpr std::size_t kCapacity = Capacity;

  bool Belongs(const Owner& owner) const { return owner_ == &owner && size_ > 0; }
  Owner* other(const Owner& owner) const {
    return owner_ == &owner || size_ == 0 ? nullptr : owner_;
  }
  std::size_t room() const { return kCapacity - size_; }
  std::size_t size() const { return size_; }
  const unsigned char* data() const { return bytes_.get(); }

  void Append(Owner& owner, const void* data, std::size_t size) {
    if (!bytes_) bytes_.reset(new unsigned char[kCapacity]);
    std::memcpy(bytes_.get() + size_, data, size);
    size_ += size;
    owner_ = &owner;
  }
  void Clear() {
    size_ = 0;
    owner_ = nullptr;
  }
  void Forget(const Owner& owner) {
    if (owner_ == &owner) Clear();
  }

 private:
  std::unique_ptr<unsigned char[]> bytes_;
  std::size_t size_ = 0;
  Owner* owner_ = nullptr;
};

class SocketTransport;
class Connection;

// What a socket sends in one call: all records of a turn.
using Output = Gathering<SocketTransport, 128 * 1024>;
// What becomes one record: all small writes of a turn.
using Cork = Gathering<Connection, 16 * 1024>;

}  // namespace bladessl::io
