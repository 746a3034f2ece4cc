// Two ends of a connection, and somebody between them who holds back, changes, drops, repeats and
// inserts bytes. Whatever comes through is what the other end has sent, and an end that looks like
// one is one. Where nothing was changed, everything arrives.
#include "test/fuzz/native/tls.h"

namespace {

using namespace bladessl::fuzz;

constexpr std::size_t kMostWritten = 1 << 17;
constexpr int kMostSteps = 400;

struct End {
  End(const std::shared_ptr<Context>& context, const std::string& server_name)
      : stream(std::make_shared<Ssl>(context), wire, server_name) {}

  // Sent data is a row of numbers: none of it looks like what stands elsewhere.
  void Write(std::size_t size) {
    if (!shaken || failed || closed || !stream.Writable() || written.size() > kMostWritten) return;
    std::string data;
    for (std::size_t i = 0; i < size; ++i) {
      data.push_back(static_cast<char>((written.size() + i) * 2654435761u >> 24));
    }
    failed = !Attempt([&] { stream.Write(data.data(), data.size()); });
    if (!failed) written += data;
  }

  void Handshake() {
    if (shaken || failed) return;
    failed = !Attempt([&] { shaken = stream.Handshake().done(); });
  }

  bool Read(std::size_t size) {
    if (!shaken || ended) return false;
    std::string part(size, '\0');
    SslResult result;
    if (!Attempt([&] { result = stream.Read(part.data(), part.size()); })) failed = true;
    if (failed) return false;
    received.append(part, 0, result.bytes);
    ended = result.error == SSL_ERROR_ZERO_RETURN;
    return result.done();
  }

  void Close() {
    if (!shaken || failed || closed || !stream.Writable()) return;
    failed = !Attempt([&] { stream.CloseNotify(); });
    closed = true;
  }

  QueueWire wire;
  TlsStream stream;
  std::string written;
  std::string received;
  bool shaken = false;
  bool failed = false;
  bool closed = false;
  bool ended = false;
};

struct Contexts {
  explicit Contexts(int version, int verify) {
    for (const auto& context : {server, client}) context->SetMaxVersion(version);
    server->SetVerifyMode(verify);
  }
  std::shared_ptr<Context> server = NewContext(Role::kServer);
  std::shared_ptr<Context> client = NewContext(Role::kClient);
};

const Contexts& ContextsFor(std::uint8_t choice) {
  constexpr int kMutual = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  static const Contexts all[] = {
      Contexts(TLS1_3_VERSION, SSL_VERIFY_NONE), Contexts(TLS1_2_VERSION, SSL_VERIFY_NONE),
      Contexts(TLS1_3_VERSION, kMutual), Contexts(TLS1_2_VERSION, kMutual)};
  return all[choice % std::size(all)];
}

class Conversation {
 public:
  explicit Conversation(const Contexts& contexts)
      : client_(contexts.client, "localhost"), server_(contexts.server, "") {}

  void Step(Input& input) {
    const std::uint8_t step = input.Byte();
    End& end = (step & 1) != 0 ? client_ : server_;
    End& other = (step & 1) != 0 ? server_ : client_;
    switch (step >> 1 & 15) {
      case 0:
      case 1:
        return end.Handshake();
      case 2:
        return (void)end.Read(1 + input.Number());
      case 3:
        return end.Write(1 + input.Number());
      case 4:
        return end.Close();
      case 5:
        return Deliver(end, other, input.Number());
      case 6:
        return Deliver(end, other, SIZE_MAX);
      case 7:
        return end.stream.ReleaseBuffers();
      case 8:
        return end.stream.ExpectMuch(input.Flag());
      case 9:
        end.wire.most = 1 + input.Number();
        return;
      case 10:
        if (end.shaken && !end.failed) UpdateKeys(end.stream);
        return;
      default:
        return Tamper(step >> 1 & 15, end, input);
    }
  }

  // What has not been said yet is said, and all that waits arrives.
  void Finish() {
    for (int turn = 0; turn < 20; ++turn) {
      for (End* end : {&client_, &server_}) {
        End& other = end == &client_ ? server_ : client_;
        end->wire.most = SIZE_MAX;
        end->Handshake();
        while (end->Read(SSL3_RT_MAX_PLAIN_LENGTH)) continue;
        if (turn >= 10) end->Close();
        Deliver(*end, other, SIZE_MAX);
      }
    }
  }

  void Judge() const {
    JudgeOneWay(client_, server_);
    JudgeOneWay(server_, client_);
  }

 private:
  void Deliver(End& from, End& to, std::size_t size) {
    const std::size_t moved = std::min(size, from.wire.sent.size());
    to.wire.incoming.append(from.wire.sent, 0, moved);
    from.wire.sent.erase(0, moved);
  }

  // With what is on its way from one end.
  void Tamper(int how, End& from, Input& input) {
    std::string& bytes = from.wire.sent;
    const std::size_t at = bytes.empty() ? 0 : input.Number() % bytes.size();
    tampered_ = true;
    switch (how) {
      case 11:
        if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ (input.Byte() | 1));
        return;
      case 12:
        bytes.erase(at, 1 + input.Number());
        return;
      case 13:
        bytes.insert(at, input.Take(input.Byte()));
        return;
      case 14:
        bytes.insert(at, bytes.substr(at, input.Number()));
        return;
      default:
        from.wire.ended = true;
    }
  }

  void JudgeOneWay(const End& from, const End& to) const {
    Require(from.written.compare(0, to.received.size(), to.received) == 0,
            "what was received is what was sent");
    if (to.ended) {
      Require(from.closed, "an end of nobody's");
      Require(to.received == from.written, "an end after a part");
    }
    if (tampered_) return;
    Require(from.shaken && !from.failed, "an undisturbed connection works");
    Require(to.ended && to.received == from.written, "everything has arrived");
  }

  End client_;
  End server_;
  bool tampered_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const Contexts& contexts = ContextsFor(input.Byte());
  Numbers::Restart();
  Conversation conversation(contexts);
  for (int steps = 0; steps < kMostSteps && !input.empty(); ++steps) conversation.Step(input);
  conversation.Finish();
  conversation.Judge();
  return 0;
}
