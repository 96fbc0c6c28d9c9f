// A split-block bloom filter: says of a value that it is surely not in a column chunk, or may be.
//
// Blocks of 32 bytes; a value sets one bit in each of the eight words of one block.  Which block
// and bits follow from XXH64 (seed 0) of the value's PLAIN bytes, byte arrays without length.
// Source: parquet-format, BloomFilter.md.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>

namespace sluice::parquet {

inline constexpr std::size_t bloom_block_bytes = 32;

// What readers take: Arrow refuses larger filters.
inline constexpr std::size_t bloom_filter_bytes_limit = std::size_t{128} << 20;

std::uint64_t bloom_hash(ByteView plain);

// The share of absent values that a filter of `bytes` with `distinct` values does not recognise,
// expected: values spread over blocks as a Poisson distribution says.
double expected_false_positives(std::size_t bytes, std::uint64_t distinct);

// The smallest power of two of at most `bytes_max` bytes at which that share is no more than
// `false_positives`; `bytes_max`, a power of two from bloom_block_bytes on, if there is none.  Any
// number of blocks would be legal, but Arrow C++ takes powers of two only.
std::size_t bloom_filter_bytes(std::uint64_t distinct,
                               double false_positives,
                               std::size_t bytes_max);

// Value type.
class BloomFilter {
 public:
  // Without values; a multiple of bloom_block_bytes within the limit.
  explicit BloomFilter(std::size_t bytes);

  void insert(std::uint64_t hash);

  // False: no value with this hash was inserted.
  bool may_contain(std::uint64_t hash) const;

  // The same for a PLAIN value, byte arrays without length.
  bool may_contain(ByteView plain) const { return may_contain(bloom_hash(plain)); }

  // The share of absent values that it does not recognise, by the bits that are set.
  double false_positives() const;

  // The bits as they stand in a file, behind the header.
  const Bytes& bytes() const { return bits_; }

  // Header and bits, appended.
  void encode(Bytes& out) const;

  // Fault::corrupt for bytes that are no filter, Fault::unsupported for one of another kind.
  static Result<BloomFilter> decode(ByteView bytes);

 private:
  std::size_t block_of(std::uint64_t hash) const;

  Bytes bits_;
};

// How many bytes the filter at the beginning of `bytes` takes, header included; only the header
// needs to be there.  Fails like decode().
Result<std::size_t> bloom_filter_length(ByteView bytes);

// More than any header of a filter.
inline constexpr std::size_t bloom_header_bytes_max = 64;

}  // namespace sluice::parquet
