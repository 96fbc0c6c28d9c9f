#include "stream/shard_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::stream {

namespace {

constexpr std::string_view prefix = "shardId-";
constexpr std::size_t digits_max = 12;
constexpr std::uint64_t index_max = 2147483647;

}  // namespace

std::string shard_id(ShardIndex shard) {
  return fmt::format("{}{:012}", prefix, shard.value);
}

std::optional<ShardIndex> parse_shard_id(std::string_view text) {
  if (text.starts_with(prefix)) {
    text.remove_prefix(prefix.size());
  }
  const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (text.empty() || text.size() > digits_max || !digits) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  if (number > index_max) {
    return std::nullopt;
  }
  return ShardIndex(static_cast<std::uint32_t>(number));
}

}  // namespace sluice::stream
