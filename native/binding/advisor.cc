#include "native/binding/advisor.h"

#include <utility>

#include "native/binding/answers.h"
#include "native/binding/arguments.h"
#include "native/binding/certificate.h"
#include "native/binding/certificate_values.h"
#include "native/binding/private_key.h"
#include "native/binding/ssl_context.h"
#include "native/openssl/certificate.h"
#include "native/openssl/private_key.h"

namespace bladessl::binding {

namespace {

using openssl::Advisor;

constexpr std::pair<Advisor::Topic, const char*> kNames[] = {
    {Advisor::kClientHello, "clientHello"},
    {Advisor::kServerName, "serverName"},
    {Advisor::kAlpn, "alpn"},
    {Advisor::kCertificate, "certificate"},
    {Advisor::kPsk, "psk"},
    {Advisor::kSession, "session"},
    {Advisor::kTicketKey, "ticketKey"},
    {Advisor::kNewSession, "newSession"},
};

std::string TextOfBytes(const Napi::Value& value, const char* name) {
  const Bytes bytes = BytesOf(value, name);
  return std::string(reinterpret_cast<const char*>(bytes.data), bytes.size);
}

// Functions of a context that nobody else may keep.
std::shared_ptr<void> HoldAll(const openssl::VerifyPolicy& policy) {
  auto holds = std::make_shared<std::vector<std::shared_ptr<void>>>();
  if (policy.judge) holds->push_back(policy.judge->Hold());
  if (policy.stapler) holds->push_back(policy.stapler->Hold());
  if (policy.advisor) holds->push_back(policy.advisor->Hold());
  return holds;
}

// { context?, verifyMode?, alert? }, or undefined
openssl::HelloAnswer HelloOf(const Napi::Value& value) {
  openssl::HelloAnswer answer;
  if (value.IsUndefined()) return answer;
  const auto object = value.As<Napi::Object>();
  const Napi::Value context = object.Get("context");
  if (!context.IsUndefined()) {
    answer.context = SslContextWrap::Of(context, "context");
    answer.hold = HoldAll(answer.context->verify_policy());
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
  identity.key = openssl::Share(PrivateKeyWrap::Of(object.Get("privateKey"), "privateKey")->get());
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

Napi::Array NumberList(Napi::Env env, const std::vector<std::uint16_t>& numbers) {
  Napi::Array list = Napi::Array::New(env, numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    list.Set(static_cast<std::uint32_t>(i), static_cast<double>(numbers[i]));
  }
  return list;
}

}  // namespace

JsAdvisor::JsAdvisor(Napi::Object functions) : JsFunctions(functions) {
  for (const auto& [topic, name] : kNames) {
    if (functions.HasOwnProperty(name)) topics_ |= topic;
  }
}

void JsAdvisor::OnClientHello(const std::string& message, To<openssl::HelloAnswer> reply) {
  const Napi::HandleScope scope(env());
  SettleWith(env(), Call("clientHello", {BytesToJs(env(), message)}), reply, HelloOf);
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
            Napi::String::New(env(), question.server_name), NumberList(env(), question.schemes),
            NumberList(env(), question.suites), TextList(env(), question.authorities)}),
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
  Call("newSession", {BytesToJs(env(), session.id), BytesToJs(env(), session.der)});
}

}  // namespace bladessl::binding
