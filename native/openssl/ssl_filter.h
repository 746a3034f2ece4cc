// BIO_f_ssl, but for its writes: they keep the record that libssl holds half sent.
#pragma once

#include <openssl/bio.h>

namespace bladessl::openssl {

const BIO_METHOD* SslFilterMethod();

}  // namespace bladessl::openssl
