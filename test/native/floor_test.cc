// Tests of the lower floor that JavaScript cannot reach: calls from inside OpenSSL's callbacks, and
// from other threads. Compiled and run by test/native.test.ts.
#include <openssl/err.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "native/openssl/bio.h"
#include "native/openssl/client_hello.h"
#include "native/openssl/context.h"
#include "native/openssl/ssl.h"
#include "native/openssl/tls_stream.h"
#include "test/native/identity.h"

namespace {

using namespace bladessl::openssl;
using namespace std::string_literals;

void Expect(bool truth, const std::string& what) {
  if (truth && ERR_peek_error() == 0) return;
  std::fprintf(stderr, "FAILED: %s%s\n", what.c_str(),
               truth ? " (the error queue is not empty)" : "");
  std::exit(1);
}

std::string CodeOf(const std::function<void()>& body) {
  try {
    body();
  } catch (const UsageError& error) {
    return error.code();
  } catch (const OpensslError& error) {
    return error.report().code;
  }
  return "";
}

void ExpectCode(const std::string& code, const std::function<void()>& body,
                const std::string& what) {
  const std::string got = CodeOf(body);
  Expect(got == code, what + ": " + (got.empty() ? "no error" : got) + " instead of " + code);
}

// A source that calls back while it is read from.
std::function<void()> on_read;

int CallBack(BIO* bio, char*, int) {
  on_read();
  BIO_set_retry_read(bio);
  return -1;
}

std::shared_ptr<Bio> NewCallingBio() {
  static BIO_METHOD* method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "calling");
    BIO_meth_set_read(made, CallBack);
    BIO_meth_set_write(made, [](BIO*, const char*, int size) { return size; });
    BIO_meth_set_ctrl(made, [](BIO*, int command, long, void*) -> long {
      return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0;
    });
    BIO_meth_set_create(made, [](BIO* bio) {
      BIO_set_init(bio, 1);
      return 1;
    });
    return made;
  }();
  return Bio::New(method);
}

std::shared_ptr<Context> NewContext(Role role) {
  return std::make_shared<Context>(role);
}

void CallsFromInsideAreRefused() {
  const auto ssl = std::make_shared<Ssl>(NewContext(Role::kClient));
  const auto source = NewCallingBio();
  const auto buffer = Bio::New(BIO_f_buffer());
  buffer->Push(source);
  ssl->SetTransport(buffer, buffer);
  char byte = 0;
  int calls = 0;
  on_read = [&] {
    ++calls;
    ExpectCode(
        "ERR_BUSY", [&] { (void)ssl->Handshake(); }, "the same SSL, from inside");
    ExpectCode(
        "ERR_BUSY", [&] { (void)source->Read(&byte, 1); }, "a link below it, from inside");
    ExpectCode(
        "ERR_BUSY", [&] { (void)source->Pop(); }, "taking a link out, from inside");
    ExpectCode(
        "ERR_BUSY", [&] { (void)buffer->Close(); }, "freeing a link, from inside");
    ExpectCode(
        "ERR_BUSY", [&] { ssl->SetTransport(nullptr, nullptr); }, "another transport, from inside");
    ExpectCode(
        "ERR_BUSY", [&] { ssl->SetVerifyMode(SSL_VERIFY_NONE); }, "a setting, from inside");
  };
  Expect(ssl->Handshake().error == SSL_ERROR_WANT_READ, "the call that was under way goes on");
  Expect(calls > 0, "the source was read from");
  on_read = [] {};
  Expect(ssl->Handshake().error == SSL_ERROR_WANT_READ, "the gates are open again");
}

void AnotherThreadIsRefused() {
  const auto ssl = std::make_shared<Ssl>(NewContext(Role::kClient));
  std::string code;
  std::thread([&] { code = CodeOf([&] { (void)ssl->Handshake(); }); }).join();
  Expect(code == "ERR_BUSY", "a call on another thread: " + code);
}

// TLS in TLS in TLS... Built from the top, no step sees more than its own.
void ATowerIsTakenDownInALoop() {
  constexpr int kStories = 3000;
  const auto context = NewContext(Role::kClient);
  const auto new_story = [&context] {
    const auto link = Bio::New(BIO_f_ssl());
    link->SetSsl(std::make_shared<Ssl>(context), false);
    return link;
  };
  auto top = new_story();
  std::shared_ptr<Bio> short_chain = new_story();
  for (std::size_t stories = 1; 2 * stories < kMaxLayers; ++stories) short_chain->Push(new_story());
  ExpectCode(
      "ERR_BIO_CHAIN_TOO_LONG", [&] { short_chain->Push(new_story()); }, "one story too many");
  std::shared_ptr<Bio> lowest = top;
  for (int i = 0; i < kStories; ++i) {
    const auto next = new_story();
    lowest->ssl()->Attach(next, next);  // without the checks that would refuse it
    lowest = next;
  }
  ExpectCode(
      "ERR_BIO_CHAIN_TOO_LONG", [&] { (void)top->DoHandshake(); }, "a call on a tower");
  lowest.reset();
  top.reset();
  Expect(true, "the tower is down");
}

void ACycleThroughATransportIsRefused() {
  const auto head = Bio::New(BIO_f_buffer());
  const auto tail = Bio::New(BIO_f_buffer());
  head->Push(tail);
  const auto ssl = std::make_shared<Ssl>(NewContext(Role::kClient));
  ssl->SetTransport(tail, tail);
  const auto link = Bio::New(BIO_f_ssl());
  ExpectCode(
      "ERR_BIO_IN_CHAIN", [&] { link->SetSsl(ssl, false); }, "a transport below another link");
  (void)tail->Pop();
  link->SetSsl(ssl, false);
  ExpectCode(
      "ERR_BIO_CYCLE", [&] { tail->Push(link); }, "a transport over its own SSL");
  ExpectCode(
      "ERR_BIO_CYCLE", [&] { head->Push(head); }, "a link onto itself");
}

void Shake(Ssl& client, Ssl& server) {
  for (bool first = false, second = false; !first || !second;) {
    first = client.Handshake().done();
    second = server.Handshake().done();
  }
}

// One end of a connection in memory. `more` is called when there is nothing to receive.
class MemoryWire final : public Wire {
 public:
  Received Receive(void* out, std::size_t size) override {
    if (incoming.empty() && more) more();
    const std::size_t taken = std::min({size, incoming.size(), most});
    if (taken == 0) return {Status::kNotNow};
    std::memcpy(out, incoming.data(), taken);
    incoming.erase(0, taken);
    most -= taken;
    return {Status::kBytes, taken};
  }
  bool Send(const void* data, std::size_t size) override {
    peer->incoming.append(static_cast<const char*>(data), size);
    return true;
  }

  MemoryWire* peer = nullptr;
  std::string incoming;
  std::size_t most = SIZE_MAX;  // how much may still be received
  std::function<void()> more;
};

struct Streams {
  Streams() {
    const auto client_context = NewContext(Role::kClient);
    const auto server_context = NewContext(Role::kServer);
    const bladessl::test::Identity issued = bladessl::test::NewIdentity("localhost");
    server_context->UseIdentity(issued.certificate->get(), {}, issued.key->get());
    client_context->AddTrust({issued.certificate->get()});
    near.peer = &far;
    far.peer = &near;
    client = std::make_unique<TlsStream>(std::make_shared<Ssl>(client_context), near, "localhost");
    server = std::make_unique<TlsStream>(std::make_shared<Ssl>(server_context), far, "");
    for (bool first = false, second = false; !first || !second;) {
      first = client->Handshake().done();
      second = server->Handshake().done();
    }
    char byte = 0;
    Expect(client->Read(&byte, 1).error == SSL_ERROR_WANT_READ, "the tickets are taken");
  }

  void UpdateKeys() const {
    SSL* ssl = client->ssl()->get();
    SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
    Expect(SSL_do_handshake(ssl) == 1, "a key update is sent");
  }

  MemoryWire near;
  MemoryWire far;
  std::unique_ptr<TlsStream> client;
  std::unique_ptr<TlsStream> server;
};

void KeyUpdatesWithoutEndAreRefused() {
  Streams streams;
  streams.far.more = [&] { streams.UpdateKeys(); };
  char byte = 0;
  ExpectCode(
      "ERR_TOO_MANY_MESSAGES", [&] { (void)streams.server->Read(&byte, 1); },
      "a peer that never stops");
}

void KeyUpdatesBetweenDataAreFine() {
  const Streams streams;
  char byte = 0;
  for (int i = 0; i < 3000; ++i) {
    streams.UpdateKeys();
    if (i % 100 == 0) streams.client->Write("x", 1);
    const SslResult result = streams.server->Read(&byte, 1);
    Expect(result.done() || result.error == SSL_ERROR_WANT_READ, "a key update now and then");
    if (i % 100 != 0) continue;
    streams.server->Write("y", 1);
    Expect(streams.client->Read(&byte, 1).bytes == 1 && byte == 'y', "the new keys are in use");
  }
}

// A record of which any part has come, or has been read, stays whole.
void BuffersOfAHalfReadRecordAreKept() {
  const std::string text(1000, 't');
  for (std::size_t part = 1; part < text.size(); part += part < 10 ? 1 : 97) {
    Streams streams;
    streams.client->Write(text.data(), text.size());
    std::string got(text.size(), '\0');
    streams.far.most = part;
    Expect(streams.server->Read(got.data(), 1).error == SSL_ERROR_WANT_READ, "a part of a record");
    streams.server->ReleaseBuffers();
    streams.server->ExpectMuch(true);
    streams.far.most = SIZE_MAX;
    Expect(streams.server->Read(got.data(), part).bytes == part, "a part of its content");
    streams.server->ReleaseBuffers();
    streams.server->ExpectMuch(false);
    const std::size_t rest = got.size() - part;
    Expect(streams.server->Read(got.data() + part, rest).bytes == rest, "the rest of it");
    Expect(got == text, "all of it");
  }
}

// Counters of an SSL_CTX that was replaced go on until its last SSL is gone, and are kept.
void CountersOutliveTheSslCtx() {
  const auto server_context = NewContext(Role::kServer);
  const auto client_context = NewContext(Role::kClient);
  const bladessl::test::Identity issued = bladessl::test::NewIdentity("localhost");
  server_context->UseIdentity(issued.certificate->get(), {}, issued.key->get());
  client_context->AddTrust({issued.certificate->get()});
  for (int round = 1; round <= 3; ++round) {
    const auto client = std::make_shared<Ssl>(client_context);
    const auto server = std::make_shared<Ssl>(server_context);
    SSL_CTX* const used = server_context->get();
    server_context->SetNumTickets(static_cast<std::size_t>(round));
    Expect(server_context->get() != used, "a change after the first use makes a new SSL_CTX");
    const auto [client_end, server_end] = Bio::NewPair(17408, 17408);
    client->SetTransport(client_end, client_end);
    server->SetTransport(server_end, server_end);
    Shake(*client, *server);
    Expect(server_context->Stats().accept_good == round, "handshakes on replaced SSL_CTXs count");
  }
}

// A server whose callback asks for the message.
struct Listening {
  explicit Listening(SSL* server) {
    SSL_CTX_set_client_hello_cb(SSL_get_SSL_CTX(server), OnClientHello, this);
    SSL_set_msg_callback(server, OnMessage);
    SSL_set_msg_callback_arg(server, this);
  }

  static int OnClientHello(SSL* ssl, int*, void* self) {
    auto& listening = *static_cast<Listening*>(self);
    const unsigned char* content = nullptr;
    std::size_t size = 0;
    Expect(SSL_client_hello_get0_ext(ssl, kUnknownExtension, &content, &size) == 0,
           "libssl forgets an extension that it does not know");
    listening.codes +=
        CodeOf([&] { listening.messages.emplace_back(listening.keeper.MessageOf(ssl)); });
    return SSL_CLIENT_HELLO_SUCCESS;
  }

  static void OnMessage(int sent, int, int type, const void* bytes, std::size_t size, SSL*,
                        void* self) {
    static_cast<Listening*>(self)->keeper.OnMessage(sent, type, bytes, size);
  }

  static constexpr unsigned int kUnknownExtension = 0x1234;
  ClientHelloKeeper keeper;
  std::vector<std::string> messages;
  std::string codes;
};

int AddUnknownExtension(SSL*, unsigned int, unsigned int, const unsigned char** out,
                        std::size_t* size, X509*, std::size_t, int*, void*) {
  static constexpr unsigned char kContent[] = {1, 2, 3};
  *out = kContent;
  *size = sizeof kContent;
  return 1;
}

// What is in the handshake records of a flight.
std::string HandshakeBytes(const std::string& flight) {
  std::string bytes;
  for (std::size_t at = 0; at + SSL3_RT_HEADER_LENGTH < flight.size();) {
    const std::size_t size = static_cast<unsigned char>(flight[at + 3]) * 256U +
                             static_cast<unsigned char>(flight[at + 4]);
    if (flight[at] == SSL3_RT_HANDSHAKE) bytes += flight.substr(at + SSL3_RT_HEADER_LENGTH, size);
    at += SSL3_RT_HEADER_LENGTH + size;
  }
  return bytes;
}

// Two of them: the server wants another group than the client has guessed.
void ClientHellosAreKeptAsTheyCame() {
  const auto client_context = NewContext(Role::kClient);
  const auto server_context = NewContext(Role::kServer);
  const bladessl::test::Identity issued = bladessl::test::NewIdentity("localhost");
  server_context->UseIdentity(issued.certificate->get(), {}, issued.key->get());
  client_context->AddTrust({issued.certificate->get()});
  SSL_CTX_add_custom_ext(client_context->get(), Listening::kUnknownExtension, SSL_EXT_CLIENT_HELLO,
                         AddUnknownExtension, nullptr, nullptr, nullptr, nullptr);
  MemoryWire near;
  MemoryWire far;
  near.peer = &far;
  far.peer = &near;
  TlsStream client(std::make_shared<Ssl>(client_context), near, "localhost");
  TlsStream server(std::make_shared<Ssl>(server_context), far, "");
  SSL_set1_groups_list(client.ssl()->get(), "X25519:P-384");
  SSL_set1_groups_list(server.ssl()->get(), "P-384");
  Listening listening(server.ssl()->get());
  std::vector<std::string> sent;
  for (bool first = false, second = false; !first || !second;) {
    first = client.Handshake().done();
    sent.push_back(HandshakeBytes(far.incoming));
    second = server.Handshake().done();
  }
  sent.resize(2);
  Expect(listening.messages == sent, "each ClientHello is seen as it was sent");
  Expect(sent[0].find("\x12\x34\0\3\1\2\3"s) != std::string::npos, "with the unknown extension");
  Expect(sent[0] != sent[1] && listening.codes.empty(), "the second is another one");
  listening.keeper.Forget();
}

void AClientHelloOfSsl2IsRefusedByName() {
  MemoryWire near;
  MemoryWire far;
  far.peer = &near;
  TlsStream server(std::make_shared<Ssl>(NewContext(Role::kServer)), far, "");
  Listening listening(server.ssl()->get());
  far.incoming = "\x80\x2c\1\3\3\0\3\0\0\0\x20\0\0\x2f"s + std::string(32, 'r');
  (void)CodeOf([&] { (void)server.Handshake(); });
  Expect(listening.codes == "ERR_SSLV2_CLIENT_HELLO", "the form of SSL 2: " + listening.codes);
}

}  // namespace

int main() {
  CallsFromInsideAreRefused();
  AnotherThreadIsRefused();
  ATowerIsTakenDownInALoop();
  ACycleThroughATransportIsRefused();
  CountersOutliveTheSslCtx();
  KeyUpdatesWithoutEndAreRefused();
  KeyUpdatesBetweenDataAreFine();
  BuffersOfAHalfReadRecordAreKept();
  ClientHellosAreKeptAsTheyCame();
  AClientHelloOfSsl2IsRefusedByName();
  std::puts("all passed");
}
