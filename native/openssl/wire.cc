#include "native/openssl/wire.h"

#include "native/openssl/error.h"

namespace bladessl::openssl {

namespace {

struct State {
  Wire& wire;
  bool ended = false;
};

State& StateOf(BIO* bio) {
  return *static_cast<State*>(BIO_get_data(bio));
}

int Read(BIO* bio, char* out, std::size_t size, std::size_t* bytes) {
  BIO_clear_retry_flags(bio);
  State& state = StateOf(bio);
  const Wire::Received received = state.wire.Receive(out, size);
  *bytes = received.bytes;
  if (received.status == Wire::Status::kNotNow) BIO_set_retry_read(bio);
  state.ended = received.status == Wire::Status::kEnd;
  return received.status == Wire::Status::kBytes ? 1 : 0;
}

int Write(BIO* bio, const char* data, std::size_t size, std::size_t* written) {
  BIO_clear_retry_flags(bio);
  *written = 0;
  if (!StateOf(bio).wire.Send(data, size)) return 0;
  *written = size;
  return 1;
}

long Control(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return StateOf(bio).ended ? 1 : 0;
    default:
      return 0;
  }
}

int Destroy(BIO* bio) {
  delete static_cast<State*>(BIO_get_data(bio));
  BIO_set_data(bio, nullptr);
  return 1;
}

BIO_METHOD* NewMethod() {
  const int type = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK;
  BIO_METHOD* method = Check(BIO_meth_new(type, "wire"), "BIO_meth_new");
  BIO_meth_set_read_ex(method, Read);
  BIO_meth_set_write_ex(method, Write);
  BIO_meth_set_ctrl(method, Control);
  BIO_meth_set_destroy(method, Destroy);
  return method;
}

}  // namespace

BioHandle NewWireBio(Wire& wire) {
  static const BIO_METHOD* const method = NewMethod();
  BioHandle bio(Check(BIO_new(method), "BIO_new"));
  BIO_set_data(bio.get(), new State{wire});
  BIO_set_init(bio.get(), 1);
  return bio;
}

}  // namespace bladessl::openssl
