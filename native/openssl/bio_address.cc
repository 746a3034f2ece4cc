// The members of connect and accept BIOs: where to, and where from.
#include <arpa/inet.h>
#include <sys/socket.h>

#include <cstring>

#include "native/openssl/bio.h"

namespace bladessl::openssl {

namespace {

using BioAddress = Owned<BIO_ADDR, BIO_ADDR_free>;

bool IsNumeric(const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

BioAddress ParseAddress(const std::string& text) {
  BioAddress address(Check(BIO_ADDR_new(), "BIO_ADDR_new"));
  unsigned char bytes[sizeof(in6_addr)];
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, text.c_str(), bytes) != 1) continue;
    const std::size_t size = family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
    Check(BIO_ADDR_rawmake(address.get(), family, bytes, size, 0), "BIO_ADDR_rawmake");
    return address;
  }
  throw UsageError("ERR_INVALID_ARG_VALUE", "'" + text + "' is not a numeric IP address");
}

int BioFamily(int family) {
  switch (family) {
    case AF_INET:
      return BIO_FAMILY_IPV4;
    case AF_INET6:
      return BIO_FAMILY_IPV6;
    case AF_UNSPEC:
      return BIO_FAMILY_IPANY;
    default:
      break;
  }
  throw UsageError(
      "ERR_INVALID_ARG_VALUE",
      "the family must be AF_INET, AF_INET6 or AF_UNSPEC, not " + std::to_string(family));
}

std::optional<std::string> Text(const char* text) {
  if (text == nullptr) return std::nullopt;
  return text;
}

// Host and port of "host:port" by OpenSSL's own rules; a part that is missing is empty.
std::pair<std::string, std::string> ParseHost(const std::string& text,
                                              BIO_hostserv_priorities alone) {
  char* host = nullptr;
  char* port = nullptr;
  Check(BIO_parse_hostserv(text.c_str(), &host, &port, alone), "not a host:port");
  std::pair<std::string, std::string> parts(host == nullptr ? "" : host,
                                            port == nullptr ? "" : port);
  OPENSSL_free(host);
  OPENSSL_free(port);
  return parts;
}

}  // namespace

void Bio::SetConnectHost(const std::string& host) {
  RequireType(BIO_TYPE_CONNECT, "connHostname");
  const QueueGuard guard;
  const auto parts = ParseHost(host, BIO_PARSE_PRIO_HOST);
  Check(BIO_set_conn_hostname(bio_, host.c_str()), "BIO_set_conn_hostname");
  host_ = parts.first;
  if (!parts.second.empty()) port_ = parts.second;
  needs_lookup_ = !IsNumeric(host_);
}

void Bio::SetConnectPort(const std::string& port) {
  RequireType(BIO_TYPE_CONNECT, "connPort");
  const QueueGuard guard;
  Check(BIO_set_conn_port(bio_, port.c_str()), "BIO_set_conn_port");
  port_ = port;
}

void Bio::SetConnectFamily(int family) {
  RequireType(BIO_TYPE_CONNECT, "connFamily");
  const QueueGuard guard;
  Check(BIO_set_conn_ip_family(bio_, BioFamily(family)), "BIO_set_conn_ip_family");
  family_ = family;
}

void Bio::UseAddress(const std::string& text) {
  const QueueGuard guard;
  if (type() == BIO_TYPE_ACCEPT) {
    (void)ParseAddress(text);
    const bool v6 = text.find(':') != std::string::npos;
    const std::string name = (v6 ? "[" + text + "]" : text) + ":" + port_;
    Check(BIO_set_accept_name(bio_, name.c_str()), "BIO_set_accept_name");
  } else {
    RequireType(BIO_TYPE_CONNECT, "connAddress");
    const BioAddress address = ParseAddress(text);
    Check(BIO_set_conn_address(bio_, address.get()), "BIO_set_conn_address");
    if (!port_.empty()) Check(BIO_set_conn_port(bio_, port_.c_str()), "BIO_set_conn_port");
  }
  if (host_.empty()) host_ = text;
  needs_lookup_ = false;
}

std::optional<std::string> Bio::connect_host() const {
  RequireType(BIO_TYPE_CONNECT, "connHostname");
  return host_.empty() ? std::nullopt : std::optional(host_);
}

std::optional<std::string> Bio::connect_port() const {
  RequireType(BIO_TYPE_CONNECT, "connPort");
  return port_.empty() ? std::nullopt : std::optional(port_);
}

std::optional<std::string> Bio::connect_address() const {
  RequireType(BIO_TYPE_CONNECT, "connAddress");
  const QueueGuard guard;
  const BIO_ADDR* address = BIO_get_conn_address(bio_);
  if (address == nullptr)
    return needs_lookup_ || host_.empty() ? std::nullopt : std::optional(host_);
  char* text = BIO_ADDR_hostname_string(address, 1);
  std::optional<std::string> result = Text(text);
  OPENSSL_free(text);
  return result;
}

void Bio::SetAcceptName(const std::string& name) {
  RequireType(BIO_TYPE_ACCEPT, "acceptName");
  const QueueGuard guard;
  const auto parts = ParseHost(name, BIO_PARSE_PRIO_SERV);
  Check(BIO_set_accept_name(bio_, name.c_str()), "BIO_set_accept_name");
  host_ = parts.first;
  if (!parts.second.empty()) port_ = parts.second;
  needs_lookup_ = !host_.empty() && host_ != "*" && !IsNumeric(host_);
}

void Bio::SetAcceptPort(const std::string& port) {
  RequireType(BIO_TYPE_ACCEPT, "acceptPort");
  const QueueGuard guard;
  Check(BIO_set_accept_port(bio_, port.c_str()), "BIO_set_accept_port");
  port_ = port;
}

void Bio::SetAcceptFamily(int family) {
  RequireType(BIO_TYPE_ACCEPT, "acceptFamily");
  const QueueGuard guard;
  Check(BIO_set_accept_ip_family(bio_, BioFamily(family)), "BIO_set_accept_ip_family");
  family_ = family;
}

// Once it listens, what the system chose; until then, what was asked for.
std::optional<std::string> Bio::accept_name() const {
  RequireType(BIO_TYPE_ACCEPT, "acceptName");
  const QueueGuard guard;
  if (const char* name = BIO_get_accept_name(bio_)) return name;
  return host_.empty() ? std::nullopt : std::optional(host_);
}

std::optional<std::string> Bio::accept_port() const {
  RequireType(BIO_TYPE_ACCEPT, "acceptPort");
  const QueueGuard guard;
  if (const char* port = BIO_get_accept_port(bio_)) return port;
  return port_.empty() ? std::nullopt : std::optional(port_);
}

}  // namespace bladessl::openssl
