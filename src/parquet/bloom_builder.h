// Gathers the values of one column chunk for its bloom filter, which is sized by how many distinct
// ones there were.
//
// Distinct hashes are kept until even the largest filter would pass the wanted share of false
// positives; from then on values go straight into a filter of that size.  Memory: up to eight times
// the largest filter at the default share.  The filter depends on the chunk's values alone, not on
// their order or how rows were batched.
#pragma once

#include "columnar/column.h"
#include "parquet/bloom_filter.h"
#include "parquet/schema.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace sluice::parquet {

struct BloomOptions {
  double false_positives = 0.01;  // the share of absent values not recognised; above 0, below 1
  std::size_t bytes_max = std::size_t{1} << 20;  // a power of two; of one filter, without header
};

// Not thread-safe.  Starts again, empty, after each take().
class BloomBuilder {
 public:
  // `leaf` as it is stored; no boolean.
  BloomBuilder(const columnar::Leaf& leaf, BloomOptions options);

  // Adds `count` values of `column`, from its value `first` on.
  void add(const columnar::Column& column, std::size_t first, std::size_t count);

  // The chunk's filter; nothing without values, and for one so crowded that most absent values
  // would pass.
  std::optional<BloomFilter> take();

  std::size_t bytes_held() const;

 private:
  template <class T>
  void add_fixed(const columnar::Column& column, std::size_t first, std::size_t count);
  template <class T>
  void add_floats(const columnar::Column& column, std::size_t first, std::size_t count);
  void add_bytes(const columnar::Column& column, std::size_t first, std::size_t count);
  void add_hash(std::uint64_t hash);
  void grow();
  void go_over();

  BloomOptions options_;
  columnar::Storage storage_;
  std::size_t fixed_length_;          // of fixed_bytes: the last so many count
  std::uint64_t distinct_most_;       // what the largest filter holds well
  std::uint64_t distinct_ = 0;        // in slots_
  std::uint64_t last_ = 0;            // the hash added last
  bool has_zero_ = false;             // the hash 0 was added: it cannot stand in slots_
  std::vector<std::uint64_t> slots_;  // an open hash table; 0 is free
  std::optional<BloomFilter> full_;   // once there were too many
};

}  // namespace sluice::parquet
