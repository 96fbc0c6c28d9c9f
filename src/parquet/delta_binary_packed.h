// DELTA_BINARY_PACKED: integers as differences to their predecessors, in as few bits as a few of
// them need.
//
//   stream     varint 128 | varint 4 | varint count | zigzag varint first value | blocks
//   block      zigzag varint least delta | a width in bits for each miniblock | the miniblocks
//   miniblock  32 deltas less the least one, `width` bits each, lowest bit first
//
// What a block of 128 deltas in 4 miniblocks looks like; the decoder takes any layout.  Differences
// wrap around in the width of the type, so every sequence can be coded.  Miniblocks after the last
// delta are left out, the one it falls in is filled with zeros.
// Source: apache/parquet-format, Encodings.md.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <span>

namespace sluice::parquet {

// Appends the stream; one without values is a header.
void encode_delta_packed(std::span<const std::int32_t> values, Bytes& out);
void encode_delta_packed(std::span<const std::int64_t> values, Bytes& out);

// Fills `values` from a stream that holds exactly so many, and leaves `in` behind it.
// Fault::corrupt when the stream is damaged or of another length.
Result<void> decode_delta_packed(ByteReader& in, std::span<std::int32_t> values);
Result<void> decode_delta_packed(ByteReader& in, std::span<std::int64_t> values);

}  // namespace sluice::parquet
