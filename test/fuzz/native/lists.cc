// Lists of ciphers, groups and signature algorithms. A list that was taken reads the same when it
// is given again, and one that was refused has changed nothing.
#include "native/openssl/context.h"
#include "test/fuzz/native/fuzz.h"

namespace {

using namespace bladessl::fuzz;
using bladessl::openssl::Context;
using bladessl::openssl::Role;

using Setter = void (Context::*)(const std::string&);
constexpr Setter kSetters[] = {&Context::SetCipherList, &Context::SetCiphersuites,
                               &Context::SetGroups, &Context::SetSignatureAlgorithms};

std::string CiphersOf(const Context& context) {
  std::string names;
  STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(context.get());
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    if (!names.empty()) names += ':';
    names += SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i));
  }
  return names;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const auto choice = input.Byte();
  const Setter setter = kSetters[choice % std::size(kSetters)];
  std::string list(input.Rest());
  list.erase(std::remove(list.begin(), list.end(), '\0'), list.end());

  Context context(Role::kServer);
  const std::string before = CiphersOf(context);
  const int level = SSL_CTX_get_security_level(context.get());
  if (!Attempt([&] { (context.*setter)(list); })) {
    Require(CiphersOf(context) == before, "what was refused has changed no ciphers");
    Require(SSL_CTX_get_security_level(context.get()) == level, "nor the security level");
    return 0;
  }
  const std::string after = CiphersOf(context);
  (context.*setter)(list);
  Require(CiphersOf(context) == after, "the same list again is the same");
  // A change of another setting replays this one.
  context.SetNumTickets(1);
  Require(CiphersOf(context) == after, "the list stays");
  return 0;
}
