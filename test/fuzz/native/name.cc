// Distinguished names in DER, as a client's certificate_authorities has them.
#include "native/openssl/name.h"

#include "test/fuzz/native/fuzz.h"

namespace {

using namespace bladessl::fuzz;
using namespace bladessl::openssl;

bool IsPrintable(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return std::iscntrl(c); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Attempt([&] {
    const Name name = ParseName({reinterpret_cast<const char*>(data), size});
    Require(IsPrintable(name.text), "a name can be shown");
    for (const auto& rdn : name.rdns) {
      Require(!rdn.empty(), "a part of a name has an attribute");
      for (const NameAttribute& attribute : rdn) {
        Require(!attribute.type.oid.empty() && !attribute.type.name.empty(), "it has a type");
      }
    }
  });
  Require(ERR_peek_error() == 0, "the error queue is empty");
  return 0;
}
