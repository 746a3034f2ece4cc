#include "native/openssl/crl_rules.h"

#include <openssl/x509v3.h>

#include "native/openssl/error.h"
#include "native/openssl/handle.h"
#include "native/openssl/signature_strength.h"

namespace bladessl::openssl {

namespace {

// OpenSSL has no name for its own check: a context that has been told of none has it.
X509_STORE_CTX_check_crl_fn OwnCheck() {
  static const X509_STORE_CTX_check_crl_fn own = [] {
    const StoreContext context(Check(X509_STORE_CTX_new(), "X509_STORE_CTX_new"));
    Check(X509_STORE_CTX_init(context.get(), nullptr, nullptr, nullptr), "X509_STORE_CTX_init");
    return X509_STORE_CTX_get_check_crl(context.get());
  }();
  return own;
}

bool IsDelta(const X509_CRL* crl) {
  return X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0;
}

// --- Called by OpenSSL: no exception may leave ---

// Up to 3.0.21 and 3.5.7 OpenSSL tells deltas from complete CRLs only where it supports CRLs to
// their full extent (https://github.com/openssl/openssl/issues/31040).
STACK_OF(X509_CRL) * FindCrls(const X509_STORE_CTX* context, const X509_NAME* issuer) {
  STACK_OF(X509_CRL)* found = X509_STORE_CTX_get1_crls(context, issuer);
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context);
  if ((X509_VERIFY_PARAM_get_flags(parameters) & X509_V_FLAG_USE_DELTAS) != 0) {
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_EXTENDED_CRL_SUPPORT);
    return found;
  }
  for (int i = sk_X509_CRL_num(found) - 1; i >= 0; --i) {
    if (IsDelta(sk_X509_CRL_value(found, i))) X509_CRL_free(sk_X509_CRL_delete(found, i));
  }
  return found;
}

int Tell(X509_STORE_CTX* context, int fault) {
  X509_STORE_CTX_set_error(context, fault);
  return X509_STORE_CTX_get_verify_cb(context)(0, context);
}

bool HasStrongSignature(X509_STORE_CTX* context, const X509_CRL* crl) {
  const X509_ALGOR* algorithm = nullptr;
  X509_CRL_get0_signature(crl, nullptr, &algorithm);
  X509* issuer = X509_STORE_CTX_get0_current_issuer(context);
  return IsStrongEnough(algorithm, issuer == nullptr ? nullptr : X509_get0_pubkey(issuer),
                        X509_VERIFY_PARAM_get_auth_level(X509_STORE_CTX_get0_param(context)));
}

int CheckCrl(X509_STORE_CTX* context, X509_CRL* crl) {
  if (OwnCheck()(context, crl) == 0) return 0;
  // Only the current one is to be complete; its delta comes beside it.
  const bool is_complete = crl == X509_STORE_CTX_get0_current_crl(context);
  if (is_complete && IsDelta(crl) && Tell(context, X509_V_ERR_UNABLE_TO_GET_CRL) == 0) return 0;
  return HasStrongSignature(context, crl) ? 1 : Tell(context, X509_V_ERR_CA_MD_TOO_WEAK);
}

}  // namespace

void KeepCrlRules(X509_STORE* store) {
  (void)OwnCheck();  // it may throw here, and not there
  X509_STORE_set_lookup_crls(store, FindCrls);
  X509_STORE_set_check_crl(store, CheckCrl);
}

}  // namespace bladessl::openssl
