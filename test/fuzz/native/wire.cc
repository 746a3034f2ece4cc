// The BIO through which libssl sees a wire. Each call gives what the wire gave: its bytes, "not
// now", the end, or the system's errno.
#include "native/openssl/wire.h"

#include "test/fuzz/native/tls.h"

namespace {

using namespace bladessl::fuzz;
using bladessl::openssl::BioHandle;
using bladessl::openssl::NewWireBio;

constexpr std::size_t kMostRead = 300;

// Answers what the input says, and remembers it.
class ScriptedWire final : public Wire {
 public:
  explicit ScriptedWire(Input& input) : input_(input) {}

  Received Receive(void* out, std::size_t size) override {
    last = {static_cast<Status>(input_.Byte() % 4)};
    if (last.status == Status::kFailed) errno = ECONNRESET;
    if (last.status != Status::kBytes) return last;
    bytes = input_.Take(std::min<std::size_t>(size, 1 + input_.Byte()));
    last.bytes = bytes.size();
    if (bytes.empty()) last.status = Status::kNotNow;
    std::memcpy(out, bytes.data(), bytes.size());
    return last;
  }
  bool Send(const void* data, std::size_t size) override {
    takes = input_.Flag();
    if (takes) sent.append(static_cast<const char*>(data), size);
    return takes;
  }

  Received last{Status::kNotNow};
  std::string_view bytes;
  std::string sent;
  bool takes = true;

 private:
  Input& input_;
};

void Read(BIO* bio, const ScriptedWire& wire, std::size_t size) {
  std::string part(size, '\0');
  std::size_t got = 0;
  errno = 0;
  const bool done = BIO_read_ex(bio, part.data(), part.size(), &got) == 1;
  const Wire::Status status = wire.last.status;
  Require(done == (status == Wire::Status::kBytes), "a read succeeds with bytes");
  Require(got == (done ? wire.bytes.size() : 0), "as many as there were");
  Require(!done || part.compare(0, got, wire.bytes) == 0, "and those that there were");
  Require((BIO_should_retry(bio) != 0) == (status == Wire::Status::kNotNow), "later, if not now");
  Require((BIO_eof(bio) != 0) == (status == Wire::Status::kEnd), "the end is the end");
  Require((errno != 0) == (status == Wire::Status::kFailed), "errno tells of a failure");
}

void Write(BIO* bio, const ScriptedWire& wire, std::string_view data) {
  const std::string before = wire.sent;
  std::size_t written = 0;
  const bool done = BIO_write_ex(bio, data.data(), data.size(), &written) == 1;
  Require(done == wire.takes, "a write succeeds when the wire takes it");
  Require(written == (done ? data.size() : 0), "all of it or nothing");
  Require(wire.sent == before + std::string(done ? data : ""), "as it was");
  Require(!BIO_should_retry(bio), "a wire never says: later");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  ScriptedWire wire(input);
  const BioHandle bio = NewWireBio(wire);
  while (!input.empty()) {
    switch (input.Byte() % 3) {
      case 0:
        Read(bio.get(), wire, 1 + input.Number() % kMostRead);
        break;
      case 1:
        if (const auto text = input.Take(1 + input.Byte()); !text.empty()) {
          Write(bio.get(), wire, text);
        }
        break;
      default:
        Require(BIO_flush(bio.get()) == 1, "there is nothing to flush");
    }
    Require(ERR_peek_error() == 0, "the error queue is empty");
  }
  return 0;
}
