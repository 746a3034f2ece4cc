// An advisor whose functions are lib/'s: which of them are there says what it decides.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "native/binding/verify.h"
#include "native/openssl/advisor.h"

namespace bladessl::binding {

class JsAdvisor final : public openssl::Advisor, public JsFunctions {
 public:
  explicit JsAdvisor(Napi::Object functions);

  bool decides(Topic topic) const override { return (topics_ & topic) != 0; }
  bool covers(Topic topic) const override { return (covered_ & topic) != 0; }
  void OnFinding(const openssl::Finding& finding, To<openssl::Verdict> reply) override;
  void OnChain(const openssl::ChainInQuestion& question, To<openssl::Verdict> reply) override;
  void OnStatus(X509* certificate, const std::string& server_name, To<std::string> reply) override;
  void OnClientHello(std::string_view message, To<openssl::HelloAnswer> reply) override;
  void OnServerName(const std::string& name, To<openssl::HelloAnswer> reply) override;
  void OnAlpn(const std::vector<std::string>& offered, const std::string& server_name,
              To<std::optional<std::string>> reply) override;
  void OnCertificate(const openssl::CertificateQuestion& question,
                     To<openssl::CertificateAnswer> reply) override;
  void OnPsk(const openssl::PskQuestion& question,
             To<std::optional<openssl::PskAnswer>> reply) override;
  void OnSession(const std::string& id, To<std::string> reply) override;
  void OnTicketKey(const std::optional<std::string>& name,
                   To<std::optional<openssl::TicketKey>> reply) override;
  void OnNewSession(const openssl::NewSession& session) override;
  std::shared_ptr<void> Hold() override { return HoldThem(); }

 private:
  unsigned topics_ = 0;
  unsigned covered_ = 0;
};

}  // namespace bladessl::binding
