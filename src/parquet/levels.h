// Definition and repetition levels: the hybrid, in as many bits as the highest level needs.
//
// In a page of version 1 a length of four bytes stands before them; in one of version 2 the page's
// header has it, and only the runs are left.  RLE booleans look like levels of at most 1 in a page
// of version 1.
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

// Whether the runs follow their length.
enum class LevelFraming : std::uint8_t { prefixed, bare };

// `level_max` is positive.
void encode_levels(std::span<const std::uint8_t> levels,
                   std::uint8_t level_max,
                   Bytes& out,
                   LevelFraming framing = LevelFraming::prefixed);

// As if `count` (positive) levels were all `level_max`: a column without nulls.
void encode_full_levels(std::size_t count,
                        std::uint8_t level_max,
                        Bytes& out,
                        LevelFraming framing = LevelFraming::prefixed);

// Fills `levels`; Fault::corrupt when the bytes end too early or a level passes `level_max`.
Result<void> decode_levels(ByteReader& in, std::uint8_t level_max, std::span<std::uint8_t> levels);

// The same from bare runs.
Result<void> decode_level_runs(ByteView runs,
                               std::uint8_t level_max,
                               std::span<std::uint8_t> levels);

}  // namespace sluice::parquet
