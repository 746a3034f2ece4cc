#pragma once

#include <napi.h>

namespace bladessl::binding {

// generateCertificate(options): a Certificate.
void ExportIssuing(Napi::Object exports);

}  // namespace bladessl::binding
