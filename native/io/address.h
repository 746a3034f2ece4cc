// Addresses of sockets: IPv4, IPv6 (with its zone) and Unix paths.
#pragma once

#include <string>

#include "native/openssl/system.h"

namespace bladessl::io {

class Address {
 public:
  Address() = default;

  // A numeric address; throws UsageError ERR_INVALID_ARG_VALUE.
  static Address Ip(const std::string& text, int port);
  static Address Unix(const std::string& path);
  // What getsockname(2) and getpeername(2) say; empty when they say nothing.
  static Address Local(int fd);
  static Address Peer(int fd);

  // What accept(2) has filled in.
  Address(const sockaddr_storage& storage, socklen_t size)
      : bytes_(reinterpret_cast<const char*>(&storage), size) {}

  int family() const { return empty() ? AF_UNSPEC : get()->sa_family; }
  bool empty() const { return bytes_.empty(); }
  int port() const;
  // The numeric address, or the path.
  std::string text() const;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(bytes_.data()); }
  socklen_t size() const { return static_cast<socklen_t>(bytes_.size()); }

 private:
  std::string bytes_;  // as small as the family allows: each connection keeps its peer's
};

}  // namespace bladessl::io
