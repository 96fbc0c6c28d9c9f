// One page in several encodings, of which the lightest is kept.
//
// The first page with values of each column chunk is encoded in every way that the options allow,
// and what is lightest there is taken for the chunk.  What weighs: the bytes, after compression
// where the options say so, and the time of a fixed table, never of a clock; so the same rows and
// options always choose alike.  See docs/decisions/0017-encoding-by-the-data.md.
#pragma once

#include "base/bytes.h"
#include "parquet/codec.h"
#include "parquet/metadata.h"

#include <array>
#include <cstdint>

namespace sluice::parquet {

// What a writer may choose from.
enum class EncodingSet : std::uint8_t {
  basic,  // PLAIN and dictionaries: what every reader takes
  all     // and DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY, BYTE_STREAM_SPLIT
          // of floating-point numbers, RLE of booleans
};

struct EncodingOptions {
  EncodingSet set = EncodingSet::basic;
  bool weighs_compressed = false;  // bytes after compression, where that pays
  bool weighs_time = false;        // a nanosecond a value weighs as much as a bit
};

// Shared by the columns of one writer, one after the other.  Not thread-safe.
class EncodingContest {
 public:
  // `compressor` must outlive the contest.
  EncodingContest(EncodingOptions options, Compressor& compressor)
      : options_(options), compressor_(compressor) {}

  bool allows_all() const { return options_.set == EncodingSet::all; }

  // A page of `values` values, of which nothing has been entered.
  void begin(std::size_t values);

  // Enters `body`, to be read until decide().
  void enter(Encoding encoding, ByteView body);

  // Enters what is put into the buffer returned; `dictionary` weighs with it and stays until
  // decide().
  Bytes& enter(Encoding encoding);
  Bytes& enter_with_dictionary(ByteView dictionary);

  // The lightest; of equals the one that was entered first.
  Encoding decide();

  std::size_t bytes_held() const;

 private:
  struct Entry {
    Encoding encoding = Encoding::plain;
    bool is_borrowed = false;
    ByteView borrowed;
    Bytes own;
    ByteView dictionary;

    ByteView body() const { return is_borrowed ? borrowed : ByteView(own); }

    std::size_t bytes() const { return body().size() + dictionary.size(); }
  };

  Entry& open(Encoding encoding);
  std::uint64_t weigh(const Entry& entry);

  EncodingOptions options_;
  Compressor& compressor_;
  std::size_t values_ = 0;
  std::size_t entered_ = 0;
  std::array<Entry, 4> entries_;  // no type has more encodings; their buffers are used again
};

}  // namespace sluice::parquet
