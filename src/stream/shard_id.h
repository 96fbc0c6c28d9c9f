// Shard ids as the wire spells them: "shardId-000000000003".
#pragma once

#include "stream/ids.h"

#include <optional>
#include <string>
#include <string_view>

namespace sluice::stream {

// "shardId-" and twelve digits.
std::string shard_id(ShardIndex shard);

// Accepts the long form and, as the service does, shorter ones: "shardId-3", "shardId-03", "3".
// std::nullopt for anything else and for numbers above 2147483647.
std::optional<ShardIndex> parse_shard_id(std::string_view text);

}  // namespace sluice::stream
