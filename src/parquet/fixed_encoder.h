// Encodes numbers of 32 and 64 bits: PLAIN, dictionary, DELTA_BINARY_PACKED of integers,
// BYTE_STREAM_SPLIT of floating-point numbers.
#pragma once

#include "parquet/dictionary.h"
#include "parquet/value_encoder.h"

#include <cstdint>
#include <type_traits>
#include <vector>

namespace sluice::parquet {

// T is std::int32_t, std::int64_t, float or double.
template <class T>
class FixedEncoder final : public ValueEncoder {
 public:
  FixedEncoder(DictionaryOptions options, EncodingContest& contest)
      : stage_(options), contest_(contest) {}

  void append(const columnar::Column& column, std::size_t first, std::size_t count) override;
  EncodedValues close_page() override;
  std::optional<DictionaryPage> dictionary() const override;

  bool is_direct() const override { return stage_.is_direct(); }

  void start_chunk() override;
  std::size_t bytes_held() const override;

 private:
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  static_assert(sizeof(T) == sizeof(Bits));

  ByteView plain() const {
    return {reinterpret_cast<const char*>(values_.data()), values_.size() * sizeof(T)};
  }

  void start_page();
  void close_coded(EncodedValues& page);
  void close_direct(EncodedValues& page);
  void settle();
  void enter_indices();
  void encode_direct(Encoding encoding, Bytes& out) const;

  ChunkStage stage_;
  EncodingContest& contest_;
  FixedDictionary<Bits> dictionary_;
  FixedBounds<T> bounds_;
  std::vector<Bits> values_;            // of the open page, unless the chunk has a dictionary
  std::vector<std::uint32_t> indices_;  // of the open page, if it has
  Bytes body_;                          // of the closed page, unless PLAIN
  bool is_page_open_ = false;
};

}  // namespace sluice::parquet
