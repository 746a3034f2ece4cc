#include "native/openssl/context.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>

#include "native/openssl/certificate.h"
#include "native/openssl/context_state.h"
#include "native/openssl/error.h"
#include "native/openssl/ssl.h"

namespace bladessl::openssl {

namespace {

constexpr std::size_t kSessionIdContextSize = 32;
constexpr std::size_t kShownOfList = 200;

const SSL_METHOD* MethodOf(Role role) {
  switch (role) {
    case Role::kClient:
      return TLS_client_method();
    case Role::kServer:
      return TLS_server_method();
    case Role::kUnset:
      break;
  }
  return TLS_method();
}

// A name that nobody has accepted is not kept with a session of TLS 1.2: a resumed connection would
// not know what the client asked for.
int AcceptServerName(SSL* ssl, int*, void*) {
  const bool asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) != nullptr;
  return asked ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

std::string RandomBytes(std::size_t size) {
  std::string bytes(size, '\0');
  Check(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)),
        "RAND_bytes");
  return bytes;
}

std::string Sha256(const std::string& bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  Check(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()),
                   nullptr, EVP_sha256(), nullptr),
        "EVP_Digest");
  return digest;
}

// A resumed session must be opened by the SSL_CTX that takes over from the one that sealed it.
void CarryTicketKeys(SSL_CTX* from, SSL_CTX* to) {
  const long size = SSL_CTX_get_tlsext_ticket_keys(from, nullptr, 0);
  std::vector<unsigned char> keys(static_cast<std::size_t>(size));
  Check(SSL_CTX_get_tlsext_ticket_keys(from, keys.data(), keys.size()), "ticket keys");
  const long done = SSL_CTX_set_tlsext_ticket_keys(to, keys.data(), keys.size());
  OPENSSL_cleanse(keys.data(), keys.size());
  Check(done, "ticket keys");
}

// What OpenSSL says of a name it does not know differs between its versions, or is nothing at all.
[[noreturn]] void Refuse(const char* code, const std::string& message) {
  ErrorReport report = TakeErrors("");
  report.code = code;
  report.message = message;
  throw OpensslError(std::move(report));
}

std::string Shortened(const std::string& list) {
  return list.size() <= kShownOfList ? list : list.substr(0, kShownOfList) + "...";
}

// By name: the kinds that only a provider knows (ML-DSA) have no numbers of their own.
std::string KeyType(const EVP_PKEY* key) {
  const char* name = EVP_PKEY_get0_type_name(key);
  return name == nullptr ? std::string() : name;
}

// One shared list, so that a step stays copyable.
std::shared_ptr<std::vector<X509Handle>> ShareAll(const std::vector<X509*>& certificates) {
  auto list = std::make_shared<std::vector<X509Handle>>();
  for (X509* certificate : certificates) list->push_back(Share(certificate));
  return list;
}

}  // namespace

Context::Context(Role role) : role_(role), ledger_(std::make_shared<Ledger>()) {
  const QueueGuard guard;
  SetMinVersion(TLS1_2_VERSION);
  if (role == Role::kClient) SetVerifyMode(SSL_VERIFY_PEER);
  SetSessionIdContext({});
  ctx_ = Build();
}

SslCtxHandle Context::Build(Tickets tickets) const {
  SslCtxHandle ctx(Check(SSL_CTX_new(MethodOf(role_)), "SSL_CTX_new"));
  ContextState::Attach(ctx.get(), ledger_);
  SSL_CTX_set_mode(ctx.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(ctx.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_tlsext_servername_callback(ctx.get(), AcceptServerName);
  SSL_CTX_set_cert_verify_callback(ctx.get(), Ssl::OnVerifyChain, nullptr);
  SSL_CTX_set_tlsext_status_cb(ctx.get(), Ssl::OnStatus);
  SSL_CTX_set_client_hello_cb(ctx.get(), Ssl::OnClientHello, nullptr);
  SSL_CTX_set_alpn_select_cb(ctx.get(), Ssl::OnAlpn, nullptr);
  SSL_CTX_sess_set_get_cb(ctx.get(), Ssl::OnFindSession);
  SSL_CTX_sess_set_new_cb(ctx.get(), Ssl::OnNewSession);
  Replay(ctx.get());
  if (used_) ApplySessionIdContext(ctx.get());
  if (ctx_ && tickets == Tickets::kKeep) CarryTicketKeys(ctx_.get(), ctx.get());
  return ctx;
}

SslCtxHandle Context::Rebuild(Tickets tickets) {
  if (used_ && tickets == Tickets::kRefuse) ++epoch_;
  return Build(tickets);
}

// Contexts share sessions if they were used first with the same rules, and have changed as often.
std::string Context::SessionIdContextFor(const std::string& server_name) const {
  return Sha256(session_id_context_ + '\n' + rules_ + '\n' + std::to_string(epoch_) + '\n' +
                server_name);
}

void Context::ApplySessionIdContext(SSL_CTX* ctx) const {
  if (session_id_context_.empty()) return;
  const std::string id = SessionIdContextFor({});
  Check(SSL_CTX_set_session_id_context(ctx, reinterpret_cast<const unsigned char*>(id.data()),
                                       static_cast<unsigned int>(id.size())),
        "SSL_CTX_set_session_id_context");
}

// What was accepted once is not judged again: the security level may have gone up since.
void Context::Replay(SSL_CTX* ctx) const {
  const int level = SSL_CTX_get_security_level(ctx);
  for (const auto& [slot, step] : steps_) {
    SSL_CTX_set_security_level(ctx, 0);
    if (slot.first != Setting::kSecurityLevel) step(ctx);
  }
  SSL_CTX_set_security_level(ctx, level);
  for (const auto& [slot, step] : steps_) {
    if (slot.first == Setting::kSecurityLevel) step(ctx);
  }
}

void Context::RequireSide(Role side, const char* setting) const {
  if (role_ == Role::kUnset || role_ == side) return;
  const char* message = side == Role::kClient ? " is for clients, and this context is for servers"
                                              : " is for servers, and this context is for clients";
  throw UsageError("ERR_WRONG_STATE", std::string(setting) + message);
}

SslHandle Context::NewSsl() {
  const QueueGuard guard;
  return SslHandle(Check(SSL_new(Lend()), "SSL_new"));
}

SSL_CTX* Context::Lend() {
  UpdateTrust();
  if (!used_) {
    rules_ = Rules();
    ApplySessionIdContext(ctx_.get());
    used_ = true;
  }
  return ctx_.get();
}

ContextStats Context::Stats() const {
  ContextStats stats = ledger_->Sum();
  stats.cached = SSL_CTX_sess_number(ctx_.get());
  return stats;
}

void Context::Change(Slot slot, Step step, Tickets tickets) {
  ChangeAll({{std::move(slot), std::move(step)}}, tickets);
}

// An SSL_CTX that nobody has used yet takes it as it is: a new one costs a tenth of a millisecond.
void Context::ChangeSurely(Slot slot, Step step, Tickets tickets) {
  if (!ctx_ || used_) return Change(std::move(slot), std::move(step), tickets);
  const QueueGuard guard;
  step(ctx_.get());
  Forget(slot);
  steps_.emplace_back(std::move(slot), std::move(step));
}

// All of it or nothing. Some setters of OpenSSL leave half of a refused value behind (a list of
// ciphers, a chain), so that each is made on a new SSL_CTX, which takes over.
void Context::ChangeAll(const std::vector<Entry>& steps, Tickets tickets) {
  const QueueGuard guard;
  const bool is_new = ctx_ == nullptr;  // the constructor's own settings need no trial
  if (!is_new) {
    SslCtxHandle fresh = Rebuild(tickets);
    for (const auto& [slot, step] : steps) step(fresh.get());
    ctx_ = std::move(fresh);
  }
  for (const auto& [slot, step] : steps) {
    Forget(slot);
    steps_.emplace_back(slot, step);
  }
}

// Back to OpenSSL's own.
void Context::Reset(const Slot& slot, Tickets tickets) {
  const QueueGuard guard;
  Forget(slot);
  ctx_ = Rebuild(tickets);
}

void Context::Forget(const Slot& slot) {
  if (slot.first == Setting::kPrivateKey) ForgetSigner(slot.second);
  steps_.erase(std::remove_if(steps_.begin(), steps_.end(),
                              [&slot](const auto& entry) { return entry.first == slot; }),
               steps_.end());
}

void Context::SetMinVersion(int version) {
  Change({Setting::kMinVersion, {}}, [version](SSL_CTX* ctx) {
    Check(SSL_CTX_set_min_proto_version(ctx, version), "SSL_CTX_set_min_proto_version");
  });
}

void Context::SetMaxVersion(int version) {
  Change({Setting::kMaxVersion, {}}, [version](SSL_CTX* ctx) {
    Check(SSL_CTX_set_max_proto_version(ctx, version), "SSL_CTX_set_max_proto_version");
  });
}

void Context::SetCipherList(const std::string& list) {
  Change({Setting::kCipherList, {}}, [list](SSL_CTX* ctx) {
    Check(SSL_CTX_set_cipher_list(ctx, list.c_str()), "SSL_CTX_set_cipher_list");
  });
  // The list may set the level ("@SECLEVEL=2").
  if (list.find('@') != std::string::npos) {
    SetSecurityLevel(SSL_CTX_get_security_level(ctx_.get()));
  }
}

void Context::SetCiphersuites(const std::string& list) {
  Change({Setting::kCiphersuites, {}}, [list](SSL_CTX* ctx) {
    Check(SSL_CTX_set_ciphersuites(ctx, list.c_str()), "SSL_CTX_set_ciphersuites");
  });
}

void Context::SetGroups(const std::string& list) {
  if (list.empty()) {
    Reset({Setting::kGroups, {}});
  } else {
    Change({Setting::kGroups, {}}, [list](SSL_CTX* ctx) {
      if (SSL_CTX_set1_groups_list(ctx, list.c_str()) == 1) return;
      Refuse("ERR_UNKNOWN_GROUP", "groups: not all are known: " + Shortened(list));
    });
  }
  groups_ = list;
}

void Context::SetSignatureAlgorithms(const std::string& list) {
  // Who has proved his identity by one that is not accepted any more has to prove it anew.
  const Slot slot{Setting::kSignatureAlgorithms, {}};
  if (list.empty()) return Reset(slot, Tickets::kRefuse);
  Change(
      slot,
      [list](SSL_CTX* ctx) {
        if (SSL_CTX_set1_sigalgs_list(ctx, list.c_str()) == 1) return;
        Refuse("ERR_UNKNOWN_SIGNATURE_ALGORITHM",
               "signatureAlgorithms: not all are known: " + Shortened(list));
      },
      Tickets::kRefuse);
}

void Context::SetSecurityLevel(int level) {
  Change(
      {Setting::kSecurityLevel, {}},
      [level](SSL_CTX* ctx) { SSL_CTX_set_security_level(ctx, level); }, Tickets::kRefuse);
}

void Context::SetOptions(std::uint64_t options) {
  Change({Setting::kOptions, {}}, [options](SSL_CTX* ctx) {
    SSL_CTX_clear_options(ctx, ~options);
    SSL_CTX_set_options(ctx, options);
  });
}

void Context::SetMode(std::uint32_t mode) {
  Change({Setting::kMode, {}}, [mode](SSL_CTX* ctx) {
    SSL_CTX_clear_mode(ctx, SSL_CTX_get_mode(ctx) & ~static_cast<long>(mode));
    SSL_CTX_set_mode(ctx, mode);
  });
}

void Context::SetSessionIdContext(const std::string& given) {
  if (!given.empty()) RequireSide(Role::kServer, "sessionIdContext");
  const bool own = given.empty() && role_ != Role::kClient;
  session_id_context_ = own ? RandomBytes(kSessionIdContextSize) : given;
  if (ctx_) ctx_ = Build();
}

void Context::SetNumTickets(std::size_t count) {
  RequireSide(Role::kServer, "numTickets");
  Change({Setting::kNumTickets, {}}, [count](SSL_CTX* ctx) {
    Check(SSL_CTX_set_num_tickets(ctx, count), "SSL_CTX_set_num_tickets");
  });
}

void Context::SetAlpn(const std::string& wire) {
  Change({Setting::kAlpn, {}}, [wire](SSL_CTX* ctx) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(wire.data());
    // This one answers 0 for success, and does not say what is wrong.
    if (SSL_CTX_set_alpn_protos(ctx, bytes, static_cast<unsigned int>(wire.size())) != 0) {
      throw UsageError("ERR_INVALID_ARG_VALUE", "the protocols do not stand behind their lengths");
    }
    ContextState::Of(ctx)->alpn = wire;
  });
}

Context::Entry Context::CertificateEntry(X509* certificate, const std::vector<X509*>& chain) {
  EVP_PKEY* key = Check(X509_get0_pubkey(certificate), "the certificate's public key");
  std::shared_ptr<X509> leaf(Share(certificate));
  auto links = ShareAll(chain);
  return {{Setting::kCertificate, KeyType(key)}, [leaf, links](SSL_CTX* ctx) {
            Check(SSL_CTX_use_certificate(ctx, leaf.get()), "SSL_CTX_use_certificate");
            Check(SSL_CTX_clear_chain_certs(ctx), "SSL_CTX_clear_chain_certs");
            for (const auto& link : *links) {
              Check(SSL_CTX_add1_chain_cert(ctx, link.get()), "SSL_CTX_add1_chain_cert");
            }
          }};
}

Context::Entry Context::KeyEntry(EVP_PKEY* key, KeyPlace place) {
  std::shared_ptr<EVP_PKEY> owned(Share(key));
  return {{Setting::kPrivateKey, KeyType(key)}, [owned, place](SSL_CTX* ctx) {
            Check(SSL_CTX_use_PrivateKey(ctx, owned.get()), "SSL_CTX_use_PrivateKey");
            if (EVP_PKEY_is_a(owned.get(), "RSA") == 1) SetKeyTransport(ctx, place);
          }};
}

void Context::UseCertificate(X509* certificate, const std::vector<X509*>& chain) {
  const QueueGuard guard;
  const Entry entry = CertificateEntry(certificate, chain);
  ChangeAll({entry});
  // OpenSSL drops a key that is not the new certificate's.
  if (SSL_CTX_get0_privatekey(ctx_.get()) == nullptr)
    Forget({Setting::kPrivateKey, entry.first.second});
}

void Context::RequireKeyOfCertificate(EVP_PKEY* key) const {
  // OpenSSL would keep a key of another kind for a certificate that never comes.
  const Slot certificate{Setting::kCertificate, KeyType(key)};
  const bool has_certificate = std::any_of(
      steps_.begin(), steps_.end(), [&](const Entry& entry) { return entry.first == certificate; });
  X509* waiting = SSL_CTX_get0_certificate(ctx_.get());
  if (!has_certificate && waiting != nullptr && SSL_CTX_get0_privatekey(ctx_.get()) == nullptr) {
    RequireMatch(waiting, key);
  }
}

void Context::UsePrivateKey(EVP_PKEY* key) {
  const QueueGuard guard;
  RequireKeyOfCertificate(key);
  ChangeAll({KeyEntry(key)});
}

void Context::UseIdentity(X509* certificate, const std::vector<X509*>& chain, EVP_PKEY* key) {
  const QueueGuard guard;
  RequireMatch(certificate, key);
  ChangeAll({CertificateEntry(certificate, chain), KeyEntry(key)});
}

}  // namespace bladessl::openssl
