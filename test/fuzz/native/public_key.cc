// Public keys in PEM and DER. What was read can be certified, and the certificate has it. Those of
// certificates are read too.
#include "native/openssl/public_key.h"

#include "native/openssl/error.h"
#include "native/openssl/issue.h"
#include "native/openssl/key_generation.h"
#include "test/fuzz/native/fuzz.h"

namespace {

using namespace bladessl::fuzz;
using namespace bladessl::openssl;

struct Authority {
  std::shared_ptr<PrivateKey> key = GenerateKey({"ED25519", {}, 0, 0});
  std::shared_ptr<Certificate> certificate;

  Authority() {
    IssueOptions options;
    options.subject = {{"CN", "Authority", false}};
    options.extensions.ca = true;
    options.key = key->get();
    certificate = Issue(options);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Authority authority;
  Input input(data, size);
  const std::string_view bytes = input.Rest();
  KeyHandle either;
  const bool is_either = Attempt([&] { either = ParsePublicKeyOrCertificate(bytes); });
  if (is_either) Attempt([&] { Require(!PublicDer(either.get()).empty(), "it can be written"); });
  KeyHandle key;
  if (!Attempt([&] { key = ParsePublicKey(bytes); })) return 0;
  IssueOptions options;
  options.subject = {{"CN", "x", false}};
  options.key = key.get();
  options.issuer = authority.certificate;
  options.issuer_key = authority.key;
  std::shared_ptr<Certificate> certificate;
  if (!Attempt([&] { certificate = Issue(options); })) return 0;
  const QueueGuard guard;
  Require(X509_verify(certificate->get(), authority.key->get()) == 1, "the signature is the CA's");
  Require(EVP_PKEY_eq(X509_get0_pubkey(certificate->get()), key.get()) == 1,
          "the key is the one read");
  return 0;
}
