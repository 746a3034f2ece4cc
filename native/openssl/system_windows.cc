#ifdef _WIN32

#include <algorithm>
#include <climits>
#include <system_error>

#include "native/openssl/system.h"

namespace bladessl::system {

namespace {

int Clamp(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

// Answers -1 if the socket cannot be used. Node has started Winsock.
int Own(SOCKET handle) {
  const int fd = static_cast<int>(handle);
  if (handle == INVALID_SOCKET || MakeNonBlocking(fd)) return fd;
  const int error = WSAGetLastError();
  closesocket(handle);
  WSASetLastError(error);
  return -1;
}

}  // namespace

std::string ErrorText(int error) {
  return std::system_category().message(error);
}

bool IsNotNow(int error) {
  return error == WSAEWOULDBLOCK;
}

bool IsInterrupted(int error) {
  return error == WSAEINTR;
}

bool IsUnderWay(int error) {
  return error == WSAEWOULDBLOCK;
}

bool IsGone(int error) {
  return error == WSAECONNRESET;
}

int Open(int family, int type) {
  return Own(socket(family, type, 0));
}

int Accept(int fd, sockaddr* peer, socklen_t* size) {
  return Own(accept(fd, peer, size));
}

int Duplicate(int fd) {
  WSAPROTOCOL_INFOW info{};
  if (WSADuplicateSocketW(fd, GetCurrentProcessId(), &info) != 0) return -1;
  return static_cast<int>(WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO,
                                     &info, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT));
}

bool MakeNonBlocking(int fd) {
  u_long on = 1;
  const auto handle = reinterpret_cast<HANDLE>(static_cast<SOCKET>(fd));
  return SetHandleInformation(handle, HANDLE_FLAG_INHERIT, 0) != 0 &&
         ioctlsocket(fd, static_cast<long>(FIONBIO), &on) == 0;
}

void Close(int fd) {
  closesocket(fd);
}

std::ptrdiff_t Receive(int fd, void* out, std::size_t size) {
  return recv(fd, static_cast<char*>(out), Clamp(size), 0);
}

std::ptrdiff_t ReceiveNow(int fd, void* out, std::size_t size) {
  u_long there = 0;
  if (ioctlsocket(fd, FIONREAD, &there) != 0 || there == 0) return -1;
  return Receive(fd, out, size);
}

std::ptrdiff_t Send(int fd, const void* data, std::size_t size) {
  return send(fd, static_cast<const char*>(data), Clamp(size), 0);
}

bool IsWritable(int fd) {
  WSAPOLLFD waiting{static_cast<SOCKET>(fd), POLLOUT, 0};
  return WSAPoll(&waiting, 1, 0) != 0;
}

bool IsSame(int fd, int other) {
  return fd == other || HaveSameEnds(fd, other);
}

AnyFunction FindInProcess(const char* name) {
  return reinterpret_cast<AnyFunction>(
      reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(nullptr), name)));
}

bool KernelHasTls() {
  return false;
}

void ReturnFreeMemory() {}

void StayLoaded() {
  HMODULE self = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                     reinterpret_cast<LPCWSTR>(StayLoaded), &self);
}

// Windows does not tell either whether a socket blocks, so that it could not be put back. What is
// sent meanwhile is an alert: it fits into the socket's buffer unless that is full.
NonBlocking::NonBlocking(int fd) : fd_(fd), flags_(0) {}

NonBlocking::~NonBlocking() = default;

}  // namespace bladessl::system

#endif
