#include "native/openssl/key_generation.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <utility>

#include "native/openssl/error.h"

namespace bladessl::openssl {

namespace {

using ContextHandle = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

[[noreturn]] void ThrowUnknown(const char* what, const std::string& name) {
  throw UsageError("ERR_INVALID_ARG_VALUE",
                   std::string("this OpenSSL has no ") + what + " '" + name + "'");
}

// A curve is looked up as late as this.
[[noreturn]] void ThrowFailure(const KeySpec& spec) {
  ErrorReport report = TakeErrors("EVP_PKEY_generate");
  const unsigned long code = LeadingCode(report);
  if (ERR_GET_LIB(code) == ERR_LIB_EC && ERR_GET_REASON(code) == EC_R_INVALID_CURVE) {
    ThrowUnknown("curve", spec.curve);
  }
  throw OpensslError(std::move(report));
}

void SetRsaSize(EVP_PKEY_CTX* context, const KeySpec& spec) {
  Check(EVP_PKEY_CTX_set_rsa_keygen_bits(context, spec.bits), "EVP_PKEY_CTX_set_rsa_keygen_bits");
  const NumberHandle exponent(Check(BN_new(), "BN_new"));
  Check(BN_set_word(exponent.get(), spec.public_exponent), "BN_set_word");
  Check(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, exponent.get()),
        "EVP_PKEY_CTX_set1_rsa_keygen_pubexp");
}

}  // namespace

std::shared_ptr<PrivateKey> GenerateKey(const KeySpec& spec) {
  const QueueGuard guard;
  const ContextHandle context(EVP_PKEY_CTX_new_from_name(nullptr, spec.type.c_str(), nullptr));
  if (!context || EVP_PKEY_keygen_init(context.get()) <= 0)
    ThrowUnknown("keys of the type", spec.type);
  if (!spec.curve.empty()) {
    Check(EVP_PKEY_CTX_set_group_name(context.get(), spec.curve.c_str()),
          "EVP_PKEY_CTX_set_group_name");
  }
  if (spec.bits != 0) SetRsaSize(context.get(), spec);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_generate(context.get(), &key) != 1) ThrowFailure(spec);
  return std::make_shared<PrivateKey>(KeyHandle(key));
}

}  // namespace bladessl::openssl
