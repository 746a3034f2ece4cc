#include "native/binding/addon_data.h"

#include "native/openssl/error.h"

namespace bladessl::binding {

namespace {

// The environment may end only when libuv has let go of every watcher.
void CloseLoop(napi_async_cleanup_hook_handle hook, void* data) {
  auto* loop = static_cast<std::shared_ptr<io::Loop>*>(data);
  (*loop)->Close([hook, loop] {
    delete loop;
    napi_remove_async_cleanup_hook(hook);
  });
}

[[noreturn]] void ThrowNoSockets(const std::string& reason) {
  throw openssl::UsageError("ERR_FEATURE_UNAVAILABLE", "no sockets here: " + reason);
}

}  // namespace

void AddonData::RequireSockets() const {
  if (!no_sockets.empty()) ThrowNoSockets(no_sockets);
}

const std::shared_ptr<io::Loop>& AddonData::Loop(Napi::Env env) {
  if (loop_) return loop_;
  RequireSockets();
  uv_loop_t* uv = nullptr;
  if (napi_get_uv_event_loop(env, &uv) != napi_ok) ThrowNoSockets("there is no event loop");
  auto held = std::make_unique<std::shared_ptr<io::Loop>>(std::make_shared<io::Loop>(uv));
  const std::shared_ptr<io::Loop> loop = *held;
  if (napi_add_async_cleanup_hook(env, CloseLoop, held.get(), nullptr) != napi_ok) {
    loop->Close([loop] {});
    ThrowNoSockets("the environment ends");
  }
  (void)held.release();  // CloseLoop's
  return loop_ = loop;
}

}  // namespace bladessl::binding
