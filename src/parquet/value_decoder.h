// The encoded values of a page, back as plain ones.
//
// Knows every encoding of the format that is not deprecated, and PLAIN_DICTIONARY.  Values come
// densely, nulls left out; levels are the reader's affair.  What a page claims is checked against
// the bytes there are before memory is taken.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "parquet/metadata.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace sluice::parquet {

// Bytes of memory that decoding may still take.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t bytes) : bytes_max_(bytes), bytes_left_(bytes) {}

  // Fault::too_large when they are not there.
  Result<void> spend(std::uint64_t bytes);

 private:
  std::size_t bytes_max_;
  std::size_t bytes_left_;
};

// What values of a leaf are like.
struct ValueShape {
  PhysicalType type = PhysicalType::byte_array;
  std::size_t width = 0;  // bytes of a decoded value, 1 for booleans; 0 for byte arrays
};

ValueShape value_shape(const SchemaElement& element);

// Decodes the pages of one chunk.  Not thread-safe.
class ValueDecoder {
 public:
  // `budget` must outlive the decoder.
  ValueDecoder(ValueShape shape, MemoryBudget& budget) : shape_(shape), budget_(budget) {}

  // Takes the chunk's dictionary; at most once.
  Result<void> read_dictionary(const DictionaryPageHeader& header, Bytes body);

  // `count` values of fixed width, one after the other; valid until the next call, and as long as
  // `encoded`.  Booleans come as bytes of 0 or 1.
  Result<ByteView> fixed(Encoding encoding, ByteView encoded, std::size_t count);

  // Hands `count` byte arrays to `take`, which may refuse one.
  using Take = std::function<Result<void>(ByteView value)>;
  Result<void> byte_arrays(Encoding encoding,
                           ByteView encoded,
                           std::size_t count,
                           const Take& take);

 private:
  Result<void> make_room(std::size_t count);
  Result<void> decode_booleans(Encoding encoding, ByteView encoded, std::size_t count);
  Result<void> decode_deltas(ByteView encoded, std::size_t count);
  Result<void> decode_fixed_prefixes(ByteView encoded, std::size_t count);
  Result<void> decode_indices(ByteView encoded, std::size_t count);
  Result<void> pick_fixed(ByteView encoded, std::size_t count);

  ValueShape shape_;
  MemoryBudget& budget_;
  bool has_dictionary_ = false;
  std::size_t dictionary_size_ = 0;
  Bytes dictionary_body_;
  std::vector<ByteView> dictionary_bytes_;  // byte arrays within dictionary_body_
  std::vector<std::uint32_t> indices_;      // of the page at hand
  Bytes plain_;                             // likewise
  std::size_t paid_ = 0;                    // bytes of plain_ taken from the budget
};

}  // namespace sluice::parquet
