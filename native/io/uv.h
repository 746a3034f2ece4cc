// libuv, as far as the runtime has it. In runtimes other than Node parts of it are missing, or all:
// with BLADESSL_WEAK_UV such a function is null, and the addon loads all the same.
#pragma once

#include <uv.h>

// All that is used here.
#define BLADESSL_UV_FUNCTIONS(each) \
  each(uv_async_init);              \
  each(uv_async_send);              \
  each(uv_check_init);              \
  each(uv_check_start);             \
  each(uv_check_stop);              \
  each(uv_close);                   \
  each(uv_hrtime);                  \
  each(uv_idle_init);               \
  each(uv_idle_start);              \
  each(uv_idle_stop);               \
  each(uv_is_active);               \
  each(uv_poll_init_socket);        \
  each(uv_poll_start);              \
  each(uv_poll_stop);               \
  each(uv_prepare_init);            \
  each(uv_prepare_start);           \
  each(uv_prepare_stop);            \
  each(uv_ref);                     \
  each(uv_strerror);                \
  each(uv_timer_init);              \
  each(uv_timer_start);             \
  each(uv_unref)

#ifdef BLADESSL_WEAK_UV
#define BLADESSL_WEAK(function) extern decltype(function) function __attribute__((weak))
extern "C" {
BLADESSL_UV_FUNCTIONS(BLADESSL_WEAK);
}
#undef BLADESSL_WEAK
#endif

namespace bladessl::io {

// A system's own error as libuv has it.
inline int ToUv(int error) {
#ifdef _WIN32
  return uv_translate_sys_error(error);
#else
  return -error;
#endif
}

// A failure that libuv tells as a number of the system's. On Windows it stays libuv's own,
// negative.
inline int FromUv(int status) {
#ifdef _WIN32
  return status;
#else
  return -status;
#endif
}

// The name of a function of those above that the runtime does not have; null when it has them all.
inline const char* MissingUvFunction() {
#ifdef BLADESSL_WEAK_UV
#define BLADESSL_CHECK(function) \
  if (&(function) == nullptr) return #function
  BLADESSL_UV_FUNCTIONS(BLADESSL_CHECK);
#undef BLADESSL_CHECK
#endif
  return nullptr;
}

}  // namespace bladessl::io
