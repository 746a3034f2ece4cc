// Sessions in DER, as a client takes them up. What was taken is given back, taken again the same,
// and offered to a server.
#include "test/fuzz/native/tls.h"

namespace {

using namespace bladessl::fuzz;

const std::shared_ptr<Context>& ClientContext() {
  static const auto context = NewContext(Role::kClient);
  return context;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::string der(input.Rest());
  Numbers::Restart();
  QueueWire wire;
  TlsStream stream(std::make_shared<Ssl>(ClientContext()), wire, "localhost");
  Ssl& ssl = *stream.ssl();
  if (!Attempt([&] { ssl.SetSession(der); })) {
    Require(!ssl.Session(), "a session that was refused is not there");
    return 0;
  }
  if (const auto kept = ssl.Session()) {
    Ssl other(ClientContext());
    other.SetSession(kept->view());
    const auto again = other.Session();
    Require(again && again->view() == kept->view(), "the session reads the same");
  }
  Attempt([&] { Require(!stream.Handshake().done(), "nobody has answered"); });
  return 0;
}
