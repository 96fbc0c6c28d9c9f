// CRC-64/NVME (reflected 0x9a6c9329ac4bc9b5), as S3 uses it.
#pragma once

#include "base/bytes.h"

#include <cstdint>

namespace sluice {

// The checksum of `bytes`, or of what went before (`seed`) followed by `bytes`.
// Source: NVM Express NVM Command Set Specification 1.0, section 5.2.1.3.4.
std::uint64_t crc64nvme(ByteView bytes, std::uint64_t seed = 0);

}  // namespace sluice
