// What the targets of TLS share: numbers that are the same in each run, identities, and wires.
#pragma once

#include <openssl/rand.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <string>

#include "native/openssl/tls_stream.h"
#include "test/fuzz/native/fuzz.h"
#include "test/native/identity.h"

namespace bladessl::fuzz {

using openssl::Context;
using openssl::Role;
using openssl::Ssl;
using openssl::SslResult;
using openssl::TlsStream;
using openssl::Wire;

// In place of OpenSSL's random numbers: the same input does the same thing.
class Numbers {
 public:
  static void Restart() {
// What replaces it is a provider, which takes a file of its own.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
    static const int set = RAND_set_rand_method(Method());
#pragma clang diagnostic pop
    Require(set == 1, "the numbers are in use");
    state_ = 1;
  }

 private:
  static int Fill(unsigned char* out, int size) {
    for (int i = 0; i < size; ++i) {
      state_ = state_ * 6364136223846793005u + 1442695040888963407u;
      out[i] = static_cast<unsigned char>(state_ >> 56);
    }
    return 1;
  }
  static int Ready() {
    return 1;
  }
  static const RAND_METHOD* Method() {
    static const RAND_METHOD method{nullptr, Fill, nullptr, nullptr, Fill, Ready};
    return &method;
  }
  inline static std::uint64_t state_ = 1;
};

inline const test::Identity& Identity() {
  static const test::Identity issued = [] {
    Numbers::Restart();
    return test::NewIdentity("localhost");
  }();
  return issued;
}

// A context of either side, with an identity and trust in it.
inline std::shared_ptr<Context> NewContext(Role role) {
  auto context = std::make_shared<Context>(role);
  context->UseIdentity(Identity().certificate->get(), {}, Identity().key->get());
  context->AddTrust({Identity().certificate->get()});
  return context;
}

// Gives what was put in, in pieces of at most `most` bytes, and keeps what was sent.
class QueueWire final : public Wire {
 public:
  Received Receive(void* out, std::size_t size) override {
    if (incoming.empty()) return {ended ? Status::kEnd : Status::kNotNow};
    const std::size_t taken = std::min({size, incoming.size(), most});
    std::memcpy(out, incoming.data(), taken);
    incoming.erase(0, taken);
    return {Status::kBytes, taken};
  }
  bool Send(const void* data, std::size_t size) override {
    if (broken) {
      errno = EPIPE;
      return false;
    }
    sent.append(static_cast<const char*>(data), size);
    return true;
  }

  std::string incoming;
  std::string sent;
  std::size_t most = SIZE_MAX;
  bool ended = false;
  bool broken = false;
};

// New keys for this end, and the peer asked for its own.
inline void UpdateKeys(const TlsStream& stream) {
  SSL* ssl = stream.ssl()->get();
  const bool asked = stream.Writable() && SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED) == 1;
  if (asked) Require(SSL_do_handshake(ssl) == 1, "a key update is sent");
  ERR_clear_error();
}

}  // namespace bladessl::fuzz
