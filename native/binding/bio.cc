#include "native/binding/bio.h"

#include "native/binding/arguments.h"
#include "native/binding/function.h"
#include "native/binding/ssl.h"

namespace bladessl::binding {

namespace {

using openssl::Bio;
using openssl::BioResult;
using openssl::BioState;

struct NamedMethod {
  const char* name;
  const BIO_METHOD* (*method)();
};

constexpr NamedMethod kMethods[] = {
    {"BIO_s_mem", BIO_s_mem},         {"BIO_s_bio", BIO_s_bio},
    {"BIO_s_connect", BIO_s_connect}, {"BIO_s_accept", BIO_s_accept},
    {"BIO_s_socket", BIO_s_socket},   {"BIO_s_fd", BIO_s_fd},
    {"BIO_s_file", BIO_s_file},       {"BIO_s_null", BIO_s_null},
    {"BIO_f_ssl", BIO_f_ssl},         {"BIO_f_buffer", BIO_f_buffer},
};

const BIO_METHOD* MethodNamed(const std::string& name) {
  for (const NamedMethod& known : kMethods) {
    if (name == known.name) return known.method();
  }
  throw openssl::UsageError("ERR_INVALID_ARG_VALUE", "there is no BIO method '" + name + "'");
}

Napi::Value NewBio(const Napi::CallbackInfo& info) {
  return BioWrap::New(info.Env(), Bio::New(MethodNamed(TextOf(info[0], "method"))));
}

Napi::Value OpenFileBio(const Napi::CallbackInfo& info) {
  return BioWrap::New(info.Env(), Bio::OpenFile(TextOf(info[0], "path"), TextOf(info[1], "mode")));
}

Napi::Value NewBioPair(const Napi::CallbackInfo& info) {
  const auto first = static_cast<std::size_t>(IntegerOf(info[0], "size"));
  const auto second = static_cast<std::size_t>(IntegerOf(info[1], "size"));
  const Bio::Pair pair = Bio::NewPair(first, second);
  Napi::Array ends = Napi::Array::New(info.Env(), 2);
  ends.Set(0u, BioWrap::New(info.Env(), pair.first));
  ends.Set(1u, BioWrap::New(info.Env(), pair.second));
  return ends;
}

// Bytes moved (1 for a step that moves none), 0 for the end, -1 for would-block.
Napi::Value Moved(Napi::Env env, const BioResult& result) {
  switch (result.state) {
    case BioState::kDone:
      return Napi::Number::New(env, static_cast<double>(result.bytes));
    case BioState::kRetry:
      return Napi::Number::New(env, -1);
    case BioState::kEnd:
      break;
  }
  return Napi::Number::New(env, 0);
}

bool ShouldRetry(const Bio& bio) {
  return BIO_should_retry(bio.get()) != 0;
}
bool ShouldRead(const Bio& bio) {
  return BIO_should_read(bio.get()) != 0;
}
bool ShouldWrite(const Bio& bio) {
  return BIO_should_write(bio.get()) != 0;
}
bool ShouldIoSpecial(const Bio& bio) {
  return BIO_should_io_special(bio.get()) != 0;
}
int RetryReason(const Bio& bio) {
  return BIO_get_retry_reason(bio.get());
}

}  // namespace

template <auto Operation>
Napi::Value BioWrap::JsRun(const Napi::CallbackInfo& info) {
  return Moved(info.Env(), (Alive().*Operation)());
}

Napi::Value BioWrap::JsRead(const Napi::CallbackInfo& info) {
  Bio& bio = Alive();
  const Bytes range = RangeOf(info, "buffer");
  return Moved(info.Env(), bio.Read(range.data, range.size));
}

Napi::Value BioWrap::JsWrite(const Napi::CallbackInfo& info) {
  Bio& bio = Alive();
  const Bytes data = BytesOf(info[0], "data");
  if (data.size == 0) return Napi::Number::New(info.Env(), 0);
  return Moved(info.Env(), bio.Write(data.data, data.size));
}

// -1 would block, 1 listening, or the new link for the connection that was taken.
Napi::Value BioWrap::JsAccept(const Napi::CallbackInfo& info) {
  Bio& bio = Alive();
  const bool had_next = bio.next() != nullptr;
  const BioResult result = bio.DoAccept();
  if (had_next || !bio.next()) return Moved(info.Env(), result);
  return BioWrap::New(info.Env(), bio.next());
}

template <auto Operation>
Napi::Value BioWrap::JsDo(const Napi::CallbackInfo& info) {
  (Alive().*Operation)();
  return info.Env().Undefined();
}

Napi::Value BioWrap::JsPush(const Napi::CallbackInfo& info) {
  Alive().Push(BioWrap::Of(info[0], "next"));
  return info.Env().Undefined();
}

Napi::Value BioWrap::JsPop(const Napi::CallbackInfo& info) {
  (void)Alive().Pop();
  return info.Env().Undefined();
}

// A close_notify where one is due, out of the chain, and the handle is gone.
Napi::Value BioWrap::JsClose(const Napi::CallbackInfo& info) {
  (void)Alive().Close();
  Drop();
  return info.Env().Undefined();
}

Napi::Value BioWrap::JsSetSsl(const Napi::CallbackInfo& info) {
  Alive().SetSsl(SslWrap::Of(info[0], "ssl"), FlagOf(info[1]));
  return info.Env().Undefined();
}

Napi::Value BioWrap::JsFd(const Napi::CallbackInfo& info) {
  const std::optional<int> fd = Alive().Fd(FlagOf(info[0]));
  return fd ? Napi::Number::New(info.Env(), *fd) : info.Env().Undefined();
}

Napi::Value BioWrap::JsSetFd(const Napi::CallbackInfo& info) {
  Alive().SetFd(static_cast<int>(IntegerOf(info[0], "fd")), FlagOf(info[1]));
  return info.Env().Undefined();
}

void BioWrap::Init(Napi::Env env, Napi::Object exports) {
  using W = BioWrap;
  Define(env, exports,
         {
             Def<&W::JsRead>("read"),
             Def<&W::JsWrite>("write"),
             Def<&W::JsRun<&Bio::Flush>>("flush"),
             Def<&W::JsRun<&Bio::DoHandshake>>("handshake"),
             Def<&W::JsAccept>("accept"),
             Def<&W::JsDo<&Bio::ResetConnection>>("reset"),
             Def<&W::JsDo<&Bio::AbandonWrite>>("abandonWrite"),
             Def<&W::JsPush>("push"),
             Def<&W::JsPop>("pop"),
             Def<&W::JsClose>("close"),
             Def<&W::JsSetSsl>("setSsl"),
             Def<&W::JsFd>("fd"),
             Def<&W::JsSetFd>("setFd"),
             Def<&W::JsSetFlag<&Bio::SetNonBlocking>>("setNonBlocking"),
             Def<&W::JsSetFlag<&Bio::SetMemEof>>("setMemEof"),
             Def<&W::JsSetInteger<&Bio::SetBufferSize>>("setBufferSize"),
             Def<&W::JsFlag<&ShouldRetry>>("shouldRetry"),
             Def<&W::JsFlag<&ShouldRead>>("shouldRead"),
             Def<&W::JsFlag<&ShouldWrite>>("shouldWrite"),
             Def<&W::JsFlag<&ShouldIoSpecial>>("shouldIoSpecial"),
             Def<&W::JsInteger<&RetryReason>>("retryReason"),
             Def<&W::JsInteger<&Bio::Pending>>("pending"),
             Def<&W::JsInteger<&Bio::WritePending>>("wpending"),
             Def<&W::JsFlag<&Bio::Eof>>("eof"),
             Def<&W::JsFlag<&Bio::HasSource>>("hasSource"),
             Def<&W::JsInteger<&Bio::last_code>>("lastCode"),
             Def<&W::JsInteger<&Bio::family>>("family"),
             Def<&W::JsFlag<&Bio::needs_lookup>>("needsLookup"),
             Def<&W::JsSetText<&Bio::SetConnectHost>>("setConnectHost"),
             Def<&W::JsSetText<&Bio::SetConnectPort>>("setConnectPort"),
             Def<&W::JsSetInteger<&Bio::SetConnectFamily>>("setConnectFamily"),
             Def<&W::JsSetText<&Bio::UseAddress>>("useAddress"),
             Def<&W::JsSetText<&Bio::SetConnectAddress>>("setConnectAddress"),
             Def<&W::JsOptionalText<&Bio::fixed_address>>("fixedAddress"),
             Def<&W::JsOptionalText<&Bio::connect_host>>("connectHost"),
             Def<&W::JsOptionalText<&Bio::connect_port>>("connectPort"),
             Def<&W::JsOptionalText<&Bio::connect_address>>("connectAddress"),
             Def<&W::JsSetText<&Bio::SetAcceptName>>("setAcceptName"),
             Def<&W::JsSetText<&Bio::SetAcceptPort>>("setAcceptPort"),
             Def<&W::JsSetInteger<&Bio::SetAcceptFamily>>("setAcceptFamily"),
             Def<&W::JsOptionalText<&Bio::accept_name>>("acceptName"),
             Def<&W::JsOptionalText<&Bio::accept_port>>("acceptPort"),
         });
  Export<NewBio>(exports, "newBIO");
  Export<OpenFileBio>(exports, "openFileBIO");
  Export<NewBioPair>(exports, "newBIOPair");
}

}  // namespace bladessl::binding
