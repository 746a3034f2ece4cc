// Whom a loop calls back.
#pragma once

#include <memory>

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
  // The time that was set in the loop's timers has come.
  virtual void Expire() = 0;
};

}  // namespace bladessl::io
