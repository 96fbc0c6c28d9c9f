// The smallest and largest value of a page or chunk, in the order a reader will compare by.
//
// Bounds travel as PLAIN bytes, byte arrays without a length.  NaN is no bound; a smallest zero is
// written as -0.0 and a largest as +0.0, since readers may compare either way.  Byte bounds are cut
// at bound_bytes_max: the lower simply, the upper with its last character raised.
//   "heart..." (100 bytes)  ->  lower: its first 64 bytes    upper: those, the last letter plus one
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <optional>

namespace sluice::parquet {

// How values of a leaf are compared.
enum class Order : std::uint8_t {
  boolean,
  int32,
  int64,
  float32,
  float64,
  bytes,          // unsigned, then by length
  decimal_bytes,  // equal lengths, big endian two's complement
  none            // no bounds are kept
};

// Longer bounds of byte arrays are cut.
inline constexpr std::size_t bound_bytes_max = 64;

struct Bounds {
  bool has_values = false;  // false: `min` and `max` mean nothing
  Bytes min;
  Bytes max;
  std::int64_t nan_count = 0;
};

// Negative, zero or positive, as PLAIN bytes `left` stands to `right` in `order`.
int compare(Order order, ByteView left, ByteView right);

// Takes `other` into `into`.
void merge(Order order, const Bounds& other, Bounds& into);

// Gathers the bounds of fixed-width values.  T is std::uint8_t (boolean), std::int32_t,
// std::int64_t, float or double.
template <class T>
class FixedBounds {
 public:
  void add(const T* values, std::size_t count);

  // What was gathered since the last call.
  Bounds take();

 private:
  T min_{};
  T max_{};
  bool has_values_ = false;
  std::int64_t nan_count_ = 0;
};

struct CutBound {
  Bytes bytes;
  bool is_exact = true;
};

// A bound at most `value`, of at most bound_bytes_max bytes.  Text is cut between characters.
CutBound cut_lower(ByteView value, bool is_text);

// A bound at least `value`; nothing when no such bound of that length exists.
std::optional<CutBound> cut_upper(ByteView value, bool is_text);

}  // namespace sluice::parquet
