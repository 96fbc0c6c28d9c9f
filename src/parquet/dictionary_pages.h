// How a chunk stands with its dictionary, from page to page.
//
// A chunk begins undecided.  Its first page with values settles it: either the dictionary, or one
// encoding without (direct).  A dictionary that passes its limit is closed: the page that did so is
// written directly, what it added is dropped, and so goes the rest of the chunk.
#pragma once

#include "base/bytes.h"
#include "parquet/encoding_contest.h"
#include "parquet/metadata.h"

#include <cstdint>
#include <span>

namespace sluice::parquet {

struct DictionaryOptions {
  bool enabled = true;
  std::size_t bytes_max = 0;  // PLAIN bytes of its values
};

class ChunkStage {
 public:
  explicit ChunkStage(DictionaryOptions options) : options_(options) {}

  bool is_decided() const { return stage_ != Stage::undecided; }

  bool is_dictionary() const { return stage_ == Stage::dictionary; }

  // Every page of the chunk has its values in itself, also those to come.
  bool is_direct() const { return stage_ == Stage::direct && coded_pages_ == 0; }

  // The encoding of a direct chunk.
  Encoding encoding() const { return choice_.encoding; }

  // Of a chunk with a dictionary.
  IndexWidth index_width() const { return choice_.indices; }

  bool may_use_dictionary() const { return options_.enabled && stage_ == Stage::undecided; }

  bool fits(std::size_t dictionary_bytes) const { return dictionary_bytes <= options_.bytes_max; }

  bool has_dictionary() const { return coded_pages_ > 0; }

  // Every value of the chunk is in the dictionary.
  bool covers_chunk() const { return coded_pages_ > 0 && direct_values_ == 0; }

  // The size to which a dictionary that is closed goes back.
  std::size_t size_before() const { return size_before_; }

  void decide(EncodingChoice choice) {
    stage_ = choice.encoding == Encoding::rle_dictionary ? Stage::dictionary : Stage::direct;
    choice_ = choice;
  }

  // A page closed that is coded by the dictionary, which now has `size` values.
  void count_coded(std::size_t size) {
    ++coded_pages_;
    size_before_ = size;
  }

  // A page closed that has its values in itself.
  void count_direct(std::size_t values) { direct_values_ += values; }

  void start_chunk() { *this = ChunkStage(options_); }

 private:
  enum class Stage : std::uint8_t { undecided, dictionary, direct };

  DictionaryOptions options_;
  Stage stage_ = Stage::undecided;
  EncodingChoice choice_;
  std::size_t size_before_ = 0;
  std::size_t coded_pages_ = 0;
  std::size_t direct_values_ = 0;
};

// The body of a page coded by a dictionary of that size.
void encode_indices(std::span<const std::uint32_t> indices,
                    std::size_t dictionary_size,
                    IndexWidth width,
                    Bytes& out);

}  // namespace sluice::parquet
