// A provider (provider(7)) whose keys sign elsewhere. libssl takes each operation of a key from the
// key's own provider, so that it may stay in a library context of its own, where nobody else finds
// it: in the default one it would offer its keys and signatures to all of the process.
#pragma once

#include <memory>

#include "native/openssl/remote_key.h"

namespace bladessl::openssl {

KeyHandle NewProviderKey(const std::shared_ptr<RemoteKey::Core>& core);

}  // namespace bladessl::openssl
