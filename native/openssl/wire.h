// What the bytes of a TLS connection come from and go to, and the BIO through which libssl sees it.
#pragma once

#include <cstddef>

#include "native/openssl/handle.h"

namespace bladessl::openssl {

class Wire {
 public:
  Wire() = default;
  virtual ~Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  enum class Status { kBytes, kNotNow, kEnd, kFailed };  // kFailed: errno tells
  struct Received {
    Status status;
    std::size_t bytes = 0;
  };
  virtual Received Receive(void* out, std::size_t size) = 0;
  // Takes all of it: what cannot leave yet waits. False when the wire has failed; errno tells.
  virtual bool Send(const void* data, std::size_t size) = 0;
};

// The wire must outlive the BIO.
BioHandle NewWireBio(Wire& wire);

}  // namespace bladessl::openssl
