#ifndef _WIN32

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <system_error>

#include "native/openssl/system.h"

namespace bladessl::system {

namespace {

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;  // Node ignores SIGPIPE
#endif

#ifndef __linux__
// Answers -1 if the socket cannot be used.
int Own(int fd) {
  if (fd < 0 || MakeNonBlocking(fd)) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}
#endif

}  // namespace

std::string ErrorText(int error) {
  return std::generic_category().message(error);
}

bool IsNotNow(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

bool IsInterrupted(int error) {
  return error == EINTR;
}

bool IsUnderWay(int error) {
  return error == EINPROGRESS;
}

bool IsGone(int error) {
  return error == ECONNABORTED || error == EPROTO;
}

// In one call where that can be: another thread may start a child between two.
int Open(int family, int type) {
#ifdef __linux__
  return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
#else
  return Own(socket(family, type, 0));
#endif
}

int Accept(int fd, sockaddr* peer, socklen_t* size) {
#ifdef __linux__
  return accept4(fd, peer, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
  return Own(accept(fd, peer, size));
#endif
}

int Duplicate(int fd) {
  return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

bool MakeNonBlocking(int fd) {
  return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
         fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0;
}

void Close(int fd) {
  close(fd);
}

std::ptrdiff_t Receive(int fd, void* out, std::size_t size) {
  return recv(fd, out, size, 0);
}

std::ptrdiff_t ReceiveNow(int fd, void* out, std::size_t size) {
  return recv(fd, out, size, MSG_DONTWAIT);
}

std::ptrdiff_t Send(int fd, const void* data, std::size_t size) {
  return send(fd, data, size, kSendFlags);
}

bool IsWritable(int fd) {
  pollfd waiting{fd, POLLOUT, 0};
  return poll(&waiting, 1, 0) != 0;
}

bool IsSame(int fd, int other) {
  struct stat one {};
  struct stat two {};
  if (fstat(fd, &one) != 0 || fstat(other, &two) != 0) return false;
  if (one.st_dev != two.st_dev || one.st_ino != two.st_ino) return false;
#ifdef __APPLE__
  return one.st_ino != 0 || HaveSameEnds(fd, other);  // TCP sockets have no inode
#else
  return true;
#endif
}

AnyFunction FindInProcess(const char* name) {
  return reinterpret_cast<AnyFunction>(dlsym(RTLD_DEFAULT, name));
}

bool KernelHasTls() {
#ifdef TCP_ULP
  // A socket that is not connected is refused, but for another reason than an unknown name.
  const int fd = Open(AF_INET, SOCK_STREAM);
  if (fd < 0) return false;
  const bool known = setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3) == 0 || errno == ENOTCONN;
  Close(fd);
  return known;
#else
  return false;
#endif
}

void ReturnFreeMemory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

void StayLoaded() {
#ifndef __linux__
  Dl_info self{};
  const void* here = reinterpret_cast<const void*>(StayLoaded);
  if (dladdr(here, &self) != 0) dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
#endif
}

NonBlocking::NonBlocking(int fd) : fd_(fd), flags_(fcntl(fd, F_GETFL)) {
  if (flags_ >= 0) fcntl(fd_, F_SETFL, flags_ | O_NONBLOCK);
}

NonBlocking::~NonBlocking() {
  if (flags_ >= 0) fcntl(fd_, F_SETFL, flags_);
}

}  // namespace bladessl::system

#endif
