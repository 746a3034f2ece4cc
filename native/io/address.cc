#include "native/io/address.h"

#include <algorithm>
#include <array>
#include <charconv>
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

// An interface's name or number; 0 for none.
unsigned ZoneIndex(const std::string& zone) {
  const unsigned index = if_nametoindex(zone.c_str());
  if (index != 0) return index;
  unsigned number = 0;
  const char* end = zone.data() + zone.size();
  const auto [rest, error] = std::from_chars(zone.data(), end, number);
  return error == std::errc{} && rest == end ? number : 0;
}

template <class Question>
Address Ask(Question question, int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (question(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return {storage, size};
}

[[noreturn]] void ThrowInvalid(const std::string& what) {
  throw openssl::UsageError("ERR_INVALID_ARG_VALUE", what);
}

}  // namespace

Address Address::Ip(const std::string& text, int port) {
  sockaddr_storage storage{};
  in_addr number4{};
  if (inet_pton(AF_INET, text.c_str(), &number4) == 1) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<std::uint16_t>(port));
    v4->sin_addr = number4;
    return {storage, sizeof *v4};
  }
  in6_addr number6{};
  const std::size_t percent = text.find('%');
  if (inet_pton(AF_INET6, text.substr(0, percent).c_str(), &number6) != 1) {
    ThrowInvalid("not an IP address: " + text);
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(static_cast<std::uint16_t>(port));
  v6->sin6_addr = number6;
  if (percent != std::string::npos) {
    v6->sin6_scope_id = ZoneIndex(text.substr(percent + 1));
    if (v6->sin6_scope_id == 0) ThrowInvalid("no interface has the zone of " + text);
  }
  return {storage, sizeof *v6};
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

Address Address::Local(int fd) {
  return Ask(getsockname, fd);
}

Address Address::Peer(int fd) {
  return Ask(getpeername, fd);
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
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(get());
    return inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
  }
  if (family() != AF_INET6) return {};
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(get());
  return inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size()) + ZoneOf(v6->sin6_scope_id);
}

}  // namespace bladessl::io
