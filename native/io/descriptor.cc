#include "native/io/descriptor.h"

#include <utility>

#include "native/io/uv.h"
#include "native/openssl/error.h"
#include "native/openssl/system.h"

namespace bladessl::io {

namespace {

void CheckCall(int result, const char* syscall, const std::string& about = {}) {
  if (result < 0) ThrowSystem(syscall, system::LastError(), about);
}

std::string Shown(const Address& address) {
  if (address.family() == AF_UNIX) return address.text();
  const bool v6 = address.family() == AF_INET6;
  const std::string host = v6 ? "[" + address.text() + "]" : address.text();
  return host + ":" + std::to_string(address.port());
}

void RequireStreamSocket(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  CheckCall(getsockopt(fd, SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type), &size),
            "getsockopt");
  if (type == SOCK_STREAM) return;
  throw openssl::UsageError("ERR_INVALID_ARG_VALUE", "the descriptor is not a stream socket");
}

}  // namespace

void ThrowSystem(const char* syscall, int sys_errno, const std::string& about) {
  openssl::ErrorReport report;
  report.syscall = syscall;
  report.sys_errno = sys_errno;
  report.message = sys_errno < 0 ? uv_strerror(sys_errno) : system::ErrorText(sys_errno);
  if (!about.empty()) report.message += ": " + about;
  throw openssl::OpensslError(std::move(report));
}

std::shared_ptr<Descriptor> Descriptor::Open(int family, int type) {
  const int fd = system::Open(family, type);
  CheckCall(fd, "socket");
  return std::make_shared<Descriptor>(fd);
}

std::shared_ptr<Descriptor> Descriptor::Adopt(int fd, bool duplicate) {
  RequireStreamSocket(fd);
  const int own = duplicate ? system::Duplicate(fd) : fd;
  CheckCall(own, "dup");
  auto descriptor = std::make_shared<Descriptor>(own);
  if (!system::MakeNonBlocking(own)) ThrowSystem("fcntl", system::LastError());
  return descriptor;
}

int Descriptor::Alive() const {
  if (fd_ < 0) throw openssl::UsageError("ERR_CLOSED", "the socket is closed");
  return fd_;
}

void Descriptor::Close() {
  if (fd_ >= 0) system::Close(std::exchange(fd_, -1));
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
  } while (result < 0 && system::IsInterrupted(system::LastError()));
  if (result == 0) return true;
  const int error = system::LastError();
  if (system::IsUnderWay(error)) return false;
  ThrowSystem("connect", error, Shown(address));
}

std::shared_ptr<Descriptor> Descriptor::Accept() const {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  int fd = -1;
  int error = 0;
  do {
    size = sizeof peer;
    fd = system::Accept(Alive(), reinterpret_cast<sockaddr*>(&peer), &size);
    error = fd < 0 ? system::LastError() : 0;
    // Those that are gone before they were accepted are nobody's loss.
  } while (fd < 0 && (system::IsInterrupted(error) || system::IsGone(error)));
  if (fd >= 0) return std::make_shared<Descriptor>(fd, Address(peer, size));
  if (system::IsNotNow(error)) return nullptr;
  ThrowSystem("accept", error);
}

int Descriptor::TakeError() const {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd_, SOL_SOCKET, SO_ERROR, reinterpret_cast<char*>(&error), &size) == 0
             ? error
             : system::LastError();
}

void Descriptor::SetOption(int level, int name, const void* value, std::size_t size) const {
  CheckCall(setsockopt(Alive(), level, name, static_cast<const char*>(value),
                       static_cast<socklen_t>(size)),
            "setsockopt");
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
  if (fd_ < 0) return;
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, reinterpret_cast<const char*>(&now), sizeof now);
}

}  // namespace bladessl::io
