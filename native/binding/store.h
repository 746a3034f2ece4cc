// Stores of certificates and keys: functions, no class.
#pragma once

#include <napi.h>

namespace bladessl::binding {

void InitStores(Napi::Object exports);

}  // namespace bladessl::binding
