// What OpenSSL leaves out when it looks for a certificate in CRLs.
#pragma once

#include <openssl/x509_vfy.h>

namespace bladessl::openssl {

// Whatever is verified with the store:
// - A delta CRL is looked at only with X509_V_FLAG_USE_DELTAS, and never in place of a complete
// one.
// - The signature of a CRL has to be as strong as those of certificates: the fault is
//   X509_V_ERR_CA_MD_TOO_WEAK.
void KeepCrlRules(X509_STORE* store);

}  // namespace bladessl::openssl
