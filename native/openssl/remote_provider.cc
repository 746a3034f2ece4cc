#include "native/openssl/remote_provider.h"

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "native/openssl/error.h"
#include "native/openssl/job_stack.h"
#include "native/openssl/key_text.h"

namespace bladessl::openssl {

namespace {

using Core = std::shared_ptr<RemoteKey::Core>;

constexpr const char* kProvider = "bladessl-remote-keys";
// The address of the Core, by which a key is made.
constexpr const char* kCore = "bladessl-core";
constexpr std::size_t kAddressSize = sizeof(void*);

using LibraryContext = Owned<OSSL_LIB_CTX, OSSL_LIB_CTX_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

// OpenSSL's tables have one type for all functions.
template <class Function>
OSSL_DISPATCH Entry(int id, Function* function) {
  return {id, reinterpret_cast<void (*)()>(function)};
}

// --- Keys ---

struct Key {
  Core core;
};

RemoteKey::Core& CoreOf(const void* key) {
  return *static_cast<const Key*>(key)->core;
}

void* NewKey(void*) {
  return new (std::nothrow) Key;
}

void FreeKey(void* key) {
  delete static_cast<Key*>(key);
}

// The private part is there, though not here.
int HasParts(const void* key, int) {
  return key != nullptr && static_cast<const Key*>(key)->core ? 1 : 0;
}

int MatchKeys(const void* one, const void* other, int) {
  return EVP_PKEY_eq(CoreOf(one).public_key(), CoreOf(other).public_key()) == 1 ? 1 : 0;
}

const OSSL_PARAM* ImportTypes(int) {
  static const OSSL_PARAM types[] = {OSSL_PARAM_octet_string(kCore, nullptr, 0), OSSL_PARAM_END};
  return types;
}

int ImportKey(void* key, int, const OSSL_PARAM params[]) {
  const OSSL_PARAM* core = OSSL_PARAM_locate_const(params, kCore);
  if (core == nullptr || core->data_type != OSSL_PARAM_OCTET_STRING ||
      core->data_size != kAddressSize) {
    return 0;
  }
  Core* source = nullptr;
  std::memcpy(&source, core->data, kAddressSize);
  static_cast<Key*>(key)->core = *source;
  return 1;
}

const OSSL_PARAM* ExportTypes(int) {
  static const OSSL_PARAM none[] = {OSSL_PARAM_END};
  return none;
}

// The public part, to be compared with a certificate's. Another provider that were given more would
// sign itself.
int ExportKey(void* key, int selection, OSSL_CALLBACK* take, void* argument) {
  if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0) return 0;
  return EVP_PKEY_export(CoreOf(key).public_key(), selection, take, argument);
}

const OSSL_PARAM* GettableOfKey(void*) {
  static const OSSL_PARAM types[] = {
      OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, nullptr),
      OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, nullptr),
      OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, nullptr),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
      OSSL_PARAM_END,
  };
  return types;
}

int GetOfKey(void* key, OSSL_PARAM params[]) {
  return EVP_PKEY_get_params(CoreOf(key).public_key(), params);
}

// The name under which the signature operation of a kind of key is found.
const char* EcOperation(int operation) {
  return operation == OSSL_OP_SIGNATURE ? "ECDSA" : nullptr;
}
const char* RsaOperation(int operation) {
  return operation == OSSL_OP_SIGNATURE ? "RSA" : nullptr;
}

template <class Operation>
struct KeyTable {
  explicit KeyTable(Operation operation)
      : entries{Entry(OSSL_FUNC_KEYMGMT_NEW, NewKey),
                Entry(OSSL_FUNC_KEYMGMT_FREE, FreeKey),
                Entry(OSSL_FUNC_KEYMGMT_HAS, HasParts),
                Entry(OSSL_FUNC_KEYMGMT_MATCH, MatchKeys),
                Entry(OSSL_FUNC_KEYMGMT_IMPORT, ImportKey),
                Entry(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, ImportTypes),
                Entry(OSSL_FUNC_KEYMGMT_EXPORT, ExportKey),
                Entry(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, ExportTypes),
                Entry(OSSL_FUNC_KEYMGMT_GET_PARAMS, GetOfKey),
                Entry(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, GettableOfKey),
                operation == nullptr ? OSSL_DISPATCH{0, nullptr}
                                     : Entry(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, operation),
                {0, nullptr}} {}
  const OSSL_DISPATCH entries[12];
};

// --- Signatures ---

// One operation. The key is its caller's for as long as it lasts.
struct Signing {
  const Key* key = nullptr;
  std::string digest;
  Padding padding = Padding::kNone;
};

void* NewSigning(void*, const char*) {
  return new (std::nothrow) Signing;
}

void FreeSigning(void* signing) {
  delete static_cast<Signing*>(signing);
}

// OpenSSL names a padding by a number or by a word.
bool SetPadding(Signing& signing, const OSSL_PARAM& param) {
  if (param.data_type == OSSL_PARAM_UTF8_STRING) {
    const std::string_view word(static_cast<const char*>(param.data), param.data_size);
    if (word == OSSL_PKEY_RSA_PAD_MODE_PSS) signing.padding = Padding::kPss;
    if (word == OSSL_PKEY_RSA_PAD_MODE_PKCSV15) signing.padding = Padding::kPkcs1;
    return signing.padding != Padding::kNone;
  }
  int number = 0;
  if (OSSL_PARAM_get_int(&param, &number) != 1) return false;
  if (number == RSA_PKCS1_PSS_PADDING) signing.padding = Padding::kPss;
  if (number == RSA_PKCS1_PADDING) signing.padding = Padding::kPkcs1;
  return signing.padding != Padding::kNone;
}

// TLS has salts of the digest's length, and no others.
bool IsSaltOfDigest(const OSSL_PARAM& param) {
  if (param.data_type == OSSL_PARAM_UTF8_STRING) {
    const std::string_view word(static_cast<const char*>(param.data), param.data_size);
    return word == OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST;
  }
  int number = 0;
  return OSSL_PARAM_get_int(&param, &number) == 1 && number == RSA_PSS_SALTLEN_DIGEST;
}

int SetOfSigning(void* signing, const OSSL_PARAM params[]) {
  if (params == nullptr) return 1;
  const OSSL_PARAM* padding = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
  if (padding != nullptr && !SetPadding(*static_cast<Signing*>(signing), *padding)) return 0;
  const OSSL_PARAM* salt = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
  return salt == nullptr || IsSaltOfDigest(*salt) ? 1 : 0;
}

const OSSL_PARAM* SettableOfSigning(void*, void*) {
  static const OSSL_PARAM types[] = {
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, nullptr, 0),
      OSSL_PARAM_END,
  };
  return types;
}

int BeginSigning(void* context, const char* digest, void* key, const OSSL_PARAM params[]) {
  auto& signing = *static_cast<Signing*>(context);
  if (key != nullptr) signing.key = static_cast<const Key*>(key);
  if (signing.key == nullptr) return 0;
  try {
    signing.digest = digest == nullptr ? "" : digest;
  } catch (const std::exception&) {
    return 0;
  }
  // Keys for PSS sign with nothing else.
  const bool pss = EVP_PKEY_is_a(signing.key->core->public_key(), "RSA-PSS") == 1;
  signing.padding = pss ? Padding::kPss : Padding::kNone;
  return SetOfSigning(context, params);
}

// Here libssl comes in the middle of a handshake. No exception may leave.
int Sign(void* context, unsigned char* out, std::size_t* size, std::size_t capacity,
         const unsigned char* message, std::size_t message_size) {
  const auto& signing = *static_cast<const Signing*>(context);
  const Core core = signing.key->core;
  if (out == nullptr) {
    *size = static_cast<std::size_t>(EVP_PKEY_get_size(core->public_key()));
    return 1;
  }
  const OnJobStack perhaps;
  try {
    const SigningRequest request{SchemeOf(core->public_key(), signing.digest, signing.padding),
                                 {reinterpret_cast<const char*>(message), message_size}};
    const std::string signature = core->Sign(request);
    if (signature.size() > capacity) return 0;
    std::copy(signature.begin(), signature.end(), out);
    *size = signature.size();
    return 1;
  } catch (...) {
    ThrownBelow() = std::current_exception();
    return 0;
  }
}

const OSSL_DISPATCH kSigning[] = {
    Entry(OSSL_FUNC_SIGNATURE_NEWCTX, NewSigning),
    Entry(OSSL_FUNC_SIGNATURE_FREECTX, FreeSigning),
    Entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, BeginSigning),
    Entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, Sign),
    Entry(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, SetOfSigning),
    Entry(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, SettableOfSigning),
    {0, nullptr},
};

// --- The provider ---

const OSSL_ALGORITHM* Operations(void*, int operation, int* no_store) {
  static const KeyTable<decltype(&EcOperation)> ec(EcOperation);
  static const KeyTable<decltype(&RsaOperation)> rsa(RsaOperation);
  static const KeyTable<decltype(&RsaOperation)> same_name(nullptr);
  // With all names that OpenSSL knows them by.
  static const OSSL_ALGORITHM keys[] = {
      {"EC:id-ecPublicKey:1.2.840.10045.2.1", "", ec.entries, nullptr},
      {"RSA:rsaEncryption:1.2.840.113549.1.1.1", "", rsa.entries, nullptr},
      {"RSA-PSS:RSASSA-PSS:1.2.840.113549.1.1.10", "", rsa.entries, nullptr},
      {"ED25519:1.3.101.112", "", same_name.entries, nullptr},
      {"ED448:1.3.101.113", "", same_name.entries, nullptr},
      {nullptr, nullptr, nullptr, nullptr},
  };
  static const OSSL_ALGORITHM signatures[] = {
      {"ECDSA", "", kSigning, nullptr},
      {"RSA:rsaEncryption:1.2.840.113549.1.1.1", "", kSigning, nullptr},
      {"ED25519:1.3.101.112", "", kSigning, nullptr},
      {"ED448:1.3.101.113", "", kSigning, nullptr},
      {nullptr, nullptr, nullptr, nullptr},
  };
  *no_store = 0;
  if (operation == OSSL_OP_KEYMGMT) return keys;
  return operation == OSSL_OP_SIGNATURE ? signatures : nullptr;
}

int InitProvider(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH*, const OSSL_DISPATCH** out,
                 void** context) {
  static const OSSL_DISPATCH functions[] = {Entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, Operations),
                                            {0, nullptr}};
  *out = functions;
  *context = const_cast<OSSL_CORE_HANDLE*>(handle);
  return 1;
}

LibraryContext MakeLibrary() {
  LibraryContext library(Check(OSSL_LIB_CTX_new(), "OSSL_LIB_CTX_new"));
  Check(OSSL_PROVIDER_add_builtin(library.get(), kProvider, InitProvider),
        "OSSL_PROVIDER_add_builtin");
  Check(OSSL_PROVIDER_load(library.get(), kProvider), "OSSL_PROVIDER_load");
  return library;
}

// One for the process. It is never freed: keys may outlive whoever has made them, and be freed when
// the process ends.
OSSL_LIB_CTX* Library() {
  static OSSL_LIB_CTX* const library = MakeLibrary().release();
  return library;
}

}  // namespace

KeyHandle NewProviderKey(const std::shared_ptr<RemoteKey::Core>& core) {
  const QueueGuard guard;
  const char* type = EVP_PKEY_get0_type_name(core->public_key());
  const KeyContext context(
      Check(EVP_PKEY_CTX_new_from_name(Library(), type, nullptr), "EVP_PKEY_CTX_new_from_name"));
  const Core* address = &core;
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(kCore, &address, kAddressSize),
      OSSL_PARAM_construct_end(),
  };
  EVP_PKEY* key = nullptr;
  Check(EVP_PKEY_fromdata_init(context.get()), "EVP_PKEY_fromdata_init");
  Check(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, const_cast<OSSL_PARAM*>(params)),
        "EVP_PKEY_fromdata");
  return KeyHandle(key);
}

}  // namespace bladessl::openssl
