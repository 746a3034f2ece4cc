#include "native/io/watcher.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "native/io/loop.h"

namespace bladessl::io {

Watcher::Watcher(std::shared_ptr<Loop> loop, Callback callback)
    : loop_(std::move(loop)), callback_(std::move(callback)) {
  poll_.data = this;
}

int Watcher::Open(std::shared_ptr<Loop> loop, int fd, Callback callback,
                  std::shared_ptr<Watcher>* out) {
  const std::shared_ptr<Watcher> watcher(new Watcher(std::move(loop), std::move(callback)));
  watcher->fd_ = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (watcher->fd_ < 0) return -errno;
  const int status = uv_poll_init(watcher->loop_->get(), &watcher->poll_, watcher->fd_);
  if (status != 0) {
    close(watcher->fd_);
    return status;
  }
  watcher->self_ = watcher;
  watcher->loop_->open_.insert(watcher.get());
  *out = watcher;
  return 0;
}

bool Watcher::Watches(int fd) const {
  struct stat ours {};
  struct stat theirs {};
  return fstat(fd_, &ours) == 0 && fstat(fd, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
         ours.st_ino == theirs.st_ino;
}

int Watcher::Watch(int events) {
  if (closing_) return UV_ECANCELED;
  if (events == 0) return uv_poll_stop(&poll_);
  return uv_poll_start(&poll_, events, [](uv_poll_t* handle, int status, int happened) {
    auto* watcher = static_cast<Watcher*>(handle->data);
    // A copy: the callback may close the watcher.
    const Callback callback = watcher->callback_;
    callback(status, happened);
  });
}

void Watcher::Close() {
  if (std::exchange(closing_, true)) return;
  loop_->open_.erase(this);
  ++loop_->closing_;
  uv_poll_stop(&poll_);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
    auto* watcher = static_cast<Watcher*>(handle->data);
    const std::shared_ptr<Loop> loop = watcher->loop_;
    watcher->self_.reset();
    loop->Closed();
  });
  close(std::exchange(fd_, -1));
}

void Loop::Close(std::function<void()> done) {
  done_ = std::move(done);
  const std::vector<Watcher*> open(open_.begin(), open_.end());
  for (Watcher* watcher : open) watcher->Close();
  if (closing_ == 0) std::exchange(done_, nullptr)();
}

void Loop::Closed() {
  --closing_;
  if (closing_ == 0 && done_) std::exchange(done_, nullptr)();
}

}  // namespace bladessl::io
