// How the links of a chain are joined and taken apart, and who owns what meanwhile.

#include "native/openssl/bio.h"
#include "native/openssl/ssl.h"
#include "native/openssl/system.h"

namespace bladessl::openssl {

namespace {

constexpr int kReadsBeforeClose = 16;

// For the life of a filter that is being freed: BIO_f_ssl would say SSL_shutdown on the way out,
// also when the SSL is somebody else's.
class QuietShutdown {
 public:
  explicit QuietShutdown(SSL* ssl)
      : ssl_(ssl), quiet_(SSL_get_quiet_shutdown(ssl)), state_(SSL_get_shutdown(ssl)) {
    SSL_set_quiet_shutdown(ssl_, 1);
  }
  ~QuietShutdown() {
    SSL_set_quiet_shutdown(ssl_, quiet_);
    SSL_set_shutdown(ssl_, state_);
  }
  QuietShutdown(const QuietShutdown&) = delete;
  QuietShutdown& operator=(const QuietShutdown&) = delete;

 private:
  SSL* ssl_;
  int quiet_;
  int state_;
};

}  // namespace

Bio::~Bio() {
  const QueueGuard guard;
  if (next_) next_->prev_ = nullptr;
  BIO_set_next(bio_, nullptr);
  if (ssl_) {
    const QuietShutdown quiet(ssl_->get());
    ssl_->Attach(nullptr, nullptr);
    ssl_->driver = Ssl::Driver::kHolder;
    BIO_free(bio_);
  } else {
    if (spoke_tls_ && BIO_get_close(bio_)) DropUnread();
    BIO_free(bio_);
  }
  Release(std::move(ssl_));
  Release(std::move(next_));
}

void Bio::EachBelow(const std::function<void(Layer&)>& visit) {
  if (next_) visit(*next_);
  if (ssl_) visit(*ssl_);
}

void Bio::Push(const std::shared_ptr<Bio>& below) {
  if (below->prev_ != nullptr) {
    throw UsageError("ERR_BIO_IN_CHAIN", "the BIO is below another one: pop() it first");
  }
  Bio* tail = this;
  while (tail->next_) tail = tail->next_.get();
  // Through links, or through an SSL whose transport is the tail.
  if (Reach(*below).Contains(*tail)) {
    throw UsageError("ERR_BIO_CYCLE", "the BIO leads back to this chain");
  }
  Reach(*Head()).AddAll(*below);
  RequireIdle(*tail);
  if (tail->ssl_) RequireIdle(*tail->ssl_);
  RequireIdle(*below);
  const QueueGuard guard;
  if (tail->ssl_ && tail->ssl_->rbio()) {
    throw UsageError("ERR_BIO_IN_CHAIN", "the SSL of this chain has a transport of its own");
  }
  tail->Join(below);
  if (tail->ssl_) tail->ssl_->Attach(below, below);
}

std::shared_ptr<Bio> Bio::Pop() {
  const auto self = shared_from_this();
  RequireIdle(*this);
  if (ssl_) RequireIdle(*ssl_);
  if (prev_ != nullptr && prev_->ssl_) RequireIdle(*prev_->ssl_);
  const QueueGuard guard;
  std::shared_ptr<Bio> below = next_;
  Bio* above = prev_;
  if (above != nullptr && above->ssl_) above->ssl_->ReplaceTransport(self, below);
  if (ssl_) ssl_->Attach(nullptr, nullptr);
  prev_ = nullptr;
  Join(nullptr);
  if (below) below->prev_ = nullptr;
  if (above != nullptr) above->Join(below);
  return below;
}

Bio* Bio::Head() {
  Bio* head = this;
  while (head->prev_ != nullptr) head = head->prev_;
  return head;
}

// Never BIO_push and BIO_pop: libssl joins a buffer of its own to an SSL's BIO for the handshake
// and takes it away again, and what OpenSSL keeps about the link above (prev_bio) is lost with
// that.
void Bio::Join(const std::shared_ptr<Bio>& below) {
  next_ = below;
  BIO_set_next(bio_, below ? below->bio_ : nullptr);
  if (below) below->prev_ = this;
}

// BIO_s_accept pushes the accepted connection below itself.
void Bio::AdoptAccepted() {
  BIO* below = BIO_next(bio_);
  if (below == nullptr || next_) return;
  BIO_pop(below);
  Join(std::make_shared<Bio>(below));
}

// A socket that is closed with bytes unread (session tickets, mostly) resets the connection, and
// the peer loses what it has not read yet.
void Bio::DropUnread() const {
  const std::optional<int> fd = Fd(false);
  char unread[16 * 1024];
  for (int i = 0; fd && i < kReadsBeforeClose; ++i) {
    if (system::ReceiveNow(*fd, unread, sizeof unread) <= 0) return;
  }
}

std::shared_ptr<Bio> Bio::Close() {
  for (const Bio* link : {this, prev_}) {
    if (link != nullptr && link->ssl_) link->ssl_->Abandon();
  }
  if (ssl_ && closes_ssl_) {
    ssl_->TryCloseNotify();
    if (Bio* source = Source(false)) source->spoke_tls_ = true;
  }
  return Pop();
}

void Bio::SetSsl(const std::shared_ptr<Ssl>& ssl, bool close) {
  RequireType(BIO_TYPE_SSL, "setSsl");
  if (ssl == ssl_) {
    closes_ssl_ = close;
    return;
  }
  if (ssl->driver != Ssl::Driver::kHolder) {
    throw UsageError("ERR_BIO_IN_CHAIN", "the SSL is driven by another SSL BIO already");
  }
  const std::shared_ptr<Bio> transport = ssl->rbio();
  if (transport && next_) {
    throw UsageError("ERR_BIO_IN_CHAIN", "the SSL has a transport of its own, and so has this BIO");
  }
  if (transport && transport->prev_ != nullptr) {
    throw UsageError("ERR_BIO_IN_CHAIN", "the SSL's transport is below another BIO");
  }
  if (Reach(*ssl).Contains(*this)) {
    throw UsageError("ERR_BIO_CYCLE", "the SSL's own transport runs through this BIO");
  }
  Reach(*Head()).AddAll(*ssl);
  RequireIdle(*this);
  RequireIdle(*ssl);
  if (ssl_) RequireIdle(*ssl_);
  const QueueGuard guard;
  ReplaceSsl(ssl);
  closes_ssl_ = close;
  if (next_) {
    ssl_->Attach(next_, next_);
  } else if (transport) {
    // BIO_set_ssl took a reference for the link: `next_` is the owner here.
    BIO_free(transport->get());
    Join(transport);
  }
}

// BIO_f_ssl is never told to own the SSL: `ssl_` does.
void Bio::ReplaceSsl(const std::shared_ptr<Ssl>& ssl) {
  if (!ssl_) {
    Check(BIO_set_ssl(bio_, ssl->get(), BIO_NOCLOSE), "BIO_set_ssl");
  } else {
    const QuietShutdown quiet(ssl_->get());
    ssl_->Attach(nullptr, nullptr);
    ssl_->driver = Ssl::Driver::kHolder;
    Check(BIO_set_ssl(bio_, ssl->get(), BIO_NOCLOSE), "BIO_set_ssl");
  }
  ssl_ = ssl;
  ssl_->driver = Ssl::Driver::kLink;
}

}  // namespace bladessl::openssl
