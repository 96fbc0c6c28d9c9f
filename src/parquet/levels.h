// Definition and repetition levels as a version-1 page holds them: a length of four bytes, then the
// hybrid, in as many bits as the highest level needs.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace sluice::parquet {

// 0 for 0, 1 for 1, 2 for 2 and 3, 3 for 4 to 7, ...
constexpr unsigned level_width(std::uint8_t level_max) {
  return static_cast<unsigned>(std::bit_width(level_max));
}

// `level_max` is positive.
void encode_levels(std::span<const std::uint8_t> levels, std::uint8_t level_max, Bytes& out);

// As if `count` (positive) levels were all `level_max`: a column without nulls.
void encode_full_levels(std::size_t count, std::uint8_t level_max, Bytes& out);

// Fills `levels`; Fault::corrupt when the bytes end too early or a level passes `level_max`.
Result<void> decode_levels(ByteReader& in, std::uint8_t level_max, std::span<std::uint8_t> levels);

}  // namespace sluice::parquet
