// From a partition key to a shard.
//
// A record's hash key is the MD5 of its partition key read as a big-endian unsigned 128-bit number,
// or the explicit hash key its producer gave.  Each open shard owns an inclusive range of hash
// keys; the open shards of a stream tile [0, 2^128-1].
#pragma once

#include "base/uint128.h"
#include "stream/ids.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sluice::stream {

using HashKey = UInt128;

// The hash key of a partition key (UTF-8).
HashKey hash_of_partition_key(std::string_view partition_key);

// The same for many; both have the same length.
void hash_partition_keys(std::span<const std::string_view> partition_keys,
                         std::span<HashKey> hashes);

// An ExplicitHashKey as clients write it: decimal, 0 to 2^128-1, no leading zeros.
std::optional<HashKey> parse_explicit_hash_key(std::string_view text);

// Both ends belong to the range.
struct HashRange {
  HashKey first = 0;
  HashKey last = uint128_max;

  bool contains(HashKey key) const { return first <= key && key <= last; }

  friend bool operator==(const HashRange&, const HashRange&) = default;
};

// The ranges of a new stream: equal widths of floor(2^128 / shards), the last one taking the rest.
// `shards` must be positive.
std::vector<HashRange> split_evenly(std::uint32_t shards);

// Finds the open shard of a hash key.  Immutable; copies are cheap for few shards.
class ShardRouter {
 public:
  struct Entry {
    HashRange range;
    ShardIndex shard;
  };

  // The open shards in any order.  std::nullopt unless they tile the hash space without hole or
  // overlap.
  static std::optional<ShardRouter> over(std::vector<Entry> open_shards);

  ShardIndex route(HashKey key) const;

 private:
  explicit ShardRouter(std::vector<Entry> sorted) : entries_(std::move(sorted)) {}

  std::vector<Entry> entries_;
};

}  // namespace sluice::stream
