// ALPN. A list as it is carried is taken when each name stands behind its length, which is 1 to
// 255. Of two such lists, a client's and a server's, the server picks the first of its own that the
// client has, and refuses when there is none.
#include <optional>
#include <vector>

#include "test/fuzz/native/tls.h"

namespace {

using namespace bladessl::fuzz;

constexpr int kNoApplicationProtocol = 120;

using Names = std::vector<std::string>;

// None when it is no list.
std::optional<Names> NamesOf(std::string_view wire) {
  Names names;
  while (!wire.empty()) {
    const auto size = static_cast<std::uint8_t>(wire.front());
    if (size == 0 || size >= wire.size()) return std::nullopt;
    names.emplace_back(wire.substr(1, size));
    wire.remove_prefix(1 + size);
  }
  return names;
}

std::optional<std::string> Picked(const Names& offered, const Names& own) {
  for (const std::string& name : own) {
    if (std::find(offered.begin(), offered.end(), name) != offered.end()) return name;
  }
  return std::nullopt;
}

void Negotiate(const std::shared_ptr<Context>& client_context,
               const std::shared_ptr<Context>& server_context, const Names& offered,
               const Names& own) {
  QueueWire client_wire;
  QueueWire server_wire;
  TlsStream client(std::make_shared<Ssl>(client_context), client_wire, "localhost");
  TlsStream server(std::make_shared<Ssl>(server_context), server_wire, "");
  client.Handshake();
  server_wire.incoming = client_wire.sent;
  const auto expected = Picked(offered, own);
  try {
    server.Handshake();
    Require(expected || offered.empty() || own.empty(), "a server without a protocol refuses");
    Require(server.ssl()->alpn() == expected, "the first of the server's that the client has");
  } catch (const OpensslError& error) {
    Judge(error);
    const auto alert = error.report().alert;
    Require(!expected && alert && alert->sent && alert->number == kNoApplicationProtocol,
            "only for want of a protocol");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::string offered(input.Take(input.Byte()));
  const std::string own(input.Rest());
  Numbers::Restart();
  static const auto client = NewContext(Role::kClient);
  static const auto server = NewContext(Role::kServer);
  const auto offered_names = NamesOf(offered);
  const auto own_names = NamesOf(own);
  Require(Attempt([&] { client->SetAlpn(offered); }) == offered_names.has_value(), "an offer");
  Require(Attempt([&] { server->SetAlpn(own); }) == own_names.has_value(), "a server's list");
  if (offered_names && own_names) Negotiate(client, server, *offered_names, *own_names);
  Require(ERR_peek_error() == 0, "the error queue is empty");
  return 0;
}
