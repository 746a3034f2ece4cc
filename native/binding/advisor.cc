#include "native/binding/advisor.h"

#include <algorithm>
#include <utility>

#include "native/binding/answers.h"
#include "native/binding/arguments.h"
#include "native/binding/certificate.h"
#include "native/binding/certificate_values.h"
#include "native/binding/private_key.h"
#include "native/binding/remote_key.h"
#include "native/binding/ssl_context.h"
#include "native/openssl/certificate.h"
#include "native/openssl/private_key.h"
#include "native/openssl/remote_key.h"

namespace bladessl::binding {

namespace {

using openssl::Advisor;

using openssl::Verdict;

// What a callback of lib/ answers for "accepted"; other answers are alerts.
constexpr int kAccepted = -1;

constexpr std::pair<Advisor::Topic, const char*> kNames[] = {
    {Advisor::kClientHello, "clientHello"},
    {Advisor::kServerName, "serverName"},
    {Advisor::kAlpn, "alpn"},
    {Advisor::kCertificate, "certificate"},
    {Advisor::kPsk, "psk"},
    {Advisor::kSession, "session"},
    {Advisor::kTicketKey, "ticketKey"},
    {Advisor::kNewSession, "newSession"},
    {Advisor::kFinding, "finding"},
    {Advisor::kChain, "chain"},
    {Advisor::kStatus, "status"},
};

std::string TextOfBytes(const Napi::Value& value, const char* name) {
  const Bytes bytes = BytesOf(value, name);
  return std::string(reinterpret_cast<const char*>(bytes.data), bytes.size);
}

// What a context's callbacks need. Nobody else may keep them.
std::shared_ptr<void> HoldAll(const openssl::Context& context) {
  auto holds = std::make_shared<std::vector<std::shared_ptr<void>>>();
  if (context.policy().advisor) holds->push_back(context.policy().advisor->Hold());
  for (const auto& [type, signer] : context.signers()) holds->push_back(signer->Hold());
  return holds;
}

Verdict VerdictOf(const Napi::Value& answer) {
  const auto number = static_cast<int>(IntegerOf(answer, "answer"));
  return number == kAccepted ? Verdict{true} : Verdict{false, number};
}

std::string ResponseOf(const Napi::Value& answer) {
  if (answer.IsUndefined()) return {};
  const Bytes der = BytesOf(answer, "response");
  return std::string(reinterpret_cast<const char*>(der.data), der.size);
}

// undefined for none.
Napi::Value NewCertificate(Napi::Env env, X509* certificate) {
  if (certificate == nullptr) return env.Undefined();
  return CertificateWrap::New(env,
                              std::make_shared<openssl::Certificate>(openssl::Share(certificate)));
}

// { context?, verifyMode?, alert? }, or undefined
openssl::HelloAnswer HelloOf(const Napi::Value& value) {
  openssl::HelloAnswer answer;
  if (value.IsUndefined()) return answer;
  const auto object = value.As<Napi::Object>();
  const Napi::Value context = object.Get("context");
  if (!context.IsUndefined()) {
    answer.context = SslContextWrap::Of(context, "context");
    answer.hold = HoldAll(*answer.context);
  }
  const Napi::Value mode = object.Get("verifyMode");
  if (!mode.IsUndefined()) answer.verify_mode = static_cast<int>(IntegerOf(mode, "verifyMode"));
  const Napi::Value alert = object.Get("alert");
  if (!alert.IsUndefined()) answer.alert = static_cast<int>(IntegerOf(alert, "alert"));
  return answer;
}

// A name, '' for none, null to refuse.
std::optional<std::string> ProtocolOf(const Napi::Value& value) {
  if (value.IsNull()) return std::nullopt;
  return TextOf(value, "protocol");
}

openssl::Identity IdentityOf(const Napi::Object& object) {
  openssl::Identity identity;
  identity.certificate =
      openssl::Share(CertificateWrap::Of(object.Get("certificate"), "certificate")->get());
  const Napi::Value remote = object.Get("remoteKey");
  if (remote.IsUndefined()) {
    identity.key =
        openssl::Share(PrivateKeyWrap::Of(object.Get("privateKey"), "privateKey")->get());
  } else {
    const auto key = RemoteKeyWrap::Of(remote, "remoteKey");
    identity.key = openssl::Share(key->get());
    identity.hold = key->signer()->Hold();
  }
  const auto chain = object.Get("chain").As<Napi::Array>();
  for (std::uint32_t i = 0; i < chain.Length(); ++i) {
    identity.chain.emplace_back(
        openssl::Share(CertificateWrap::Of(chain.Get(i), "certificate")->get()));
  }
  return identity;
}

// A list of { certificate, privateKey, chain }; undefined for what the context has.
openssl::CertificateAnswer IdentitiesOf(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  const auto list = value.As<Napi::Array>();
  std::vector<openssl::Identity> identities;
  for (std::uint32_t i = 0; i < list.Length(); ++i) {
    const Napi::Value item = list.Get(i);
    identities.push_back(IdentityOf(item.As<Napi::Object>()));
  }
  return identities;
}

// { identity, key, sha384 }, or undefined
std::optional<openssl::PskAnswer> PskOf(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  const auto object = value.As<Napi::Object>();
  return openssl::PskAnswer{TextOfBytes(object.Get("identity"), "identity"),
                            TextOfBytes(object.Get("key"), "key"), FlagOf(object.Get("sha384"))};
}

std::string SessionOf(const Napi::Value& value) {
  return value.IsUndefined() ? std::string() : TextOfBytes(value, "session");
}

// { name, aesKey, hmacKey, renew }, or undefined
std::optional<openssl::TicketKey> TicketKeyOf(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  const auto object = value.As<Napi::Object>();
  return openssl::TicketKey{
      TextOfBytes(object.Get("name"), "name"), TextOfBytes(object.Get("aesKey"), "aesKey"),
      TextOfBytes(object.Get("hmacKey"), "hmacKey"), FlagOf(object.Get("renew"))};
}

// A string with a number in each character: of all lists the one that costs least.
Napi::Value NumberText(Napi::Env env, const std::u16string& numbers) {
  return Napi::String::New(env, numbers);
}

// With a byte in each character.
Napi::Value ByteText(Napi::Env env, std::string_view bytes) {
  napi_value text = nullptr;
  NAPI_THROW_IF_FAILED(env, napi_create_string_latin1(env, bytes.data(), bytes.size(), &text),
                       Napi::Value());
  return Napi::Value(env, text);
}

}  // namespace

JsAdvisor::JsAdvisor(Napi::Object functions) : JsFunctions(functions) {
  for (const auto& [topic, name] : kNames) {
    if (!functions.HasOwnProperty(name)) continue;
    covered_ |= topic;
    if (functions.Get(name).IsFunction()) topics_ |= topic;
  }
}

void JsAdvisor::OnFinding(const openssl::Finding& finding, To<Verdict> reply) {
  const Napi::HandleScope scope(env());
  const int size = std::max(0, sk_X509_num(finding.chain));
  std::vector<openssl::X509Handle> chain;
  chain.reserve(static_cast<std::size_t>(size));
  for (int i = 0; i < size; ++i) {
    chain.push_back(openssl::Share(sk_X509_value(finding.chain, i)));
  }
  SettleWith(env(),
             Call("finding",
                  {Napi::Number::New(env(), finding.code), Napi::Number::New(env(), finding.depth),
                   NewCertificate(env(), finding.certificate),
                   CertificateWrap::NewList(env(), std::move(chain))}),
             reply, VerdictOf);
}

void JsAdvisor::OnChain(const openssl::ChainInQuestion& question, To<Verdict> reply) {
  const Napi::HandleScope scope(env());
  std::vector<openssl::X509Handle> sent;
  for (X509* certificate : question.sent) sent.push_back(openssl::Share(certificate));
  SettleWith(env(),
             Call("chain", {CertificateWrap::NewList(env(), std::move(sent)),
                            Napi::String::New(env(), question.expected),
                            Napi::Boolean::New(env(), question.of_client)}),
             reply, VerdictOf);
}

void JsAdvisor::OnStatus(X509* certificate, const std::string& server_name, To<std::string> reply) {
  const Napi::HandleScope scope(env());
  SettleWith(
      env(),
      Call("status", {NewCertificate(env(), certificate), Napi::String::New(env(), server_name)}),
      reply, ResponseOf);
}

void JsAdvisor::OnClientHello(std::string_view message, To<openssl::HelloAnswer> reply) {
  const Napi::HandleScope scope(env());
  SettleWith(env(), Call("clientHello", {ByteText(env(), message)}), reply, HelloOf);
}

void JsAdvisor::OnServerName(const std::string& name, To<openssl::HelloAnswer> reply) {
  const Napi::HandleScope scope(env());
  SettleWith(env(), Call("serverName", {Napi::String::New(env(), name)}), reply, HelloOf);
}

void JsAdvisor::OnAlpn(const std::vector<std::string>& offered, const std::string& server_name,
                       To<std::optional<std::string>> reply) {
  const Napi::HandleScope scope(env());
  SettleWith(env(), Call("alpn", {TextList(env(), offered), Napi::String::New(env(), server_name)}),
             reply, ProtocolOf);
}

void JsAdvisor::OnCertificate(const openssl::CertificateQuestion& question,
                              To<openssl::CertificateAnswer> reply) {
  const Napi::HandleScope scope(env());
  SettleWith(
      env(),
      Call("certificate",
           {Napi::Boolean::New(env(), question.to_client),
            Napi::String::New(env(), question.server_name), NumberText(env(), question.schemes),
            NumberText(env(), question.suites), TextList(env(), question.authorities)}),
      reply, IdentitiesOf);
}

void JsAdvisor::OnPsk(const openssl::PskQuestion& question,
                      To<std::optional<openssl::PskAnswer>> reply) {
  const Napi::HandleScope scope(env());
  SettleWith(env(),
             Call("psk", {Napi::Boolean::New(env(), question.of_server),
                          Napi::Boolean::New(env(), question.is_tls13),
                          BytesToJs(env(), question.identity), BytesToJs(env(), question.hint)}),
             reply, PskOf);
}

void JsAdvisor::OnSession(const std::string& id, To<std::string> reply) {
  const Napi::HandleScope scope(env());
  SettleWith(env(), Call("session", {BytesToJs(env(), id)}), reply, SessionOf);
}

void JsAdvisor::OnTicketKey(const std::optional<std::string>& name,
                            To<std::optional<openssl::TicketKey>> reply) {
  const Napi::HandleScope scope(env());
  SettleWith(env(), Call("ticketKey", {BytesToJs(env(), name)}), reply, TicketKeyOf);
}

void JsAdvisor::OnNewSession(const openssl::NewSession& session) {
  const Napi::HandleScope scope(env());
  const std::string_view der = session.der.view();
  Call("newSession",
       {BytesToJs(env(), session.id), Napi::Buffer<char>::Copy(env(), der.data(), der.size())});
}

}  // namespace bladessl::binding
