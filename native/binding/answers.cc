#include "native/binding/answers.h"

#include <exception>
#include <vector>

#include "native/binding/addon_data.h"
#include "native/binding/function.h"

namespace bladessl::binding {

namespace {

using openssl::Question;

// The `{ promise, abort }` of a question, for as long as somebody waits.
using Later = std::shared_ptr<Napi::ObjectReference>;

napi_value PromiseOf(napi_env env, napi_value answer) {
  napi_valuetype type = napi_undefined;
  napi_value promise = nullptr;
  bool is_promise = false;
  const bool found = napi_typeof(env, answer, &type) == napi_ok && type == napi_object &&
                     napi_get_named_property(env, answer, "promise", &promise) == napi_ok &&
                     napi_is_promise(env, promise, &is_promise) == napi_ok && is_promise;
  return found ? promise : nullptr;
}

// Questions that nobody waits for any more: their signals are still to be aborted.
Napi::Value TakeAbandoned(const Napi::CallbackInfo& info) {
  const auto abandoned = AddonData::Of(info.Env()).abandoned;
  Napi::Array list = Napi::Array::New(info.Env());
  for (const Later& later : *abandoned) list.Set(list.Length(), later->Value());
  abandoned->clear();
  return list;
}

// suspensions(): [waiting, most, drained, limit]
Napi::Value Suspensions(const Napi::CallbackInfo& info) {
  const openssl::SuspensionCounters& all = openssl::Suspensions();
  Napi::Array list = Napi::Array::New(info.Env());
  for (const std::size_t count : {all.waiting, all.most, all.drained, all.limit}) {
    list.Set(list.Length(), static_cast<double>(count));
  }
  return list;
}

}  // namespace

void Await(napi_env env, napi_value answer, const std::shared_ptr<Question>& question,
           std::function<void(const Napi::Value&)> settle) {
  const napi_value promise = PromiseOf(env, answer);
  if (promise == nullptr) return settle(Napi::Value(env, answer));
  const auto later =
      std::make_shared<Napi::ObjectReference>(Napi::Persistent(Napi::Object(env, answer)));
  // Without the environment's data: it may be gone when the question is.
  question->on_abandoned = [later, abandoned = AddonData::Of(env).abandoned] {
    abandoned->push_back(later);
  };
  const auto accept = Napi::Function::New(
      env, [question, settle = std::move(settle)](const Napi::CallbackInfo& info) {
        try {
          settle(info[0]);
        } catch (...) {
          question->Fail(std::current_exception());
        }
      });
  const auto reject = Napi::Function::New(env, [question](const Napi::CallbackInfo& info) {
    question->Fail(std::make_exception_ptr(Napi::Error(info.Env(), info[0])));
  });
  const Napi::Object object(env, promise);
  object.Get("then").As<Napi::Function>().Call(object, {accept, reject});
}

void InitAnswers(Napi::Env, Napi::Object exports) {
  Export<TakeAbandoned>(exports, "takeAbandoned");
  Export<Suspensions>(exports, "suspensions");
}

}  // namespace bladessl::binding
