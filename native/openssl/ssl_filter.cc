#include "native/openssl/ssl_filter.h"

#include "native/openssl/error.h"
#include "native/openssl/ssl.h"

namespace bladessl::openssl {

namespace {

struct FilterResult {
  int answer = 1;  // as of BIO_write_ex
  std::size_t bytes = 0;
  bool done() const { return answer > 0; }
};

Ssl* OwnerOf(BIO* filter) {
  SSL* ssl = nullptr;
  BIO_get_ssl(filter, &ssl);
  return ssl == nullptr ? nullptr : Ssl::Of(ssl);
}

auto WriterOf(BIO* filter) {
  return [filter](const void* data, std::size_t size) {
    static const auto write = BIO_meth_get_write_ex(BIO_f_ssl());
    FilterResult result;
    result.answer = write(filter, static_cast<const char*>(data), size, &result.bytes);
    return result;
  };
}

int Read(BIO* filter, char* out, std::size_t size, std::size_t* bytes) {
  static const auto read = BIO_meth_get_read_ex(BIO_f_ssl());
  Ssl* owner = OwnerOf(filter);
  if (owner == nullptr) return 0;
  const Suspension::For scope(owner->suspension());
  return read(filter, out, size, bytes);
}

int Write(BIO* filter, const char* data, std::size_t size, std::size_t* written) {
  Ssl* owner = OwnerOf(filter);
  if (owner == nullptr) return 0;
  const Suspension::For scope(owner->suspension());
  const auto source = owner->link_is_called ? PendingRecord::kCaller : PendingRecord::kFilter;
  const FilterResult result =
      owner->pending_record().WriteAll(owner->get(), source, data, size, WriterOf(filter));
  *written = result.bytes;
  return result.answer;
}

long Control(BIO* filter, int command, long number, void* pointer) {
  static const auto control = BIO_meth_get_ctrl(BIO_f_ssl());
  // BIO_get_ssl and BIO_set_ssl come here too, and before there is an SSL.
  Ssl* owner =
      command == BIO_CTRL_FLUSH || command == BIO_C_DO_STATE_MACHINE ? OwnerOf(filter) : nullptr;
  if (owner == nullptr) return control(filter, command, number, pointer);
  const Suspension::For scope(owner->suspension());
  if (command == BIO_CTRL_FLUSH) {
    const FilterResult sent = owner->pending_record().Finish(WriterOf(filter));
    if (!sent.done()) return sent.answer;
  }
  return control(filter, command, number, pointer);
}

BIO_METHOD* NewMethod() {
  const BIO_METHOD* original = BIO_f_ssl();
  BIO_METHOD* method = Check(BIO_meth_new(BIO_TYPE_SSL, "ssl"), "BIO_meth_new");
  BIO_meth_set_create(method, BIO_meth_get_create(original));
  BIO_meth_set_destroy(method, BIO_meth_get_destroy(original));
  BIO_meth_set_callback_ctrl(method, BIO_meth_get_callback_ctrl(original));
  BIO_meth_set_read_ex(method, Read);
  BIO_meth_set_puts(method, BIO_meth_get_puts(original));
  BIO_meth_set_write_ex(method, Write);
  BIO_meth_set_ctrl(method, Control);
  return method;
}

}  // namespace

// BIOs of other threads may use it until the process ends.
const BIO_METHOD* SslFilterMethod() {
  static const BIO_METHOD* const method = NewMethod();
  return method;
}

}  // namespace bladessl::openssl
