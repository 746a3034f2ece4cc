// What POSIX and Windows do differently with sockets; the calls that both have are made where they
// are needed. A socket is an int, as it is to OpenSSL: Windows' handles fit. An error is the
// system's own number.
#pragma once

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
// These come after the headers that they build on.
#include <afunix.h>
#include <iphlpapi.h>
// wincrypt.h, which may come with the last one, has macros with the names of OpenSSL's types.
#undef OCSP_REQUEST
#undef OCSP_RESPONSE
#undef PKCS7_ISSUER_AND_SERIAL
#undef PKCS7_SIGNER_INFO
#undef X509_CERT_PAIR
#undef X509_EXTENSIONS
#undef X509_NAME
#define SHUT_RD SD_RECEIVE
#define SHUT_WR SD_SEND
#define SHUT_RDWR SD_BOTH
#else
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#endif

// Where a system has the thing under another name, it gets the name that the others use.
#if defined(__APPLE__) && !defined(TCP_KEEPIDLE)
#define TCP_KEEPIDLE TCP_KEEPALIVE
#endif

#include <cstddef>
#include <string>

namespace bladessl::system {

// What the last call on a socket has left.
#ifdef _WIN32
inline int LastError() {
  return WSAGetLastError();
}
inline void SetLastError(int error) {
  WSASetLastError(error);
}
constexpr int kNotWritable = WSAESHUTDOWN;
#else
inline int LastError() {
  return errno;
}
inline void SetLastError(int error) {
  errno = error;
}
constexpr int kNotWritable = EPIPE;
#endif

std::string ErrorText(int error);
bool IsNotNow(int error);
bool IsInterrupted(int error);
// A connection is being made.
bool IsUnderWay(int error);
// A connection was gone before it was accepted.
bool IsGone(int error);

// They answer -1, or a socket that does not block and that no child inherits.
int Open(int family, int type);
int Accept(int fd, sockaddr* peer, socklen_t* size);
// Shares its blocking with the other.
int Duplicate(int fd);

// Also that no child inherits it.
bool MakeNonBlocking(int fd);
void Close(int fd);

// No more than `size` bytes that are there; -1 when none are.
std::ptrdiff_t Receive(int fd, void* out, std::size_t size);
std::ptrdiff_t ReceiveNow(int fd, void* out, std::size_t size);  // even if the socket blocks
std::ptrdiff_t Send(int fd, const void* data, std::size_t size);
// Whether it can be written now, or has failed.
bool IsWritable(int fd);
// Whether the two mean one socket.
bool IsSame(int fd, int other);
// The next best where a system does not tell: two connections differ in one of their ends.
inline bool HaveSameEnds(int fd, int other) {
  const auto ask = [](auto* question, int of) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (question(of, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return std::string();
    return std::string(reinterpret_cast<const char*>(&storage), static_cast<std::size_t>(size));
  };
  const std::string local = ask(getsockname, fd);
  return !local.empty() && local == ask(getsockname, other) &&
         ask(getpeername, fd) == ask(getpeername, other);
}

// A function of the process by its name; null when it has none such.
using AnyFunction = void (*)();
AnyFunction FindInProcess(const char* name);

// Whether the kernel makes TLS records.
bool KernelHasTls();

// Gives memory back to the system that has been freed, where malloc would keep it.
void ReturnFreeMemory();

// OpenSSL keeps pointers to functions of the addon: it must not leave memory with the worker that
// loaded it. On Linux the linker sees to that (-z nodelete).
void StayLoaded();

// For as long as this is there, calls on a descriptor do not block.
class NonBlocking {
 public:
  explicit NonBlocking(int fd);
  ~NonBlocking();
  NonBlocking(const NonBlocking&) = delete;
  NonBlocking& operator=(const NonBlocking&) = delete;

 private:
  int fd_;
  int flags_;
};

}  // namespace bladessl::system
