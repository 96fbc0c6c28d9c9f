// SHA-1, on OpenSSL: for names that others make with it, never to protect anything.
#pragma once

#include "base/bytes.h"

#include <string>

namespace sluice {

// In lower-case hexadecimal.
std::string sha1_hex(ByteView bytes);

}  // namespace sluice
