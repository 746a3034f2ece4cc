#include "native/openssl/objects.h"

#include <openssl/err.h>

#include "native/openssl/error.h"

namespace bladessl::openssl {

ObjectHandle ObjectOf(const std::string& text) {
  ObjectHandle object(OBJ_txt2obj(text.c_str(), 0));
  if (object) return object;
  ERR_clear_error();
  throw UsageError("ERR_INVALID_ARG_VALUE", "OpenSSL knows no object '" + text + "'");
}

}  // namespace bladessl::openssl
