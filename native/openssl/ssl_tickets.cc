// Sessions that somebody else keeps, and the keys of tickets.
#include <openssl/core_names.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

#include "native/openssl/advisor.h"
#include "native/openssl/ssl.h"

namespace bladessl::openssl {

namespace {

constexpr std::size_t kNameSize = 16;
constexpr std::size_t kIvSize = 16;

enum TicketAnswer { kFailed = -1, kUnknown = 0, kKnown = 1, kRenew = 2 };

const unsigned char* BytesOf(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// AES-256 in CBC mode, and HMAC with SHA-256, as libssl's own tickets have them.
void UseKey(const TicketKey& key, const unsigned char* iv, bool seals, EVP_CIPHER_CTX* cipher,
            EVP_MAC_CTX* mac) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  Check(EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, BytesOf(key.aes_key), iv, seals),
        "EVP_CipherInit_ex");
  Check(EVP_MAC_init(mac, BytesOf(key.hmac_key), key.hmac_key.size(), parameters), "EVP_MAC_init");
}

}  // namespace

int Ssl::AskForTicketKey(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                         EVP_MAC_CTX* mac, bool seals) {
  const std::shared_ptr<Advisor> advisor = AdvisorFor(Advisor::kTicketKey);
  std::optional<std::string> wanted;
  if (!seals) wanted.emplace(reinterpret_cast<const char*>(name), kNameSize);
  const std::optional<TicketKey> key = suspension_.Ask<std::optional<TicketKey>>(
      [&](const auto& reply) { advisor->OnTicketKey(wanted, reply); });
  if (!key) return kUnknown;
  if (seals) {
    std::memcpy(name, key->name.data(), kNameSize);
    Check(RAND_bytes(iv, kIvSize), "RAND_bytes");
  }
  UseKey(*key, iv, seals, cipher, mac);
  // In TLS 1.3 a ticket is for one connection (RFC 8446, C.4): its client needs another.
  const bool renews = key->renew || SSL_version(ssl_.get()) >= TLS1_3_VERSION;
  return renews && !seals ? kRenew : kKnown;
}

// --- Inside libssl: no exception may leave ---

int Ssl::OnTicketKey(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                     EVP_MAC_CTX* mac, int seals) {
  Ssl* owner = Of(ssl);
  if (owner == nullptr || !owner->Asks(Advisor::kTicketKey)) return kUnknown;
  return owner->Inside<int>(
      kFailed, [=] { return owner->AskForTicketKey(name, iv, cipher, mac, seals != 0); });
}

SSL_SESSION* Ssl::OnFindSession(SSL* ssl, const unsigned char* id, int size, int* copy) {
  *copy = 0;
  Ssl* owner = Of(ssl);
  if (owner == nullptr || !owner->Asks(Advisor::kSession)) return nullptr;
  SSL_SESSION* const none = nullptr;
  return owner->Inside(none, [=]() -> SSL_SESSION* {
    const std::shared_ptr<Advisor> advisor = owner->AdvisorFor(Advisor::kSession);
    const std::string wanted(reinterpret_cast<const char*>(id), static_cast<std::size_t>(size));
    std::string der = owner->suspension_.Ask<std::string>(
        [&](const auto& reply) { advisor->OnSession(wanted, reply); });
    if (der.empty()) return nullptr;
    const unsigned char* begin = BytesOf(der);
    SSL_SESSION* session = d2i_SSL_SESSION(nullptr, &begin, static_cast<long>(der.size()));
    OPENSSL_cleanse(der.data(), der.size());
    return Check(session, "onSession has answered bytes that are no session");
  });
}

// Told when the call is over: this may be the stack of a job.
int Ssl::OnNewSession(SSL* ssl, SSL_SESSION* session) {
  Ssl* owner = Of(ssl);
  if (owner == nullptr || !owner->Asks(Advisor::kNewSession)) return 0;
  return owner->Inside(0, [=] {
    NewSession made;
    unsigned int id_size = 0;
    const unsigned char* id = SSL_SESSION_get_id(session, &id_size);
    made.id.assign(reinterpret_cast<const char*>(id), id_size);
    made.der = owner->DerOf(session);
    owner->new_sessions_.push_back(std::move(made));
    return 0;
  });
}

void Ssl::TellNewSessions() {
  const std::shared_ptr<Advisor> advisor = AdvisorFor(Advisor::kNewSession);
  if (suspension_.on_ask) suspension_.on_ask();
  for (const NewSession& made : std::exchange(new_sessions_, {})) advisor->OnNewSession(made);
}

}  // namespace bladessl::openssl
