// What somebody else answers for a signature. What passes for one of an EC key is DER, and no other
// bytes stand for the same numbers; none of it verifies.
#include <openssl/ecdsa.h>

#include "native/openssl/encoding.h"
#include "native/openssl/key_generation.h"
#include "native/openssl/private_key.h"
#include "native/openssl/signature_scheme.h"
#include "test/fuzz/native/fuzz.h"

namespace {

using namespace bladessl::fuzz;
using namespace bladessl::openssl;

using EcdsaHandle = Owned<ECDSA_SIG, ECDSA_SIG_free>;

const KeySpec kSpecs[] = {{"EC", "P-256", 0, 0},
                          {"EC", "P-521", 0, 0},
                          {"RSA", {}, 1024, 65537},
                          {"ED25519", {}, 0, 0},
                          {"ED448", {}, 0, 0}};

EVP_PKEY* KeyFor(std::size_t choice) {
  static const auto keys = [] {
    std::vector<std::shared_ptr<PrivateKey>> made;
    for (const KeySpec& spec : kSpecs) made.push_back(GenerateKey(spec));
    return made;
  }();
  return keys[choice % keys.size()]->get();
}

void RequireOnlyForm(std::string_view signature) {
  const unsigned char* position = DerOf(signature);
  const EcdsaHandle parsed(d2i_ECDSA_SIG(nullptr, &position, static_cast<long>(signature.size())));
  Require(parsed != nullptr, "it can be read");
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(parsed.get(), &der);
  const Secret written = Secret::Adopt(der, static_cast<std::size_t>(size));
  Require(written.view() == signature, "it is what would be written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  EVP_PKEY* key = KeyFor(input.Byte());
  const bool pss = input.Flag();
  const std::string_view signature = input.Rest();
  if (!Attempt([&] { RequireShape(key, signature); })) return 0;
  Require(signature.size() <= static_cast<std::size_t>(EVP_PKEY_get_size(key)), "it has room");
  if (EVP_PKEY_is_a(key, "EC") == 1) RequireOnlyForm(signature);
  const SignatureScheme scheme = SchemeOf(key, "SHA256", pss ? Padding::kPss : Padding::kPkcs1);
  Require(!Attempt([&] { RequireValid(key, scheme, "a message", signature); }), "it is forged");
  return 0;
}
