#include "native/openssl/ssl.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "native/openssl/bio.h"
#include "native/openssl/system.h"

namespace bladessl::openssl {

namespace {

// Where an SSL finds the object that owns it, from inside OpenSSL's callbacks.
int OwnerIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// In callbacks that libssl does not repeat, or verifies twice for.
constexpr Advisor::Topic kAskedOnce[] = {Advisor::kPsk,     Advisor::kSession, Advisor::kTicketKey,
                                         Advisor::kFinding, Advisor::kChain,   Advisor::kStatus};

// At most 13 KiB of a job's stack were seen used by one, and 4 more by each one below it.
constexpr std::ptrdiff_t kMostSslsOnJob = 3;

}  // namespace

Ssl::Ssl(std::shared_ptr<Context> context)
    : context_(std::move(context)),
      ssl_(context_->NewSsl()),
      role_(context_->role()),
      policy_(context_->policy()),
      first_advisor_(policy_.advisor),
      signers_(context_->signers()) {
  const QueueGuard guard;
  SSL* ssl = ssl_.get();
  Check(SSL_set_ex_data(ssl, OwnerIndex(), this), "SSL_set_ex_data");
  SSL_set_verify(ssl, SSL_get_verify_mode(ssl), OnVerify);
  SSL_set_info_callback(ssl, OnInfo);
  // A write is offered again from wherever its bytes lie then.
  SSL_set_mode(ssl, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  WatchFirstBytes(true);
  if (role_ != Role::kUnset) SetRole(role_);
}

Ssl* Ssl::Of(const SSL* ssl) {
  return static_cast<Ssl*>(SSL_get_ex_data(ssl, OwnerIndex()));
}

Ssl::~Ssl() {
  const QueueGuard guard;
  Abandon();
  ssl_.reset();
  Release(std::move(rbio_));
  Release(std::move(wbio_));
}

void Ssl::EachBelow(const std::function<void(Layer&)>& visit) {
  if (rbio_) visit(*rbio_);
  if (wbio_) visit(*wbio_);
}

void Ssl::Admit() {
  RequireNoSocket();
  if (!rbio_ || !wbio_) {
    throw UsageError("ERR_NO_TRANSPORT", "the SSL has nothing to read from or to write to");
  }
  // A chain knows where it leads to. A raw SSL checks no name unless told.
  if (driver == Driver::kLink && WantsServerName()) UseServerName(rbio_->ServerName());
  Hold();
  VetSession();
}

void Ssl::Leave() {
  if (driver != Driver::kSocket) LetGo();
}

void Ssl::SetTransport(const std::shared_ptr<Bio>& read, const std::shared_ptr<Bio>& write) {
  RequireNoSocket();
  if (driver == Driver::kLink) {
    throw UsageError("ERR_BIO_IN_CHAIN", "an SSL BIO drives this SSL: its chain is the transport");
  }
  RequireIdle(*this);
  Reach reach(*this, Reach::OnlyItself{});
  for (Bio* bio : {read.get(), write.get()}) {
    if (bio == nullptr) continue;
    if (Reach(*bio).Contains(*this)) {
      throw UsageError("ERR_BIO_CYCLE", "an SSL cannot be its own transport");
    }
    reach.AddAll(*bio);
  }
  Attach(read, write);
}

void Ssl::Attach(std::shared_ptr<Bio> read, std::shared_ptr<Bio> write) {
  const QueueGuard guard;
  // Each setter takes over one reference, and drops the one it had.
  BIO* raw_read = read ? read->get() : nullptr;
  if (SSL_get_rbio(ssl_.get()) != raw_read) {
    if (raw_read != nullptr) BIO_up_ref(raw_read);
    SSL_set0_rbio(ssl_.get(), raw_read);
  }
  BIO* raw_write = write ? write->get() : nullptr;
  if (SSL_get_wbio(ssl_.get()) != raw_write) {
    if (raw_write != nullptr) BIO_up_ref(raw_write);
    SSL_set0_wbio(ssl_.get(), raw_write);
  }
  rbio_.swap(read);
  wbio_.swap(write);
  Release(std::move(read));
  Release(std::move(write));
}

void Ssl::ReplaceTransport(const std::shared_ptr<Bio>& old, const std::shared_ptr<Bio>& with) {
  Attach(rbio_ == old ? with : rbio_, wbio_ == old ? with : wbio_);
}

void Ssl::RequireHere() const {
  if (away) throw UsageError("ERR_BUSY", "the SSL shakes hands on another thread just now");
}

void Ssl::RequireNoSocket() const {
  if (driver != Driver::kSocket) return;
  throw UsageError("ERR_SSL_IN_SOCKET", "a TLSSocket drives this SSL: use the socket's methods");
}

void Ssl::Drive(BIO* wire, const std::string& connected_to) {
  const QueueGuard guard;
  RequireNoSocket();
  if (driver == Driver::kLink || rbio_ || wbio_ || SSL_in_before(ssl_.get()) == 0) {
    throw UsageError("ERR_WRONG_STATE", "the SSL has a transport already, or has been used");
  }
  if (role_ == Role::kUnset) throw UsageError("ERR_WRONG_STATE", "the SSL's side is not known");
  if (WantsServerName()) UseServerName(connected_to);
  BIO_up_ref(wire);
  BIO_up_ref(wire);
  SSL_set0_rbio(ssl_.get(), wire);
  SSL_set0_wbio(ssl_.get(), wire);
  Hold();
  suspension_.is_kept = true;
  driver = Driver::kSocket;
}

void Ssl::Undrive() {
  const QueueGuard guard;
  HandshakeIsOver();
  advisor_holds_.clear();
  SSL_set0_rbio(ssl_.get(), nullptr);
  SSL_set0_wbio(ssl_.get(), nullptr);
}

void Ssl::TryCloseNotify() {
  if (!SSL_is_init_finished(ssl_.get()) || !wbio_) return;
  // A second call would wait for the peer's.
  if ((SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) != 0) return;
  const system::NonBlocking nobody_waits(wbio_->Fd(true).value_or(-1));
  try {
    (void)Shutdown();
  } catch (const OpensslError&) {  // the peer is gone: there is nobody to tell
  } catch (const UsageError&) {
  }
}

// What is set too late would be a setting without effect.
void Ssl::RequireBeforeHandshake(const char* what) {
  RequireIdle(*this);
  RequireNotVetting();
  vetted_ = false;
  if (SSL_in_before(ssl_.get()) != 0) return;
  throw UsageError("ERR_WRONG_STATE",
                   std::string("the handshake has begun: ") + what + " cannot change any more");
}

// A callback that is asked about a session cannot change by what it is judged, nor which it is.
void Ssl::RequireNotVetting() const {
  if (!vetting_) return;
  throw UsageError("ERR_BUSY", "called from a callback that judges the session of this SSL");
}

void Ssl::SetRole(Role role) {
  if (context_->role() != Role::kUnset && context_->role() != role) {
    throw UsageError("ERR_WRONG_STATE", context_->role() == Role::kClient
                                            ? "this SSL's context is for clients only"
                                            : "this SSL's context is for servers only");
  }
  RequireBeforeHandshake("the role");
  RequireSideOf(own_advisor_, role);
  if (role == Role::kClient) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
  role_ = role;
  ApplyPolicy();
  ApplyAdvisor();
}

// One call of libssl: gates, a clean queue, and its answer as a result or an exception.
template <class Call>
SslResult Ssl::Run(const char* what, Call call) {
  const Passage passage(*this);
  passage.Admit();
  const QueueGuard guard;
  SslResult result;
  if (wbio_->IsConnecting()) {
    last_error_ = result.error = SSL_ERROR_WANT_CONNECT;
    return result;
  }
  system::SetLastError(0);
  const int answer = call(ssl_.get(), &result.bytes);
  result.error = Conclude(what, answer, system::LastError()).error;
  if (has_new_sessions()) TellNewSessions();
  return result;
}

SslResult Ssl::Conclude(const char* what, int answer, int sys_errno) {
  SslResult result;
  if (suspension_.paused()) {
    last_error_ = result.error = SSL_ERROR_WANT_ASYNC;
    return result;
  }
  result.error = SSL_get_error(ssl_.get(), answer);
  // libssl does not tell a fatal alert from close_notify when it is asked again.
  if (result.error == SSL_ERROR_ZERO_RETURN && failed_by_alert_) result.error = SSL_ERROR_SSL;
  last_error_ = result.error;
  if (SSL_is_init_finished(ssl_.get())) {
    const bool again = (SSL_get_options(ssl_.get()) & SSL_OP_ALLOW_CLIENT_RENEGOTIATION) != 0;
    if (!again) HandshakeIsOver();
    // A key that both sides have comes to a server of TLS 1.3 as a session that nobody has
    // verified.
    if (role_ == Role::kServer && SSL_get0_peer_certificate(ssl_.get()) == nullptr) {
      SSL_set_verify_result(ssl_.get(), X509_V_OK);
    }
    if (watching_) WatchFirstBytes(false);
  }
  if (result.error != SSL_ERROR_SSL && result.error != SSL_ERROR_SYSCALL) return result;
  ErrorReport report = TakeErrors(what, result.error == SSL_ERROR_SYSCALL ? sys_errno : 0);
  if (report.entries.empty() && wbio_ && wbio_->StandsStill(sys_errno)) {
    last_error_ = result.error = SSL_ERROR_WANT_WRITE;
    return result;
  }
  if (report.sys_errno != 0) report.syscall = SSL_want_write(ssl_.get()) ? "write" : "read";
  Explain(report);
  if (wbio_) wbio_->ForgetFailedConnect(report);
  throw OpensslError(std::move(report));
}

SslResult Ssl::Handshake() {
  RequireOutside(*this);
  if (suspension_.waiting()) return {SSL_ERROR_WANT_ASYNC};
  const Shaking shaking(this);
  return Run("the handshake failed without a reason",
             [this](SSL*, std::size_t*) { return Shake(); });
}

int Ssl::Shake() {
  return Shake([this] { return SSL_do_handshake(ssl_.get()); });
}

int Ssl::Shake(const std::function<int()>& shake) {
  if (!calls_out()) return shake();
  return suspension_.Handshake(ssl_.get(), NeedsJob() && HasRoomForJob(), shake);
}

// Whether somebody may be asked where only a job can wait.
bool Ssl::NeedsJob() const {
  return !signers_.empty() || std::any_of(std::begin(kAskedOnce), std::end(kAskedOnce),
                                          [this](Advisor::Topic topic) { return Asks(topic); });
}

// Each SSL below calls libssl once more, on 32 KiB of a stack.
bool Ssl::HasRoomForJob() {
  if (driver == Driver::kSocket) return true;
  const Reach reach(*this);
  const auto is_ssl = [](const Layer* layer) { return dynamic_cast<const Ssl*>(layer) != nullptr; };
  return std::count_if(reach.begin(), reach.end(), is_ssl) <= kMostSslsOnJob;
}

void Ssl::Abandon() {
  const Shaking shaking(this);
  suspension_.Abandon(ssl_.get());
}

SslResult Ssl::Read(void* out, std::size_t size) {
  return Run("reading failed without a reason",
             [=](SSL* ssl, std::size_t* bytes) { return SSL_read_ex(ssl, out, size, bytes); });
}

SslResult Ssl::Peek(void* out, std::size_t size) {
  return Run("peeking failed without a reason",
             [=](SSL* ssl, std::size_t* bytes) { return SSL_peek_ex(ssl, out, size, bytes); });
}

SslResult Ssl::WriteRecord(const void* data, std::size_t size) {
  return Run("writing failed without a reason",
             [=](SSL* ssl, std::size_t* bytes) { return SSL_write_ex(ssl, data, size, bytes); });
}

// Without SSL_MODE_ENABLE_PARTIAL_WRITE libssl's own rule holds: all of it, or the same again.
SslResult Ssl::Write(const void* data, std::size_t size) {
  const bool whole = (SSL_get_mode(ssl_.get()) & SSL_MODE_ENABLE_PARTIAL_WRITE) == 0;
  if (whole) return WriteRecord(data, size);
  return pending_record_.WriteAll(
      ssl_.get(), PendingRecord::kCaller, data, size,
      [this](const void* record, std::size_t length) { return WriteRecord(record, length); });
}

// A retry gathers the same bytes again from where it stopped, so it never offers libssl less than
// the record that is under way.
SslResult Ssl::WriteAll(const std::vector<Piece>& pieces) {
  std::array<unsigned char, SSL3_RT_MAX_PLAIN_LENGTH> record;
  std::size_t filled = 0;
  SslResult total;
  const auto send = [&] {
    const SslResult result = Write(record.data(), filled);
    const bool all = result.bytes == filled;
    total.bytes += result.bytes;
    if (total.bytes == 0) total.error = result.error;
    filled = 0;
    return all;
  };
  for (Piece piece : pieces) {
    while (piece.size > 0) {
      const std::size_t taken = std::min(piece.size, record.size() - filled);
      std::memcpy(record.data() + filled, piece.data, taken);
      filled += taken;
      piece = {piece.data + taken, piece.size - taken};
      if (filled == record.size() && !send()) return total;
    }
  }
  if (filled > 0) send();
  return total;
}

int Ssl::Shutdown() {
  const SslResult sent = pending_record_.Finish(
      [this](const void* record, std::size_t length) { return WriteRecord(record, length); });
  if (!sent.done()) return -1;
  int answer = 0;
  const SslResult result =
      Run("closing failed without a reason", [&answer](SSL* ssl, std::size_t*) {
        answer = SSL_shutdown(ssl);
        // 0 is an answer, not a failure: SSL_get_error must not look at it.
        return answer == 0 ? 1 : answer;
      });
  return result.done() ? answer : -1;
}

std::optional<std::string> Ssl::version() const {
  if (SSL_get_current_cipher(ssl_.get()) == nullptr) return std::nullopt;
  return SSL_get_version(ssl_.get());
}

std::optional<CipherInfo> Ssl::cipher() const {
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl_.get());
  if (cipher == nullptr) return std::nullopt;
  const char* standard = SSL_CIPHER_standard_name(cipher);
  return CipherInfo{SSL_CIPHER_get_name(cipher), standard == nullptr ? "" : standard,
                    SSL_CIPHER_get_bits(cipher, nullptr)};
}

std::optional<std::string> Ssl::group() const {
  const QueueGuard guard;
  if (SSL_get_current_cipher(ssl_.get()) == nullptr) return std::nullopt;
  const long id = SSL_get_negotiated_group(ssl_.get());
  if (id == NID_undef) return std::nullopt;
  const char* name = SSL_group_to_name(ssl_.get(), static_cast<int>(id));
  if (name == nullptr) return std::nullopt;
  return name;
}

std::optional<std::string> Ssl::alpn() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  if (size == 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(name), size);
}

X509Handle Ssl::PeerCertificate() const {
  const QueueGuard guard;
  return X509Handle(SSL_get1_peer_certificate(ssl_.get()));
}

std::vector<X509Handle> Ssl::PeerChain() const {
  const QueueGuard guard;
  std::vector<X509Handle> chain;
  STACK_OF(X509)* sent = SSL_get_peer_cert_chain(ssl_.get());
  // A server's list leaves the client's own certificate out; a session has nothing else.
  if (SSL_is_server(ssl_.get()) || sent == nullptr) {
    if (X509Handle own = PeerCertificate()) chain.push_back(std::move(own));
  }
  for (int i = 0; sent != nullptr && i < sk_X509_num(sent); ++i) {
    chain.push_back(Share(sk_X509_value(sent, i)));
  }
  return chain;
}

}  // namespace bladessl::openssl
