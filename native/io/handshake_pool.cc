#include "native/io/handshake_pool.h"

#include <utility>

#include "native/io/connection.h"

namespace bladessl::io {

openssl::Wire::Received StepWire::Receive(void* out, std::size_t size) {
  if (!input.empty()) return {Status::kBytes, input.Take(out, size)};
  return {ended ? Status::kEnd : Status::kNotNow};
}

bool StepWire::Send(const void* data, std::size_t size) {
  output.Append(data, size);
  return true;
}

HandshakePool::HandshakePool(uv_loop_t* loop) {
  done_signal_.data = this;
  uv_async_init(loop, &done_signal_,
                [](uv_async_t* handle) { static_cast<HandshakePool*>(handle->data)->TakeBack(); });
  uv_unref(handle());
}

HandshakePool::~HandshakePool() {
  Stop();
}

void HandshakePool::Grow(std::size_t threads) {
  while (threads_.size() < threads) threads_.emplace_back([this] { Work(); });
}

void HandshakePool::Submit(std::unique_ptr<HandshakeStep> step) {
  // A socket that is not watched keeps no loop alive: what is under way does.
  if (away_++ == 0) uv_ref(handle());
  const std::lock_guard<std::mutex> lock(mutex_);
  waiting_.push_back(std::move(step));
  work_.notify_one();
}

void HandshakePool::Work() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    std::unique_ptr<HandshakeStep> step = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    try {
      step->result = step->tls->Handshake();
    } catch (const std::exception&) {
      step->failure = std::current_exception();
    }
    lock.lock();
    done_.push_back(std::move(step));
    uv_async_send(&done_signal_);
  }
}

void HandshakePool::TakeBack() {
  Steps done;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    done.swap(done_);
  }
  away_ -= done.size();
  if (away_ == 0) uv_unref(handle());
  for (const std::unique_ptr<HandshakeStep>& step : done) {
    const std::shared_ptr<Connection> connection = step->connection;
    connection->TakeBack(*step);
  }
}

void HandshakePool::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  waiting_.clear();
  done_.clear();
}

}  // namespace bladessl::io
