// What stands between the last row group and the footer: bloom filters, then column indexes, then
// offset indexes.
//
// Kept as bytes, chunk by chunk, until the file ends; then the footer is told where each lies.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "parquet/bloom_filter.h"
#include "parquet/byte_sink.h"
#include "parquet/metadata.h"
#include "parquet/page_builder.h"

#include <cstddef>
#include <vector>

namespace sluice::parquet {

// Not thread-safe.
class FileTail {
 public:
  // The page index of a chunk, by the numbers of its row group and leaf.
  void add_index(std::size_t group, std::size_t leaf, const WrittenChunk& written);

  void add_bloom_filter(std::size_t group, std::size_t leaf, const BloomFilter& filter);

  // Writes all of it and notes the places in `metadata`.
  Result<void> write(CountingSink& sink, FileMetaData& metadata) const;

  // All of it as bytes and back, for a file that is parked.  Fault::corrupt for what append_to()
  // never appends for a file of so many row groups and leaves.
  void append_to(Bytes& out) const;
  static Result<FileTail> decode(ByteView encoded, std::size_t groups, std::size_t leaves);

  // Of what write() writes.
  std::uint64_t bytes() const { return bytes_; }

  std::size_t bytes_held() const { return bytes_held_; }

 private:
  struct Part {
    std::size_t group;
    std::size_t leaf;
    Bytes bytes;
  };

  static bool follows(const Part& part, const std::vector<Part>& parts);
  void add(std::vector<Part>& parts, std::size_t group, std::size_t leaf, Bytes bytes);

  std::vector<Part> bloom_filters_;
  std::vector<Part> column_indexes_;
  std::vector<Part> offset_indexes_;
  std::uint64_t bytes_ = 0;
  std::size_t bytes_held_ = 0;
};

}  // namespace sluice::parquet
