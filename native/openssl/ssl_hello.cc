// How a server goes on after a ClientHello: with which context, with which protocol, or not at all.
#include <algorithm>
#include <cstring>

#include "native/openssl/advisor.h"
#include "native/openssl/context_state.h"
#include "native/openssl/ssl.h"

namespace bladessl::openssl {

namespace {

constexpr std::size_t kListHeader = 2;  // the length of the list
constexpr std::size_t kNameHeader = 5;  // the length of the list, a type, the length of the name

// The host name of the extension (RFC 6066, 3): SSL_get_servername does not know it yet. Empty:
// there is none, or libssl will find fault with it.
std::string ServerNameOf(SSL* ssl) {
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) != 1) return {};
  if (size <= kNameHeader || data[2] != TLSEXT_NAMETYPE_host_name) return {};
  const std::size_t length = static_cast<std::size_t>(data[3]) << 8 | data[4];
  if (length != size - kNameHeader || std::memchr(data + kNameHeader, 0, length) != nullptr)
    return {};
  return std::string(reinterpret_cast<const char*>(data + kNameHeader), length);
}

// The protocols that it offers (RFC 7301, 3.1). Empty: none, or libssl will find fault with them.
std::vector<std::string> ProtocolsOf(SSL* ssl) {
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &data,
                                &size) != 1) {
    return {};
  }
  if (size < kListHeader ||
      (static_cast<std::size_t>(data[0]) << 8 | data[1]) != size - kListHeader)
    return {};
  std::vector<std::string> protocols;
  for (std::size_t at = kListHeader; at < size;) {
    const std::size_t length = data[at++];
    if (length == 0 || length > size - at) return {};
    protocols.emplace_back(reinterpret_cast<const char*>(data + at), length);
    at += length;
  }
  return protocols;
}

// What a copy of the SSL_CTX's settings is, and SSL_set_SSL_CTX leaves behind.
void CopySettings(SSL_CTX* from, SSL* to) {
  SSL_clear_options(to, ~SSL_CTX_get_options(from));
  SSL_set_options(to, SSL_CTX_get_options(from));
  SSL_set_min_proto_version(to, SSL_CTX_get_min_proto_version(from));
  SSL_set_max_proto_version(to, SSL_CTX_get_max_proto_version(from));
  SSL_set_num_tickets(to, SSL_CTX_get_num_tickets(from));
  SSL_set_max_cert_list(to, SSL_CTX_get_max_cert_list(from));
  X509_VERIFY_PARAM* param = SSL_get0_param(to);
  X509_VERIFY_PARAM_clear_flags(param, X509_VERIFY_PARAM_get_flags(param));
  // Also with what the one has not set and the other has.
  X509_VERIFY_PARAM_set_inh_flags(param, X509_VP_FLAG_OVERWRITE);
  const int done = X509_VERIFY_PARAM_set1(param, SSL_CTX_get0_param(from));
  X509_VERIFY_PARAM_set_inh_flags(param, 0);
  Check(done, "X509_VERIFY_PARAM_set1");
}

}  // namespace

// The context takes the place of the one that the SSL was made from. What was set on the SSL itself
// stays, and so do those who keep the first context's sessions.
void Ssl::Adopt(const std::shared_ptr<Context>& context) {
  if (context->role() == Role::kClient) {
    throw UsageError("ERR_WRONG_STATE", "a server cannot go on with a context for clients");
  }
  const QueueGuard guard;
  SSL* ssl = ssl_.get();
  SSL_CTX* ctx = context->Lend();
  // Sockets have no room for what happens inside of a read, unless they were made for it.
  const auto never = driver == Driver::kSocket ? SSL_get_options(ssl) & SSL_OP_NO_RENEGOTIATION : 0;
  Check(SSL_set_SSL_CTX(ssl, ctx), "SSL_set_SSL_CTX");
  CopySettings(ctx, ssl);
  SSL_set_options(ssl, never);
  ApplyVerifyNames();
  if (!context->groups().empty()) {
    Check(SSL_set1_groups_list(ssl, context->groups().c_str()), "SSL_set1_groups_list");
  }
  const int mode = SSL_CTX_get_verify_mode(ctx);
  SSL_set_verify(ssl, own_verify_mode_.value_or(mode), OnVerify);
  // A session of another name is none of this one's, though the contexts share their sessions.
  if (own_verify_mode_.value_or(mode) != mode) TakeNoSessions();
  if (!takes_no_sessions_) ApplySessionIdContext(context->SessionIdContextFor(hello_name_));
  adopted_ = true;
  kept_.insert(kept_.end(), {context_, policy_.advisor});
  context_ = context;
  policy_ = context->policy();
  signers_ = context->signers();
  ApplyAdvisor();
}

void Ssl::ApplyHello(const HelloAnswer& answer, int* alert) {
  if (answer.alert != 0) *alert = answer.alert;
  if (answer.context) {
    kept_.push_back(answer.hold);
    Adopt(answer.context);
  }
  if (!answer.verify_mode) return;
  if (*answer.verify_mode != SSL_get_verify_mode(ssl_.get())) TakeNoSessions();
  SSL_set_verify(ssl_.get(), *answer.verify_mode, OnVerify);
}

// Another context brings its callbacks: they are asked from there on.
int Ssl::TakeHello(int* alert) {
  if (hello_stage_ == HelloStage::kAll) return TakeSecondHello(alert);
  const std::string name = ServerNameOf(ssl_.get());
  hello_name_ = name;
  *alert = 0;
  if (hello_stage_ == HelloStage::kNone) {
    if (Asks(Advisor::kClientHello)) ApplyHello(AskAboutHello(), alert);
    if (*alert != 0) return RefuseHello("onClientHello");
    hello_stage_ = HelloStage::kHello;
  }
  if (hello_stage_ == HelloStage::kHello) {
    if (!name.empty() && Asks(Advisor::kServerName)) {
      ApplyHello(AskAboutServerName(name), alert);
    }
    if (*alert != 0) return RefuseHello("onServerName");
    hello_stage_ = HelloStage::kServerName;
  }
  if (Asks(Advisor::kAlpn)) TakeProtocol(name, alert);
  if (*alert != 0) return RefuseHello("onAlpn");
  if (adopted_ && NeedsJob() && HasRoomForJob()) suspension_.RequireJob();
  hello_stage_ = HelloStage::kAll;
  return SSL_CLIENT_HELLO_SUCCESS;
}

HelloAnswer Ssl::AskAboutHello() {
  const std::shared_ptr<Advisor> advisor = AdvisorFor(Advisor::kClientHello);
  return suspension_.AskOnce<HelloAnswer>("hello", [&](const auto& reply) {
    advisor->OnClientHello(hello_.MessageOf(ssl_.get()), reply);
    hello_.Forget();
  });
}

HelloAnswer Ssl::AskAboutServerName(const std::string& name) {
  const std::shared_ptr<Advisor> advisor = AdvisorFor(Advisor::kServerName);
  return suspension_.AskOnce<HelloAnswer>(
      "name", [&](const auto& reply) { advisor->OnServerName(name, reply); });
}

// No common protocol is fatal (RFC 7301, 3.2).
void Ssl::TakeProtocol(const std::string& server_name, int* alert) {
  const std::vector<std::string> offered = ProtocolsOf(ssl_.get());
  if (offered.empty()) return;
  const std::shared_ptr<Advisor> advisor = AdvisorFor(Advisor::kAlpn);
  const auto chosen = suspension_.AskOnce<std::optional<std::string>>(
      "alpn", [&](const auto& reply) { advisor->OnAlpn(offered, server_name, reply); });
  if (!chosen) *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
  if (chosen) alpn_ = chosen->empty() ? "" : static_cast<char>(chosen->size()) + *chosen;
}

// After a HelloRetryRequest, or in a renegotiation: what has been decided stands, for whom it was
// decided (RFC 8446, 4.1.2).
int Ssl::TakeSecondHello(int* alert) {
  hello_.Forget();
  if (ServerNameOf(ssl_.get()) == hello_name_) return SSL_CLIENT_HELLO_SUCCESS;
  fault_ = UsageError("ERR_REFUSED", "the client has changed its mind about the server's name");
  *alert = SSL_AD_ILLEGAL_PARAMETER;
  return SSL_CLIENT_HELLO_ERROR;
}

int Ssl::RefuseHello(const char* who) {
  fault_ = UsageError("ERR_REFUSED", std::string(who) + " has refused the connection");
  return SSL_CLIENT_HELLO_ERROR;
}

// --- Inside libssl: no exception may leave ---

int Ssl::OnClientHello(SSL* ssl, int* alert, void*) {
  Ssl* owner = Of(ssl);
  if (owner == nullptr || !owner->calls_out()) return SSL_CLIENT_HELLO_SUCCESS;
  const Suspension::Repeatable scope(owner->suspension_);
  const int answer = owner->Inside(SSL_CLIENT_HELLO_ERROR, SSL_CLIENT_HELLO_RETRY,
                                   [=] { return owner->TakeHello(alert); });
  if (answer == SSL_CLIENT_HELLO_ERROR && *alert == 0) *alert = SSL_AD_INTERNAL_ERROR;
  return answer;
}

// What the client offers is bytes that have been looked at (RFC 7301, 3.1).
int Ssl::OnAlpn(SSL* ssl, const unsigned char** out, unsigned char* out_size,
                const unsigned char* offered, unsigned int offered_size, void*) {
  const Ssl* owner = Of(ssl);
  const bool was_asked = owner != nullptr && owner->alpn_;
  const std::string& own = was_asked ? *owner->alpn_ : ContextState::Of(SSL_get_SSL_CTX(ssl))->alpn;
  if (own.empty()) return SSL_TLSEXT_ERR_NOACK;
  unsigned char* selected = nullptr;
  const int found =
      SSL_select_next_proto(&selected, out_size, reinterpret_cast<const unsigned char*>(own.data()),
                            static_cast<unsigned int>(own.size()), offered, offered_size);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace bladessl::openssl
