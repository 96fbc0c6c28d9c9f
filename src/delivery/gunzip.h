// Unpacks gzip data that nobody vouches for: what comes out is bounded by size and by ratio.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>

namespace sluice::delivery {

struct GunzipLimits {
  std::size_t bytes_max = std::size_t{64} << 20;
  std::size_t ratio_max = 200;                       // of what comes out to what goes in...
  std::size_t bytes_always = std::size_t{16} << 10;  // ... beyond this much
};

// All members of `packed`, one after the other.  Fault::corrupt for what is no gzip data, damaged,
// cut off, or followed by something else; Fault::too_large for more than the limits allow.
Result<Bytes> gunzip(ByteView packed, const GunzipLimits& limits = {});

}  // namespace sluice::delivery
