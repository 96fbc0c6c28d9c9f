// The numbers a stream is made of, each a type of its own.
#pragma once

#include "base/clock.h"
#include "base/strong.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::stream {

// A shard's number within its stream, from 0, never reused.
using ShardIndex = Strong<struct ShardIndexTag, std::uint32_t>;

// A record's place within its shard: dense from 1, never reused.
using Ordinal = Strong<struct OrdinalTag, std::uint64_t>;

// A byte's place within a stream's log, counted over the frames of all its segments.
using LogOffset = Strong<struct LogOffsetTag, std::uint64_t>;

inline constexpr Ordinal first_ordinal{1};

// No stream has more; a larger number in a file or a token is a mistake.
inline constexpr std::uint32_t shards_max = 100'000;

// Tells a stream from every other that bore or will bear its name.  Value type.
struct StreamIncarnation {
  std::int64_t created_ms = 0;  // since the Unix epoch
  std::uint64_t random = 0;

  friend auto operator<=>(const StreamIncarnation&, const StreamIncarnation&) = default;
};

// 32 lower-case hex digits, in the order of creation.
std::string to_hex(const StreamIncarnation& incarnation);

// std::nullopt unless `text` is what to_hex() gives.
std::optional<StreamIncarnation> parse_incarnation(std::string_view text);

// Where a shard stands: what its next record will be called, and the time of its last one.
struct ShardState {
  Ordinal next = first_ordinal;
  UnixMillis last_arrival{};

  friend bool operator==(const ShardState&, const ShardState&) = default;
};

// By shard index; shards behind the end are in their initial state.
using ShardStates = std::vector<ShardState>;

// The state of `shard`, the initial one if `states` does not reach it.
ShardState state_of(const ShardStates& states, ShardIndex shard);

// The state of `shard` for change; extends `states` where needed.
ShardState& state_at(ShardStates& states, ShardIndex shard);

}  // namespace sluice::stream
