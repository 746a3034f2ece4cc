// What hangs on an SSL_CTX itself and dies with it.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "native/openssl/context.h"

namespace bladessl::openssl {

// Adds up the counters of all SSL_CTX that a Context has had. One that was replaced goes on
// counting until its last connection is gone.
class Ledger {
 public:
  void Open(SSL_CTX* ctx);
  void Close(SSL_CTX* ctx);
  ContextStats Sum() const;

 private:
  mutable std::mutex mutex_;
  std::vector<SSL_CTX*> open_;
  ContextStats closed_;
};

struct ContextState {
  std::shared_ptr<Ledger> ledger;
  std::string alpn;  // the server's own list; the ALPN callback reads it

  static void Attach(SSL_CTX* ctx, std::shared_ptr<Ledger> ledger);
  static ContextState* Of(SSL_CTX* ctx);
};

}  // namespace bladessl::openssl
