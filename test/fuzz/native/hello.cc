// The first bytes of a peer nobody knows: the input is all that it ever sends. A server or a client
// takes them, through a socket's stream or through BIOs. No such handshake can come to an end.
#include "native/openssl/bio.h"
#include "test/fuzz/native/tls.h"

namespace {

using namespace bladessl::fuzz;
using bladessl::openssl::Bio;

constexpr std::size_t kHeader = 5;

const std::shared_ptr<Context>& ContextOf(Role role) {
  static const auto server = [] {
    auto context = NewContext(Role::kServer);
    context->SetAlpn(std::string("\2h2\10http/1.1", 12));
    context->SetVerifyMode(SSL_VERIFY_PEER);
    return context;
  }();
  static const auto client = NewContext(Role::kClient);
  return role == Role::kServer ? server : client;
}

enum class Kind { kRecord, kOldHello, kOther };

// Content types run from 20 to 24, the major version is always 3 (RFC 8446, 5.1). A ClientHello of
// SSL 2 is told by its length's high bit and its type (RFC 5246, E.2).
Kind KindOf(Role role, std::string_view bytes) {
  if (bytes.size() < kHeader) return Kind::kRecord;
  const bool is_old = (bytes[0] & 0x80) != 0 && bytes[2] == 1;
  if (is_old && role == Role::kServer) return Kind::kOldHello;
  return bytes[0] >= 20 && bytes[0] <= 24 && bytes[1] == 3 ? Kind::kRecord : Kind::kOther;
}

void RequirePeerBytes(Kind kind, std::string_view bytes, const std::string& told) {
  const std::string_view first = bytes.substr(0, kHeader);
  if (kind == Kind::kOther) Require(told == first, "no record: the peer's first bytes are told");
  if (kind == Kind::kRecord) Require(told.empty() || told != first, "a record is none");
}

// Goes on, and asks once more: whoever has failed fails again.
template <class Handshake>
void Shake(Kind kind, std::string_view bytes, Handshake handshake) {
  for (int times = 0; times < 2; ++times) {
    try {
      Require(!handshake().done(), "nobody can have finished this handshake");
    } catch (const OpensslError& error) {
      Judge(error);
      RequirePeerBytes(kind, bytes, error.report().peer_bytes);
    }
    Require(ERR_peek_error() == 0, "the error queue is empty");
  }
}

void ThroughStream(Role role, std::size_t most, std::string_view bytes) {
  QueueWire wire;
  TlsStream stream(std::make_shared<Ssl>(ContextOf(role)), wire, "localhost");
  if (role == Role::kClient) Require(!stream.Handshake().done(), "the client waits for an answer");
  wire.incoming = bytes;
  wire.most = most;
  wire.ended = true;
  Shake(KindOf(role, bytes), bytes, [&] { return stream.Handshake(); });
  stream.ReleaseBuffers();
}

void ThroughBios(Role role, std::string_view bytes) {
  const auto ssl = std::make_shared<Ssl>(ContextOf(role));
  const auto in = Bio::New(BIO_s_mem());
  const auto out = Bio::New(BIO_s_mem());
  if (!bytes.empty()) in->Write(bytes.data(), bytes.size());
  ssl->SetTransport(in, out);
  Shake(KindOf(role, bytes), bytes, [&] { return ssl->Handshake(); });
  Attempt([&] { ssl->Shutdown(); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  Numbers::Restart();
  const std::uint8_t how = input.Byte();
  const std::size_t most = 1 + input.Byte();
  const Role role = (how & 1) != 0 ? Role::kClient : Role::kServer;
  const std::string_view bytes = input.Rest();
  if ((how & 2) != 0) {
    ThroughBios(role, bytes);
  } else {
    ThroughStream(role, most, bytes);
  }
  return 0;
}
