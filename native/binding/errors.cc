#include "native/binding/errors.h"

#include "native/binding/addon_data.h"

namespace bladessl::binding {

namespace {

void SetText(Napi::Object object, const char* name, const std::string& text) {
  if (!text.empty()) object.Set(name, text);
}

Napi::Object EntryObject(Napi::Env env, const openssl::ErrorEntry& entry) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("code", static_cast<double>(entry.code));
  object.Set("library", entry.library);
  object.Set("reason", entry.reason);
  SetText(object, "function", entry.function);
  SetText(object, "file", entry.file);
  if (entry.line != 0) object.Set("line", entry.line);
  SetText(object, "data", entry.data);
  return object;
}

Napi::Object AlertObject(Napi::Env env, const openssl::Alert& alert) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("number", alert.number);
  object.Set("sent", alert.sent);
  return object;
}

Napi::Object VerifyObject(Napi::Env env, const openssl::VerifyFailure& failure) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("code", failure.code);
  object.Set("depth", failure.depth);
  object.Set("message", failure.message);
  SetText(object, "subject", failure.subject);
  SetText(object, "expected", failure.expected);
  return object;
}

// lib/errors.ts knows the classes; before it has said so (a failure while loading) an Error does.
Napi::Error Make(Napi::Env env, Napi::Object report) {
  const Napi::FunctionReference& make = AddonData::Of(env).make_error;
  if (make.IsEmpty()) return Napi::Error::New(env, report.Get("message").ToString());
  return Napi::Error(env, make.Call({report}));
}

}  // namespace

Napi::Object ReportObject(Napi::Env env, const openssl::ErrorReport& report) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("message", report.message);
  SetText(object, "code", report.code);
  SetText(object, "library", report.library);
  SetText(object, "reason", report.reason);
  SetText(object, "syscall", report.syscall);
  SetText(object, "peerBytes", report.peer_bytes);
  if (report.sys_errno != 0) object.Set("errno", report.sys_errno);
  if (report.alert) object.Set("alert", AlertObject(env, *report.alert));
  if (report.verify) object.Set("verify", VerifyObject(env, *report.verify));
  Napi::Array entries = Napi::Array::New(env, report.entries.size());
  for (std::size_t i = 0; i < report.entries.size(); ++i) {
    entries.Set(static_cast<std::uint32_t>(i), EntryObject(env, report.entries[i]));
  }
  object.Set("entries", entries);
  return object;
}

Napi::Error ToJs(Napi::Env env, const openssl::OpensslError& error) {
  return Make(env, ReportObject(env, error.report()));
}

Napi::Error ToJs(Napi::Env env, const openssl::UsageError& error) {
  Napi::Object report = Napi::Object::New(env);
  report.Set("code", error.code());
  report.Set("message", error.what());
  report.Set("entries", Napi::Array::New(env));
  return Make(env, report);
}

}  // namespace bladessl::binding
