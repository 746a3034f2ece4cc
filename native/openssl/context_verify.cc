// How a context verifies its peers, and whom it trusts.
#include <ctime>

#include "native/openssl/advisor.h"
#include "native/openssl/context.h"
#include "native/openssl/error.h"
#include "native/openssl/ssl.h"

namespace bladessl::openssl {

namespace {

// It says whether there is a time, not what is checked.
constexpr unsigned long kOwnFlags = X509_V_FLAG_USE_CHECK_TIME;

}  // namespace

// A ticket from before a server asked for more would be a way around what it asks for.
void Context::SetVerifyMode(int mode) {
  if (mode == SSL_VERIFY_NONE && role_ == Role::kClient && policy_.AsksForVerdict()) {
    throw UsageError("ERR_WRONG_STATE",
                     "there is a callback for verification, which SSL_VERIFY_NONE would not heed");
  }
  const int before = ctx_ ? SSL_CTX_get_verify_mode(ctx_.get()) : mode;
  ChangeSurely(
      {Setting::kVerifyMode, {}}, [mode](SSL_CTX* ctx) { SSL_CTX_set_verify(ctx, mode, nullptr); },
      (mode & ~before) == 0 ? Tickets::kKeep : Tickets::kRefuse);
}

void Context::SetVerifyDepth(int depth) {
  ChangeSurely(
      {Setting::kVerifyDepth, {}}, [depth](SSL_CTX* ctx) { SSL_CTX_set_verify_depth(ctx, depth); },
      Tickets::kRefuse);
}

unsigned long Context::verify_flags() const {
  return X509_VERIFY_PARAM_get_flags(SSL_CTX_get0_param(ctx_.get())) & ~kOwnFlags;
}

// CRLs that were given are looked into, whatever else is asked for.
void Context::SetVerifyFlags(unsigned long flags) {
  if (trust_.has_crls()) flags |= X509_V_FLAG_CRL_CHECK;
  ChangeSurely(
      {Setting::kVerifyFlags, {}},
      [flags](SSL_CTX* ctx) {
        X509_VERIFY_PARAM* param = SSL_CTX_get0_param(ctx);
        Check(X509_VERIFY_PARAM_clear_flags(param, ~kOwnFlags), "X509_VERIFY_PARAM_clear_flags");
        Check(X509_VERIFY_PARAM_set_flags(param, flags), "X509_VERIFY_PARAM_set_flags");
      },
      Tickets::kRefuse);
}

void Context::SetPurpose(int purpose) {
  const Slot slot{Setting::kPurpose, {}};
  if (purpose == 0) {
    Reset(slot, Tickets::kRefuse);
  } else {
    ChangeSurely(
        slot,
        [purpose](SSL_CTX* ctx) {
          Check(X509_VERIFY_PARAM_set_purpose(SSL_CTX_get0_param(ctx), purpose),
                "X509_VERIFY_PARAM_set_purpose");
        },
        Tickets::kRefuse);
  }
  purpose_ = purpose;
}

void Context::SetVerifyTime(std::optional<std::int64_t> time) {
  const Slot slot{Setting::kVerifyTime, {}};
  if (!time) return Reset(slot, Tickets::kRefuse);
  ChangeSurely(
      slot,
      [at = static_cast<std::time_t>(*time)](SSL_CTX* ctx) {
        X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(ctx), at);
      },
      Tickets::kRefuse);
}

// Tickets stay: it is a hint, by which nobody is trusted or refused.
void Context::SetClientCas(const std::vector<X509*>& certificates) {
  const Slot slot{Setting::kClientCas, {}};
  if (certificates.empty()) return Reset(slot);
  RequireSide(Role::kServer, "clientCAs");
  auto owned = std::make_shared<std::vector<X509Handle>>();
  for (X509* certificate : certificates) owned->push_back(Share(certificate));
  Change(slot, [owned](SSL_CTX* ctx) {
    SSL_CTX_set0_CA_list(ctx, nullptr);
    for (const X509Handle& certificate : *owned) {
      Check(SSL_CTX_add1_to_CA_list(ctx, certificate.get()), "SSL_CTX_add1_to_CA_list");
    }
  });
}

void Context::SetMaxCertList(long size) {
  ChangeSurely(
      {Setting::kMaxCertList, {}}, [size](SSL_CTX* ctx) { SSL_CTX_set_max_cert_list(ctx, size); },
      Tickets::kKeep);
}

void Context::SetForgiven(int flags) {
  Policy policy = policy_;
  policy.forgiven = flags;
  SetPolicy(std::move(policy), Tickets::kRefuse);
}

void Context::SetStatusRequest(StatusRequest request) {
  if (request != StatusRequest::kNone) RequireSide(Role::kClient, "statusRequest");
  Policy policy = policy_;
  policy.status_request = request;
  SetPolicy(std::move(policy), Tickets::kKeep);
}

void Context::SetStaples(std::vector<std::shared_ptr<const OcspResponse>> staples) {
  if (!staples.empty()) RequireSide(Role::kServer, "ocspResponses");
  Policy policy = policy_;
  policy.staples = std::move(staples);
  SetPolicy(std::move(policy), Tickets::kKeep);
}

// Tickets from before are sealed with other keys when somebody else has them.
void Context::SetAdvisor(const std::shared_ptr<Advisor>& advisor, bool judges_anew) {
  Policy policy = policy_;
  policy.advisor = advisor && advisor->decides(Advisor::kAny) ? advisor : nullptr;
  for (const auto& [topic, name] : kForServers) {
    if (policy.Asks(topic)) RequireSide(Role::kServer, name);
  }
  const bool seals = policy.Asks(Advisor::kTicketKey);
  const bool collects = role_ == Role::kClient && policy.Asks(Advisor::kNewSession);
  ChangeSurely(
      {Setting::kAdvisor, {}},
      [seals, collects](SSL_CTX* ctx) {
        SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, seals ? Ssl::OnTicketKey : nullptr);
        if (collects) {
          SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        }
      },
      judges_anew ? Tickets::kRefuse : Tickets::kKeep);
  policy_ = std::move(policy);
}

// A policy is for SSLs that are made from now on; only tickets tell of it to later ones.
void Context::SetPolicy(Policy policy, Tickets tickets) {
  const QueueGuard guard;
  if (used_ && tickets == Tickets::kRefuse) ctx_ = Rebuild(tickets);
  policy_ = std::move(policy);
}

// What no store takes is refused here. The store itself is made when it is needed: for certificates
// that come one by one it would be made anew for each.
template <class Add>
void Context::ChangeTrust(Tickets tickets, Add add) {
  const QueueGuard guard;
  Trust added;
  add(added);
  (void)added.NewStore();
  add(trust_);
  if (trust_change_ != Tickets::kRefuse) trust_change_ = tickets;
}

// One store for all the SSL_CTX that are made until the next change. No other context has it.
void Context::UpdateTrust() {
  if (!trust_change_) return;
  const QueueGuard guard;
  const std::shared_ptr<X509_STORE> store(trust_.NewStore());
  ChangeSurely(
      {Setting::kTrust, {}}, [store](SSL_CTX* ctx) { SSL_CTX_set1_cert_store(ctx, store.get()); },
      *trust_change_);
  trust_change_.reset();
}

std::string Context::Rules() const {
  const X509_VERIFY_PARAM* param = SSL_CTX_get0_param(ctx_.get());
  const std::uint64_t numbers[] = {
      static_cast<std::uint64_t>(SSL_CTX_get_verify_mode(ctx_.get())),
      static_cast<std::uint64_t>(SSL_CTX_get_security_level(ctx_.get())),
      X509_VERIFY_PARAM_get_flags(const_cast<X509_VERIFY_PARAM*>(param)),
      static_cast<std::uint64_t>(X509_VERIFY_PARAM_get_depth(param)),
      static_cast<std::uint64_t>(X509_VERIFY_PARAM_get_time(param)),
      static_cast<std::uint64_t>(purpose_),
      static_cast<std::uint64_t>(policy_.forgiven),
      static_cast<std::uint64_t>(policy_.Asks(Advisor::kFinding)),
      static_cast<std::uint64_t>(policy_.Asks(Advisor::kChain)),
  };
  std::string rules;
  for (const std::uint64_t number : numbers) rules += std::to_string(number) + ' ';
  return rules + trust_.Digest();
}

void Context::AddTrust(const std::vector<X509*>& certificates) {
  ChangeTrust(Tickets::kKeep, [&](Trust& trust) {
    for (X509* certificate : certificates) trust.Add(certificate);
  });
}

void Context::AddTrust(const std::shared_ptr<const Anchors>& anchors) {
  ChangeTrust(Tickets::kKeep, [&](Trust& trust) { trust.Add(anchors); });
}

// There may be CRLs in it.
void Context::AddTrustDirectory(const std::string& path) {
  ChangeTrust(Tickets::kRefuse, [&](Trust& trust) { trust.AddDirectory(path); });
}

void Context::AddCrls(const std::vector<X509_CRL*>& crls) {
  ChangeTrust(Tickets::kRefuse, [&](Trust& trust) {
    for (X509_CRL* crl : crls) trust.Add(crl);
  });
  SetVerifyFlags(verify_flags());
}

}  // namespace bladessl::openssl
