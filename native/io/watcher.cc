#include "native/io/watcher.h"

#include <utility>

#include "native/io/loop.h"
#include "native/openssl/system.h"

namespace bladessl::io {

Watcher::Watcher(std::shared_ptr<Loop> loop, std::shared_ptr<Descriptor> descriptor,
                 Callback callback)
    : loop_(std::move(loop)), descriptor_(std::move(descriptor)), callback_(std::move(callback)) {
  poll_.data = this;
}

int Watcher::Open(std::shared_ptr<Loop> loop, std::shared_ptr<Descriptor> descriptor,
                  Callback callback, std::shared_ptr<Watcher>* out) {
  const std::shared_ptr<Watcher> watcher(
      new Watcher(std::move(loop), std::move(descriptor), std::move(callback)));
  if (watcher->loop_->closing()) return UV_ECANCELED;
  const int fd = watcher->descriptor_->fd();
  const int status = uv_poll_init_socket(watcher->loop_->get(), &watcher->poll_, fd);
  if (status != 0) return status;
  watcher->self_ = watcher;
  watcher->loop_->Opened(*watcher);
  *out = watcher;
  return 0;
}

int Watcher::OpenDuplicate(std::shared_ptr<Loop> loop, int fd, Callback callback,
                           std::shared_ptr<Watcher>* out) {
  const int own = system::Duplicate(fd);
  if (own < 0) return ToUv(system::LastError());
  auto descriptor = std::make_shared<Descriptor>(own);
  return Open(std::move(loop), std::move(descriptor), std::move(callback), out);
}

bool Watcher::Watches(int fd) const {
  return system::IsSame(descriptor_->fd(), fd);
}

int Watcher::Watch(int events) {
  if (closing_) return UV_ECANCELED;
  if (events == events_ && uv_is_active(reinterpret_cast<uv_handle_t*>(&poll_)) == (events != 0)) {
    return 0;
  }
  events_ = events;
  if (events == 0) return uv_poll_stop(&poll_);
  return uv_poll_start(&poll_, events, [](uv_poll_t* handle, int status, int happened) {
    // The callback may close the watcher, which lives on until libuv has let go of it.
    static_cast<Watcher*>(handle->data)->callback_(status, happened);
  });
}

void Watcher::KeepLoop(bool on) {
  auto* handle = reinterpret_cast<uv_handle_t*>(&poll_);
  if (closing_) return;
  if (on) {
    uv_ref(handle);
  } else {
    uv_unref(handle);
  }
}

void Watcher::Close() {
  if (std::exchange(closing_, true)) return;
  loop_->Closing(*this);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
    auto* watcher = static_cast<Watcher*>(handle->data);
    const std::shared_ptr<Loop> loop = watcher->loop_;
    watcher->self_.reset();
    loop->Closed();
  });
  descriptor_->Close();
}

}  // namespace bladessl::io
