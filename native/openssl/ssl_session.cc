// Taking a connection's session along, for a later one to resume.
//
// A resumed handshake shows no certificate: libssl takes over the verdict that the session brings,
// whoever has spoken it, for whatever name. So a client's session keeps all that the server has
// shown, and is judged anew by the connection that is about to offer it.
#include <algorithm>
#include <utility>

#include "native/openssl/ssl.h"
#include "native/openssl/stack.h"

namespace bladessl::openssl {

namespace {

using SessionHandle = Owned<SSL_SESSION, SSL_SESSION_free>;

// What libssl does not keep: [length][OCSP response][certificate]... in DER, without the server's
// own certificate. It lies in the field for the application's data, which only servers use.
constexpr std::size_t kLengthSize = 4;

struct Kept {
  std::string status;
  std::vector<X509Handle> issuers;
};

void Append(std::string& bytes, X509* certificate) {
  const int size = i2d_X509(certificate, nullptr);
  Check(size, "i2d_X509");
  const std::size_t before = bytes.size();
  bytes.resize(before + static_cast<std::size_t>(size));
  auto* out = reinterpret_cast<unsigned char*>(bytes.data() + before);
  i2d_X509(certificate, &out);
}

void Keep(SSL_SESSION* session, const std::string& status, const STACK_OF(X509) * sent) {
  std::string bytes;
  for (std::size_t i = 0; i < kLengthSize; ++i) {
    bytes.push_back(static_cast<char>(status.size() >> (8 * i) & 0xff));
  }
  bytes += status;
  for (int i = 1; i < sk_X509_num(sent); ++i) Append(bytes, sk_X509_value(sent, i));
  Check(SSL_SESSION_set1_ticket_appdata(session, bytes.data(), bytes.size()),
        "SSL_SESSION_set1_ticket_appdata");
}

Secret Encode(SSL_SESSION* session) {
  const int size = i2d_SSL_SESSION(session, nullptr);
  Check(size, "i2d_SSL_SESSION");
  Secret der(static_cast<std::size_t>(size));
  unsigned char* out = der.data();
  i2d_SSL_SESSION(session, &out);
  return der;
}

// What does not read as it should is as good as nothing: fewer certificates never verify more.
Kept KeptIn(SSL_SESSION* session) {
  void* data = nullptr;
  std::size_t size = 0;
  Kept kept;
  if (SSL_SESSION_get0_ticket_appdata(session, &data, &size) != 1 || size < kLengthSize) {
    return kept;
  }
  const auto* next = static_cast<const unsigned char*>(data);
  const unsigned char* end = next + size;
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLengthSize; ++i) length |= std::size_t{*next++} << (8 * i);
  if (length > static_cast<std::size_t>(end - next)) return kept;
  kept.status.assign(reinterpret_cast<const char*>(next), length);
  next += length;
  while (next < end) {
    X509Handle certificate(d2i_X509(nullptr, &next, static_cast<long>(end - next)));
    if (!certificate) break;
    kept.issuers.push_back(std::move(certificate));
  }
  return kept;
}

// Says that something is under way.
class Meanwhile {
 public:
  explicit Meanwhile(bool& flag) : flag_(flag) { flag_ = true; }
  ~Meanwhile() { flag_ = false; }
  Meanwhile(const Meanwhile&) = delete;
  Meanwhile& operator=(const Meanwhile&) = delete;

 private:
  bool& flag_;
};

std::optional<std::string> NoneIfEmpty(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

}  // namespace

std::optional<Secret> Ssl::Session() const {
  const QueueGuard guard;
  const SessionHandle session(SSL_get1_session(ssl_.get()));
  if (!session || SSL_SESSION_is_resumable(session.get()) == 0) return std::nullopt;
  if (SSL_is_init_finished(ssl_.get()) == 0) return Encode(session.get());
  return DerOf(session.get());
}

// With all that a client has been shown.
Secret Ssl::DerOf(SSL_SESSION* session) const {
  const STACK_OF(X509)* sent = SSL_get_peer_cert_chain(ssl_.get());
  if (role_ != Role::kClient || sent == nullptr) return Encode(session);
  const SessionHandle copy(Check(SSL_SESSION_dup(session), "SSL_SESSION_dup"));
  Keep(copy.get(), StatusResponse().value_or(""), sent);
  return Encode(copy.get());
}

void Ssl::SetSession(std::string_view der) {
  if (role_ == Role::kServer) {
    throw UsageError("ERR_WRONG_STATE", "a server is offered a session: its client sets it");
  }
  RequireBeforeHandshake("the session");
  const QueueGuard guard;
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const auto size = static_cast<long>(der.size());
  const SessionHandle session(Check(d2i_SSL_SESSION(nullptr, &bytes, size), "not a session"));
  if (bytes != reinterpret_cast<const unsigned char*>(der.data()) + size) {
    throw UsageError("ERR_TRAILING_DATA", "something follows the session");
  }
  Check(SSL_set_session(ssl_.get(), session.get()), "SSL_set_session");
}

void Ssl::VetSession() {
  if (vetted_ || role_ != Role::kClient || SSL_in_before(ssl_.get()) == 0) return;
  const QueueGuard guard;
  const SessionHandle session(SSL_get1_session(ssl_.get()));
  const bool heeds = SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE;
  const bool accepted = session && Accepts(session.get());
  // Who needs time has it in the full handshake.
  if (thrown_ && IsTooLate(thrown_)) thrown_ = nullptr;
  if (session && !accepted && heeds) {
    Check(SSL_set_session(ssl_.get(), nullptr), "SSL_set_session");
    SSL_set_verify_result(ssl_.get(), thrown_ ? X509_V_ERR_APPLICATION_VERIFICATION : X509_V_OK);
  }
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  vetted_ = true;
}

bool Ssl::Accepts(SSL_SESSION* session) {
  const Kept kept = KeptIn(session);
  X509* leaf = SSL_SESSION_get0_peer(session);
  std::vector<X509*> sent;
  if (leaf != nullptr) sent.push_back(leaf);
  for (const X509Handle& issuer : kept.issuers) sent.push_back(issuer.get());
  const BorrowedStack stack = StackOf(sent);
  const bool accepted = [&] {
    const Meanwhile vetting(vetting_);
    return Accepts({leaf, stack.get(), nullptr, NoneIfEmpty(kept.status)});
  }();
  // The full handshake asks again, and says what is wrong.
  verify_failure_.reset();
  fault_.reset();
  return accepted;
}

// As libssl does it when the certificates come (ssl_verify_cert_chain of ssl/ssl_cert.c).
bool Ssl::Accepts(const Evidence& shown) {
  if (shown.leaf == nullptr) return false;
  SSL* ssl = ssl_.get();
  const StoreContext store(Check(X509_STORE_CTX_new(), "X509_STORE_CTX_new"));
  // It only reads the stack.
  auto* sent = const_cast<STACK_OF(X509)*>(shown.sent);
  Check(X509_STORE_CTX_init(store.get(), SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)), shown.leaf,
                            sent),
        "X509_STORE_CTX_init");
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(store.get());
  X509_VERIFY_PARAM_set_auth_level(param, SSL_get_security_level(ssl));
  const long suite_b = SSL_set_cert_flags(ssl, 0) & SSL_CERT_FLAG_SUITEB_128_LOS;
  X509_STORE_CTX_set_flags(store.get(), static_cast<unsigned long>(suite_b));
  Check(X509_STORE_CTX_set_ex_data(store.get(), SSL_get_ex_data_X509_STORE_CTX_idx(), ssl),
        "X509_STORE_CTX_set_ex_data");
  Check(X509_STORE_CTX_set_default(store.get(), "ssl_server"), "X509_STORE_CTX_set_default");
  Check(X509_VERIFY_PARAM_set1(param, SSL_get0_param(ssl)), "X509_VERIFY_PARAM_set1");
  X509_STORE_CTX_set_verify_cb(store.get(), OnVerify);
  const bool accepted = OnVerifyChain(store.get(), nullptr) > 0;
  const int code = X509_STORE_CTX_get_error(store.get());
  // It may fail without having found a fault, for want of memory.
  const bool mute = !accepted && code == X509_V_OK;
  SSL_set_verify_result(ssl, mute ? X509_V_ERR_UNSPECIFIED : code);
  const char* name = X509_VERIFY_PARAM_get0_peername(param);
  session_name_ = name == nullptr ? "" : name;
  if (!accepted || policy_.status_request == StatusRequest::kNone) return accepted;
  return CheckStatus({shown.leaf, sent, X509_STORE_CTX_get0_chain(store.get()), shown.status}) == 1;
}

}  // namespace bladessl::openssl
