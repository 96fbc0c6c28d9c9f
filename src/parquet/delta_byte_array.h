// DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY: byte strings with their lengths apart, and byte
// strings without what they share with the one before.
//
//   DELTA_LENGTH_BYTE_ARRAY   lengths (DELTA_BINARY_PACKED) | all bytes, one string after the other
//   DELTA_BYTE_ARRAY          lengths of shared prefixes (DELTA_BINARY_PACKED) | the remainders as
//                             DELTA_LENGTH_BYTE_ARRAY
//
//   "17:10:33", "17:10:34"    prefixes 0 7, remainders "17:10:33" "4"
//
// Source: apache/parquet-format, Encodings.md.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <span>
#include <vector>

namespace sluice::parquet {

// Byte strings one after the other in `heap`; `lengths` add up to its size.
struct ByteArrays {
  std::span<const std::int32_t> lengths;
  ByteView heap;
};

void encode_delta_length(const ByteArrays& values, Bytes& out);
void encode_delta_byte_array(const ByteArrays& values, Bytes& out);

// The values of a DELTA_LENGTH_BYTE_ARRAY page, one after the other.  Borrows the bytes.
class DeltaLengthReader {
 public:
  // Takes four bytes of memory a value.  Fault::corrupt unless the bytes hold `count` values.
  static Result<DeltaLengthReader> open(ByteReader& in, std::size_t count);

  // To be called at most `count` times.
  ByteView next();

 private:
  DeltaLengthReader(std::vector<std::int32_t> lengths, ByteView heap)
      : lengths_(std::move(lengths)), heap_(heap) {}

  std::vector<std::int32_t> lengths_;
  ByteView heap_;
  std::size_t value_ = 0;
  std::size_t position_ = 0;
};

// The values of a DELTA_BYTE_ARRAY page, one after the other.  Borrows the bytes.
class DeltaByteArrayReader {
 public:
  // Takes eight bytes of memory a value.  Fault::corrupt unless the bytes hold `count` values.
  static Result<DeltaByteArrayReader> open(ByteReader& in, std::size_t count);

  // Valid until the next call; to be called at most `count` times.  Fault::corrupt when the value
  // shares more with the one before than that one has.
  Result<ByteView> next();

 private:
  DeltaByteArrayReader(std::vector<std::int32_t> prefixes, DeltaLengthReader remainders)
      : prefixes_(std::move(prefixes)), remainders_(std::move(remainders)) {}

  std::vector<std::int32_t> prefixes_;
  DeltaLengthReader remainders_;
  Bytes last_;
  std::size_t value_ = 0;
};

}  // namespace sluice::parquet
