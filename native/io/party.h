// Whom a loop calls back.
#pragma once

#include <memory>

#include "native/io/timer_wheel.h"

namespace bladessl::io {

class Party : public std::enable_shared_from_this<Party> {
 public:
  Party() = default;
  virtual ~Party() = default;
  Party(const Party&) = delete;
  Party& operator=(const Party&) = delete;

  // Sends what this turn of the loop has gathered.
  virtual void Flush() = 0;
  // Goes on with what an earlier turn has broken off.
  virtual void Continue() = 0;
  // The time that was set for one of its timers has come.
  virtual void Expire(const TimerWheel::Timer& timer) = 0;
};

}  // namespace bladessl::io
