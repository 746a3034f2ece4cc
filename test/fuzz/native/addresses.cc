// Hosts, ports and addresses of connect and accept BIOs, and names and addresses to check a peer
// for: a line of text each. What was taken is shown again, and taken again the same.
#include <arpa/inet.h>

#include "native/openssl/bio.h"
#include "native/openssl/ssl.h"
#include "test/fuzz/native/fuzz.h"

namespace {

using namespace bladessl::fuzz;
using bladessl::openssl::Bio;
using bladessl::openssl::Context;
using bladessl::openssl::IsNumericAddress;
using bladessl::openssl::Role;
using bladessl::openssl::Ssl;

using Parts = std::pair<std::optional<std::string>, std::optional<std::string>>;

constexpr unsigned long kHighestPort = 65535;

bool IsDigits(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

void RequirePort(const std::optional<std::string>& port) {
  if (!port || !IsDigits(*port)) return;
  Require(port->size() <= 5 && std::stoul(*port) <= kHighestPort, "a port is a port: " + *port);
}

std::string HostPort(const Parts& parts) {
  const std::string host = parts.first.value_or("");
  const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return parts.second ? shown + ":" + *parts.second : shown;
}

Parts PartsOf(const Bio& link) {
  return {link.connect_host(), link.connect_port()};
}

void Connect(const std::string& text) {
  const auto link = Bio::New(BIO_s_connect());
  const Parts before = PartsOf(*link);
  if (!Attempt([&] { link->SetConnectHost(text); })) {
    Require(PartsOf(*link) == before, "what was refused has left nothing behind");
    return;
  }
  const Parts parts = PartsOf(*link);
  RequirePort(parts.second);
  const std::string host = parts.first.value_or("");
  Require(link->fixed_address().has_value() == IsNumericAddress(host), "an address is found");
  // An IPv6 address may lack its brackets only where it stands alone.
  const auto again = Bio::New(BIO_s_connect());
  again->SetConnectHost(HostPort(parts));
  Require(PartsOf(*again) == parts, "the same host and port: " + HostPort(parts));
}

void Accept(const std::string& text) {
  const auto link = Bio::New(BIO_s_accept());
  if (!Attempt([&] { link->SetAcceptName(text); })) {
    Require(!link->accept_name() && !link->accept_port(), "what was refused has left nothing");
    return;
  }
  RequirePort(link->accept_port());
}

void Ports(const std::string& text) {
  const auto connect = Bio::New(BIO_s_connect());
  const auto accept = Bio::New(BIO_s_accept());
  if (Attempt([&] { connect->SetConnectPort(text); })) RequirePort(connect->connect_port());
  if (Attempt([&] { accept->SetAcceptPort(text); })) RequirePort(accept->accept_port());
}

void Numeric(const std::string& text) {
  const auto link = Bio::New(BIO_s_connect());
  const bool numeric = IsNumericAddress(text);
  const bool taken = Attempt([&] { link->SetConnectAddress(text); });
  Require(taken == numeric, "an address is taken, and nothing else: " + text);
  if (taken) Require(link->connect_address() == text, "the address is shown");
}

void Verify(const std::string& text) {
  static const auto context = std::make_shared<Context>(Role::kClient);
  Ssl ssl(context);
  if (Attempt([&] { ssl.SetHostname(text); })) {
    Require(ssl.hostname().value_or("") == text, "the hostname is shown");
  }
  if (Attempt([&] { ssl.SetVerifyName(text); })) {
    Require(ssl.verify_name().value_or("") == text, "the name is shown");
  }
  const bool taken = Attempt([&] { ssl.SetVerifyIp(text); });
  if (taken) Require(ssl.verify_ip().value_or("") == text, "the address is shown");
  if (IsNumericAddress(text)) Require(taken, "an address to check for: " + text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  for (int lines = 0; lines < 8 && !input.empty(); ++lines) {
    // As from JavaScript: no NUL.
    std::string text(input.Line());
    text.erase(std::remove(text.begin(), text.end(), '\0'), text.end());
    Connect(text);
    Accept(text);
    Ports(text);
    Numeric(text);
    Verify(text);
  }
  return 0;
}
