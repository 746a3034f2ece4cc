// OCSP stapling (RFC 6066, 8): a client asks for the status of the server's certificate, a server
// sends it with the certificate.
#include <algorithm>
#include <cstring>
#include <ctime>

#include "native/openssl/certificate_extensions.h"
#include "native/openssl/ocsp_verify.h"
#include "native/openssl/ssl.h"

namespace bladessl::openssl {

namespace {

// The number of the extension by which a client asks (RFC 6066, 1.1).
constexpr std::int64_t kStatusRequest = 5;

std::int64_t TimeOf(SSL* ssl) {
  X509_VERIFY_PARAM* param = SSL_get0_param(ssl);
  const bool given = (X509_VERIFY_PARAM_get_flags(param) & X509_V_FLAG_USE_CHECK_TIME) != 0;
  return given ? X509_VERIFY_PARAM_get_time(param) : std::time(nullptr);
}

OcspCheck CheckFor(SSL* ssl, const Evidence& shown, X509* issuer) {
  OcspCheck check;
  check.certificate = shown.leaf;
  check.issuer = issuer;
  for (int i = 0; i < sk_X509_num(shown.sent); ++i) {
    check.others.push_back(sk_X509_value(shown.sent, i));
  }
  check.now = TimeOf(ssl);
  check.skew = kOcspSkew;
  check.security_level = SSL_get_security_level(ssl);
  return check;
}

X509Handle IssuerInStore(SSL* ssl, X509* leaf) {
  const StoreContext context(Check(X509_STORE_CTX_new(), "X509_STORE_CTX_new"));
  X509_STORE* store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
  Check(X509_STORE_CTX_init(context.get(), store, leaf, nullptr), "X509_STORE_CTX_init");
  X509* issuer = nullptr;
  if (X509_STORE_CTX_get1_issuer(&issuer, context.get(), leaf) != 1) return nullptr;
  return X509Handle(issuer);
}

// Of the chain that was verified. Where somebody else has judged, or a leaf is trusted by itself:
// of what was sent, and of what is trusted.
X509Handle IssuerOf(SSL* ssl, const Evidence& shown) {
  if (sk_X509_num(shown.verified) > 1) return Share(sk_X509_value(shown.verified, 1));
  for (int i = 0; i < sk_X509_num(shown.sent); ++i) {
    X509* candidate = sk_X509_value(shown.sent, i);
    if (HasIssued(candidate, shown.leaf)) return Share(candidate);
  }
  X509Handle trusted = IssuerInStore(ssl, shown.leaf);
  return trusted && HasIssued(trusted.get(), shown.leaf) ? std::move(trusted) : nullptr;
}

// RFC 7633: it may only be shown with a response. What cannot be read may have said so.
bool MustStaple(X509* certificate) {
  try {
    const auto features = TlsFeatures(Certificate(Share(certificate)));
    return std::find(features.begin(), features.end(), kStatusRequest) != features.end();
  } catch (const OpensslError&) {
    return true;
  }
}

// By serial number and issuer's name: the issuer's certificate is not at hand.
bool IsAbout(OCSP_SINGLERESP* single, X509* certificate) {
  // OCSP_id_get0_info only reads.
  auto* id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single));
  ASN1_OCTET_STRING* name_hash = nullptr;
  ASN1_OBJECT* algorithm = nullptr;
  ASN1_INTEGER* serial = nullptr;
  OCSP_id_get0_info(&name_hash, &algorithm, nullptr, &serial, id);
  if (ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(certificate)) != 0) return false;
  const EVP_MD* digest = EVP_get_digestbyobj(algorithm);
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (digest == nullptr ||
      X509_NAME_digest(X509_get_issuer_name(certificate), digest, hash, &size) != 1) {
    return false;
  }
  return static_cast<unsigned int>(ASN1_STRING_length(name_hash)) == size &&
         std::memcmp(ASN1_STRING_get0_data(name_hash), hash, size) == 0;
}

bool IsAbout(const OcspResponse& response, X509* certificate) {
  const QueueGuard guard;
  OCSP_BASICRESP* basic = response.basic();
  for (int i = 0; basic != nullptr && i < OCSP_resp_count(basic); ++i) {
    if (IsAbout(OCSP_resp_get0(basic, i), certificate)) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> Ssl::StatusResponse() const {
  const unsigned char* der = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(ssl_.get(), &der);
  if (der == nullptr || size <= 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
}

// Called by libssl: no exception may leave.
int Ssl::OnStatus(SSL* ssl, void*) {
  const bool serves = SSL_is_server(ssl) != 0;
  Ssl* owner = Of(ssl);
  if (owner == nullptr) return serves ? SSL_TLSEXT_ERR_NOACK : 1;
  return owner->Inside(serves ? SSL_TLSEXT_ERR_ALERT_FATAL : -1,
                       [=] { return serves ? owner->GiveStatus() : owner->CheckStatus(); });
}

// A response about another certificate would end the connection at a client that reads it.
int Ssl::GiveStatus() {
  X509* own = SSL_get_certificate(ssl_.get());
  std::string der;
  if (Asks(Advisor::kStatus)) {
    const std::shared_ptr<Advisor> advisor =
        AdvisorFor(Advisor::kStatus);  // whatever it does to the SSL
    der = suspension_.Ask<std::string>(
        [&](const auto& reply) { advisor->OnStatus(own, hostname().value_or(""), reply); });
  } else {
    for (const auto& staple : policy_.staples) {
      if (der.empty() && IsAbout(*staple, own)) der = staple->Der();
    }
  }
  if (der.empty()) return SSL_TLSEXT_ERR_NOACK;
  void* copy = Check(OPENSSL_memdup(der.data(), der.size()), "OPENSSL_memdup");
  SSL_set_tlsext_status_ocsp_resp(ssl_.get(), copy, static_cast<long>(der.size()));
  return SSL_TLSEXT_ERR_OK;
}

int Ssl::CheckStatus() {
  // TLS 1.3 asks here also when a session is resumed: its response was checked before.
  if (SSL_session_reused(ssl_.get()) != 0) return 1;
  return CheckStatus({SSL_get0_peer_certificate(ssl_.get()), SSL_get_peer_cert_chain(ssl_.get()),
                      SSL_get0_verified_chain(ssl_.get()), StatusResponse()});
}

// 1: the handshake goes on. 0: libssl refuses with bad_certificate_status_response.
int Ssl::CheckStatus(const Evidence& shown) {
  const bool verifies = SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE;
  if (!verifies || (policy_.forgiven & kIgnoreAll) != 0) return 1;
  const bool is_required = policy_.status_request == StatusRequest::kRequire;
  if (shown.leaf == nullptr) {
    if (!is_required) return 1;
    return RefuseStatus("ERR_OCSP_MISSING", "the server has shown no certificate");
  }
  if (!shown.status) {
    if (!is_required && !MustStaple(shown.leaf)) return 1;
    return RefuseStatus("ERR_OCSP_MISSING", "the server has sent no OCSP response");
  }
  const X509Handle issuer = IssuerOf(ssl_.get(), shown);
  if (!issuer) {
    return RefuseStatus("ERR_OCSP_WRONG_ISSUER", "the certificate of the issuer is not there");
  }
  const OcspVerdict verdict = CheckOcsp(*shown.status, CheckFor(ssl_.get(), shown, issuer.get()));
  if (verdict.fault == OcspFault::kNone) return 1;
  return RefuseStatus(OcspFaultCode(verdict.fault), verdict.message);
}

int Ssl::RefuseStatus(const char* code, const std::string& message) {
  fault_ = UsageError(code, "the certificate's OCSP status: " + message);
  return 0;
}

}  // namespace bladessl::openssl
