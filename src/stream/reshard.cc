#include "stream/reshard.h"

#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice::stream {

namespace {

// A definition on its way to another.
class Resharding {
 public:
  Resharding(const StreamDefinition& stream, const ReshardMoment& moment)
      : stream_(stream), moment_(moment) {}

  // The shard, if it takes records.
  Result<const ShardDefinition*> open(ShardIndex index) const {
    if (index.value >= stream_.shards.size()) {
      return fail(Fault::missing,
                  fmt::format("stream {} has no shard {}", stream_.name, index.value));
    }
    const ShardDefinition& shard = stream_.shards[index.value];
    if (shard.closed) {
      return fail(
          Fault::conflict,
          fmt::format("shard {} of stream {} is closed; only open ones can be split or merged",
                      index.value,
                      stream_.name));
    }
    return &shard;
  }

  // The second child begins at `second_first`, which lies within the shard and is not its first.
  std::pair<ShardIndex, ShardIndex> split(ShardIndex parent, HashKey second_first) {
    const HashRange range = stream_.shards[parent.value].range;
    SLUICE_CHECK(range.first < second_first);
    SLUICE_CHECK(second_first <= range.last);
    const UnixMillis at = close({parent});
    const ShardIndex first = add({range.first, second_first - 1}, at, parent);
    const ShardIndex second = add({second_first, range.last}, at, parent);
    return {first, second};
  }

  ShardIndex merge(ShardIndex left, ShardIndex right) {
    const HashRange low = stream_.shards[left.value].range;
    const HashRange high = stream_.shards[right.value].range;
    SLUICE_CHECK(low.last != uint128_max && low.last + 1 == high.first);
    return add({low.first, high.last}, close({left, right}), left, right);
  }

  Result<StreamDefinition> finish() && {
    if (stream_.shards.size() > shards_max) {
      return fail(Fault::too_large,
                  fmt::format("stream {} would have had {} shards in its life, closed ones "
                              "included, and can have {}; make a new stream",
                              stream_.name,
                              stream_.shards.size(),
                              shards_max));
    }
    return std::move(stream_);
  }

 private:
  // The time of it, which is also the children's creation.
  UnixMillis close(std::initializer_list<ShardIndex> parents) {
    UnixMillis at = moment_.at;
    for (const ShardIndex parent : parents) {
      const auto next_second =
          std::chrono::floor<std::chrono::seconds>(stream_.shards[parent.value].created) +
          std::chrono::seconds(1);
      at = std::max(at, UnixMillis(next_second));
    }
    for (const ShardIndex parent : parents) {
      ShardDefinition& shard = stream_.shards[parent.value];
      SLUICE_CHECK(!shard.closed);
      // One that is made and closed in the same breath never had a record.
      const bool is_passing = shard.created >= moment_.at;
      shard.closed = {.at = at, .end = is_passing ? first_ordinal : moment_.tip(parent)};
    }
    return at;
  }

  ShardIndex add(HashRange range,
                 UnixMillis created,
                 ShardIndex parent,
                 std::optional<ShardIndex> adjacent_parent = std::nullopt) {
    const ShardIndex index(static_cast<std::uint32_t>(stream_.shards.size()));
    stream_.shards.push_back({.index = index,
                              .range = range,
                              .created = created,
                              .parent = parent,
                              .adjacent_parent = adjacent_parent,
                              .closed = std::nullopt});
    return index;
  }

  StreamDefinition stream_;
  const ReshardMoment& moment_;
};

struct OpenShard {
  ShardIndex index;
  HashRange range;
};

std::vector<OpenShard> open_in_order(const StreamDefinition& stream) {
  std::vector<OpenShard> open;
  for (const ShardDefinition& shard : stream.shards) {
    if (!shard.closed) {
      open.push_back({shard.index, shard.range});
    }
  }
  std::ranges::sort(open, {}, [](const OpenShard& shard) { return shard.range.first; });
  return open;
}

// The last hash keys of the wanted shards.  Where one differs from that of a shard there is only by
// how the widths were rounded, that one is as good, and spares the shard.
std::vector<HashKey> wanted_ends(const std::vector<OpenShard>& open, std::uint32_t target) {
  const HashKey slack = HashKey{target} + open.size();
  std::vector<HashKey> ends;
  ends.reserve(target);
  auto near = open.begin();
  for (const HashRange& range : split_evenly(target)) {
    while (near->range.last < range.last && range.last - near->range.last > slack) {
      ++near;
    }
    const HashKey there = near->range.last;
    const bool is_same = there > range.last ? there - range.last <= slack : true;
    ends.push_back(is_same ? there : range.last);
  }
  return ends;
}

}  // namespace

Result<StreamDefinition> split_shard(const StreamDefinition& stream,
                                     ShardIndex shard,
                                     HashKey second_first,
                                     const ReshardMoment& moment) {
  Resharding resharding(stream, moment);
  SLUICE_TRY(parent, resharding.open(shard));
  const HashRange range = parent->range;
  const bool is_inside =
      second_first > range.first && second_first - range.first > 1 && second_first < range.last;
  if (!is_inside) {
    return fail(Fault::invalid,
                fmt::format("shard {} of stream {} owns the hash keys {} to {} and cannot be split "
                            "at {}",
                            shard.value,
                            stream.name,
                            to_decimal(range.first),
                            to_decimal(range.last),
                            to_decimal(second_first)));
  }
  resharding.split(shard, second_first);
  return std::move(resharding).finish();
}

Result<StreamDefinition> merge_shards(const StreamDefinition& stream,
                                      ShardIndex left,
                                      ShardIndex right,
                                      const ReshardMoment& moment) {
  Resharding resharding(stream, moment);
  SLUICE_TRY(low, resharding.open(left));
  SLUICE_TRY(high, resharding.open(right));
  if (low->range.last == uint128_max || low->range.last + 1 != high->range.first) {
    return fail(Fault::invalid,
                fmt::format("the hash keys of shard {} of stream {} are not followed by those of "
                            "shard {}",
                            left.value,
                            stream.name,
                            right.value));
  }
  resharding.merge(left, right);
  return std::move(resharding).finish();
}

Result<StreamDefinition> scale_shards(const StreamDefinition& stream,
                                      std::uint32_t target,
                                      const ReshardMoment& moment) {
  const std::vector<OpenShard> open = open_in_order(stream);
  Resharding resharding(stream, moment);
  std::optional<ShardIndex> building;  // the part of a wanted shard that was taken so far
  auto next = open.begin();
  OpenShard source = *next;
  for (const HashKey end : wanted_ends(open, target)) {
    while (true) {
      ShardIndex piece = source.index;
      const HashKey piece_end = std::min(source.range.last, end);
      if (piece_end < source.range.last) {
        const auto [first, rest] = resharding.split(source.index, piece_end + 1);
        piece = first;
        source = {rest, {piece_end + 1, source.range.last}};
      } else if (++next != open.end()) {
        source = *next;
      }
      building = building ? resharding.merge(*building, piece) : piece;
      if (piece_end == end) {
        building.reset();
        break;
      }
    }
  }
  return std::move(resharding).finish();
}

}  // namespace sluice::stream
