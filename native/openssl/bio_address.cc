// The members of connect and accept BIOs: where to, and where from.
#include <algorithm>
#include <cctype>
#include <cstring>

#include "native/openssl/bio.h"
#include "native/openssl/system.h"

namespace bladessl::openssl {

bool IsNumericAddress(const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

namespace {

AddressHandle ParseAddress(const std::string& text) {
  AddressHandle address(Check(BIO_ADDR_new(), "BIO_ADDR_new"));
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

bool IsPort(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isdigit(c) != 0; });
}

// Host and port of "host:port" by OpenSSL's own rules, and of an IPv6 address without brackets; a
// part that is missing is empty.
std::pair<std::string, std::string> ParseHost(const std::string& text) {
  if (IsNumericAddress(text)) return {text, ""};
  char* host = nullptr;
  char* port = nullptr;
  Check(BIO_parse_hostserv(text.c_str(), &host, &port, BIO_PARSE_PRIO_HOST), "not a host:port");
  std::pair<std::string, std::string> parts(host == nullptr ? "" : host,
                                            port == nullptr ? "" : port);
  OPENSSL_free(host);
  OPENSSL_free(port);
  return parts;
}

constexpr std::size_t kPortDigits = 5;
constexpr int kHighestPort = 65535;

void RequirePort(const std::string& port) {
  if (!IsPort(port)) return;  // the name of a service
  if (port.size() <= kPortDigits && std::stoi(port) <= kHighestPort) return;
  throw UsageError("ERR_OUT_OF_RANGE", "the port must be from 0 to 65535, not " + port);
}

std::string Bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::optional<std::string> Known(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

bool Bio::needs_lookup() const {
  return address_.empty() && !host_.empty() && host_ != "*" && !IsNumericAddress(host_);
}

std::optional<std::string> Bio::fixed_address() const {
  if (pinned_) return address_;
  return IsNumericAddress(host_) ? std::optional(host_) : std::nullopt;
}

std::string Bio::ServerName() const {
  const Bio* link = this;
  while (link->type() != BIO_TYPE_CONNECT && link->next_) link = link->next_.get();
  if (link->type() != BIO_TYPE_CONNECT) return {};
  return link->host_.empty() ? link->address_ : link->host_;
}

void Bio::SetConnectHost(const std::string& text) {
  RequireSettable(BIO_TYPE_CONNECT, "connHostname");
  const QueueGuard guard;
  const auto parts = ParseHost(text);
  RequirePort(parts.second);
  Check(BIO_set_conn_hostname(bio_, Bracketed(parts.first).c_str()), "BIO_set_conn_hostname");
  host_ = parts.first;
  address_.clear();
  pinned_ = false;
  if (!parts.second.empty()) SetConnectPort(parts.second);
}

void Bio::SetConnectPort(const std::string& port) {
  RequireSettable(BIO_TYPE_CONNECT, "connPort");
  const QueueGuard guard;
  RequirePort(port);
  Check(BIO_set_conn_port(bio_, port.c_str()), "BIO_set_conn_port");
  port_ = port;
}

void Bio::SetConnectFamily(int family) {
  RequireSettable(BIO_TYPE_CONNECT, "connFamily");
  const QueueGuard guard;
  Check(BIO_set_conn_ip_family(bio_, BioFamily(family)), "BIO_set_conn_ip_family");
  family_ = family;
}

void Bio::SetConnectAddress(const std::string& text) {
  RequireSettable(BIO_TYPE_CONNECT, "connAddress");
  UseAddress(text);
  pinned_ = true;
}

void Bio::UseAddress(const std::string& text) {
  const QueueGuard guard;
  const AddressHandle address = ParseAddress(text);
  if (type() == BIO_TYPE_ACCEPT) {
    address_ = text;
    ApplyAcceptName();
    return;
  }
  RequireType(BIO_TYPE_CONNECT, "connAddress");
  Check(BIO_set_conn_address(bio_, address.get()), "BIO_set_conn_address");
  if (!port_.empty()) Check(BIO_set_conn_port(bio_, port_.c_str()), "BIO_set_conn_port");
  address_ = text;
}

std::optional<std::string> Bio::connect_host() const {
  RequireType(BIO_TYPE_CONNECT, "connHostname");
  return Known(host_);
}

std::optional<std::string> Bio::connect_port() const {
  RequireType(BIO_TYPE_CONNECT, "connPort");
  return Known(port_);
}

std::optional<std::string> Bio::connect_address() const {
  RequireType(BIO_TYPE_CONNECT, "connAddress");
  return address_.empty() ? fixed_address() : std::optional(address_);
}

void Bio::SetAcceptName(const std::string& text) {
  RequireSettable(BIO_TYPE_ACCEPT, "acceptName");
  const QueueGuard guard;
  const auto parts = IsPort(text) ? std::pair(std::string(), text) : ParseHost(text);
  RequirePort(parts.second);
  host_ = parts.first;
  address_.clear();
  if (!parts.second.empty()) port_ = parts.second;
  ApplyAcceptName();
}

void Bio::SetAcceptPort(const std::string& port) {
  RequireSettable(BIO_TYPE_ACCEPT, "acceptPort");
  const QueueGuard guard;
  RequirePort(port);
  port_ = port;
  ApplyAcceptName();
}

// OpenSSL's setters of the one part forget the other.
void Bio::ApplyAcceptName() {
  if (port_.empty()) return;
  const std::string& host = address_.empty() ? host_ : address_;
  const std::string name = (host.empty() ? "*" : Bracketed(host)) + ":" + port_;
  Check(BIO_set_accept_name(bio_, name.c_str()), "BIO_set_accept_name");
}

void Bio::SetAcceptFamily(int family) {
  RequireSettable(BIO_TYPE_ACCEPT, "acceptFamily");
  const QueueGuard guard;
  Check(BIO_set_accept_ip_family(bio_, BioFamily(family)), "BIO_set_accept_ip_family");
  family_ = family;
}

// Once it listens, what the system chose; until then, what was asked for.
std::optional<std::string> Bio::accept_name() const {
  RequireType(BIO_TYPE_ACCEPT, "acceptName");
  const QueueGuard guard;
  if (const char* name = BIO_get_accept_name(bio_)) return name;
  return Known(host_);
}

std::optional<std::string> Bio::accept_port() const {
  RequireType(BIO_TYPE_ACCEPT, "acceptPort");
  const QueueGuard guard;
  if (const char* port = BIO_get_accept_port(bio_)) return port;
  return Known(port_);
}

}  // namespace bladessl::openssl
