#include "native/binding/js_owner.h"

#include <array>

#include "native/binding/addon_data.h"
#include "native/binding/errors.h"

namespace bladessl::binding {

namespace {

class CallbackScope {
 public:
  CallbackScope(napi_env env, napi_ref owner, std::shared_ptr<napi_async_context__> context)
      : env_(env), handles_(env), context_(std::move(context)) {
    napi_value resource = nullptr;
    if (!handles_.open() || napi_get_reference_value(env, owner, &resource) != napi_ok) return;
    napi_open_callback_scope(env, resource, context_.get(), &scope_);
    user_context() = context_.get();
  }
  ~CallbackScope() {
    user_context() = outer_;
    if (scope_ != nullptr) napi_close_callback_scope(env_, scope_);
  }
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;

 private:
  napi_async_context& user_context() { return AddonData::Of(env_).user_context; }

  napi_env env_;
  const HandleScope handles_;
  const napi_async_context outer_ = user_context();
  std::shared_ptr<napi_async_context__> context_;
  napi_callback_scope scope_ = nullptr;
};

}  // namespace

void JsOwner::Hold(napi_env env, napi_value owner) {
  Release();
  env_ = env;
  napi_create_reference(env, owner, 1, &reference_);
  Capture();
}

void JsOwner::Capture() {
  if (reference_ == nullptr) return;
  const HandleScope scope(env_);
  napi_value owner = nullptr;
  napi_value name = nullptr;
  napi_get_reference_value(env_, reference_, &owner);
  napi_create_string_utf8(env_, "BLADESSL", NAPI_AUTO_LENGTH, &name);
  napi_async_context fresh = nullptr;
  if (napi_async_init(env_, owner, name, &fresh) != napi_ok) return;
  context_ = {fresh,
              [env = env_](napi_async_context context) { napi_async_destroy(env, context); }};
}

void JsOwner::Release() {
  if (reference_ == nullptr) return;
  napi_delete_reference(env_, reference_);
  reference_ = nullptr;
  context_.reset();
}

std::shared_ptr<void> JsOwner::Enter() const {
  if (reference_ == nullptr || !context_) return nullptr;
  return std::make_shared<CallbackScope>(env_, reference_, context_);
}

void JsOwner::Tell(SocketEvent event, std::initializer_list<napi_value> arguments) {
  if (reference_ == nullptr) return;
  napi_value owner = nullptr;
  napi_get_reference_value(env_, reference_, &owner);
  if (owner == nullptr) return;
  std::array<napi_value, 4> values{};
  values[0] = NumberValue(env_, static_cast<std::uint32_t>(event));
  std::copy(arguments.begin(), arguments.end(), values.begin() + 1);
  const napi_value function = AddonData::Of(env_).socket_events.Value();
  CallFromLoop(env_, context_.get(), owner, function, values.data(), arguments.size() + 1);
}

napi_value JsOwner::ErrorOf(const std::exception_ptr& failure) const {
  napi_value value = nullptr;
  if (!failure) {
    napi_get_undefined(env_, &value);
    return value;
  }
  return ErrorValue(env_, failure);
}

}  // namespace bladessl::binding
