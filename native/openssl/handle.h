// One owner per C handle, said in its type.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace bladessl::openssl {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* handle) const noexcept {
    Free(handle);
  }
};

template <class T, auto Free>
using Owned = std::unique_ptr<T, FreeWith<Free>>;

using SslCtxHandle = Owned<SSL_CTX, SSL_CTX_free>;
using BioHandle = Owned<BIO, BIO_free_all>;
using SslHandle = Owned<SSL, SSL_free>;
using X509Handle = Owned<X509, X509_free>;
using CrlHandle = Owned<X509_CRL, X509_CRL_free>;
using KeyHandle = Owned<EVP_PKEY, EVP_PKEY_free>;
using KeyInfoHandle = Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using KeyIdHandle = Owned<AUTHORITY_KEYID, AUTHORITY_KEYID_free>;
using NumberHandle = Owned<BIGNUM, BN_free>;
using NamesHandle = Owned<GENERAL_NAMES, GENERAL_NAMES_free>;
using AddressHandle = Owned<BIO_ADDR, BIO_ADDR_free>;
using StoreHandle = Owned<X509_STORE, X509_STORE_free>;
using StoreContext = Owned<X509_STORE_CTX, X509_STORE_CTX_free>;

// OpenSSL's *_up_ref functions share one shape; Share() gives the second owner its own handle.
inline X509Handle Share(X509* certificate) {
  X509_up_ref(certificate);
  return X509Handle(certificate);
}
inline CrlHandle Share(X509_CRL* crl) {
  X509_CRL_up_ref(crl);
  return CrlHandle(crl);
}
inline KeyHandle Share(EVP_PKEY* key) {
  EVP_PKEY_up_ref(key);
  return KeyHandle(key);
}

}  // namespace bladessl::openssl
