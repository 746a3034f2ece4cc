#include "native/binding/answers.h"

#include <exception>
#include <vector>

#include "native/binding/addon_data.h"
#include "native/binding/arguments.h"
#include "native/binding/function.h"

namespace bladessl::binding {

namespace {

using openssl::Question;

// The `{ promise, abort }` of a question. Where nobody keeps the connection, it is kept by the
// functions that wait for the promise.
using Later = std::shared_ptr<Napi::ObjectReference>;

// The property by which one object keeps another.
constexpr const char* kKept = "kept";

// Questions that nobody waits for any more: their signals are still to be aborted.
Napi::Value TakeAbandoned(const Napi::CallbackInfo& info) {
  const auto abandoned = AddonData::Of(info.Env()).abandoned;
  Napi::Array list = Napi::Array::New(info.Env());
  for (const Later& later : *abandoned) {
    if (!later->Value().IsEmpty()) list.Set(list.Length(), later->Value());
  }
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

// setSuspensionLimit(count)
Napi::Value SetSuspensionLimit(const Napi::CallbackInfo& info) {
  openssl::Suspensions().limit = static_cast<std::size_t>(IntegerOf(info[0], "limit"));
  return info.Env().Undefined();
}

}  // namespace

napi_value PromiseOf(napi_env env, napi_value answer) {
  napi_valuetype type = napi_undefined;
  napi_value promise = nullptr;
  bool is_promise = false;
  const bool found = napi_typeof(env, answer, &type) == napi_ok && type == napi_object &&
                     napi_get_named_property(env, answer, "promise", &promise) == napi_ok &&
                     napi_is_promise(env, promise, &is_promise) == napi_ok && is_promise;
  return found ? promise : nullptr;
}

void Await(napi_env env, napi_value answer, napi_value promise,
           const std::shared_ptr<Question>& question,
           std::function<void(const Napi::Value&)> settle) {
  const Napi::Object object(env, answer);
  const auto later = std::make_shared<Napi::ObjectReference>(
      question->is_kept ? Napi::Persistent(object) : Napi::Weak(object));
  question->asked = later;
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
  if (!question->is_kept) accept.Set(kKept, object);
  const Napi::Object target(env, promise);
  target.Get("then").As<Napi::Function>().Call(target, {accept, reject});
}

void KeepWithQuestion(const openssl::Question& question, const Napi::Value& value) {
  const auto later = std::static_pointer_cast<Napi::ObjectReference>(question.asked);
  if (later && !later->Value().IsEmpty()) later->Value().Set(kKept, value);
}

void InitAnswers(Napi::Env, Napi::Object exports) {
  Export<TakeAbandoned>(exports, "takeAbandoned");
  Export<Suspensions>(exports, "suspensions");
  Export<SetSuspensionLimit>(exports, "setSuspensionLimit");
}

}  // namespace bladessl::binding
