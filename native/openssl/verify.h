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
#include "native/openssl/suspension.h"
#include "native/openssl/trust.h"

namespace bladessl::openssl {

class Advisor;
class OcspResponse;

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

// Somebody else's judgement, given at once or later. What it throws is a refusal, and reaches the
// caller of the handshake.
class Judge {
 public:
  virtual ~Judge() = default;
  // Called for each certificate and each fault; or once, in place of OpenSSL's own verification.
  virtual bool wants_whole_chain() const = 0;
  virtual void OnFinding(const Finding& finding, const std::shared_ptr<Reply<Verdict>>& reply) = 0;
  virtual void OnChain(const ChainInQuestion& question,
                       const std::shared_ptr<Reply<Verdict>>& reply) = 0;
  // What keeps the judge from being collected while a handshake is under way.
  virtual std::shared_ptr<void> Hold() = 0;
};

// Whether a client asks for an OCSP response with the server's certificate (RFC 6066, 8). One that
// comes has to be right; kRequire: and one has to come.
enum class StatusRequest { kNone, kVerify, kRequire };

// Answers a client that asks for one. What it throws ends the handshake, and reaches the caller.
class Stapler {
 public:
  virtual ~Stapler() = default;
  // DER; empty for none.
  virtual void OnStatusRequest(X509* certificate, const std::string& server_name,
                               const std::shared_ptr<Reply<std::string>>& reply) = 0;
  // As of a judge.
  virtual std::shared_ptr<void> Hold() = 0;
};

// What an SSL takes from its context, beside what its SSL_CTX has.
struct VerifyPolicy {
  std::shared_ptr<Judge> judge;
  int forgiven = 0;
  StatusRequest status_request = StatusRequest::kNone;
  // What a server sends: the first that is about its certificate; or what the stapler says.
  std::vector<std::shared_ptr<const OcspResponse>> staples;
  std::shared_ptr<Stapler> stapler;
  // Everything else that is left to somebody.
  std::shared_ptr<Advisor> advisor;
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
