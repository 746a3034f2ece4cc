// The gate through which every call on an SSL or a BIO goes: one call at a time, on the thread that
// made the object. An operation on a BIO chain runs through everything below it (other links, an
// SSL, the BIOs under that SSL), so it takes the gates of all of them.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace bladessl::openssl {

// A thing that an operation passes through: a link of a chain, or an SSL.
class Layer {
 public:
  virtual ~Layer() = default;

  // Calls `visit` for each layer that a call on this one reaches directly.
  virtual void EachBelow(const std::function<void(Layer&)>& visit) = 0;

  // Throws when I/O through this layer must not start: it would block on a name look-up, say.
  virtual void Admit() {}
  // A call that was to pass through has come to its end.
  virtual void Leave() {}

  // Whether it stands in the middle of a call, and waits for an answer.
  virtual bool Waits() const { return false; }

 private:
  friend class Passage;
  friend void RequireOutside(const Layer& layer);
  bool busy_ = false;
  std::thread::id thread_ = std::this_thread::get_id();
};

// How many layers one call may run through. OpenSSL's filters recurse on the C stack.
constexpr std::size_t kMaxLayers = 64;

// All layers that can be reached from one, itself included; throws ERR_BIO_CHAIN_TOO_LONG.
class Reach {
 public:
  explicit Reach(Layer& start);
  // Of a layer whose own surroundings are about to change.
  struct OnlyItself {};
  Reach(Layer& start, OnlyItself) { Add(start); }
  void AddAll(Layer& start);
  bool Contains(const Layer& layer) const;
  Layer* const* begin() const { return layers_.data(); }
  Layer* const* end() const { return layers_.data() + count_; }

 private:
  void Add(Layer& layer);
  std::array<Layer*, kMaxLayers> layers_;
  std::size_t count_ = 0;
};

// Throws ERR_BUSY when a call is running through the layer, or on another thread than its own.
void RequireOutside(const Layer& layer);
// And when a call on it waits to be gone on with.
void RequireIdle(const Layer& layer);

// Holds the gates of everything a call passes through; throws ERR_BUSY when one is taken.
class Passage {
 public:
  explicit Passage(Layer& start);
  ~Passage();
  void Admit() const;
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

 private:
  Reach reach_;
};

// Drops an owner. Layers own what lies below them; a long tower of them is taken down in a loop
// instead of one destructor inside another.
void Release(std::shared_ptr<Layer> layer);

}  // namespace bladessl::openssl
