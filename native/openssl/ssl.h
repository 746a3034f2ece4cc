// SSL: one connection's state machine. Sans-I/O: it reads and writes through BIOs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "native/openssl/advisor.h"
#include "native/openssl/client_hello.h"
#include "native/openssl/context.h"
#include "native/openssl/error.h"
#include "native/openssl/gate.h"
#include "native/openssl/handle.h"
#include "native/openssl/job_stack.h"
#include "native/openssl/pending_record.h"
#include "native/openssl/secret.h"
#include "native/openssl/suspension.h"
#include "native/openssl/verify.h"

namespace bladessl::openssl {

class Bio;

struct SslResult {
  int error = SSL_ERROR_NONE;  // NONE, ZERO_RETURN or one of the WANT_*; failures are thrown
  std::size_t bytes = 0;
  bool done() const { return error == SSL_ERROR_NONE; }
};

// A part of what one call writes.
struct Piece {
  const unsigned char* data = nullptr;
  std::size_t size = 0;
};

// What a server's certificate is judged by.
struct Evidence {
  X509* leaf = nullptr;
  const STACK_OF(X509) * sent = nullptr;
  const STACK_OF(X509) * verified = nullptr;
  std::optional<std::string> status;  // the OCSP response in DER
};

struct CipherInfo {
  std::string name;
  std::string standard_name;
  int bits = 0;
};

class Ssl final : public Layer {
 public:
  explicit Ssl(std::shared_ptr<Context> context);
  ~Ssl() override;
  Ssl(const Ssl&) = delete;
  Ssl& operator=(const Ssl&) = delete;

  // The object that owns an SSL, from inside OpenSSL's callbacks.
  static Ssl* Of(const SSL* ssl);

  SSL* get() const { return ssl_.get(); }
  void EachBelow(const std::function<void(Layer&)>& visit) override;
  // Without a transport libssl would fail, and the connection with it.
  void Admit() override;
  void Leave() override;
  bool Waits() const override { return suspension_.paused() && !shaking_; }

  // The transport. Each SSL holds references of its own on the BIOs it uses; null takes one away.
  void SetTransport(const std::shared_ptr<Bio>& read, const std::shared_ptr<Bio>& write);
  const std::shared_ptr<Bio>& rbio() const { return rbio_; }
  const std::shared_ptr<Bio>& wbio() const { return wbio_; }

  void SetRole(Role role);
  Role role() const { return role_; }

  // SSL_ERROR_WANT_ASYNC: a callback's answer is waited for.
  SslResult Handshake();
  SslResult Read(void* out, std::size_t size);
  SslResult Peek(void* out, std::size_t size);
  // Record by record, as far as it goes; all or nothing without SSL_MODE_ENABLE_PARTIAL_WRITE.
  SslResult Write(const void* data, std::size_t size);
  // The same for pieces, in as few records as they need.
  SslResult WriteAll(const std::vector<Piece>& pieces);
  // 1 = both sides have closed, 0 = ours is sent, -1 = would block.
  int Shutdown();
  // What SSL_get_error said about the last of the calls above.
  int last_error() const { return last_error_; }

  void SetHostname(const std::string& name);
  std::optional<std::string> hostname() const;
  void SetVerifyName(const std::string& name);
  void SetVerifyIp(const std::string& address);
  std::optional<std::string> verify_name() const;
  std::optional<std::string> verify_ip() const;
  void SetVerifyMode(int mode);
  void SetAdvisor(std::shared_ptr<Advisor> advisor, bool judges_anew);
  // Tells of sessions that have come meanwhile.
  bool has_new_sessions() const { return !new_sessions_.empty(); }
  void TellNewSessions();
  // Whether a handshake may call somebody: then it stays on its thread.
  bool calls_out() const {
    return adopted_ || policy_.advisor || own_advisor_ || !signers_.empty();
  }

  // The session of this connection in DER, once it can be resumed: a secret.
  std::optional<Secret> Session() const;
  void SetSession(std::string_view der);
  // Called before each step of a handshake. A client's session is offered only if the peer that it
  // is of passes for whom this SSL would accept: otherwise the handshake will be a full one.
  void VetSession();

  std::optional<std::string> version() const;
  std::optional<CipherInfo> cipher() const;
  std::optional<std::string> group() const;
  std::optional<std::string> alpn() const;
  X509Handle PeerCertificate() const;
  // As the peer sent it, its own certificate first.
  std::vector<X509Handle> PeerChain() const;
  // As it was built up to a certificate that is trusted; empty when it was not.
  std::vector<X509Handle> VerifiedChain() const;
  // The name in the peer's certificate that was looked for and found.
  std::optional<std::string> verified_name() const;
  // The CAs whose certificates the peer has asked for (RFC 2253); empty: anybody's.
  std::vector<std::string> PeerCas() const;
  // The OCSP response that the server has sent, in DER.
  std::optional<std::string> StatusResponse() const;
  // For the SSL_CTX: verifies in place of X509_verify_cert, and gives or checks the OCSP response.
  static int OnVerifyChain(X509_STORE_CTX* store, void*);
  static int OnStatus(SSL* ssl, void*);
  // And these ask the advisor.
  static int OnClientHello(SSL* ssl, int* alert, void*);
  static int OnAlpn(SSL* ssl, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned int offered_size, void*);
  static SSL_SESSION* OnFindSession(SSL* ssl, const unsigned char* id, int size, int* copy);
  static int OnNewSession(SSL* ssl, SSL_SESSION* session);
  static int OnTicketKey(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                         EVP_MAC_CTX* mac, int seals);

  // For a socket: the raw transport, checked for nothing. A client without a name to check takes
  // the one that the socket is connected to. Throws when anybody else drives the SSL already.
  void Drive(BIO* wire, const std::string& connected_to);
  // The socket has gone.
  void Undrive();
  // While a call goes on with a handshake that waits, which no other call may.
  class Shaking {
   public:
    explicit Shaking(Ssl* ssl) : ssl_(ssl) {
      if (ssl_ != nullptr) ssl_->shaking_ = true;
    }
    ~Shaking() {
      if (ssl_ != nullptr) ssl_->shaking_ = false;
    }
    Shaking(const Shaking&) = delete;
    Shaking& operator=(const Shaking&) = delete;

   private:
    Ssl* ssl_;
  };
  // Calls `shake`, which comes to SSL_do_handshake. What is asked meanwhile may leave it waiting.
  int Shake(const std::function<int()>& shake);
  int Shake();
  const Suspension& suspension() const { return suspension_; }
  // Called when the answer has come that the handshake waits for.
  void OnAnswer(std::function<void()> tell) { suspension_.on_answer = std::move(tell); }
  // Called before a callback is, from inside this SSL.
  void OnAsk(std::function<void()> tell) { suspension_.on_ask = std::move(tell); }
  // Ends a handshake that waits: it fails, with an alert.
  void Abandon();
  // What a call of libssl came to that did not succeed: a result, or an exception.
  SslResult Conclude(const char* what, int answer, int sys_errno);
  // While another thread shakes hands with it nobody may look at it. Set on the thread that owns
  // it.
  bool away = false;
  void RequireHere() const;

  // What has happened that was not data (messages of the handshake protocol, alerts) since it was
  // last set to 0.
  unsigned protocol_events = 0;

  // For the chain this SSL is part of, which holds the gates: the transport without the checks.
  void Attach(std::shared_ptr<Bio> read, std::shared_ptr<Bio> write);
  void ReplaceTransport(const std::shared_ptr<Bio>& old, const std::shared_ptr<Bio>& with);
  // Best effort, for an SSL that is about to go.
  void TryCloseNotify();

  // Adds to a report what this SSL knows about the failure, and keeps it for the next one.
  void Explain(ErrorReport& report);

  // For the SSL link that drives this one. `link_is_called`: a call on that very link is running.
  PendingRecord& pending_record() { return pending_record_; }
  bool link_is_called = false;
  // Whether a fatal alert of the peer's has ended the connection.
  bool failed_by_alert() const { return failed_by_alert_; }

  // Who reads and writes through the SSL: its holder, or the one link or socket that has taken it;
  // two would steal each other's records.
  enum class Driver { kHolder, kLink, kSocket };
  Driver driver = Driver::kHolder;

 private:
  template <class Call>
  SslResult Run(const char* what, Call call);
  SslResult WriteRecord(const void* data, std::size_t size);
  void RequireNoSocket() const;
  void RequireBeforeHandshake(const char* what);
  void ApplyHostname(const std::string& name);
  void ApplyVerifyName(const std::string& name);
  void ApplyVerifyIp(const std::string& address);
  bool WantsServerName() const;
  void UseServerName(const std::string& connected_to);
  void WatchFirstBytes(bool on);
  void ApplyPolicy();
  void TakeNoSessions();
  // Inside libssl, where no exception may leave: what `body` throws its caller is told later.
  // `again` makes libssl call the callback again, when a question has its answer.
  template <class Answer, class Body>
  Answer Inside(Answer failed, Answer again, Body body) {
    const OnJobStack perhaps;
    try {
      return body();
    } catch (const Unanswered&) {
      return again;
    } catch (...) {
      thrown_ = std::current_exception();
      return failed;
    }
  }
  template <class Answer, class Body>
  Answer Inside(Answer failed, Body body) {
    return Inside(failed, failed, body);
  }
  static Ssl* Of(X509_STORE_CTX* store);
  static int OnVerify(int ok, X509_STORE_CTX* store);
  int JudgeFinding(int ok, X509_STORE_CTX* store);
  int JudgeChain(X509_STORE_CTX* store);
  template <class Which, class Put>
  Verdict Ask(Advisor::Topic topic, Which which, Put put);
  int VerifyChain(X509_STORE_CTX* store);
  int Settle(X509_STORE_CTX* store, int code, const Verdict& verdict);
  int GiveStatus();
  void RequireNotVetting() const;
  bool Accepts(SSL_SESSION* session);
  bool Accepts(const Evidence& shown);
  int CheckStatus();
  int CheckStatus(const Evidence& evidence);
  int RefuseStatus(const char* code, const std::string& message);
  // Whom to ask: what was set on the SSL itself comes first.
  const std::shared_ptr<Advisor>& AdvisorFor(Advisor::Topic topic) const;
  bool Asks(Advisor::Topic topic) const;
  bool AsksForVerdict() const { return Asks(Advisor::kFinding) || Asks(Advisor::kChain); }
  void RequireSideOf(const std::shared_ptr<Advisor>& own, Role role) const;
  bool NeedsJob() const;
  bool HasRoomForJob();
  void Hold();
  void HandshakeIsOver();
  Secret DerOf(SSL_SESSION* session) const;
  void ApplyAdvisor();
  void ApplyPsk();
  void ApplyPskOfTls12();
  void Adopt(const std::shared_ptr<Context>& context);
  int TakeHello(int* alert);
  void ApplyHello(const HelloAnswer& answer, int* alert);
  int TakeSecondHello(int* alert);
  int RefuseHello(const char* who);
  void ApplySessionIdContext(const std::string& id);
  void ApplyVerifyNames();
  HelloAnswer AskAboutHello();
  HelloAnswer AskAboutServerName(const std::string& name);
  void TakeProtocol(const std::string& server_name, int* alert);
  void ChooseCertificates();
  std::optional<PskAnswer> AskForPsk(const PskQuestion& question);
  int AskForTicketKey(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                      EVP_MAC_CTX* mac, bool seals);
  static int OnCertificate(SSL* ssl, void*);
  static int OnFindPsk(SSL* ssl, const unsigned char* identity, std::size_t size,
                       SSL_SESSION** session);
  static unsigned int OnServerPsk(SSL* ssl, const char* identity, unsigned char* key,
                                  unsigned int room);
  static int OnUsePsk(SSL* ssl, const EVP_MD* digest, const unsigned char** identity,
                      std::size_t* size, SSL_SESSION** session);
  static unsigned int OnClientPsk(SSL* ssl, const char* hint, char* identity,
                                  unsigned int identity_room, unsigned char* key,
                                  unsigned int room);
  void LetGo();
  static void OnInfo(const SSL* ssl, int where, int value);
  static void OnMessage(int sent, int version, int type, const void* bytes, std::size_t size,
                        SSL* ssl, void* self);

  std::shared_ptr<Context> context_;
  std::shared_ptr<Bio> rbio_;
  std::shared_ptr<Bio> wbio_;
  SslHandle ssl_;  // freed first: it writes into its BIOs until the end
  Role role_;
  int last_error_ = SSL_ERROR_NONE;
  bool watching_ = false;
  PendingRecord pending_record_;
  std::optional<Alert> alert_;
  bool failed_by_alert_ = false;
  Policy policy_;  // of the context that it goes on with
  std::shared_ptr<Advisor> own_advisor_;
  std::shared_ptr<Advisor> first_advisor_;  // of the context that it was made from
  std::optional<int> own_verify_mode_;
  bool takes_no_sessions_ = false;
  bool adopted_ = false;  // another context than it was made from
  // Of a socket's SSL until the handshake is over, of another for the length of a call: its holder
  // holds the callbacks, too.
  std::vector<std::shared_ptr<void>> advisor_holds_;
  std::vector<std::shared_ptr<void>> signer_holds_;
  Context::Signers signers_;
  std::optional<VerifyFailure> verify_failure_;
  std::optional<UsageError> fault_;  // of ours, where libssl has only a general one
  std::exception_ptr thrown_;        // by whom libssl has asked
  std::string peer_bytes_;
  std::string verify_name_;
  std::string verify_ip_;
  std::string failure_;  // what the last failure said
  bool vetted_ = false;  // the session, and by what is set now
  bool vetting_ = false;
  std::string session_name_;  // that was looked for and found in its certificate
  ClientHelloKeeper hello_;
  // What has been asked about the ClientHello.
  enum class HelloStage { kNone, kHello, kServerName, kAll };
  HelloStage hello_stage_ = HelloStage::kNone;
  std::string hello_name_;           // for which that was
  std::optional<std::string> alpn_;  // as ALPN writes it, once it was asked for; empty: none
  // What the handshake has taken up or left behind, until it is over: nothing that JavaScript has a
  // part in may go on the stack of a job.
  std::vector<std::shared_ptr<void>> kept_;
  bool psk_asked_ = false;
  std::optional<PskAnswer> psk_;  // of a client
  std::vector<NewSession> new_sessions_;
  Suspension suspension_;
  bool shaking_ = false;
};

}  // namespace bladessl::openssl
