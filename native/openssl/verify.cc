#include "native/openssl/verify.h"

#include <openssl/err.h>

#include <ctime>

#include "native/openssl/encoding.h"
#include "native/openssl/stack.h"

namespace bladessl::openssl {

namespace {

void Apply(const VerifyParameters& wanted, X509_VERIFY_PARAM* to) {
  Check(X509_VERIFY_PARAM_set_flags(to, wanted.flags), "X509_VERIFY_PARAM_set_flags");
  X509_VERIFY_PARAM_set_hostflags(to, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (wanted.purpose) {
    Check(X509_VERIFY_PARAM_set_purpose(to, *wanted.purpose), "X509_VERIFY_PARAM_set_purpose");
  }
  if (wanted.time) X509_VERIFY_PARAM_set_time(to, static_cast<std::time_t>(*wanted.time));
  if (wanted.depth) X509_VERIFY_PARAM_set_depth(to, *wanted.depth);
  if (wanted.security_level) X509_VERIFY_PARAM_set_auth_level(to, *wanted.security_level);
  for (const std::string& host : wanted.hosts) {
    Check(X509_VERIFY_PARAM_add1_host(to, host.data(), host.size()), "X509_VERIFY_PARAM_add1_host");
  }
  if (!wanted.ip.empty()) {
    Check(X509_VERIFY_PARAM_set1_ip_asc(to, wanted.ip.c_str()), "not an IP address");
  }
  if (!wanted.email.empty()) {
    Check(X509_VERIFY_PARAM_set1_email(to, wanted.email.data(), wanted.email.size()),
          "X509_VERIFY_PARAM_set1_email");
  }
}

int Forgive(int ok, X509_STORE_CTX* store) {
  if (IsInner(store)) return ok;
  const auto* forgiven = static_cast<const int*>(X509_STORE_CTX_get_app_data(store));
  if (ok != 0 || !IsForgiven(*forgiven, X509_STORE_CTX_get_error(store))) return ok;
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

}  // namespace

bool IsForgiven(int flags, int code) {
  if ((flags & kIgnoreAll) != 0) return true;
  switch (code) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return (flags & kIgnoreSelfSigned) != 0;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return (flags & kIgnoreExpired) != 0;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return (flags & kIgnoreNotYetValid) != 0;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return (flags & kIgnoreHostname) != 0;
    default:
      return false;
  }
}

// libssl makes the alert from the error (x509table of ssl/statem/statem_lib.c).
std::optional<int> CodeForAlert(int alert) {
  switch (alert) {
    case SSL_AD_HANDSHAKE_FAILURE:
      return X509_V_ERR_APPLICATION_VERIFICATION;
    case SSL_AD_BAD_CERTIFICATE:
      return X509_V_ERR_CERT_REJECTED;
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
      return X509_V_ERR_INVALID_PURPOSE;
    case SSL_AD_CERTIFICATE_REVOKED:
      return X509_V_ERR_CERT_REVOKED;
    case SSL_AD_CERTIFICATE_EXPIRED:
      return X509_V_ERR_CERT_HAS_EXPIRED;
    case SSL_AD_CERTIFICATE_UNKNOWN:
      return X509_V_ERR_PERMITTED_VIOLATION;  // one of those that are not in the table
    case SSL_AD_UNKNOWN_CA:
      return X509_V_ERR_CERT_CHAIN_TOO_LONG;
    case SSL_AD_DECRYPT_ERROR:
      return X509_V_ERR_CERT_SIGNATURE_FAILURE;
    case SSL_AD_INTERNAL_ERROR:
      return X509_V_ERR_OUT_OF_MEM;
    default:
      return std::nullopt;
  }
}

Verification Verify(X509* certificate, const std::vector<X509*>& untrusted, const Trust& trust,
                    const VerifyParameters& parameters, int forgiven) {
  const QueueGuard guard;
  const StoreHandle store = trust.NewStore();
  // The context takes them over as it begins, and asks for trust in their purpose.
  Apply(parameters, X509_STORE_get0_param(store.get()));
  const BorrowedStack others = StackOf(untrusted);
  const StoreContext context(Check(X509_STORE_CTX_new(), "X509_STORE_CTX_new"));
  Check(X509_STORE_CTX_init(context.get(), store.get(), certificate, others.get()),
        "X509_STORE_CTX_init");
  Check(X509_STORE_CTX_set_app_data(context.get(), &forgiven), "X509_STORE_CTX_set_ex_data");
  X509_STORE_CTX_set_verify_cb(context.get(), Forgive);

  Verification result;
  const bool accepted = X509_verify_cert(context.get()) == 1;
  result.code = X509_STORE_CTX_get_error(context.get());
  // It may fail without having found a fault, for want of memory.
  if (!accepted && result.code == X509_V_OK) result.code = X509_V_ERR_UNSPECIFIED;
  if (accepted) result.code = X509_V_OK;
  result.depth = X509_STORE_CTX_get_error_depth(context.get());
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    result.chain.push_back(Share(sk_X509_value(chain, i)));
  }
  return result;
}

std::string ExpectedIdentity(X509_VERIFY_PARAM* parameters) {
  if (const char* host = X509_VERIFY_PARAM_get0_host(parameters, 0)) return host;
  // Where there is none it says so in the queue, which may be another call's.
  ERR_set_mark();
  const OpensslText address(X509_VERIFY_PARAM_get1_ip_asc(parameters));
  ERR_pop_to_mark();
  return address ? address.get() : std::string();
}

}  // namespace bladessl::openssl
