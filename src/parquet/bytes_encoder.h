// Encodes byte strings: PLAIN, dictionary, and those of any length also DELTA_LENGTH_BYTE_ARRAY and
// DELTA_BYTE_ARRAY.
#pragma once

#include "parquet/bounds.h"
#include "parquet/delta_byte_array.h"
#include "parquet/dictionary.h"
#include "parquet/schema.h"
#include "parquet/value_encoder.h"

#include <array>
#include <cstdint>
#include <vector>

namespace sluice::parquet {

class BytesEncoder final : public ValueEncoder {
 public:
  // Strings of any length, or the last `type_length` bytes of fixed ones: a decimal comes with 16
  // bytes and needs fewer.
  BytesEncoder(const PhysicalLeaf& leaf, DictionaryOptions options, EncodingContest& contest)
      : fixed_length_(static_cast<std::size_t>(leaf.type_length)),
        order_(leaf.order),
        stage_(options),
        contest_(contest),
        dictionary_(fixed_length_) {}

  void append(const columnar::Column& column, std::size_t first, std::size_t count) override;
  EncodedValues close_page() override;
  std::optional<DictionaryPage> dictionary() const override;

  bool is_direct() const override { return stage_.is_direct(); }

  void start_chunk() override;
  std::size_t bytes_held() const override;

 private:
  // Where a bound of the open page lies: in the dictionary, or in heap_.
  struct BoundPlace {
    std::size_t at = 0;  // index, or position
    std::size_t length = 0;
  };

  void start_page();
  ByteView trim(ByteView value) const;
  ByteView bound(const BoundPlace& place) const;
  void widen(ByteView value, BoundPlace place);
  Bounds take_bounds();
  void add_value(ByteView value);
  void append_all(const columnar::Column& column, std::size_t first, std::size_t count);
  static std::array<std::size_t, 2> extremes(const columnar::Column& column,
                                             std::size_t first,
                                             std::size_t count);
  void append_coded(const columnar::Column& column, std::size_t first, std::size_t count);
  void close_coded(EncodedValues& page);
  void close_direct(EncodedValues& page);
  void settle();
  void enter_indices();
  void encode_direct(Encoding encoding, Bytes& out) const;
  void encode_plain(Bytes& out) const;
  void index_page();

  // Such a page cannot be written, which is found out when it is.
  bool is_too_large() const { return heap_.size() > page_body_bytes_max; }

  ByteArrays values() const { return {.lengths = lengths_, .heap = heap_}; }

  std::size_t fixed_length_;  // 0: each value has its own
  Order order_;
  ChunkStage stage_;
  EncodingContest& contest_;
  BytesDictionary dictionary_;
  std::vector<std::int32_t> lengths_;  // of the open page's values, unless they are indices
  Bytes heap_;                         // their bytes
  std::vector<std::uint32_t> indices_;
  std::vector<std::uint32_t> last_use_;  // by index: the page that used it last, counted from 1
  std::uint32_t page_ = 1;
  Bytes body_;  // of the closed page
  std::size_t byte_array_bytes_ = 0;
  BoundPlace min_;
  BoundPlace max_;
  bool has_bounds_ = false;
  bool is_page_open_ = false;
};

}  // namespace sluice::parquet
