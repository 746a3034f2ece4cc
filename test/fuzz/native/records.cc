// A peer that has shaken hands, and then sends what it likes, well encrypted: the input is a list
// of records in plaintext and of what this side does meanwhile. Application data arrives as it was
// sent; all else is taken or ends the connection.
#include <openssl/kdf.h>

#include <array>
#include <utility>

#include "test/fuzz/native/tls.h"

namespace {

using namespace bladessl::fuzz;
using bladessl::openssl::Owned;

constexpr std::size_t kKeySize = 16;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kSecretSize = 32;
constexpr int kApplicationData = 23;
constexpr int kHandshake = 22;
constexpr int kMostSteps = 200;

// HKDF-Expand-Label (RFC 8446, 7.1) without a context.
std::string Expand(std::string secret, const std::string& label, std::size_t size) {
  std::string info{'\0', static_cast<char>(size), static_cast<char>(6 + label.size())};
  info += "tls13 " + label + '\0';
  char digest[] = "SHA256";
  int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string("digest", digest, 0),
      OSSL_PARAM_construct_int("mode", &mode),
      OSSL_PARAM_construct_octet_string("key", secret.data(), secret.size()),
      OSSL_PARAM_construct_octet_string("info", info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  static EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  const Owned<EVP_KDF_CTX, EVP_KDF_CTX_free> context(EVP_KDF_CTX_new(kdf));
  std::string out(size, '\0');
  const int done =
      EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(out.data()), size, params);
  Require(done == 1, "a key is derived");
  return out;
}

const unsigned char* BytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Records of TLS_AES_128_GCM_SHA256 (RFC 8446, 5.2).
class Sealer {
 public:
  explicit Sealer(std::string secret) : secret_(std::move(secret)) {}

  std::string Seal(std::string_view content, int type, std::size_t padding) {
    std::string inner(content);
    inner.push_back(static_cast<char>(type));
    inner.append(padding, '\0');
    const std::size_t size = inner.size() + kTagSize;
    const std::string header{kApplicationData, 3, 3, static_cast<char>(size >> 8),
                             static_cast<char>(size)};
    return header + Encrypt(header, inner);
  }

  void UpdateKey() {
    secret_ = Expand(secret_, "traffic upd", kSecretSize);
    sequence_ = 0;
  }

 private:
  std::string Encrypt(const std::string& header, const std::string& plain) {
    std::string nonce = Expand(secret_, "iv", kNonceSize);
    for (std::size_t i = 0; i < sizeof sequence_; ++i) {
      nonce[kNonceSize - 1 - i] ^= static_cast<char>(sequence_ >> 8 * i);
    }
    ++sequence_;
    const std::string key = Expand(secret_, "key", kKeySize);
    const Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free> context(EVP_CIPHER_CTX_new());
    std::string out(plain.size() + kTagSize, '\0');
    auto* bytes = reinterpret_cast<unsigned char*>(out.data());
    int size = 0;
    EVP_EncryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, BytesOf(key), BytesOf(nonce));
    EVP_EncryptUpdate(context.get(), nullptr, &size, BytesOf(header),
                      static_cast<int>(header.size()));
    EVP_EncryptUpdate(context.get(), bytes, &size, BytesOf(plain), static_cast<int>(plain.size()));
    EVP_EncryptFinal_ex(context.get(), bytes + plain.size(), &size);
    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, bytes + plain.size());
    return out;
  }

  std::string secret_;
  std::uint64_t sequence_ = 0;
};

std::string client_secret;
std::string server_secret;

void KeepSecret(const SSL*, const char* line) {
  const std::string_view text(line);
  std::string secret;
  for (std::size_t at = text.rfind(' ') + 1; at + 1 < text.size(); at += 2) {
    secret.push_back(static_cast<char>(std::stoi(std::string(text.substr(at, 2)), nullptr, 16)));
  }
  if (text.rfind("CLIENT_TRAFFIC_SECRET_0", 0) == 0) client_secret = secret;
  if (text.rfind("SERVER_TRAFFIC_SECRET_0", 0) == 0) server_secret = secret;
}

const std::shared_ptr<Context>& ContextOf(Role role) {
  static const auto make = [](Role of) {
    auto context = NewContext(of);
    context->SetCiphersuites("TLS_AES_128_GCM_SHA256");
    if (of == Role::kServer) context->SetNumTickets(0);
    SSL_CTX_set_keylog_callback(context->get(), KeepSecret);
    return context;
  };
  static const auto server = make(Role::kServer);
  static const auto client = make(Role::kClient);
  return role == Role::kServer ? server : client;
}

class Victim {
 public:
  explicit Victim(Role role)
      : stream_(std::make_shared<Ssl>(ContextOf(role)), wire_, "localhost"), sealer_(Shake(role)) {}

  void Send(int type, std::string_view content, std::size_t padding) {
    if (failed_) return;
    wire_.incoming += sealer_.Seal(content, type, padding);
    const bool updates = type == kHandshake && content.size() == 5 &&
                         content.substr(0, 4) == std::string_view("\x18\0\0\1", 4) &&
                         static_cast<unsigned char>(content[4]) <= 1;
    if (updates) sealer_.UpdateKey();
    if (type == kApplicationData) sent_ += content;
    plain_ = plain_ && type == kApplicationData && !content.empty() &&
             content.size() <= SSL3_RT_MAX_PLAIN_LENGTH;
  }

  // False when nothing comes any more.
  bool Read(std::size_t size) {
    std::string part(size, '\0');
    SslResult result;
    if (!Attempt([&] { result = stream_.Read(part.data(), size); })) {
      failed_ = true;
      return false;
    }
    received_.append(part, 0, result.bytes);
    Require(sent_.compare(0, received_.size(), received_) == 0, "the data is what was sent");
    ended_ = ended_ || result.error == SSL_ERROR_ZERO_RETURN;
    Require(!failed_ || !result.done(), "a connection that has failed gives nothing");
    return result.done();
  }

  void Write(std::size_t size) {
    if (failed_ || !stream_.Writable()) return;
    const std::string data(size, 'w');
    failed_ = !Attempt([&] { stream_.Write(data.data(), data.size()); });
  }

  void UpdateKeys() const {
    if (!failed_) bladessl::fuzz::UpdateKeys(stream_);
  }

  void Finish() {
    while (Read(SSL3_RT_MAX_PLAIN_LENGTH)) continue;
    if (plain_) Require(!failed_ && !ended_ && received_ == sent_, "data alone arrives, all of it");
    Attempt([&] { stream_.CloseNotify(); });
    // Once more, of whatever has become of it.
    Read(1);
  }

  TlsStream& stream() { return stream_; }

 private:
  std::string Shake(Role role) {
    QueueWire wire;
    const bool is_client = role == Role::kClient;
    TlsStream peer(std::make_shared<Ssl>(ContextOf(is_client ? Role::kServer : Role::kClient)),
                   wire, "localhost");
    for (bool first = false, second = false; !first || !second;) {
      first = first || stream_.Handshake().done();
      wire.incoming += std::exchange(wire_.sent, {});
      second = second || peer.Handshake().done();
      wire_.incoming += std::exchange(wire.sent, {});
    }
    return is_client ? server_secret : client_secret;
  }

  QueueWire wire_;
  TlsStream stream_;
  Sealer sealer_;
  std::string sent_;
  std::string received_;
  bool plain_ = true;  // nothing but data has been sent
  bool failed_ = false;
  bool ended_ = false;
};

void Step(Victim& victim, Input& input) {
  const std::uint8_t step = input.Byte();
  switch (step & 7) {
    case 0:
      return (void)victim.Read(1 + input.Number() % SSL3_RT_MAX_PLAIN_LENGTH);
    case 1:
      return victim.Write(1 + input.Byte());
    case 2:
      return victim.stream().ReleaseBuffers();
    case 3:
      return victim.stream().ExpectMuch((step & 8) != 0);
    case 4:
      return victim.UpdateKeys();
    case 5:
      return victim.Send(kApplicationData, std::string(input.Number() % 17000, 'd'), 0);
    default: {
      // Content types from 16 to 31; those that there are lie between 20 and 24.
      const int type = 16 + (step >> 3 & 15);
      const std::size_t padding = input.Byte() % 8;
      return victim.Send(type, input.Take(input.Byte()), padding);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  Numbers::Restart();
  Victim victim(input.Flag() ? Role::kClient : Role::kServer);
  for (int steps = 0; steps < kMostSteps && !input.empty(); ++steps) Step(victim, input);
  victim.Finish();
  return 0;
}
