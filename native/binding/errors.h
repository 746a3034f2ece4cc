// The one file that makes JS errors. Everything JS can call runs inside Guard: what the floors
// below throw becomes a JS exception here, and nowhere else.
#pragma once

#include <napi.h>

#include <exception>
#include <new>

#include "native/openssl/error.h"

namespace bladessl::binding {

Napi::Error ToJs(Napi::Env env, const openssl::OpensslError& error);
Napi::Error ToJs(Napi::Env env, const openssl::UsageError& error);

template <class Body>
napi_value Guard(napi_env raw, Body body) {
  const Napi::Env env(raw);
  try {
    try {
      return body();
    } catch (const Napi::Error&) {
      throw;
    } catch (const openssl::OpensslError& error) {
      throw ToJs(env, error);
    } catch (const openssl::UsageError& error) {
      throw ToJs(env, error);
    } catch (const std::bad_alloc&) {
      throw ToJs(env, openssl::UsageError("ERR_OUT_OF_MEMORY", "out of memory"));
    } catch (const std::exception& error) {
      throw ToJs(env, openssl::UsageError("ERR_INTERNAL", error.what()));
    }
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
    return nullptr;
  }
}

// The report as lib/errors.ts reads it (`ErrorReport` there).
Napi::Object ReportObject(Napi::Env env, const openssl::ErrorReport& report);

}  // namespace bladessl::binding
