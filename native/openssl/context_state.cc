#include "native/openssl/context_state.h"

#include <algorithm>

#include "native/openssl/error.h"

namespace bladessl::openssl {

namespace {

void Add(ContextStats& sum, SSL_CTX* ctx) {
  sum.accept += SSL_CTX_sess_accept(ctx);
  sum.accept_good += SSL_CTX_sess_accept_good(ctx);
  sum.accept_renegotiate += SSL_CTX_sess_accept_renegotiate(ctx);
  sum.connect += SSL_CTX_sess_connect(ctx);
  sum.connect_good += SSL_CTX_sess_connect_good(ctx);
  sum.connect_renegotiate += SSL_CTX_sess_connect_renegotiate(ctx);
  sum.hits += SSL_CTX_sess_hits(ctx);
  sum.callback_hits += SSL_CTX_sess_cb_hits(ctx);
  sum.misses += SSL_CTX_sess_misses(ctx);
  sum.timeouts += SSL_CTX_sess_timeouts(ctx);
  sum.cache_full += SSL_CTX_sess_cache_full(ctx);
}

// Runs inside SSL_CTX_free, on whatever thread drops the last reference; the counters still stand.
void FreeState(void* parent, void* state, CRYPTO_EX_DATA*, int, long, void*) {
  if (state == nullptr) return;
  static_cast<ContextState*>(state)->ledger->Close(static_cast<SSL_CTX*>(parent));
  delete static_cast<ContextState*>(state);
}

int StateIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, FreeState);
  return index;
}

}  // namespace

void Ledger::Open(SSL_CTX* ctx) {
  const std::lock_guard lock(mutex_);
  open_.push_back(ctx);
}

void Ledger::Close(SSL_CTX* ctx) {
  const std::lock_guard lock(mutex_);
  open_.erase(std::remove(open_.begin(), open_.end(), ctx), open_.end());
  Add(closed_, ctx);
}

ContextStats Ledger::Sum() const {
  const std::lock_guard lock(mutex_);
  ContextStats sum = closed_;
  for (SSL_CTX* ctx : open_) Add(sum, ctx);
  return sum;
}

void ContextState::Attach(SSL_CTX* ctx, std::shared_ptr<Ledger> ledger) {
  auto state = std::make_unique<ContextState>();
  state->ledger = std::move(ledger);
  Check(SSL_CTX_set_ex_data(ctx, StateIndex(), state.get()), "SSL_CTX_set_ex_data");
  state->ledger->Open(ctx);
  (void)state.release();  // the SSL_CTX frees it
}

ContextState* ContextState::Of(SSL_CTX* ctx) {
  return static_cast<ContextState*>(SSL_CTX_get_ex_data(ctx, StateIndex()));
}

}  // namespace bladessl::openssl
