// SSL_CTX, with its settings kept as data. Once an SSL has been made from it, a change builds a new
// SSL_CTX and replays the settings: connections keep what they began with, new ones see the change.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "native/openssl/advisor.h"
#include "native/openssl/handle.h"
#include "native/openssl/trust.h"
#include "native/openssl/verify.h"

namespace bladessl::openssl {

enum class Role { kUnset, kClient, kServer };

// Libssl's own counters of an SSL_CTX, in the order of SSL_CTX_sess_*(3).
struct ContextStats {
  long accept = 0, accept_good = 0, accept_renegotiate = 0;
  long connect = 0, connect_good = 0, connect_renegotiate = 0;
  long hits = 0, callback_hits = 0, misses = 0, timeouts = 0, cache_full = 0;
  long cached = 0;  // of the current SSL_CTX only
};

class Ledger;
class RemoteKey;
class RemoteSigner;

class Context {
 public:
  // `role` picks TLS_method, TLS_client_method or TLS_server_method.
  explicit Context(Role role);

  SSL_CTX* get() const { return ctx_.get(); }
  Role role() const { return role_; }
  SslHandle NewSsl();
  // Brings the SSL_CTX up to date: trust that has been added waits for who needs it.
  void UpdateTrust();
  // For an SSL that was made from another one. As after NewSsl, a change holds for later ones only.
  SSL_CTX* Lend();
  // What tells its sessions from others', where it stands in for another context: for each name.
  std::string SessionIdContextFor(const std::string& server_name) const;
  // What SetGroups was given.
  const std::string& groups() const { return groups_; }
  ContextStats Stats() const;

  void SetVerifyMode(int mode);
  void SetVerifyDepth(int depth);
  void SetMinVersion(int version);
  void SetMaxVersion(int version);
  void SetCipherList(const std::string& list);
  void SetCiphersuites(const std::string& list);
  // An empty list: OpenSSL's own.
  void SetGroups(const std::string& list);
  void SetSignatureAlgorithms(const std::string& list);
  void SetSecurityLevel(int level);
  void SetOptions(std::uint64_t options);
  void SetMode(std::uint32_t mode);
  // Empty: random bytes, so that no other context's session is ever taken up.
  void SetSessionIdContext(const std::string& given);
  void SetNumTickets(std::size_t count);
  // `wire` is the protocol list as ALPN carries it (RFC 7301): each name behind its length.
  void SetAlpn(const std::string& wire);

  // One identity per key type. A certificate whose key does not match drops the key before it.
  void UseCertificate(X509* certificate, const std::vector<X509*>& chain);
  void UsePrivateKey(EVP_PKEY* key);
  // One that is held elsewhere. Suites whose key exchange it would have to decrypt for are not
  // chosen any more.
  void UseRemoteKey(const RemoteKey& key);
  // Who signs with such keys, by the types of the keys.
  using Signers = std::vector<std::pair<std::string, std::shared_ptr<RemoteSigner>>>;
  const Signers& signers() const { return signers_; }
  void UseIdentity(X509* certificate, const std::vector<X509*>& chain, EVP_PKEY* key);

  void AddTrust(const std::vector<X509*>& certificates);
  void AddTrust(const std::shared_ptr<const Anchors>& anchors);
  void AddTrustDirectory(const std::string& path);
  void AddCrls(const std::vector<X509_CRL*>& crls);

  const Policy& policy() const { return policy_; }
  // X509_V_FLAG_*
  unsigned long verify_flags() const;
  void SetVerifyFlags(unsigned long flags);
  // X509_PURPOSE_*; 0: that of the other side.
  void SetPurpose(int purpose);
  // Seconds since 1970; none: now.
  void SetVerifyTime(std::optional<std::int64_t> time);
  void SetForgiven(int flags);
  // Whose certificates a server asks its clients for: the subjects of these. Empty: anybody's.
  void SetClientCas(const std::vector<X509*>& certificates);
  // How many bytes the peer's chain may have.
  void SetMaxCertList(long size);
  void SetStatusRequest(StatusRequest request);
  void SetStaples(std::vector<std::shared_ptr<const OcspResponse>> staples);
  // `judges_anew`: tickets from before may have been given out by other verdicts.
  void SetAdvisor(const std::shared_ptr<Advisor>& advisor, bool judges_anew);

 private:
  enum class Setting {
    kVerifyMode,
    kVerifyDepth,
    kMinVersion,
    kMaxVersion,
    kCipherList,
    kCiphersuites,
    kGroups,
    kSignatureAlgorithms,
    kSecurityLevel,
    kOptions,
    kMode,
    kNumTickets,
    kAlpn,
    kCertificate,
    kPrivateKey,
    kTrust,
    kVerifyFlags,
    kPurpose,
    kVerifyTime,
    kClientCas,
    kMaxCertList,
    kAdvisor,
  };
  using Slot = std::pair<Setting, std::string>;  // the second part is the key type of an identity
  using Step = std::function<void(SSL_CTX*)>;

  using Entry = std::pair<Slot, Step>;

  static Entry CertificateEntry(X509* certificate, const std::vector<X509*>& chain);
  enum class KeyPlace { kHere, kElsewhere };
  static Entry KeyEntry(EVP_PKEY* key, KeyPlace place = KeyPlace::kHere);
  // Whether suites may be chosen for which an RSA key has to decrypt.
  static void SetKeyTransport(SSL_CTX* ctx, KeyPlace place);
  // Throws when it is not the key of the certificate that waits for one.
  void RequireKeyOfCertificate(EVP_PKEY* key) const;
  void ForgetSigner(const std::string& key_type);
  // Whether sessions from before a change may still be resumed after it.
  enum class Tickets { kKeep, kRefuse };
  SslCtxHandle Build(Tickets tickets = Tickets::kKeep) const;
  // A new one, for later connections than those that it has been used for.
  SslCtxHandle Rebuild(Tickets tickets);
  void ApplySessionIdContext(SSL_CTX* ctx) const;
  // By what clients are verified, but for what functions decide.
  std::string Rules() const;
  // Throws when the context is for the other side only: what is set would have no effect.
  void RequireSide(Role side, const char* setting) const;
  void Replay(SSL_CTX* ctx) const;
  void Change(Slot slot, Step step, Tickets tickets = Tickets::kKeep);
  // For a step that cannot fail halfway.
  void ChangeSurely(Slot slot, Step step, Tickets tickets);
  void ChangeAll(const std::vector<Entry>& steps, Tickets tickets = Tickets::kKeep);
  void Reset(const Slot& slot, Tickets tickets = Tickets::kKeep);
  void Forget(const Slot& slot);
  template <class Add>
  void ChangeTrust(Tickets tickets, Add add);
  void SetPolicy(Policy policy, Tickets tickets);

  Role role_;
  std::shared_ptr<Ledger> ledger_;
  SslCtxHandle ctx_;
  bool used_ = false;  // an SSL was made from it, or from an SSL_CTX before it
  // In the order in which they were made, so that a replay meets no state the first run did not.
  std::vector<Entry> steps_;
  Trust trust_;
  // What the changes of trust that are not in the SSL_CTX yet mean for tickets.
  std::optional<Tickets> trust_change_;
  std::string groups_;
  std::string session_id_context_;
  std::string rules_;  // as they were when it was used first
  int purpose_ = 0;
  // How often sessions from before were refused. Who seals tickets elsewhere, or keeps sessions,
  // would have them resumed all the same.
  unsigned epoch_ = 0;
  Policy policy_;
  Signers signers_;
};

}  // namespace bladessl::openssl
