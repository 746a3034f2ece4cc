// What certificates, CRLs and OCSP responses are made of: times, numbers, extensions, signatures.
#pragma once

#include <openssl/asn1.h>

#include <cstdint>
#include <string>

#include "native/openssl/error.h"
#include "native/openssl/handle.h"

namespace bladessl::openssl {

using TimeHandle = Owned<ASN1_TIME, ASN1_TIME_free>;
using IntegerHandle = Owned<ASN1_INTEGER, ASN1_INTEGER_free>;

// Seconds since 1970-01-01T00:00:00Z; `unreadable` is the message for what is no time.
std::int64_t SecondsOf(const ASN1_TIME* time, const char* unreadable);
TimeHandle NewTime(std::int64_t seconds);

// Reads what NumberText writes. Throws ERR_INVALID_ARG_VALUE for anything else.
IntegerHandle NewInteger(const std::string& hex);

// What suits the key where the name is empty, which is none for the kinds of keys that hash by
// themselves (Ed25519). Throws ERR_INVALID_ARG_VALUE for a digest that there is not, and for any
// with such a key.
const EVP_MD* SigningDigest(EVP_PKEY* key, const std::string& name);

// What an extension holds; none when it is absent. `get` is one of OpenSSL's *_get_ext_d2i with all
// but where to say that there is none.
template <class Holder, class Get>
Holder ReadExtension(const char* unreadable, Get get) {
  int critical = 0;
  Holder found(static_cast<typename Holder::pointer>(get(&critical)));
  const bool is_absent = !found && critical == -1;
  if (!is_absent) Check(found.get(), unreadable);
  return found;
}

}  // namespace bladessl::openssl
