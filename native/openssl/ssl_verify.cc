// Whom an SSL asks for, whom it checks its peer for, and what the verification has found.
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "native/openssl/bio.h"
#include "native/openssl/encoding.h"
#include "native/openssl/remote_key.h"
#include "native/openssl/ssl.h"
#include "native/openssl/verify.h"

namespace bladessl::openssl {

namespace {

constexpr unsigned kOfSessions = Advisor::kSession | Advisor::kTicketKey | Advisor::kNewSession;

VerifyFailure DescribeFailure(X509_STORE_CTX* store) {
  VerifyFailure failure;
  failure.code = X509_STORE_CTX_get_error(store);
  failure.depth = X509_STORE_CTX_get_error_depth(store);
  failure.message = X509_verify_cert_error_string(failure.code);
  failure.expected = ExpectedIdentity(X509_STORE_CTX_get0_param(store));
  const X509* certificate = X509_STORE_CTX_get_current_cert(store);
  if (certificate == nullptr) certificate = X509_STORE_CTX_get0_cert(store);
  if (certificate != nullptr) failure.subject = NameText(X509_get_subject_name(certificate));
  return failure;
}

// The chain may be built otherwise when libssl verifies it again.
std::string WhichOf(const Finding& finding) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (finding.certificate != nullptr) {
    Check(X509_digest(finding.certificate, EVP_sha256(), digest.data(), &size), "X509_digest");
  }
  return std::to_string(finding.code) + ' ' + std::to_string(finding.depth) + ' ' +
         std::string(reinterpret_cast<const char*>(digest.data()), size);
}

}  // namespace

void Ssl::SetHostname(const std::string& name) {
  if (role_ == Role::kServer) {
    throw UsageError("ERR_WRONG_STATE", "a server sends no hostname: its client does");
  }
  RequireBeforeHandshake("hostname");
  ApplyHostname(name);
}

void Ssl::ApplyHostname(const std::string& name) {
  const QueueGuard guard;
  const char* text = name.empty() ? nullptr : name.c_str();
  Check(SSL_set_tlsext_host_name(ssl_.get(), text), "SSL_set_tlsext_host_name");
}

std::optional<std::string> Ssl::hostname() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return std::nullopt;
  return name;
}

void Ssl::SetVerifyName(const std::string& name) {
  RequireBeforeHandshake("verifyName");
  TakeNoSessions();
  ApplyVerifyName(name);
}

void Ssl::ApplyVerifyName(const std::string& name) {
  const QueueGuard guard;
  Check(SSL_set1_host(ssl_.get(), name.empty() ? nullptr : name.c_str()), "SSL_set1_host");
  verify_name_ = name;
  vetted_ = false;
}

void Ssl::SetVerifyIp(const std::string& address) {
  RequireBeforeHandshake("verifyIP");
  TakeNoSessions();
  ApplyVerifyIp(address);
}

void Ssl::ApplyVerifyIp(const std::string& address) {
  const QueueGuard guard;
  X509_VERIFY_PARAM* param = SSL_get0_param(ssl_.get());
  if (address.empty()) {
    Check(X509_VERIFY_PARAM_set1_ip(param, nullptr, 0), "X509_VERIFY_PARAM_set1_ip");
  } else {
    Check(X509_VERIFY_PARAM_set1_ip_asc(param, address.c_str()), "not an IP address");
  }
  verify_ip_ = address;
  vetted_ = false;
}

std::optional<std::string> Ssl::verify_name() const {
  return verify_name_.empty() ? std::nullopt : std::optional(verify_name_);
}

std::optional<std::string> Ssl::verify_ip() const {
  return verify_ip_.empty() ? std::nullopt : std::optional(verify_ip_);
}

// A client that is about to begin and has no name to check.
bool Ssl::WantsServerName() const {
  return role_ == Role::kClient && verify_name_.empty() && verify_ip_.empty() &&
         SSL_in_before(ssl_.get()) != 0;
}

// Checks the peer for the name (or address) of the connection, unless SNI has another.
void Ssl::UseServerName(const std::string& connected_to) {
  const std::optional<std::string> asked_for = hostname();
  std::string name = asked_for.value_or(connected_to);
  // A zone ("fe80::1%eth0") says which way to go, not whom to meet; the root's dot is no part of
  // the name in SNI (RFC 6066, 3) nor in a certificate.
  const std::string address = name.substr(0, name.find('%'));
  if (name.size() > 1 && name.back() == '.') name.pop_back();
  if (name.empty()) {
    if (SSL_get_verify_mode(ssl_.get()) == SSL_VERIFY_NONE) return;
    throw UsageError("ERR_NO_SERVERNAME",
                     "the server's name is not known, so its certificate cannot be checked: give "
                     "handshake({ servername }), or set verifyName or verifyIP of the SSL");
  }
  if (IsNumericAddress(address)) {
    ApplyVerifyIp(address);
    return;
  }
  if (!asked_for) ApplyHostname(name);
  ApplyVerifyName(name);
}

void Ssl::SetVerifyMode(int mode) {
  RequireIdle(*this);
  RequireNotVetting();
  if (mode == SSL_VERIFY_NONE && role_ == Role::kClient && AsksForVerdict()) {
    throw UsageError("ERR_WRONG_STATE",
                     "there is a callback for verification, which SSL_VERIFY_NONE would not heed");
  }
  vetted_ = false;
  own_verify_mode_ = mode;
  const QueueGuard guard;
  if (mode != SSL_get_verify_mode(ssl_.get())) TakeNoSessions();
  SSL_set_verify(ssl_.get(), mode, OnVerify);
}

// A server that verifies otherwise than its context: a session from a connection that went by the
// context's rules would be a way around its own.
void Ssl::TakeNoSessions() {
  if (role_ == Role::kClient || SSL_is_init_finished(ssl_.get()) != 0) return;
  const QueueGuard guard;
  unsigned char id[SSL_MAX_SID_CTX_LENGTH];
  Check(RAND_bytes(id, sizeof id), "RAND_bytes");
  ApplySessionIdContext({reinterpret_cast<const char*>(id), sizeof id});
  takes_no_sessions_ = true;
}

void Ssl::ApplySessionIdContext(const std::string& id) {
  Check(SSL_set_session_id_context(ssl_.get(), reinterpret_cast<const unsigned char*>(id.data()),
                                   static_cast<unsigned int>(id.size())),
        "SSL_set_session_id_context");
}

// What lies in the parameters of the verification, and was set on the SSL.
void Ssl::ApplyVerifyNames() {
  SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (!verify_name_.empty()) ApplyVerifyName(std::string(verify_name_));
  if (!verify_ip_.empty()) ApplyVerifyIp(std::string(verify_ip_));
}

void Ssl::SetAdvisor(std::shared_ptr<Advisor> advisor, bool judges_anew) {
  RequireBeforeHandshake("the callbacks");
  RequireSideOf(advisor, role_);
  const QueueGuard guard;
  if (judges_anew) TakeNoSessions();
  own_advisor_ = std::move(advisor);
  ApplyPolicy();
  ApplyAdvisor();
}

void Ssl::RequireSideOf(const std::shared_ptr<Advisor>& own, Role role) const {
  if (role != Role::kClient || !own) return;
  for (const auto& [topic, name] : kForServers) {
    if (!own->decides(topic)) continue;
    throw UsageError("ERR_WRONG_STATE",
                     std::string(name) + " is for servers, and this SSL is a client's");
  }
}

const std::shared_ptr<Advisor>& Ssl::AdvisorFor(Advisor::Topic topic) const {
  if (own_advisor_ && own_advisor_->covers(topic)) return own_advisor_;
  return (topic & kOfSessions) != 0 ? first_advisor_ : policy_.advisor;
}

bool Ssl::Asks(Advisor::Topic topic) const {
  const std::shared_ptr<Advisor>& advisor = AdvisorFor(topic);
  return advisor && advisor->decides(topic);
}

// What has failed where libssl goes on regardless ends the handshake with the certificate's turn.
void Ssl::ApplyAdvisor() {
  const bool asks = Asks(Advisor::kCertificate) || Asks(Advisor::kSession);
  SSL_set_cert_cb(ssl_.get(), asks ? OnCertificate : nullptr, nullptr);
  ApplyPsk();
}

void Ssl::ApplyPolicy() {
  if (role_ != Role::kClient) return;
  // A client that verifies nothing goes on whatever anybody says.
  if (AsksForVerdict() && SSL_get_verify_mode(ssl_.get()) == SSL_VERIFY_NONE) {
    SSL_set_verify(ssl_.get(), SSL_VERIFY_PEER, OnVerify);
  }
  const bool asks = policy_.status_request != StatusRequest::kNone;
  SSL_set_tlsext_status_type(ssl_.get(), asks ? TLSEXT_STATUSTYPE_ocsp : -1);
}

void Ssl::Hold() {
  advisor_holds_.clear();
  const bool is_first = first_advisor_ == policy_.advisor;
  for (Advisor* advisor :
       {policy_.advisor.get(), own_advisor_.get(), is_first ? nullptr : first_advisor_.get()}) {
    if (advisor != nullptr) advisor_holds_.push_back(advisor->Hold());
  }
  signer_holds_.clear();
  for (const auto& [type, signer] : signers_) signer_holds_.push_back(signer->Hold());
}

void Ssl::LetGo() {
  signer_holds_.clear();
  // Sessions come after the handshake too.
  if (driver != Driver::kSocket || !Asks(Advisor::kNewSession)) advisor_holds_.clear();
}

void Ssl::HandshakeIsOver() {
  LetGo();
  kept_.clear();
}

std::vector<X509Handle> Ssl::VerifiedChain() const {
  std::vector<X509Handle> chain;
  const STACK_OF(X509)* built = SSL_get0_verified_chain(ssl_.get());
  if (SSL_get_verify_result(ssl_.get()) != X509_V_OK) return chain;
  for (int i = 0; i < sk_X509_num(built); ++i) chain.push_back(Share(sk_X509_value(built, i)));
  return chain;
}

std::optional<std::string> Ssl::verified_name() const {
  const bool resumed = SSL_session_reused(ssl_.get()) != 0;
  const char* name = resumed ? session_name_.c_str() : SSL_get0_peername(ssl_.get());
  if (name == nullptr || *name == '\0' || SSL_get_verify_result(ssl_.get()) != X509_V_OK)
    return std::nullopt;
  return name;
}

std::vector<std::string> Ssl::PeerCas() const {
  const QueueGuard guard;
  std::vector<std::string> names;
  const STACK_OF(X509_NAME)* list = SSL_get0_peer_CA_list(ssl_.get());
  const int size = std::max(0, sk_X509_NAME_num(list));
  names.reserve(static_cast<std::size_t>(size));
  for (int i = 0; i < size; ++i) {
    names.push_back(NameText(sk_X509_NAME_value(list, i)));
  }
  return names;
}

// --- Inside libssl: no exception may leave ---

Ssl* Ssl::Of(X509_STORE_CTX* store) {
  return Of(static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())));
}

int Ssl::OnVerify(int ok, X509_STORE_CTX* store) {
  if (IsInner(store)) return ok;
  Ssl* owner = Of(store);
  return owner == nullptr ? ok : owner->JudgeFinding(ok, store);
}

int Ssl::OnVerifyChain(X509_STORE_CTX* store, void*) {
  Ssl* owner = Of(store);
  return owner == nullptr ? X509_verify_cert(store) : owner->VerifyChain(store);
}

// Only for a client libssl verifies again: a server would take the chain for accepted.
int Ssl::VerifyChain(X509_STORE_CTX* store) {
  std::optional<Suspension::Repeatable> scope;
  if (SSL_is_server(ssl_.get()) == 0 && !vetting_) scope.emplace(suspension_);
  const int answer = Asks(Advisor::kChain) ? JudgeChain(store) : X509_verify_cert(store);
  if (!suspension_.repeatable() || !suspension_.paused()) return answer;
  (void)SSL_set_retry_verify(ssl_.get());
  return 1;
}

int Ssl::JudgeFinding(int ok, X509_STORE_CTX* store) {
  if (ok == 0 && IsForgiven(policy_.forgiven, X509_STORE_CTX_get_error(store))) ok = 1;
  const int code = ok != 0 ? X509_V_OK : X509_STORE_CTX_get_error(store);
  Verdict verdict{code == X509_V_OK};
  if (Asks(Advisor::kFinding)) {
    const Finding finding{code == X509_V_OK, code, X509_STORE_CTX_get_error_depth(store),
                          X509_STORE_CTX_get_current_cert(store), X509_STORE_CTX_get0_chain(store)};
    verdict = Ask(
        Advisor::kFinding, [&] { return WhichOf(finding); },
        [&](Advisor& advisor, const auto& reply) { advisor.OnFinding(finding, reply); });
  }
  return Settle(store, code, verdict);
}

int Ssl::JudgeChain(X509_STORE_CTX* store) {
  const auto which = [] { return std::string("chain"); };
  const Verdict verdict =
      Ask(Advisor::kChain, which, [this, store](Advisor& advisor, const auto& reply) {
        ChainInQuestion question;
        const STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(store);
        for (int i = 0; i < sk_X509_num(sent); ++i) question.sent.push_back(sk_X509_value(sent, i));
        question.expected = ExpectedIdentity(X509_STORE_CTX_get0_param(store));
        question.of_client = SSL_is_server(ssl_.get()) != 0;
        advisor.OnChain(question, reply);
      });
  return Settle(store, X509_V_OK, verdict);
}

template <class Which, class Put>
Verdict Ssl::Ask(Advisor::Topic topic, Which which, Put put) {
  // It outlives the call, whatever it does to the SSL.
  const std::shared_ptr<Advisor> advisor = AdvisorFor(topic);
  return Inside(Verdict{false, SSL_AD_INTERNAL_ERROR}, [&] {
    return suspension_.AskOnce<Verdict>(suspension_.repeatable() ? which() : std::string(),
                                        [&](const auto& reply) { put(*advisor, reply); });
  });
}

// `code` is OpenSSL's own opinion.
int Ssl::Settle(X509_STORE_CTX* store, int code, const Verdict& verdict) {
  verify_failure_.reset();
  if (verdict.accepted) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  if (code == X509_V_OK) X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  try {
    verify_failure_ = DescribeFailure(store);
  } catch (const std::exception&) {
    // The handshake fails all the same, with less to tell.
  }
  const int otherwise = code == X509_V_OK ? SSL_AD_CERTIFICATE_UNKNOWN : 0;
  const int alert = verdict.alert == 0 ? otherwise : verdict.alert;
  if (const auto code_of_alert = CodeForAlert(alert)) {
    X509_STORE_CTX_set_error(store, *code_of_alert);
  }
  return 0;
}

}  // namespace bladessl::openssl
