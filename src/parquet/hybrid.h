// The RLE / bit-packing hybrid: levels and dictionary indices.
//
// A sequence of runs, each a varint header and a body:
//   repeated run   header = count << 1        the value in ceil(width / 8) bytes, little endian
//   packed run     header = groups << 1 | 1   groups * 8 values of `width` bits, lowest bit first
// A packed run in the middle holds whole groups of real values; only the last one is padded.
//
// The encoder looks at eight values at a time: where at least eight in a row are equal it writes a
// repeated run, everything else goes into packed runs.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <span>

namespace sluice::parquet {

// Appends the runs.  `width` is 1 to 8 for levels, 1 to 32 for indices; every value fits it.
void encode_hybrid(std::span<const std::uint8_t> values, unsigned width, Bytes& out);
void encode_hybrid(std::span<const std::uint32_t> values, unsigned width, Bytes& out);

// One repeated run.
void encode_repeated(std::uint32_t value, std::size_t count, unsigned width, Bytes& out);

// Fills `values` from the front of `bytes`; false when the runs are damaged or end too early.
// `width` may be 0 to 8, or 0 to 32; the values are below 2^width.
[[nodiscard]] bool decode_hybrid(ByteView bytes, unsigned width, std::span<std::uint8_t> values);
[[nodiscard]] bool decode_hybrid(ByteView bytes, unsigned width, std::span<std::uint32_t> values);

}  // namespace sluice::parquet
