// Keys that both sides have already (RFC 8446, 2.2; in TLS 1.2 RFC 4279), given by somebody else.
#include <algorithm>
#include <cstring>

#include "native/openssl/advisor.h"
#include "native/openssl/ssl.h"

namespace bladessl::openssl {

namespace {

// TLS_AES_128_GCM_SHA256 and TLS_AES_256_GCM_SHA384: which hash goes with the key.
constexpr unsigned char kSha256Suite[] = {0x13, 0x01};
constexpr unsigned char kSha384Suite[] = {0x13, 0x02};

using SessionHandle = Owned<SSL_SESSION, SSL_SESSION_free>;

SessionHandle SessionOf(SSL* ssl, const PskAnswer& answer) {
  SessionHandle session(Check(SSL_SESSION_new(), "SSL_SESSION_new"));
  const auto* key = reinterpret_cast<const unsigned char*>(answer.key.data());
  const SSL_CIPHER* suite =
      Check(SSL_CIPHER_find(ssl, answer.sha384 ? kSha384Suite : kSha256Suite), "SSL_CIPHER_find");
  Check(SSL_SESSION_set1_master_key(session.get(), key, answer.key.size()),
        "SSL_SESSION_set1_master_key");
  Check(SSL_SESSION_set_cipher(session.get(), suite), "SSL_SESSION_set_cipher");
  Check(SSL_SESSION_set_protocol_version(session.get(), TLS1_3_VERSION),
        "SSL_SESSION_set_protocol_version");
  return session;
}

}  // namespace

std::optional<PskAnswer> Ssl::AskForPsk(const PskQuestion& question) {
  const std::shared_ptr<Advisor> advisor = AdvisorFor(Advisor::kPsk);
  return suspension_.Ask<std::optional<PskAnswer>>(
      [&](const auto& reply) { advisor->OnPsk(question, reply); });
}

void Ssl::ApplyPsk() {
  const bool asks = Asks(Advisor::kPsk);
  const bool serves = role_ == Role::kServer;
  const bool connects = role_ == Role::kClient;
  SSL_set_psk_find_session_callback(ssl_.get(), asks && serves ? OnFindPsk : nullptr);
  const bool shows = Asks(Advisor::kCertificate);
  SSL_set_psk_server_callback(ssl_.get(), asks && serves && !shows ? OnServerPsk : nullptr);
  SSL_set_psk_use_session_callback(ssl_.get(), asks && connects ? OnUsePsk : nullptr);
  SSL_set_psk_client_callback(ssl_.get(), asks && connects ? OnClientPsk : nullptr);
}

// In TLS 1.3 libssl looks at this callback, too: where there is no certificate it prefers suites
// with SHA-256. A certificate that comes between two ClientHellos would have it choose another
// suite for the second one, which ends the handshake. So a server that is asked for its
// certificates has the callback when the version is known.
void Ssl::ApplyPskOfTls12() {
  const bool asks = Asks(Advisor::kPsk) && role_ == Role::kServer;
  if (asks && SSL_version(ssl_.get()) < TLS1_3_VERSION) {
    SSL_set_psk_server_callback(ssl_.get(), OnServerPsk);
  }
}

// --- Inside libssl: no exception may leave ---

// TLS 1.3. Tickets come as identities too: those are nobody's key.
int Ssl::OnFindPsk(SSL* ssl, const unsigned char* identity, std::size_t size,
                   SSL_SESSION** session) {
  Ssl* owner = Of(ssl);
  *session = nullptr;
  // What somebody else has failed with comes first.
  if (owner->thrown_) return 0;
  return owner->Inside(0, [=] {
    PskQuestion question;
    question.of_server = question.is_tls13 = true;
    question.identity.assign(reinterpret_cast<const char*>(identity), size);
    const auto answer = owner->AskForPsk(question);
    if (answer) *session = SessionOf(ssl, *answer).release();
    return 1;
  });
}

// TLS 1.2. libssl asks here in TLS 1.3 too when OnFindPsk has had no answer.
unsigned int Ssl::OnServerPsk(SSL* ssl, const char* identity, unsigned char* key,
                              unsigned int room) {
  Ssl* owner = Of(ssl);
  if (SSL_version(ssl) >= TLS1_3_VERSION) return 0;
  return owner->Inside(0U, [=] {
    PskQuestion question;
    question.of_server = true;
    question.identity = identity == nullptr ? "" : identity;
    const auto answer = owner->AskForPsk(question);
    if (!answer || answer->key.size() > room) return 0U;
    std::copy(answer->key.begin(), answer->key.end(), key);
    return static_cast<unsigned int>(answer->key.size());
  });
}

// TLS 1.3. After a HelloRetryRequest again, with the hash that it has to be.
int Ssl::OnUsePsk(SSL* ssl, const EVP_MD* digest, const unsigned char** identity, std::size_t* size,
                  SSL_SESSION** session) {
  Ssl* owner = Of(ssl);
  *session = nullptr;
  return owner->Inside(0, [=] {
    if (!owner->psk_asked_) {
      owner->psk_asked_ = true;
      PskQuestion question;
      question.is_tls13 = true;
      owner->psk_ = owner->AskForPsk(question);
    }
    const auto& answer = owner->psk_;
    const bool fits = answer && (digest == nullptr ||
                                 EVP_MD_is_a(digest, answer->sha384 ? "SHA384" : "SHA256") != 0);
    if (!fits) return 1;
    *session = SessionOf(ssl, *answer).release();
    *identity = reinterpret_cast<const unsigned char*>(answer->identity.data());
    *size = answer->identity.size();
    return 1;
  });
}

// TLS 1.2. libssl asks here also for the ClientHello when OnUsePsk has had no answer.
unsigned int Ssl::OnClientPsk(SSL* ssl, const char* hint, char* identity,
                              unsigned int identity_room, unsigned char* key, unsigned int room) {
  Ssl* owner = Of(ssl);
  // By its name: the numbers of states are not the same in all versions of OpenSSL.
  if (std::strcmp(SSL_state_string(ssl), "TWCH") == 0) return 0;
  return owner->Inside(0U, [=] {
    PskQuestion question;
    question.hint = hint == nullptr ? "" : hint;
    const auto answer = owner->AskForPsk(question);
    // The identity has a NUL behind it.
    if (!answer || answer->key.size() > room || answer->identity.size() >= identity_room) return 0U;
    std::memcpy(identity, answer->identity.c_str(), answer->identity.size() + 1);
    std::copy(answer->key.begin(), answer->key.end(), key);
    return static_cast<unsigned int>(answer->key.size());
  });
}

}  // namespace bladessl::openssl
