// Private keys in PEM and DER, encrypted or not. What was read can be printed, and the print is the
// same key.
#include "native/openssl/private_key.h"

#include "native/openssl/public_key.h"
#include "test/fuzz/native/fuzz.h"
#include "test/fuzz/native/work.h"

namespace {

using namespace bladessl::fuzz;
using bladessl::openssl::KeyEncoding;
using bladessl::openssl::KeyEncryption;
using bladessl::openssl::PrivateKey;
using bladessl::openssl::Secret;

// The first byte picks it; the seeds are encrypted with "secret".
std::optional<std::string> PasswordFor(std::uint8_t choice) {
  switch (choice % 4) {
    case 0:
      return std::nullopt;
    case 1:
      return "secret";
    case 2:
      return "";
    default:
      return "wrong";
  }
}

void RequireSame(const PrivateKey& key, std::string_view printed, const std::string& form) {
  const auto again = PrivateKey::Parse(printed, std::nullopt);
  Require(again->Type() == key.Type(), "the type of the key in " + form);
  Require(again->Bits() == key.Bits(), "the size of the key in " + form);
  Require(again->Group() == key.Group(), "the group of the key in " + form);
  Require(again->Der().view() == key.Der().view(), "the key in " + form);
}

// As OpenSSL writes the kinds that have an older form.
void RequireTraditional(const PrivateKey& key) {
  KeyEncoding encoding;
  encoding.traditional = true;
  Secret pem;
  if (!Attempt([&] { pem = key.Pem(encoding); })) return;
  Require(PrivateKey::Parse(pem.view(), std::nullopt)->Equals(key), "the key in its older form");
}

void RequireEncrypted(const PrivateKey& key) {
  const KeyEncoding encoding{false, KeyEncryption{Secret("secret"), "aes-128-cbc", 1}};
  const Secret der = key.Der(encoding);
  const auto again = PrivateKey::Parse(der.view(), "secret");
  Require(again->Der().view() == key.Der().view(), "the key in encrypted DER");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const auto password = PasswordFor(input.Byte());
  const std::string_view bytes = input.Rest();
  if (TakesLong(bytes)) return 0;
  std::shared_ptr<PrivateKey> key;
  if (!Attempt([&] { key = PrivateKey::Parse(bytes, password); })) return 0;
  Require(!key->Type().empty(), "a key has a type");
  // A key with numbers that make none may not be printable.
  Secret der;
  if (!Attempt([&] { der = key->Der(); })) return 0;
  RequireSame(*key, der.view(), "DER");
  RequireSame(*key, key->Pem().view(), "PEM");
  RequireEncrypted(*key);
  const std::string type = key->Type();
  if (type == "rsa" || type == "ec") RequireTraditional(*key);
  Attempt([&] { (void)bladessl::openssl::ParsePublicKey(key->PublicDer()); });
  return 0;
}
