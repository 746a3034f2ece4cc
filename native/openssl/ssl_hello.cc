// How a server goes on after a ClientHello: with which context, with which protocol, or not at all.
#include <algorithm>
#include <cstring>

#include "native/openssl/advisor.h"
#include "native/openssl/context_state.h"
#include "native/openssl/ssl.h"

namespace bladessl::openssl {

namespace {

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

std::vector<std::string> ProtocolsOf(const unsigned char* offered, unsigned int size) {
  std::vector<std::string> protocols;
  for (unsigned int at = 0; at < size; at += 1U + offered[at]) {
    protocols.emplace_back(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
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
  X509_VERIFY_PARAM_set_depth(param, -1);
  Check(X509_VERIFY_PARAM_set1(param, SSL_CTX_get0_param(from)), "X509_VERIFY_PARAM_set1");
}

}  // namespace

// The context takes the place of the one that the SSL was made from. Those who have sealed its
// tickets stay.
void Ssl::Adopt(const std::shared_ptr<Context>& context) {
  const QueueGuard guard;
  SSL* ssl = ssl_.get();
  SSL_CTX* ctx = context->Lend();
  Check(SSL_set_SSL_CTX(ssl, ctx), "SSL_set_SSL_CTX");
  CopySettings(ctx, ssl);
  if (!context->groups().empty()) {
    Check(SSL_set1_groups_list(ssl, context->groups().c_str()), "SSL_set1_groups_list");
  }
  SSL_set_verify(ssl, SSL_CTX_get_verify_mode(ctx), OnVerify);
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

int Ssl::TakeHello(int* alert) {
  hello_taken_ = true;
  const std::shared_ptr<Advisor> advisor = policy_.advisor;
  *alert = 0;
  if (advisor->decides(Advisor::kClientHello)) {
    const std::string message(hello_.MessageOf(ssl_.get()));
    hello_.Forget();
    ApplyHello(suspension_.Ask<HelloAnswer>(
                   [&](const auto& reply) { advisor->OnClientHello(message, reply); }),
               alert);
    if (*alert != 0) return RefuseHello("onClientHello");
  }
  const std::string name = ServerNameOf(ssl_.get());
  if (!name.empty() && advisor->decides(Advisor::kServerName)) {
    ApplyHello(suspension_.Ask<HelloAnswer>(
                   [&](const auto& reply) { advisor->OnServerName(name, reply); }),
               alert);
    if (*alert != 0) return RefuseHello("onServerName");
  }
  return SSL_CLIENT_HELLO_SUCCESS;
}

int Ssl::RefuseHello(const char* who) {
  fault_ = UsageError("ERR_REFUSED", std::string(who) + " has refused the connection");
  return SSL_CLIENT_HELLO_ERROR;
}

// --- Inside libssl: no exception may leave ---

// After a HelloRetryRequest there is a second one, and with a renegotiation another: what has been
// decided stands.
int Ssl::OnClientHello(SSL* ssl, int* alert, void*) {
  Ssl* owner = Of(ssl);
  if (owner == nullptr || !owner->policy_.advisor || owner->hello_taken_) {
    return SSL_CLIENT_HELLO_SUCCESS;
  }
  try {
    return owner->TakeHello(alert);
  } catch (...) {
    owner->thrown_ = std::current_exception();
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_CLIENT_HELLO_ERROR;
  }
}

// No common protocol is fatal (RFC 7301, 3.2).
int Ssl::OnAlpn(SSL* ssl, const unsigned char** out, unsigned char* out_size,
                const unsigned char* offered, unsigned int offered_size, void*) {
  Ssl* owner = Of(ssl);
  const bool asks = owner != nullptr && owner->policy_.Asks(Advisor::kAlpn);
  std::string own = ContextState::Of(SSL_get_SSL_CTX(ssl))->alpn;
  if (asks) {
    try {
      const std::vector<std::string> protocols = ProtocolsOf(offered, offered_size);
      const auto chosen = owner->AskForProtocol(protocols);
      if (!chosen) return SSL_TLSEXT_ERR_ALERT_FATAL;
      own = chosen->empty() ? "" : static_cast<char>(chosen->size()) + *chosen;
    } catch (...) {
      owner->thrown_ = std::current_exception();
      return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
  }
  if (own.empty()) return SSL_TLSEXT_ERR_NOACK;
  unsigned char* selected = nullptr;
  const int found =
      SSL_select_next_proto(&selected, out_size, reinterpret_cast<const unsigned char*>(own.data()),
                            static_cast<unsigned int>(own.size()), offered, offered_size);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  // One of the client's: its list outlives the call.
  const auto* place = std::search(offered, offered + offered_size, selected, selected + *out_size);
  *out = place;
  return SSL_TLSEXT_ERR_OK;
}

std::optional<std::string> Ssl::AskForProtocol(const std::vector<std::string>& offered) {
  const std::shared_ptr<Advisor> advisor = policy_.advisor;
  return suspension_.Ask<std::optional<std::string>>(
      [&](const auto& reply) { advisor->OnAlpn(offered, hostname().value_or(""), reply); });
}

}  // namespace bladessl::openssl
