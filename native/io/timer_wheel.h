// Deadlines of any number of connections on one timer. Setting and cancelling one takes constant
// time; it comes up to kTick late, never early.
#pragma once

#include <array>
#include <cstdint>

namespace bladessl::io {

class Party;

class TimerWheel {
  // A member of a ring; one that is in none is a ring by itself.
  struct Link {
    Link() = default;
    ~Link() { Remove(); }
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    bool alone() const { return next == this; }
    void Remove();
    void InsertBefore(Link& other);
    Link* next = this;
    Link* previous = this;
  };

 public:
  static constexpr std::uint64_t kTick = 16;  // milliseconds

  // A deadline, which its party holds.
  class Timer : private Link {
   public:
    explicit Timer(Party& party) : party_(party) {}
    bool armed() const { return !alone(); }
    void Cancel() { Remove(); }

   private:
    friend class TimerWheel;
    Party& party_;
    std::uint64_t due_ = 0;
  };

  // `now` is in milliseconds, of a clock that never goes back.
  void Set(Timer& timer, std::uint64_t now, std::uint64_t delay);
  // Expires what is due.
  void Advance(std::uint64_t now);
  // How long until something may be due; -1 when nothing waits.
  std::int64_t Wait(std::uint64_t now) const;

 private:
  static constexpr std::uint64_t kSlots = 256;
  void AdvanceSlot(Link& slot, std::uint64_t now);

  std::array<Link, kSlots> slots_;
  std::uint64_t tick_ = 0;  // the first one that has not been looked at
};

}  // namespace bladessl::io
