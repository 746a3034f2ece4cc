// What functions of lib/ answer to the questions of a handshake: a value, or `{ promise, abort }`,
// whose promise will have it.
#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <utility>

#include "native/openssl/suspension.h"

namespace bladessl::binding {

// The promise; null for a value.
napi_value PromiseOf(napi_env env, napi_value answer);

// Calls `settle` with the value when the promise has it. What `settle` throws, and what the promise
// is rejected with, the question fails with.
void Await(napi_env env, napi_value answer, napi_value promise,
           const std::shared_ptr<openssl::Question>& question,
           std::function<void(const Napi::Value&)> settle);

// `read` makes the value of what was answered.
template <class Value, class Read>
void SettleWith(napi_env env, napi_value answer,
                const std::shared_ptr<openssl::Reply<Value>>& reply, Read read) {
  const napi_value promise = PromiseOf(env, answer);
  if (promise == nullptr) return reply->Settle(read(Napi::Value(env, answer)));
  Await(env, answer, promise, reply,
        [reply, read](const Napi::Value& value) { reply->Settle(read(value)); });
}

// Lets the answer that is to come keep something alive.
void KeepWithQuestion(const openssl::Question& question, const Napi::Value& value);

void InitAnswers(Napi::Env env, Napi::Object exports);

}  // namespace bladessl::binding
