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

}  // namespace

const std::shared_ptr<io::Loop>& AddonData::Loop(Napi::Env env) {
  if (loop_) return loop_;
  if (!no_sockets.empty()) {
    throw openssl::UsageError("ERR_FEATURE_UNAVAILABLE", "no sockets here: " + no_sockets);
  }
  uv_loop_t* uv = nullptr;
  if (napi_get_uv_event_loop(env, &uv) != napi_ok) {
    throw openssl::UsageError("ERR_FEATURE_UNAVAILABLE", "no sockets here: there is no event loop");
  }
  auto held = std::make_unique<std::shared_ptr<io::Loop>>(std::make_shared<io::Loop>(uv));
  const std::shared_ptr<io::Loop> loop = *held;
  if (napi_add_async_cleanup_hook(env, CloseLoop, held.get(), nullptr) != napi_ok) {
    loop->Close([loop] {});
    throw openssl::UsageError("ERR_FEATURE_UNAVAILABLE", "no sockets here: the environment ends");
  }
  (void)held.release();  // CloseLoop's
  return loop_ = loop;
}

}  // namespace bladessl::binding
