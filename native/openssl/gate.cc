#include "native/openssl/gate.h"

#include <algorithm>
#include <vector>

#include "native/openssl/error.h"

namespace bladessl::openssl {

Reach::Reach(Layer& start) {
  AddAll(start);
}

void Reach::AddAll(Layer& start) {
  std::size_t next = count_;
  Add(start);
  for (; next < count_; ++next) {
    layers_[next]->EachBelow([this](Layer& below) { Add(below); });
  }
}

void Reach::Add(Layer& layer) {
  if (Contains(layer)) return;
  if (count_ == layers_.size()) {
    throw UsageError("ERR_BIO_CHAIN_TOO_LONG",
                     "a chain may have at most " + std::to_string(kMaxLayers) +
                         " links, with the SSLs and what lies below them");
  }
  layers_[count_++] = &layer;
}

bool Reach::Contains(const Layer& layer) const {
  return std::find(begin(), end(), &layer) != end();
}

void RequireOutside(const Layer& layer) {
  if (layer.busy_) {
    throw UsageError("ERR_BUSY", "called while another call on the same SSL or chain is running");
  }
  if (layer.thread_ != std::this_thread::get_id()) {
    throw UsageError("ERR_BUSY", "called on another thread than the one that owns the object");
  }
}

void RequireIdle(const Layer& layer) {
  RequireOutside(layer);
  if (layer.Waits()) {
    throw UsageError("ERR_BUSY", "the handshake waits for a callback's answer");
  }
}

Passage::Passage(Layer& start) : reach_(start) {
  for (const Layer* layer : reach_) RequireIdle(*layer);
  for (Layer* layer : reach_) layer->busy_ = true;
}

Passage::~Passage() {
  for (Layer* layer : reach_) {
    layer->busy_ = false;
    layer->Leave();
  }
}

void Passage::Admit() const {
  for (Layer* layer : reach_) layer->Admit();
}

void Release(std::shared_ptr<Layer> layer) {
  thread_local std::vector<std::shared_ptr<Layer>>* waiting = nullptr;
  if (waiting != nullptr) {
    waiting->push_back(std::move(layer));
    return;
  }
  std::vector<std::shared_ptr<Layer>> queue;
  waiting = &queue;
  layer.reset();
  while (!queue.empty()) {
    std::shared_ptr<Layer> next = std::move(queue.back());
    queue.pop_back();
    next.reset();
  }
  waiting = nullptr;
}

}  // namespace bladessl::openssl
