#include "native/openssl/kinds.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include <cstddef>
#include <string>
#include <utility>

#include "native/openssl/encoding.h"
#include "native/openssl/error.h"
#include "native/openssl/handle.h"

namespace bladessl::openssl {

namespace {

template <auto Parse, auto Free>
bool Reads(std::string_view der) {
  const unsigned char* position = DerOf(der);
  auto* object = Parse(nullptr, &position, static_cast<long>(der.size()));
  Free(object);
  return object != nullptr;
}

// OpenSSL's decoders of keys take seconds for what is far larger than any key.
constexpr std::size_t kLargestKey = 65536;

template <auto Parse>
bool ReadsKey(std::string_view der) {
  return der.size() <= kLargestKey && Reads<Parse, EVP_PKEY_free>(der);
}

struct Kind {
  const char* name;
  bool (*reads)(std::string_view der);
};

constexpr Kind kKinds[] = {
    {"a certificate", Reads<d2i_X509, X509_free>},
    {"a certificate request", Reads<d2i_X509_REQ, X509_REQ_free>},
    {"a CRL", Reads<d2i_X509_CRL, X509_CRL_free>},
    {"PKCS#12", Reads<d2i_PKCS12, PKCS12_free>},
    {"PKCS#7", Reads<d2i_PKCS7, PKCS7_free>},
    {"an encrypted private key", Reads<d2i_X509_SIG, X509_SIG_free>},
    {"a private key", ReadsKey<d2i_AutoPrivateKey>},
    {"a public key", ReadsKey<d2i_PUBKEY>},
};

// The decoders only say that none of them has taken it; the parsers after them say why.
void DropDecoders() {
  while (ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_OSSL_DECODER &&
         ERR_peek_error() != ERR_peek_last_error()) {
    (void)ERR_get_error();
  }
}

}  // namespace

void ThrowUnreadable(std::string_view der, const char* code, const char* wanted) {
  DropDecoders();
  ErrorReport report = TakeErrors(wanted);
  const QueueGuard guard;
  for (const Kind& kind : kKinds) {
    // It may be one but for what stands behind it: that its own parser has said.
    if (std::string("a ") + wanted == kind.name || !kind.reads(der)) continue;
    throw UsageError(code, std::string("this is ") + kind.name + ", no " + wanted);
  }
  throw OpensslError(std::move(report));
}

}  // namespace bladessl::openssl
