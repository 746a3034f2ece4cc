// Which certificates an SSL shows, where somebody else decides when the peer is known.
#include <algorithm>

#include "native/openssl/advisor.h"
#include "native/openssl/remote_key.h"
#include "native/openssl/ssl.h"
#include "native/openssl/stack.h"

namespace bladessl::openssl {

namespace {

constexpr int kReplace = 1;

// As they are written in TLS: RFC 8446 has one number for both bytes.
std::u16string SchemesOf(SSL* ssl) {
  std::u16string schemes;
  const int count = SSL_get_sigalgs(ssl, 0, nullptr, nullptr, nullptr, nullptr, nullptr);
  schemes.reserve(static_cast<std::size_t>(std::max(count, 0)));
  for (int i = 0; i < count; ++i) {
    unsigned char signature = 0;
    unsigned char hash = 0;
    SSL_get_sigalgs(ssl, i, nullptr, nullptr, nullptr, &signature, &hash);
    schemes.push_back(static_cast<char16_t>(hash << 8 | signature));
  }
  return schemes;
}

std::u16string SuitesOf(SSL* ssl) {
  std::u16string suites;
  const STACK_OF(SSL_CIPHER)* offered = SSL_get_client_ciphers(ssl);
  suites.reserve(static_cast<std::size_t>(std::max(sk_SSL_CIPHER_num(offered), 0)));
  for (int i = 0; i < sk_SSL_CIPHER_num(offered); ++i) {
    suites.push_back(SSL_CIPHER_get_protocol_id(sk_SSL_CIPHER_value(offered, i)));
  }
  return suites;
}

void Show(SSL* ssl, const Identity& identity) {
  std::vector<X509*> links;
  links.reserve(identity.chain.size());
  for (const auto& link : identity.chain) links.push_back(link.get());
  const BorrowedStack chain = StackOf(links);
  Check(SSL_use_cert_and_key(ssl, identity.certificate.get(), identity.key.get(), chain.get(),
                             kReplace),
        "SSL_use_cert_and_key");
}

}  // namespace

void Ssl::ChooseCertificates() {
  CertificateQuestion question;
  question.to_client = SSL_is_server(ssl_.get()) != 0;
  question.server_name = question.to_client ? hostname().value_or("") : "";
  question.schemes = SchemesOf(ssl_.get());
  if (question.to_client) question.suites = SuitesOf(ssl_.get());
  question.authorities = PeerCas();
  const std::shared_ptr<Advisor> advisor = AdvisorFor(Advisor::kCertificate);
  const CertificateAnswer answer = suspension_.AskOnce<CertificateAnswer>(
      "certificate", [&](const auto& reply) { advisor->OnCertificate(question, reply); });
  if (!answer) return;
  const auto signs_elsewhere = [](const Identity& identity) { return identity.hold != nullptr; };
  if (std::any_of(answer->begin(), answer->end(), signs_elsewhere) && HasRoomForJob()) {
    suspension_.RequireJob();
  }
  SSL_certs_clear(ssl_.get());
  for (const Identity& identity : *answer) {
    Show(ssl_.get(), identity);
    if (!identity.hold) continue;
    kept_.push_back(identity.hold);
    RefuseKeyTransport(ssl_.get());
  }
}

// Inside libssl: no exception may leave. A negative answer: call again.
int Ssl::OnCertificate(SSL* ssl, void*) {
  Ssl* owner = Of(ssl);
  if (owner == nullptr) return 1;
  if (owner->thrown_) return 0;
  if (!owner->Asks(Advisor::kCertificate)) return 1;
  owner->ApplyPskOfTls12();
  const Suspension::Repeatable scope(owner->suspension_);
  return owner->Inside(0, -1, [=] {
    owner->ChooseCertificates();
    return 1;
  });
}

}  // namespace bladessl::openssl
