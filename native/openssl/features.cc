#include "native/openssl/features.h"

#include <openssl/bio.h>
#include <openssl/comp.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>

#include <memory>
#include <utility>

#include "native/openssl/error.h"
#include "native/openssl/handle.h"
#include "native/openssl/newer.h"
#include "native/openssl/suspension.h"
#include "native/openssl/system.h"

namespace bladessl::openssl {

namespace {

// Of internal/bio.h: BIO_CTRL_SET_KTLS_TX_SEND_CTRL_MSG and BIO_FLAGS_KTLS_TX_CTRL_MSG.
constexpr int kSetControlMessage = 74;
constexpr int kControlMessageFlag = 0x1000;

constexpr std::pair<const char*, const char*> kCompressions[] = {
    {"brotli", "COMP_brotli_oneshot"},
    {"zlib", "COMP_zlib_oneshot"},
    {"zstd", "COMP_zstd_oneshot"},
};

std::string ThisOpenssl() {
  return std::string("OpenSSL ") + OpenSSL_version(OPENSSL_VERSION_STRING);
}

std::string MissingFunction(const char* function) {
  if (FindNewer(function) != nullptr) return {};
  return ThisOpenssl() + " has no " + function;
}

std::string MissingGroup(const char* group) {
  const SslCtxHandle context(SSL_CTX_new(TLS_method()));
  if (context && SSL_CTX_set1_groups_list(context.get(), group) == 1) return {};
  return ThisOpenssl() + " has no group " + group;
}

std::string MissingFips() {
  if (OSSL_PROVIDER_available(nullptr, "fips") == 1) return {};
  return "OpenSSL's fips provider is not loaded";
}

// Only an OpenSSL with kernel TLS knows this control of a socket BIO's, and tells by a flag.
std::string MissingKernelTls() {
  const BioHandle socket(BIO_new(BIO_s_socket()));
  if (socket) {
    BIO_ctrl(socket.get(), kSetControlMessage, SSL3_RT_ALERT, nullptr);
    if (BIO_test_flags(socket.get(), kControlMessageFlag) != 0) {
      return system::KernelHasTls() ? "" : "the kernel does not make TLS records";
    }
  }
  return ThisOpenssl() + " was built without kernel TLS";
}

// RFC 8879. The functions may be there, and no algorithm behind them.
Feature CertificateCompression() {
  Feature feature{"certCompression", MissingFunction("SSL_CTX_set1_cert_comp_preference")};
  if (!feature.missing.empty()) return feature;
  using Method = COMP_METHOD*();
  for (const auto& [name, function] : kCompressions) {
    auto* method = FindNewerAs<Method>(function);
    if (method != nullptr && method() != nullptr) feature.algorithms.emplace_back(name);
  }
  if (feature.algorithms.empty()) {
    feature.missing = ThisOpenssl() + " was built without brotli, zlib and zstd";
  }
  return feature;
}

}  // namespace

std::vector<Feature> Features() {
  const QueueGuard guard;
  return {
      {"asyncHandshake", WhyNoJobs()},
      CertificateCompression(),
      {"dgramPair", MissingFunction("BIO_s_dgram_pair")},
      {"ech", MissingFunction("SSL_set1_ech_config_list")},
      {"fips", MissingFips()},
      {"ktls", MissingKernelTls()},
      {"mlkem", MissingGroup("X25519MLKEM768")},
      {"quic", MissingFunction("OSSL_QUIC_client_method")},
      {"quicServer", MissingFunction("OSSL_QUIC_server_method")},
      {"rawPublicKeys", MissingFunction("SSL_CTX_set1_server_cert_type")},
  };
}

}  // namespace bladessl::openssl
