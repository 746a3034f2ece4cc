// Whom an SSL asks for, whom it checks its peer for, and what the verification has found.
#include "native/openssl/bio.h"
#include "native/openssl/encoding.h"
#include "native/openssl/ssl.h"

namespace bladessl::openssl {

namespace {

std::string ExpectedIdentity(X509_VERIFY_PARAM* param) {
  if (const char* host = X509_VERIFY_PARAM_get0_host(param, 0)) return host;
  if (char* address = X509_VERIFY_PARAM_get1_ip_asc(param)) {
    std::string text(address);
    OPENSSL_free(address);
    return text;
  }
  return {};
}

VerifyFailure DescribeFailure(X509_STORE_CTX* store) {
  VerifyFailure failure;
  failure.code = X509_STORE_CTX_get_error(store);
  failure.depth = X509_STORE_CTX_get_error_depth(store);
  failure.message = X509_verify_cert_error_string(failure.code);
  failure.expected = ExpectedIdentity(X509_STORE_CTX_get0_param(store));
  const X509* certificate = X509_STORE_CTX_get_current_cert(store);
  if (certificate != nullptr) failure.subject = NameText(X509_get_subject_name(certificate));
  return failure;
}

}  // namespace

void Ssl::SetHostname(const std::string& name) {
  if (role_ == Role::kServer) {
    throw UsageError("ERR_WRONG_STATE", "a server sends no hostname: its client does");
  }
  RequireBeforeHandshake("hostname");
  ApplyHostname(name);
}

void Ssl::ApplyHostname(const std::string& name) {
  const QueueGuard guard;
  const char* text = name.empty() ? nullptr : name.c_str();
  Check(SSL_set_tlsext_host_name(ssl_.get(), text), "SSL_set_tlsext_host_name");
}

std::optional<std::string> Ssl::hostname() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return std::nullopt;
  return name;
}

void Ssl::SetVerifyName(const std::string& name) {
  RequireBeforeHandshake("verifyName");
  ApplyVerifyName(name);
}

void Ssl::ApplyVerifyName(const std::string& name) {
  const QueueGuard guard;
  Check(SSL_set1_host(ssl_.get(), name.empty() ? nullptr : name.c_str()), "SSL_set1_host");
  verify_name_ = name;
}

void Ssl::SetVerifyIp(const std::string& address) {
  RequireBeforeHandshake("verifyIP");
  ApplyVerifyIp(address);
}

void Ssl::ApplyVerifyIp(const std::string& address) {
  const QueueGuard guard;
  X509_VERIFY_PARAM* param = SSL_get0_param(ssl_.get());
  if (address.empty()) {
    Check(X509_VERIFY_PARAM_set1_ip(param, nullptr, 0), "X509_VERIFY_PARAM_set1_ip");
  } else {
    Check(X509_VERIFY_PARAM_set1_ip_asc(param, address.c_str()), "not an IP address");
  }
  verify_ip_ = address;
}

std::optional<std::string> Ssl::verify_name() const {
  return verify_name_.empty() ? std::nullopt : std::optional(verify_name_);
}

std::optional<std::string> Ssl::verify_ip() const {
  return verify_ip_.empty() ? std::nullopt : std::optional(verify_ip_);
}

// A client that is about to begin and has no name to check.
bool Ssl::WantsServerName() const {
  return role_ == Role::kClient && verify_name_.empty() && verify_ip_.empty() &&
         SSL_in_before(ssl_.get()) != 0;
}

// Checks the peer for the name (or address) of the connection, unless SNI has another.
void Ssl::UseServerName(const std::string& connected_to) {
  const std::optional<std::string> asked_for = hostname();
  std::string name = asked_for.value_or(connected_to);
  // A zone ("fe80::1%eth0") says which way to go, not whom to meet; the root's dot is no part of
  // the name in SNI (RFC 6066, 3) nor in a certificate.
  const std::string address = name.substr(0, name.find('%'));
  if (name.size() > 1 && name.back() == '.') name.pop_back();
  if (name.empty()) {
    if (SSL_get_verify_mode(ssl_.get()) == SSL_VERIFY_NONE) return;
    throw UsageError("ERR_NO_SERVERNAME",
                     "the server's name is not known, so its certificate cannot be checked: give "
                     "handshake({ servername }), or set verifyName or verifyIP of the SSL");
  }
  if (IsNumericAddress(address)) {
    ApplyVerifyIp(address);
    return;
  }
  if (!asked_for) ApplyHostname(name);
  ApplyVerifyName(name);
}

void Ssl::SetVerifyMode(int mode) {
  RequireIdle(*this);
  SSL_set_verify(ssl_.get(), mode, OnVerify);
}

// Changes no verdict; remembers the first fault for the error that follows.
int Ssl::OnVerify(int ok, X509_STORE_CTX* store) {
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  Ssl* owner = Of(ssl);
  if (ok != 0 || owner == nullptr || owner->verify_failure_) return ok;
  try {
    owner->verify_failure_ = DescribeFailure(store);
  } catch (const std::exception&) {
    // No exception may cross OpenSSL. The handshake fails all the same, with less to tell.
  }
  return ok;
}

}  // namespace bladessl::openssl
