#include "native/openssl/newer.h"

#include <openssl/opensslv.h>

#ifdef BLADESSL_STATIC
#include <openssl/bio.h>
#include <openssl/comp.h>
#include <openssl/ssl.h>

#include <cstring>
#include <initializer_list>
#include <utility>
#if OPENSSL_VERSION_PREREQ(3, 2) && !defined(OPENSSL_NO_QUIC)
#include <openssl/quic.h>
#endif
#if OPENSSL_VERSION_PREREQ(4, 0) && !defined(OPENSSL_NO_ECH)
#include <openssl/ech.h>
#endif
#endif

namespace bladessl::openssl {

#ifdef BLADESSL_STATIC

namespace {

template <class Function>
AnyFunction Any(Function* function) {
  return reinterpret_cast<AnyFunction>(function);
}

}  // namespace

// Looking names up in the process would find those of another OpenSSL.
AnyFunction FindNewer(const char* name) {
#define BLADESSL_LINKED(function) \
  { #function, Any(&function) }
  const std::initializer_list<std::pair<const char*, AnyFunction>> linked = {
#if OPENSSL_VERSION_PREREQ(3, 2)
    BLADESSL_LINKED(SSL_CTX_set1_cert_comp_preference),
    BLADESSL_LINKED(SSL_CTX_set1_server_cert_type),
#ifndef OPENSSL_NO_DGRAM
    BLADESSL_LINKED(BIO_s_dgram_pair),
#endif
#ifndef OPENSSL_NO_COMP
    BLADESSL_LINKED(COMP_brotli_oneshot),
    BLADESSL_LINKED(COMP_zlib_oneshot),
    BLADESSL_LINKED(COMP_zstd_oneshot),
#endif
#ifndef OPENSSL_NO_QUIC
    BLADESSL_LINKED(OSSL_QUIC_client_method),
#endif
#endif
#if OPENSSL_VERSION_PREREQ(3, 5) && !defined(OPENSSL_NO_QUIC)
    BLADESSL_LINKED(OSSL_QUIC_server_method),
#endif
#if OPENSSL_VERSION_PREREQ(4, 0) && !defined(OPENSSL_NO_ECH)
    BLADESSL_LINKED(SSL_set1_ech_config_list),
#endif
  };
#undef BLADESSL_LINKED
  for (const auto& [known, function] : linked) {
    if (std::strcmp(known, name) == 0) return function;
  }
  return nullptr;
}

#else

AnyFunction FindNewer(const char* name) {
  return system::FindInProcess(name);
}

#endif

}  // namespace bladessl::openssl
