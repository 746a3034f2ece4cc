#include "native/openssl/pkcs7.h"

#include <openssl/pem.h>
#include <openssl/pkcs7.h>

#include "native/openssl/crl.h"
#include "native/openssl/encoding.h"
#include "native/openssl/error.h"

namespace bladessl::openssl {

namespace {

using Pkcs7Handle = Owned<PKCS7, PKCS7_free>;

struct Bundle {
  const STACK_OF(X509) * certificates;
  const STACK_OF(X509_CRL) * crls;
};

// Its content may be absent.
Bundle BundleOf(PKCS7* file) {
  if (PKCS7_type_is_signed(file) && file->d.sign != nullptr) {
    return {file->d.sign->cert, file->d.sign->crl};
  }
  if (PKCS7_type_is_signedAndEnveloped(file) && file->d.signed_and_enveloped != nullptr) {
    return {file->d.signed_and_enveloped->cert, file->d.signed_and_enveloped->crl};
  }
  throw UsageError("ERR_STORE_FORMAT", "this PKCS#7 file is no bundle: it has no signed data");
}

}  // namespace

bool IsPkcs7Block(const std::string& name) {
  return name == PEM_STRING_PKCS7 || name == PEM_STRING_PKCS7_SIGNED || name == PEM_STRING_CMS;
}

StoreContent ReadPkcs7(std::string_view der) {
  const QueueGuard guard;
  const unsigned char* position = DerOf(der);
  const Pkcs7Handle file(
      Check(d2i_PKCS7(nullptr, &position, static_cast<long>(der.size())), "d2i_PKCS7"));
  RequireWhole(der, position);
  const Bundle bundle = BundleOf(file.get());
  StoreContent content;
  // A stack that is not there counts -1.
  for (int i = 0; i < sk_X509_num(bundle.certificates); ++i) {
    X509* certificate = sk_X509_value(bundle.certificates, i);
    content.certificates.push_back(std::make_shared<Certificate>(Share(certificate)));
  }
  for (int i = 0; i < sk_X509_CRL_num(bundle.crls); ++i) {
    content.crls.push_back(CrlDer(sk_X509_CRL_value(bundle.crls, i)));
  }
  return content;
}

}  // namespace bladessl::openssl
