#include "native/openssl/bio.h"

#include <limits.h>
#include <openssl/bioerr.h>
#include <openssl/err.h>

#include <algorithm>
#include <string_view>

#include "native/openssl/ssl.h"
#include "native/openssl/ssl_filter.h"
#include "native/openssl/system.h"

namespace bladessl::openssl {

namespace {

int Clamp(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

}  // namespace

std::shared_ptr<Bio> Bio::New(const BIO_METHOD* method) {
  const QueueGuard guard;
  const BIO_METHOD* own = method == BIO_f_ssl() ? SslFilterMethod() : method;
  auto bio = std::make_shared<Bio>(Check(BIO_new(own), "BIO_new"));
  // A write of several records is several sends: Nagle's algorithm would hold the last one back. An
  // accepted socket takes the option over from the one that listens.
  if (bio->type() == BIO_TYPE_CONNECT) BIO_set_conn_mode(bio->get(), BIO_SOCK_NODELAY);
  if (bio->type() == BIO_TYPE_ACCEPT) {
    BIO_set_bind_mode(bio->get(), BIO_SOCK_NODELAY | BIO_SOCK_REUSEADDR);
  }
  return bio;
}

std::shared_ptr<Bio> Bio::OpenFile(const std::string& path, const std::string& mode) {
  const QueueGuard guard;
  return std::make_shared<Bio>(Check(BIO_new_file(path.c_str(), mode.c_str()), "BIO_new_file"));
}

Bio::Pair Bio::NewPair(std::size_t first_size, std::size_t second_size) {
  const QueueGuard guard;
  BIO* first = nullptr;
  BIO* second = nullptr;
  Check(BIO_new_bio_pair(&first, first_size, &second, second_size), "BIO_new_bio_pair");
  return {std::make_shared<Bio>(first), std::make_shared<Bio>(second)};
}

void Bio::Admit() {
  if (LacksFile()) {
    throw UsageError("ERR_OSSL_BIO_UNINITIALIZED", "uninitialized: the file BIO has no file");
  }
  if (type() == BIO_TYPE_CONNECT && (port_.empty() || (host_.empty() && address_.empty()))) {
    throw UsageError("ERR_NO_ADDRESS", std::string("the connect link has no ") +
                                           (port_.empty() ? "port" : "host") + " to connect to");
  }
  if (needs_lookup()) {
    throw UsageError("ERR_NAME_NOT_RESOLVED",
                     "'" + host_ +
                         "' is a name, and looking it up here would block the event loop: " +
                         "await connect() or listen(), or give a numeric address");
  }
  // Any other call would accept a connection as a side effect, unnoticed.
  if (type() == BIO_TYPE_ACCEPT && !next_ && !accepting_) {
    throw UsageError("ERR_WRONG_STATE", "the accept link has no connection: accept() one first");
  }
}

// BIO_s_file asks the C library about a file that is not there, and crashes.
bool Bio::LacksFile() const {
  return type() == BIO_TYPE_FILE && BIO_get_init(bio_) == 0;
}

bool Bio::EndsInNoFile() {
  const Reach reach(*this);
  return std::any_of(reach.begin(), reach.end(), [](const Layer* layer) {
    const auto* link = dynamic_cast<const Bio*>(layer);
    return link != nullptr && link->LacksFile();
  });
}

// Between connect(2) and its outcome OpenSSL would look again and again.
bool Bio::IsConnecting() const {
  const Bio* source = Source(true);
  if (source == nullptr || source->type() != BIO_TYPE_CONNECT) return false;
  if (!BIO_should_io_special(source->bio_)) return false;
  const long fd = BIO_get_fd(source->bio_, nullptr);
  if (fd < 0 || BIO_get_retry_reason(source->bio_) != BIO_RR_CONNECT) return false;
  return !system::IsWritable(static_cast<int>(fd));
}

// Asked again, a connect BIO whose attempt has failed takes the socket for connected: the system
// tells a failure once.
void Bio::ForgetFailedConnect(const ErrorReport& report) const {
  const Bio* source = Source(true);
  if (source == nullptr || source->type() != BIO_TYPE_CONNECT) return;
  for (const ErrorEntry& entry : report.entries) {
    const int reason = ERR_GET_LIB(entry.code) == ERR_LIB_BIO ? ERR_GET_REASON(entry.code) : 0;
    if (reason == BIO_R_CONNECT_ERROR || reason == BIO_R_NBIO_CONNECT_ERROR) {
      (void)BIO_reset(source->bio_);
      return;
    }
  }
}

// Some filters of OpenSSL 3.0 forget why the link below them stopped (a flush through two buffers).
bool Bio::StandsStill(int sys_errno) const {
  if (sys_errno != 0 && !system::IsNotNow(sys_errno)) return false;
  for (const Bio* link = this; link != nullptr; link = link->next_.get()) {
    if (!BIO_should_write(link->bio_)) continue;
    BIO_set_retry_write(bio_);
    return true;
  }
  return false;
}

void Bio::TellNewSessions() {
  for (Bio* link = this; link != nullptr; link = link->next_.get()) {
    if (link->ssl_ && link->ssl_->has_new_sessions()) link->ssl_->TellNewSessions();
  }
}

// One I/O call on the chain from here down.
template <class Call>
BioResult Bio::Run(const char* syscall, const char* what, Call call) {
  const Passage passage(*this);
  passage.Admit();
  const QueueGuard guard;
  if (IsConnecting()) {
    BIO_set_retry_special(bio_);
    BIO_set_retry_reason(bio_, BIO_RR_CONNECT);
    return {BioState::kRetry, 0};
  }
  BIO_clear_retry_flags(bio_);  // some methods leave those of an earlier call
  if (ssl_) ssl_->link_is_called = true;
  system::SetLastError(0);
  const int answer = call(bio_);
  const int sys_errno = system::LastError();
  if (ssl_) ssl_->link_is_called = false;
  TellNewSessions();
  last_code_ = 0;
  if (answer > 0) return {BioState::kDone, static_cast<std::size_t>(answer)};
  if (BIO_should_retry(bio_)) return {BioState::kRetry, 0};
  return Conclude(answer, sys_errno, syscall, what);
}

// What a call has come to that was no success, and that the link does not take for would-block.
BioResult Bio::Conclude(int answer, int sys_errno, const char* syscall, const char* what) {
  Ssl* ssl = FirstSsl();
  if (ssl != nullptr && ssl->suspension().paused()) {
    BIO_set_retry_special(bio_);
    return {BioState::kRetry, 0};
  }
  ErrorReport report = TakeErrors(what, answer < 0 ? sys_errno : 0);
  if (report.entries.empty()) {
    const bool reading = std::string_view(syscall) == "read";
    if (answer < 0 && !reading && StandsStill(sys_errno)) return {BioState::kRetry, 0};
    const bool failed = ssl != nullptr && ssl->failed_by_alert();
    const bool closed =
        ssl != nullptr && (SSL_get_shutdown(ssl->get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    const bool ended = answer == 0 || (closed && report.sys_errno == 0);
    if (ended && !failed) return {BioState::kEnd, 0};
    if (report.sys_errno != 0) report.syscall = syscall;
  }
  if (ssl != nullptr) ssl->Explain(report);
  ForgetFailedConnect(report);
  last_code_ = LeadingCode(report);
  throw OpensslError(std::move(report));
}

BioResult Bio::Read(void* out, std::size_t size) {
  return Run("read", "reading failed without a reason",
             [=](BIO* bio) { return BIO_read(bio, out, Clamp(size)); });
}

BioResult Bio::Write(const void* data, std::size_t size) {
  const BioResult result = Run("write", "writing failed without a reason", [=](BIO* bio) {
    const int taken = BIO_write(bio, data, Clamp(size));
    return taken == 0 && system::LastError() != 0 ? -1 : taken;
  });
  if (result.state == BioState::kEnd) ThrowNotWritable();
  return result;
}

BioResult Bio::Flush() {
  const BioResult result = Run("write", "flushing failed without a reason",
                               [](BIO* bio) { return static_cast<int>(BIO_flush(bio)); });
  if (result.state == BioState::kEnd) ThrowNotWritable();
  return result;
}

void Bio::ThrowNotWritable() const {
  if (FirstSsl() != nullptr) {
    throw UsageError("ERR_SSL_ZERO_RETURN", "the peer has closed the connection");
  }
  throw UsageError("ERR_BIO_NOT_WRITABLE", "nothing below takes what was written");
}

// Bytes that a buffer above the SSL holds are offered again by it, not by the caller.
void Bio::AbandonWrite() {
  Bio* link = this;
  for (; link != nullptr && !link->ssl_; link = link->next_.get()) {
    if (link->type() == BIO_TYPE_BUFFER && BIO_ctrl(link->bio_, BIO_CTRL_INFO, 0, nullptr) > 0) {
      return;
    }
  }
  if (link == nullptr) return;
  link->ssl_->pending_record().Abandon(link == this ? PendingRecord::kCaller
                                                    : PendingRecord::kFilter);
}

BioResult Bio::DoHandshake() {
  Ssl* ssl = FirstSsl();
  RequireOutside(*this);
  if (ssl != nullptr && ssl->suspension().waiting()) return {BioState::kRetry, 0};
  const Ssl::Shaking shaking(ssl);
  const BioResult result = Run("connect", "connecting failed without a reason", [ssl](BIO* bio) {
    const auto shake = [bio] { return static_cast<int>(BIO_do_handshake(bio)); };
    return ssl == nullptr ? shake() : ssl->Shake(shake);
  });
  if (result.state != BioState::kEnd) return result;
  if (ssl != nullptr) {
    throw UsageError("ERR_SSL_ZERO_RETURN", "the peer has closed the connection");
  }
  throw UsageError("ERR_WRONG_BIO_TYPE", "nothing in this chain can be connected");
}

BioResult Bio::DoAccept() {
  RequireType(BIO_TYPE_ACCEPT, "doAccept");
  accepting_ = true;
  try {
    const BioResult result = Run("accept", "accepting failed without a reason",
                                 [](BIO* bio) { return static_cast<int>(BIO_do_accept(bio)); });
    accepting_ = false;
    AdoptAccepted();
    return result;
  } catch (...) {
    accepting_ = false;
    // One that could not listen keeps half of what it tried, and would never try again.
    const bool listens = BIO_get_accept_name(bio_) != nullptr;
    if (!listens) (void)BIO_reset(bio_);
    throw;
  }
}

void Bio::ResetConnection() {
  RequireType(BIO_TYPE_CONNECT, "reset");
  const Passage passage(*this);
  const QueueGuard guard;
  (void)BIO_reset(bio_);
  if (!pinned_) address_.clear();
}

std::size_t Bio::Pending() {
  const Passage passage(*this);
  const QueueGuard guard;
  return EndsInNoFile() ? 0 : BIO_ctrl_pending(bio_);
}

std::size_t Bio::WritePending() {
  const Passage passage(*this);
  const QueueGuard guard;
  return EndsInNoFile() ? 0 : BIO_ctrl_wpending(bio_);
}

bool Bio::Eof() {
  const Passage passage(*this);
  const QueueGuard guard;
  return EndsInNoFile() || BIO_eof(bio_) > 0;
}

Ssl* Bio::FirstSsl() const {
  for (const Bio* link = this; link != nullptr; link = link->next_.get()) {
    if (link->ssl_) return link->ssl_.get();
  }
  return nullptr;
}

void Bio::RequireType(int type, const char* member) const {
  if (this->type() == type) return;
  throw UsageError("ERR_WRONG_BIO_TYPE", std::string(member) + " is not for a BIO of type '" +
                                             BIO_method_name(bio_) + "'");
}

void Bio::RequireSettable(int type, const char* member) const {
  RequireType(type, member);
  RequireIdle(*this);
  const bool opens_its_socket = type == BIO_TYPE_CONNECT || type == BIO_TYPE_ACCEPT;
  if (!opens_its_socket || BIO_get_fd(bio_, nullptr) < 0) return;
  throw UsageError("ERR_WRONG_STATE",
                   std::string("the link has its socket already: ") + member + " is too late");
}

// The link that has the descriptor. Asking the head would not do: BIOs that do not know the
// question answer 0, which is a descriptor.
Bio* Bio::Source(bool writing) const {
  auto* link = const_cast<Bio*>(this);
  while (link != nullptr && (link->type() & BIO_TYPE_DESCRIPTOR) == 0) {
    const Ssl* ssl = link->ssl_.get();
    if (ssl != nullptr) {
      link = writing ? ssl->wbio().get() : ssl->rbio().get();
    } else {
      link = link->next_.get();
    }
  }
  return link;
}

std::optional<int> Bio::Fd(bool writing) const {
  const QueueGuard guard;
  const Bio* source = Source(writing);
  if (source == nullptr) return std::nullopt;
  const long fd = BIO_get_fd(source->bio_, nullptr);
  if (fd < 0) return std::nullopt;
  return static_cast<int>(fd);
}

void Bio::SetFd(int fd, bool close) {
  const int own = type();
  if (own != BIO_TYPE_SOCKET && own != BIO_TYPE_FD) RequireType(BIO_TYPE_SOCKET, "setFd");
  RequireIdle(*this);
  const QueueGuard guard;
  if (BIO_get_fd(bio_, nullptr) == fd) {  // BIO_set_fd would close it first
    (void)BIO_set_close(bio_, close ? BIO_CLOSE : BIO_NOCLOSE);
    return;
  }
  Check(BIO_set_fd(bio_, fd, close ? BIO_CLOSE : BIO_NOCLOSE), "BIO_set_fd");
}

void Bio::SetNonBlocking(bool on) {
  RequireIdle(*this);
  const QueueGuard guard;
  for (const bool writing : {false, true}) {
    const Bio* source = Source(writing);
    if (writing && source == Source(false)) break;
    if (source == nullptr) {
      throw UsageError("ERR_NO_SOCKET", "this chain has no descriptor to make non-blocking");
    }
    // A connect or accept BIO opens its descriptor later, and passes the mode on to what it
    // accepts.
    const int own = source->type();
    const int mode = on ? 1 : 0;
    if (own == BIO_TYPE_CONNECT || own == BIO_TYPE_ACCEPT) BIO_set_nbio(source->bio_, mode);
    if (own == BIO_TYPE_ACCEPT) BIO_set_nbio_accept(source->bio_, mode);
    const long fd = BIO_get_fd(source->bio_, nullptr);
    if (fd >= 0) Check(BIO_socket_nbio(static_cast<int>(fd), mode), "BIO_socket_nbio");
  }
}

void Bio::SetMemEof(bool end) {
  RequireSettable(BIO_TYPE_MEM, "end");
  BIO_set_mem_eof_return(bio_, end ? 0 : -1);
}

void Bio::SetBufferSize(std::size_t size) {
  RequireSettable(BIO_TYPE_BUFFER, "size");
  const QueueGuard guard;
  Check(BIO_set_buffer_size(bio_, static_cast<long>(size)), "BIO_set_buffer_size");
}

}  // namespace bladessl::openssl
