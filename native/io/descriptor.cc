#include "native/io/descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "native/openssl/error.h"

namespace bladessl::io {

namespace {

void CheckCall(int result, const char* syscall, const std::string& about = {}) {
  if (result < 0) ThrowSystem(syscall, errno, about);
}

std::string Shown(const Address& address) {
  if (address.family() == AF_UNIX) return address.text();
  const bool v6 = address.family() == AF_INET6;
  const std::string host = v6 ? "[" + address.text() + "]" : address.text();
  return host + ":" + std::to_string(address.port());
}

void MakeNonBlocking(int fd) {
  CheckCall(fcntl(fd, F_SETFD, FD_CLOEXEC), "fcntl");
  CheckCall(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), "fcntl");
}

void RequireStreamSocket(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  CheckCall(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size), "getsockopt");
  if (type == SOCK_STREAM) return;
  throw openssl::UsageError("ERR_INVALID_ARG_VALUE", "the descriptor is not a stream socket");
}

}  // namespace

void ThrowSystem(const char* syscall, int sys_errno, const std::string& about) {
  openssl::ErrorReport report;
  report.syscall = syscall;
  report.sys_errno = sys_errno;
  report.message = std::generic_category().message(sys_errno);
  if (!about.empty()) report.message += ": " + about;
  throw openssl::OpensslError(std::move(report));
}

std::shared_ptr<Descriptor> Descriptor::Open(int family, int type) {
  const int fd = socket(family, type, 0);
  CheckCall(fd, "socket");
  auto descriptor = std::make_shared<Descriptor>(fd);
  MakeNonBlocking(fd);
  return descriptor;
}

std::shared_ptr<Descriptor> Descriptor::Adopt(int fd, bool duplicate) {
  RequireStreamSocket(fd);
  const int own = duplicate ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : fd;
  CheckCall(own, "dup");
  auto descriptor = std::make_shared<Descriptor>(own);
  MakeNonBlocking(own);
  return descriptor;
}

int Descriptor::Alive() const {
  if (fd_ < 0) throw openssl::UsageError("ERR_CLOSED", "the socket is closed");
  return fd_;
}

void Descriptor::Close() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

void Descriptor::Bind(const Address& address) const {
  CheckCall(bind(Alive(), address.get(), address.size()), "bind", Shown(address));
}

void Descriptor::Listen(int backlog) const {
  CheckCall(listen(Alive(), backlog), "listen");
}

bool Descriptor::Connect(const Address& address) {
  peer_ = address;
  int result = 0;
  do {
    result = connect(Alive(), address.get(), address.size());
  } while (result < 0 && errno == EINTR);
  if (result == 0) return true;
  if (errno == EINPROGRESS) return false;
  ThrowSystem("connect", errno, Shown(address));
}

std::shared_ptr<Descriptor> Descriptor::Accept() const {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  int fd = -1;
  do {
    size = sizeof peer;
#ifdef __linux__
    fd = accept4(Alive(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
    fd = accept(Alive(), reinterpret_cast<sockaddr*>(&peer), &size);
#endif
    // Those that are gone before they were accepted are nobody's loss.
  } while (fd < 0 && (errno == EINTR || errno == ECONNABORTED || errno == EPROTO));
  if (fd < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return nullptr;
  CheckCall(fd, "accept");
  auto descriptor = std::make_shared<Descriptor>(fd, Address(peer, size));
#ifndef __linux__
  MakeNonBlocking(fd);
#endif
  return descriptor;
}

int Descriptor::TakeError() const {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

void Descriptor::SetOption(int level, int name, const void* value, std::size_t size) const {
  CheckCall(setsockopt(Alive(), level, name, value, static_cast<socklen_t>(size)), "setsockopt");
}

std::string Descriptor::GetOption(int level, int name, std::size_t size) const {
  std::string value(size, '\0');
  auto length = static_cast<socklen_t>(size);
  CheckCall(getsockopt(Alive(), level, name, value.data(), &length), "getsockopt");
  value.resize(length);
  return value;
}

void Descriptor::ShutDownWriting() const {
  if (fd_ >= 0) shutdown(fd_, SHUT_WR);
}

void Descriptor::ResetOnClose() const {
  const linger now{1, 0};
  if (fd_ >= 0) setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace bladessl::io
