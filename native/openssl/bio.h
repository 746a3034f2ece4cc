// BIO: one link of a chain. A link owns the one below it, and the SSL that drives it if it is an
// SSL BIO; whoever else holds a link (a JS object, an SSL) shares it. OpenSSL's own pointers
// between links follow these, never the other way round.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "native/openssl/error.h"
#include "native/openssl/gate.h"
#include "native/openssl/handle.h"

namespace bladessl::openssl {

class Ssl;

enum class BioState { kDone, kRetry, kEnd };

struct BioResult {
  BioState state = BioState::kDone;
  std::size_t bytes = 0;
  bool done() const { return state == BioState::kDone; }
};

// Whether the text is an IPv4 or IPv6 address.
bool IsNumericAddress(const std::string& host);

class Bio final : public Layer, public std::enable_shared_from_this<Bio> {
 public:
  using Pair = std::pair<std::shared_ptr<Bio>, std::shared_ptr<Bio>>;

  static std::shared_ptr<Bio> New(const BIO_METHOD* method);
  static std::shared_ptr<Bio> OpenFile(const std::string& path, const std::string& mode);
  // Two ends joined in memory (BIO_s_bio), each with its own write buffer.
  static Pair NewPair(std::size_t first_size, std::size_t second_size);
  explicit Bio(BIO* owned) : bio_(owned) {}
  ~Bio() override;
  Bio(const Bio&) = delete;
  Bio& operator=(const Bio&) = delete;

  BIO* get() const { return bio_; }
  int type() const { return BIO_method_type(bio_); }
  void EachBelow(const std::function<void(Layer&)>& visit) override;
  void Admit() override;

  BioResult Read(void* out, std::size_t size);
  BioResult Write(const void* data, std::size_t size);
  // The caller of a write that would have blocked gives it up: the next write is a new one.
  void AbandonWrite();
  BioResult Flush();
  // BIO_do_connect, BIO_do_handshake: whatever the chain needs to be connected.
  BioResult DoHandshake();
  // Listens at first, then takes a connection, which becomes the next link.
  BioResult DoAccept();
  // Back to before connect(2); closes the descriptor of a connect BIO.
  void ResetConnection();

  std::size_t Pending();
  std::size_t WritePending();
  bool Eof();
  // OpenSSL's packed code of the last failure; 0 after a success.
  unsigned long last_code() const { return last_code_; }

  void Push(const std::shared_ptr<Bio>& below);
  // Takes this link out of its chain and returns what followed it.
  std::shared_ptr<Bio> Pop();
  // Pop, after a close_notify where this link owns its SSL.
  std::shared_ptr<Bio> Close();
  const std::shared_ptr<Bio>& next() const { return next_; }

  void SetSsl(const std::shared_ptr<Ssl>& ssl, bool close);
  const std::shared_ptr<Ssl>& ssl() const { return ssl_; }

  // The descriptor that a read or a write of this chain ends at.
  std::optional<int> Fd(bool writing) const;
  void SetFd(int fd, bool close);
  // Whether the chain ends in a link that has, or will have, a descriptor.
  bool HasSource() const { return Source(false) != nullptr; }
  void SetNonBlocking(bool on);
  // mem: an empty buffer reads as the end (true) or as "not now" (false).
  void SetMemEof(bool end);
  void SetBufferSize(std::size_t size);

  // connect: "host", "host:port" or "[v6]:port". A name needs a look-up before any I/O: see
  // UseAddress. Families are AF_INET, AF_INET6 or AF_UNSPEC.
  void SetConnectHost(const std::string& text);
  void SetConnectPort(const std::string& port);
  void SetConnectFamily(int family);
  // Where to connect to whatever the host is; the host stays the name that is checked.
  void SetConnectAddress(const std::string& text);
  std::optional<std::string> connect_host() const;
  std::optional<std::string> connect_port() const;
  std::optional<std::string> connect_address() const;
  // What a client of this chain takes the server for; empty when no connect link knows.
  std::string ServerName() const;

  // accept: as above, or a port alone; no host, or "*", means every address.
  void SetAcceptName(const std::string& text);
  void SetAcceptPort(const std::string& port);
  void SetAcceptFamily(int family);
  std::optional<std::string> accept_name() const;
  std::optional<std::string> accept_port() const;

  int family() const { return family_; }
  // Whether the host is a name and no address has been found for it yet.
  bool needs_lookup() const;
  // The address that needs no look-up: the one that was set, or a numeric host.
  std::optional<std::string> fixed_address() const;
  // One that a look-up has found, for the next attempt.
  void UseAddress(const std::string& text);
  // After a call without an answer: whether a link from here down waits to write.
  bool StandsStill(int sys_errno) const;
  // Whether connect(2) is under way and the outcome not there yet.
  bool IsConnecting() const;
  // After a failure on this chain: if connect(2) was what failed, the next call begins anew.
  void ForgetFailedConnect(const ErrorReport& report) const;

 private:
  template <class Call>
  BioResult Run(const char* syscall, const char* what, Call call);
  void TellNewSessions();
  BioResult Conclude(int answer, int sys_errno, const char* syscall, const char* what);
  Ssl* FirstSsl() const;
  bool LacksFile() const;
  bool EndsInNoFile();
  Bio* Source(bool writing) const;
  void ApplyAcceptName();
  [[noreturn]] void ThrowNotWritable() const;
  Bio* Head();
  void DropUnread() const;
  void Join(const std::shared_ptr<Bio>& below);
  void AdoptAccepted();
  void ReplaceSsl(const std::shared_ptr<Ssl>& ssl);
  void RequireType(int type, const char* member) const;
  void RequireSettable(int type, const char* member) const;

  BIO* bio_;
  std::shared_ptr<Bio> next_;
  Bio* prev_ = nullptr;
  std::shared_ptr<Ssl> ssl_;
  bool closes_ssl_ = false;
  bool spoke_tls_ = false;  // of a link with a descriptor
  // connect and accept only
  std::string host_;
  std::string port_;
  std::string address_;  // numeric: set by hand (then it is pinned), or found for the host
  bool pinned_ = false;
  int family_ = 0;
  bool accepting_ = false;  // DoAccept is running
  unsigned long last_code_ = 0;
};

}  // namespace bladessl::openssl
