// CRC-32 (reflected 0xEDB88320), as gzip, PNG and Parquet's pages use it.
#pragma once

#include "base/bytes.h"

#include <cstdint>

namespace sluice {

// The checksum of `bytes`, or of what went before (`seed`) followed by `bytes`.
// Multiplies without carries where the processor can; the result is the same without.
std::uint32_t crc32(ByteView bytes, std::uint32_t seed = 0);

// The table-driven form, for tests to compare with.
std::uint32_t crc32_portable(ByteView bytes, std::uint32_t seed = 0);

}  // namespace sluice
