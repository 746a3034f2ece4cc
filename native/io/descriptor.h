// Owns the descriptor of a socket. What can be done with a socket that takes no waiting is here.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "native/io/address.h"

namespace bladessl::io {

class Descriptor {
 public:
  // A new socket that does not block; throws what socket(2) says.
  static std::shared_ptr<Descriptor> Open(int family, int type);
  // Takes a descriptor over, or a duplicate of it; it must be a stream socket.
  static std::shared_ptr<Descriptor> Adopt(int fd, bool duplicate);
  explicit Descriptor(int fd, Address peer = {}) : fd_(fd), peer_(std::move(peer)) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int fd() const { return fd_; }
  void* get() { return this; }
  // Throws EBADF when it is closed.
  int Alive() const;
  void Close();

  void Bind(const Address& address) const;
  void Listen(int backlog) const;
  // Whether the connection is made at once; else it is under way.
  bool Connect(const Address& address);
  // The next connection that waits; null when none does. It does not block.
  std::shared_ptr<Descriptor> Accept() const;
  // What SO_ERROR says, and clears.
  int TakeError() const;
  void SetOption(int level, int name, const void* value, std::size_t size) const;
  std::string GetOption(int level, int name, std::size_t size) const;
  Address Local() const { return Address::Local(fd_); }
  // Known also when the connection is gone.
  Address Peer() const { return peer_.empty() ? Address::Peer(fd_) : peer_; }
  // No more is sent: the peer sees the end (FIN).
  void ShutDownWriting() const;
  // The next Close resets the connection (RST) and drops what is on its way.
  void ResetOnClose() const;

 private:
  int fd_;
  Address peer_;
};

// A failed system call as the package's error.
[[noreturn]] void ThrowSystem(const char* syscall, int sys_errno, const std::string& about = {});

}  // namespace bladessl::io
