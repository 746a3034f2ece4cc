#include "native/io/address.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <uv.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "native/openssl/error.h"

namespace bladessl::io {

namespace {

std::string ZoneOf(unsigned index) {
  if (index == 0) return {};
  std::array<char, IF_NAMESIZE> name{};
  if (if_indextoname(index, name.data()) != nullptr) return std::string("%") + name.data();
  return "%" + std::to_string(index);
}

[[noreturn]] void ThrowInvalid(const std::string& what) {
  throw openssl::UsageError("ERR_INVALID_ARG_VALUE", what);
}

}  // namespace

Address Address::Ip(const std::string& text, int port) {
  sockaddr_storage storage{};
  if (uv_ip4_addr(text.c_str(), port, reinterpret_cast<sockaddr_in*>(&storage)) == 0) {
    return {storage, sizeof(sockaddr_in)};
  }
  if (uv_ip6_addr(text.c_str(), port, reinterpret_cast<sockaddr_in6*>(&storage)) == 0) {
    return {storage, sizeof(sockaddr_in6)};
  }
  ThrowInvalid("not an IP address: " + text);
}

Address Address::Unix(const std::string& path) {
  sockaddr_storage storage{};
  auto* local = reinterpret_cast<sockaddr_un*>(&storage);
  if (path.empty() || path.size() >= sizeof local->sun_path) {
    ThrowInvalid("the path of a Unix socket has 1 to " +
                 std::to_string(sizeof local->sun_path - 1) + " bytes, not " +
                 std::to_string(path.size()));
  }
  local->sun_family = AF_UNIX;
  std::memcpy(local->sun_path, path.c_str(), path.size() + 1);
  return {storage, static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1)};
}

Address Address::Of(int fd, Question question) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (question(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return {storage, size};
}

int Address::port() const {
  if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(get())->sin_port);
  if (family() == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(get())->sin6_port);
  return 0;
}

std::string Address::text() const {
  if (family() == AF_UNIX) {
    const auto* local = reinterpret_cast<const sockaddr_un*>(get());
    const std::size_t size = bytes_.size() - offsetof(sockaddr_un, sun_path);
    return {local->sun_path, strnlen(local->sun_path, size)};
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family() == AF_INET) {
    uv_ip4_name(reinterpret_cast<const sockaddr_in*>(get()), text.data(), text.size());
    return text.data();
  }
  if (family() != AF_INET6) return {};
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(get());
  uv_ip6_name(v6, text.data(), text.size());
  return text.data() + ZoneOf(v6->sin6_scope_id);
}

}  // namespace bladessl::io
