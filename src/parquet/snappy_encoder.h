// Snappy's format, written by an encoder that knows where the values of a page stand.
//
// A general encoder hashes its way through the bytes.  Values of one width that resemble their
// neighbours need less: what changes from one to the next lies together, so one copy a value does,
// and it runs over the place where two values meet.
//
//   times in microseconds, 8 bytes      two or three low bytes, copy of the rest
//   the same as text, 4 + 26 bytes      the changing digits, copy of the last ones, of the length
//                                       and of the beginning of the next
//
// The output is a Snappy stream as any other: literals, and copies of offsets below 65,536.
// Format: format_description.txt of github.com/google/snappy.  Why: docs/decisions, number 17.
#pragma once

#include "base/bytes.h"

#include <array>
#include <cstdint>
#include <optional>

namespace sluice::parquet {

// Values of one width, one after the other up to the end of a body.
struct ValueLayout {
  std::size_t offset = 0;  // of the first, at most the body's size
  std::size_t width = 0;   // of each, with its length prefix if it has one

  friend bool operator==(const ValueLayout&, const ValueLayout&) = default;
};

// Narrower values are not for this encoder: a copy has four bytes at least.
inline constexpr std::size_t snappy_value_bytes_min = 8;
inline constexpr std::size_t snappy_value_bytes_max = 4'096;

// Shorter bodies are not either.
inline constexpr std::size_t snappy_body_bytes_min = 1'024;

// What the encoder makes of a body must be at most so many quarters of it.
inline constexpr std::size_t snappy_quarters_max = 3;

// Keeps the memory that it works in.  The output depends on body and layout alone.  Not
// thread-safe.
class SnappyEncoder {
 public:
  // Writes the compressed form of `body` to `out`, where snappy::MaxCompressedLength() bytes have
  // room, and returns its length.  Nothing when the body is not as `layout` says or has too little
  // in common from value to value, which mostly shows at its beginning; `out` is then undefined.
  // Any layout is safe with any body.
  std::optional<std::size_t> encode(ByteView body, ValueLayout layout, char* out);

  // For each key the last place with these bytes around it.
  static constexpr std::size_t places_count = 1'024;
  using Places = std::array<std::uint32_t, places_count>;

 private:
  Places near_;
  Places far_;
};

}  // namespace sluice::parquet
