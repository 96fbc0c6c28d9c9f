#include "stream/hash_key.h"

#include "base/check.h"
#include "base/digest.h"
#include "base/md5_lanes.h"

#include <algorithm>
#include <cstring>

namespace sluice::stream {

namespace {

HashKey hash_key_of(const Md5Digest& digest) {
  const auto word = [&digest](std::size_t at) {
    std::uint64_t value = 0;
    std::memcpy(&value, digest.data() + at, sizeof value);
    return __builtin_bswap64(value);
  };
  return (HashKey{word(0)} << 64) | word(8);
}

}  // namespace

HashKey hash_of_partition_key(std::string_view partition_key) {
  return hash_key_of(md5(partition_key));
}

void hash_partition_keys(std::span<const std::string_view> partition_keys,
                         std::span<HashKey> hashes) {
  SLUICE_CHECK(partition_keys.size() == hashes.size());
  std::vector<Md5Digest> digests(partition_keys.size());
  md5_each(partition_keys, digests);
  std::ranges::transform(digests, hashes.begin(), hash_key_of);
}

std::optional<HashKey> parse_explicit_hash_key(std::string_view text) {
  return parse_uint128(text);
}

std::vector<HashRange> split_evenly(std::uint32_t shards) {
  SLUICE_CHECK(shards > 0);
  // 2^128 itself does not fit: floor(2^128 / n) is one more than floor((2^128 - 1) / n) exactly
  // where n divides 2^128.
  HashKey width = uint128_max / shards;
  if (uint128_max % shards == shards - 1) {
    ++width;
  }
  std::vector<HashRange> ranges(shards);
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    ranges[shard] = {.first = width * shard, .last = width * (shard + 1) - 1};
  }
  ranges.back().last = uint128_max;
  return ranges;
}

std::optional<ShardRouter> ShardRouter::over(std::vector<Entry> open_shards) {
  if (open_shards.empty()) {
    return std::nullopt;
  }
  std::ranges::sort(open_shards, {}, [](const Entry& entry) { return entry.range.first; });
  if (open_shards.front().range.first != 0 || open_shards.back().range.last != uint128_max) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < open_shards.size(); ++i) {
    const HashRange range = open_shards[i].range;
    const bool ordered = range.first <= range.last;
    const bool adjoins = i == 0 || open_shards[i - 1].range.last + 1 == range.first;
    if (!ordered || !adjoins) {
      return std::nullopt;
    }
  }
  return ShardRouter(std::move(open_shards));
}

ShardIndex ShardRouter::route(HashKey key) const {
  const auto above = std::ranges::upper_bound(
      entries_, key, {}, [](const Entry& entry) { return entry.range.first; });
  SLUICE_CHECK(above != entries_.begin());
  const Entry& entry = *(above - 1);
  SLUICE_DCHECK(entry.range.contains(key));
  return entry.shard;
}

}  // namespace sluice::stream
