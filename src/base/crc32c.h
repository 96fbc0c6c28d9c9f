// CRC-32C (Castagnoli, reflected 0x82F63B78), as iSCSI and S3 use it.
#pragma once

#include "base/bytes.h"

#include <cstdint>

namespace sluice {

// The checksum of `bytes`, or of what went before (`seed`) followed by `bytes`.
// Uses the processor's instruction where there is one; the result is the same without.
std::uint32_t crc32c(ByteView bytes, std::uint32_t seed = 0);

// The table-driven form, for tests to compare with.
std::uint32_t crc32c_portable(ByteView bytes, std::uint32_t seed = 0);

}  // namespace sluice
