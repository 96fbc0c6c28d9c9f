// The PLAIN encoding where it is more than a copy of memory: booleans and byte arrays.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <optional>
#include <span>

namespace sluice::parquet {

// A byte array is its length in this many bytes, then its bytes.
inline constexpr std::size_t length_prefix_bytes = 4;

// One bit a value, lowest first, the last byte padded with zeros.  Values are 0 or 1.
void encode_plain_booleans(std::span<const std::uint8_t> values, Bytes& out);

// Fills `values`; false when there are too few bytes.
[[nodiscard]] bool decode_plain_booleans(ByteView bytes, std::span<std::uint8_t> values);

inline void put_plain_bytes(Bytes& out, ByteView value) {
  put_le(out, static_cast<std::uint32_t>(value.size()));
  out.append(value);
}

// The next byte array, or nothing when the bytes end within it.
std::optional<ByteView> take_plain_bytes(ByteReader& in);

}  // namespace sluice::parquet
