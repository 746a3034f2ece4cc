#include "native/io/loop.h"

#include <utility>

#include "native/io/handshake_pool.h"
#include "native/io/watcher.h"

namespace bladessl::io {

namespace {

std::uint64_t Milliseconds() {
  return uv_hrtime() / 1'000'000;
}

}  // namespace

Loop::Loop(uv_loop_t* loop) : loop_(loop) {
  uv_prepare_init(loop, &before_wait_);
  uv_check_init(loop, &after_wait_);
  uv_idle_init(loop, &no_wait_);
  uv_prepare_init(loop, &turn_end_);
  uv_timer_init(loop, &timer_);
  before_wait_.data = after_wait_.data = turn_end_.data = timer_.data = this;
  // These alone keep no process alive: what waits for them does.
  uv_unref(reinterpret_cast<uv_handle_t*>(&turn_end_));
  uv_unref(reinterpret_cast<uv_handle_t*>(&timer_));
  handles_ = 5;
}

Loop::~Loop() = default;

HandshakePool* Loop::Handshakers(std::size_t threads) {
  if (closing_) return nullptr;
  if (!handshakers_) {
    handshakers_ = std::make_unique<HandshakePool>(loop_);
    ++handles_;
  }
  handshakers_->Grow(threads);
  return handshakers_.get();
}

void Loop::Close(std::function<void()> done) {
  done_ = std::move(done);
  closing_ = true;
  to_flush_.clear();
  to_continue_.clear();
  std::exchange(kept_, {}).clear();
  CloseHandle(before_wait_);
  CloseHandle(after_wait_);
  CloseHandle(no_wait_);
  CloseHandle(turn_end_);
  CloseHandle(timer_);
  if (handshakers_) {
    handshakers_->Stop();
    CloseHandle(*handshakers_->handle());
  }
  const std::vector<Watcher*> open(open_.begin(), open_.end());
  for (Watcher* watcher : open) watcher->Close();
}

template <class Handle>
void Loop::CloseHandle(Handle& handle) {
  handle.data = this;
  uv_close(reinterpret_cast<uv_handle_t*>(&handle),
           [](uv_handle_t* closed) { static_cast<Loop*>(closed->data)->Closed(); });
}

void Loop::Opened(Watcher& watcher) {
  open_.insert(&watcher);
  ++handles_;
}

void Loop::Closing(Watcher& watcher) {
  open_.erase(&watcher);
}

void Loop::Closed() {
  if (--handles_ == 0 && done_) std::exchange(done_, nullptr)();
}

void Loop::FlushSoon(Party& party) {
  if (closing_) return;
  to_flush_.push_back(party.shared_from_this());
  if (depth_ > 0 || to_flush_.size() > 1) return;
  uv_prepare_start(&before_wait_, [](uv_prepare_t* handle) {
    Loop& loop = *static_cast<Loop*>(handle->data);
    uv_prepare_stop(handle);
    const Turn turn(loop);
  });
}

// One that is flushed may call JS, and JS may write to others.
void Loop::FlushAll() {
  if (to_flush_.empty()) return;
  ++depth_;
  for (std::size_t i = 0; i < to_flush_.size(); ++i) {
    const std::shared_ptr<Party> party = std::move(to_flush_[i]);
    party->Flush();
  }
  to_flush_.clear();
  --depth_;
}

void Loop::ContinueSoon(Party& party) {
  if (closing_) return;
  to_continue_.push_back(party.shared_from_this());
  if (to_continue_.size() > 1) return;
  // The idle handle keeps the loop from waiting.
  uv_idle_start(&no_wait_, [](uv_idle_t*) {});
  uv_check_start(&after_wait_,
                 [](uv_check_t* handle) { static_cast<Loop*>(handle->data)->ContinueAll(); });
}

void Loop::ContinueAll() {
  Parties parties;
  parties.swap(to_continue_);
  uv_idle_stop(&no_wait_);
  uv_check_stop(&after_wait_);
  const Turn turn(*this);
  for (const std::shared_ptr<Party>& party : parties) party->Continue();
}

std::uint64_t Loop::Keep(Party& party) {
  if (closing_) return 0;
  // Taken out before it goes: its end may come back here.
  if (kept_.size() == kMaxKept) kept_.extract(kept_.begin());
  kept_.emplace(++last_kept_, party.shared_from_this());
  return last_kept_;
}

void Loop::LetGo(std::uint64_t kept) {
  kept_.extract(kept);
}

void Loop::SetTimer(TimerWheel::Timer& timer, std::uint64_t delay) {
  if (closing_) return;
  wheel_.Set(timer, Milliseconds(), delay);
  StartTimer();
}

void Loop::StartTimer() {
  const std::uint64_t now = Milliseconds();
  const std::int64_t wait = wheel_.Wait(now);
  if (wait < 0 || closing_) return;
  const std::uint64_t due = now + static_cast<std::uint64_t>(wait);
  if (uv_is_active(reinterpret_cast<uv_handle_t*>(&timer_)) != 0 && timer_due_ <= due) return;
  timer_due_ = due;
  uv_timer_start(
      &timer_,
      [](uv_timer_t* handle) {
        Loop& loop = *static_cast<Loop*>(handle->data);
        const Turn turn(loop);
        loop.wheel_.Advance(Milliseconds());
        loop.StartTimer();
      },
      static_cast<std::uint64_t>(wait), 0);
}

// A turn is what happens between two waits.
void Loop::SpendOnHandshakes(std::uint64_t nanoseconds) {
  if (closing_) return;
  if (spent_ == 0) {
    uv_prepare_start(&turn_end_, [](uv_prepare_t* handle) {
      uv_prepare_stop(handle);
      static_cast<Loop*>(handle->data)->spent_ = 0;
    });
  }
  spent_ += nanoseconds;
}

}  // namespace bladessl::io
