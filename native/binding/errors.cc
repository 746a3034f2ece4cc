#include "native/binding/errors.h"

#include <exception>
#include <new>

#include "native/binding/addon_data.h"
#include "native/io/uv.h"
#include "native/openssl/error.h"

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

// The report as lib/errors.ts reads it (`NativeErrorReport`).
Napi::Object ReportObject(Napi::Env env, const openssl::ErrorReport& report) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("message", report.message);
  SetText(object, "code", report.code);
  SetText(object, "library", report.library);
  SetText(object, "reason", report.reason);
  SetText(object, "syscall", report.syscall);
  if (!report.peer_bytes.empty()) {
    napi_value bytes = nullptr;  // as Latin-1: one character a byte
    napi_create_string_latin1(env, report.peer_bytes.data(), report.peer_bytes.size(), &bytes);
    object.Set("peerBytes", Napi::Value(env, bytes));
  }
  if (report.sys_errno != 0) object.Set("errno", -io::ToUv(report.sys_errno));
  if (report.alert) object.Set("alert", AlertObject(env, *report.alert));
  if (report.verify) object.Set("verify", VerifyObject(env, *report.verify));
  Napi::Array entries = Napi::Array::New(env, report.entries.size());
  for (std::size_t i = 0; i < report.entries.size(); ++i) {
    entries.Set(static_cast<std::uint32_t>(i), EntryObject(env, report.entries[i]));
  }
  object.Set("entries", entries);
  return object;
}

// lib/errors.ts knows the classes; before it has said so (a failure while loading) an Error does.
Napi::Error Make(Napi::Env env, Napi::Object report) {
  const Napi::FunctionReference& make = AddonData::Of(env).make_error;
  if (make.IsEmpty()) return Napi::Error::New(env, report.Get("message").ToString());
  return Napi::Error(env, make.Call({report}));
}

Napi::Error Convert(Napi::Env env, const std::string& code, const std::string& message) {
  openssl::ErrorReport report;
  report.code = code;
  report.message = message;
  return Make(env, ReportObject(env, report));
}

Napi::Error CurrentError(Napi::Env env) {
  try {
    throw;
  } catch (const Napi::Error& error) {
    return error;
  } catch (const openssl::OpensslError& error) {
    return Make(env, ReportObject(env, error.report()));
  } catch (const openssl::UsageError& error) {
    return Convert(env, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return Convert(env, "ERR_OUT_OF_MEMORY", "out of memory");
  } catch (const std::exception& error) {
    return Convert(env, "ERR_INTERNAL", error.what());
  }
}

}  // namespace

napi_value ErrorValue(napi_env env, const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (...) {
    try {
      return CurrentError(env).Value();
    } catch (const Napi::Error& error) {
      // Making it has failed, for want of stack, say.
      if (!error.IsEmpty()) return error.Value();
    } catch (const std::exception&) {
      // There is no JS any more.
    }
    return Napi::Env(env).Undefined();
  }
}

napi_value ThrowToJs(Napi::Env env) {
  if (napi_throw(env, ErrorValue(env, std::current_exception())) == napi_ok) return nullptr;
  // A worker that is being terminated takes no exception, but its JS runs on for a moment. What it
  // throws over a result that is none may come to Node's own code, which aborts the process then.
  napi_value standstill = nullptr;
  napi_get_reference_value(env, AddonData::Of(env).standstill, &standstill);
  return standstill;
}

}  // namespace bladessl::binding
