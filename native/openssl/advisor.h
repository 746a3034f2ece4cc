// Whom a handshake asks for what its settings leave open, or what depends on the peer. Each
// question is answered at once or later; what an answer throws ends the handshake, and reaches its
// caller.
#pragma once

#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "native/openssl/handle.h"
#include "native/openssl/secret.h"
#include "native/openssl/suspension.h"
#include "native/openssl/verify.h"

namespace bladessl::openssl {

class Context;
class OcspResponse;

// How a server goes on after a ClientHello.
struct HelloAnswer {
  std::shared_ptr<Context> context;  // instead of its own
  std::shared_ptr<void> hold;        // what that context's callbacks need
  std::optional<int> verify_mode;
  int alert = 0;  // with which it refuses
};

// A certificate to show, with its chain and its key.
struct Identity {
  std::shared_ptr<X509> certificate;
  std::vector<std::shared_ptr<X509>> chain;
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<void> hold;  // what whoever signs with the key elsewhere needs; null for none
};

// Whom a certificate is to be shown to.
struct CertificateQuestion {
  bool to_client = false;
  std::string server_name;               // of a server: what its client asks for
  std::u16string schemes;                // signatures that the peer takes (RFC 8446, 4.2.3)
  std::u16string suites;                 // of a server: what its client offers
  std::vector<std::string> authorities;  // whose certificates the peer asks for (RFC 2253)
};
// None: what the context has. An empty list: no certificate.
using CertificateAnswer = std::optional<std::vector<Identity>>;

// A key that both sides have.
struct PskQuestion {
  bool of_server = false;
  bool is_tls13 = false;
  std::string identity;  // of a server: what its client says
  std::string hint;      // of a client, in TLS 1.2: what the server says
};
struct PskAnswer {
  ~PskAnswer() { OPENSSL_cleanse(key.data(), key.size()); }
  std::string identity;  // of a client
  std::string key;       // a secret
  bool sha384 = false;   // in TLS 1.3: the hash that goes with it
};

// The keys that a server seals its tickets with (RFC 5077, 4).
struct TicketKey {
  ~TicketKey() {
    OPENSSL_cleanse(aes_key.data(), aes_key.size());
    OPENSSL_cleanse(hmac_key.data(), hmac_key.size());
  }
  std::string name;      // 16 bytes
  std::string aes_key;   // 32 bytes: a secret
  std::string hmac_key;  // 32 bytes: a secret
  bool renew = false;    // the client is to have a new ticket
};

// A session that can be resumed from now on.
struct NewSession {
  std::string id;
  Secret der;
};

class Advisor {
 public:
  enum Topic : unsigned {
    kClientHello = 1,
    kServerName = 2,
    kAlpn = 4,
    kCertificate = 8,
    kPsk = 16,
    kSession = 32,
    kTicketKey = 64,
    kNewSession = 128,
    kFinding = 256,
    kChain = 512,
    kStatus = 1024,
    kAny = 2047,
  };
  template <class Value>
  using To = const std::shared_ptr<Reply<Value>>&;

  virtual ~Advisor() = default;
  virtual bool decides(Topic topic) const = 0;
  // Of an SSL's own: whether its context's is asked no more, even if this one does not decide.
  virtual bool covers(Topic topic) const = 0;
  // Each certificate of the peer's chain and each fault; or the chain, in place of OpenSSL.
  virtual void OnFinding(const Finding& finding, To<Verdict> reply) = 0;
  virtual void OnChain(const ChainInQuestion& question, To<Verdict> reply) = 0;
  // A client asks for the OCSP response about a server's certificate: in DER; empty for none.
  virtual void OnStatus(X509* certificate, const std::string& server_name,
                        To<std::string> reply) = 0;
  // `message` is the whole handshake message.
  virtual void OnClientHello(std::string_view message, To<HelloAnswer> reply) = 0;
  virtual void OnServerName(const std::string& name, To<HelloAnswer> reply) = 0;
  // The protocol that is spoken, or empty for none.
  virtual void OnAlpn(const std::vector<std::string>& offered, const std::string& server_name,
                      To<std::optional<std::string>> reply) = 0;
  virtual void OnCertificate(const CertificateQuestion& question, To<CertificateAnswer> reply) = 0;
  // None: there is no such key.
  virtual void OnPsk(const PskQuestion& question, To<std::optional<PskAnswer>> reply) = 0;
  // In DER; empty: there is no such session.
  virtual void OnSession(const std::string& id, To<std::string> reply) = 0;
  // Of that name, or, for none, the one to seal with. None: it is not known.
  virtual void OnTicketKey(const std::optional<std::string>& name,
                           To<std::optional<TicketKey>> reply) = 0;
  // Told, not asked.
  virtual void OnNewSession(const NewSession& session) = 0;
  // What keeps the advisor from being collected while a handshake is under way.
  virtual std::shared_ptr<void> Hold() = 0;
};

// What only servers are asked, by the names of lib/.
inline constexpr std::pair<Advisor::Topic, const char*> kForServers[] = {
    {Advisor::kClientHello, "onClientHello"},
    {Advisor::kServerName, "onServerName"},
    {Advisor::kAlpn, "onAlpn"},
    {Advisor::kSession, "onSession"},
    {Advisor::kTicketKey, "onTicketKey"},
    {Advisor::kStatus, "onOcsp"},
};

// Whether a client asks for an OCSP response with the server's certificate (RFC 6066, 8). One that
// comes has to be right; kRequire: and one has to come.
enum class StatusRequest { kNone, kVerify, kRequire };

// What an SSL takes from its context, beside what its SSL_CTX has.
struct Policy {
  std::shared_ptr<Advisor> advisor;
  int forgiven = 0;  // faults: kIgnore...
  StatusRequest status_request = StatusRequest::kNone;
  // What a server sends: the first that is about its certificate.
  std::vector<std::shared_ptr<const OcspResponse>> staples;

  bool Asks(Advisor::Topic topic) const { return advisor && advisor->decides(topic); }
  // Whether somebody else judges the peer's chain.
  bool AsksForVerdict() const { return Asks(Advisor::kFinding) || Asks(Advisor::kChain); }
};

}  // namespace bladessl::openssl
