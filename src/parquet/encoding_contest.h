// One page in several encodings, of which the lightest is kept.
//
// The first page with values of each column chunk is encoded in every way that the options allow,
// and what is lightest there is taken for the chunk.  What weighs: the bytes, after compression
// where the options say so, and the time of a fixed table, never of a clock; so the same rows and
// options always choose alike.  See docs/decisions/0016-encoding-by-the-data.md.
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
  bool weighs_time = false;        // four nanoseconds weigh as much as a bit
};

// The bits that an index into a dictionary takes.
enum class IndexWidth : std::uint8_t {
  fewest,      // as many as the dictionary needs
  whole_bytes  // rounded up to whole bytes, the only form in which a codec sees the values
};

struct EncodingChoice {
  Encoding encoding = Encoding::plain;
  IndexWidth indices = IndexWidth::fewest;  // of RLE_DICTIONARY

  friend bool operator==(const EncodingChoice&, const EncodingChoice&) = default;
};

// Shared by the columns of one writer, one after the other.  Not thread-safe.
class EncodingContest {
 public:
  // `compressor` must outlive the contest.
  EncodingContest(EncodingOptions options, Compressor& compressor)
      : options_(options), compressor_(compressor) {}

  bool allows_all() const { return options_.set == EncodingSet::all; }

  // Whether indices of whole bytes may be any better.
  bool weighs_compressed() const {
    return options_.weighs_compressed && compressor_.codec() != Codec::uncompressed;
  }

  // A page of `values` values, of which nothing has been entered.
  void begin(std::size_t values);

  // Enters `body`, to be read until decide().
  void enter(Encoding encoding, ByteView body);

  // Enters what is put into the buffer returned; `dictionary` weighs with it and stays until
  // decide().
  Bytes& enter(Encoding encoding);
  Bytes& enter_indices(IndexWidth width, ByteView dictionary);

  // The lightest; of equals the one that was entered first.
  EncodingChoice decide();

  std::size_t bytes_held() const;

 private:
  struct Entry {
    EncodingChoice choice;
    bool is_borrowed = false;
    ByteView borrowed;
    Bytes own;
    ByteView dictionary;

    ByteView body() const { return is_borrowed ? borrowed : ByteView(own); }

    std::size_t bytes() const { return body().size() + dictionary.size(); }
  };

  Entry& open(EncodingChoice choice);
  std::uint64_t weigh(const Entry& entry);

  EncodingOptions options_;
  Compressor& compressor_;
  std::size_t values_ = 0;
  std::size_t entered_ = 0;
  std::array<Entry, 5> entries_;  // no type has more encodings; their buffers are used again
};

}  // namespace sluice::parquet
