#include "native/io/timer_wheel.h"

#include <algorithm>

#include "native/io/party.h"

namespace bladessl::io {

void TimerWheel::Link::Remove() {
  previous->next = next;
  next->previous = previous;
  next = previous = this;
}

void TimerWheel::Link::InsertBefore(Link& other) {
  next = &other;
  previous = other.previous;
  previous->next = this;
  other.previous = this;
}

void TimerWheel::Set(Timer& timer, std::uint64_t now, std::uint64_t delay) {
  timer.Remove();
  timer.due_ = now + delay;
  // The tick at whose beginning the deadline has passed.
  const std::uint64_t tick = std::max(timer.due_ / kTick + 1, tick_);
  timer.InsertBefore(slots_[tick % kSlots]);
}

void TimerWheel::Advance(std::uint64_t now) {
  const std::uint64_t last = now / kTick;
  // After a long sleep each slot is due once.
  if (last >= kSlots) tick_ = std::max(tick_, last - kSlots + 1);
  while (tick_ <= last) AdvanceSlot(slots_[tick_++ % kSlots], now);
}

void TimerWheel::AdvanceSlot(Link& slot, std::uint64_t now) {
  // In a ring of its own: what expires may cancel any of the others, or set new ones.
  Link all;
  if (!slot.alone()) {
    all.InsertBefore(slot);
    slot.Remove();
  }
  while (!all.alone()) {
    auto& timer = static_cast<Timer&>(*all.next);
    timer.Remove();
    if (timer.due_ > now) {
      timer.InsertBefore(slot);
      continue;
    }
    const std::shared_ptr<Party> party = timer.party_.shared_from_this();
    party->Expire(timer);
  }
}

std::int64_t TimerWheel::Wait(std::uint64_t now) const {
  for (std::uint64_t i = 0; i < kSlots; ++i) {
    if (slots_[(tick_ + i) % kSlots].alone()) continue;
    const std::uint64_t due = (tick_ + i) * kTick;
    return due <= now ? 0 : static_cast<std::int64_t>(due - now);
  }
  return -1;
}

}  // namespace bladessl::io
