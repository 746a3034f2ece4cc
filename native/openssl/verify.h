// Deciding whether a chain of certificates is to be trusted: what the decision goes by, and the
// decision itself where there is no connection. In a handshake it is made by Ssl.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "native/openssl/error.h"
#include "native/openssl/handle.h"
#include "native/openssl/trust.h"

namespace bladessl::openssl {

// Faults that are forgiven, each by its own flag and no other (IGNORE_* in JS).
enum : int {
  kIgnoreAll = 1,
  kIgnoreSelfSigned = 2,
  kIgnoreExpired = 4,
  kIgnoreNotYetValid = 8,
  kIgnoreHostname = 16,
};
bool IsForgiven(int flags, int code);

// One certificate of a chain, as OpenSSL comes to it: sound, or with a fault.
struct Finding {
  bool ok = false;
  int code = 0;
  int depth = 0;
  X509* certificate = nullptr;
  const STACK_OF(X509) * chain = nullptr;  // as far as it has been built
};

// A chain of which nothing has been verified.
struct ChainInQuestion {
  std::vector<X509*> sent;  // the peer's own certificate first
  std::string expected;     // the name or address that it has to be for; empty for none
  bool of_client = false;
};

struct Verdict {
  bool accepted = false;
  // With a refusal: what the peer is told; 0: what goes with the fault.
  int alert = 0;
};

// An error of X509_V_ERR_* for which libssl sends this alert; none for other alerts.
std::optional<int> CodeForAlert(int alert);

// What a chain is held against, as X509_VERIFY_PARAM has it.
struct VerifyParameters {
  std::optional<int> purpose;
  std::optional<std::int64_t> time;  // seconds since 1970
  std::optional<int> depth;
  std::optional<int> security_level;
  unsigned long flags = 0;
  std::vector<std::string> hosts;  // one of them is enough
  std::string ip;
  std::string email;
};

struct Verification {
  int code = X509_V_OK;
  int depth = 0;
  // As far as it could be built.
  std::vector<X509Handle> chain;
};

// `untrusted` are certificates that the chain may be built with.
Verification Verify(X509* certificate, const std::vector<X509*>& untrusted, const Trust& trust,
                    const VerifyParameters& parameters, int forgiven);

// Whether OpenSSL verifies the issuer of a CRL in the middle of a verification: it calls the same
// callback, and what comes of it is a fault of the outer one.
inline bool IsInner(X509_STORE_CTX* store) {
  return X509_STORE_CTX_get0_parent_ctx(store) != nullptr;
}

// The name or address that is asked for; empty for none.
std::string ExpectedIdentity(X509_VERIFY_PARAM* parameters);

}  // namespace bladessl::openssl
