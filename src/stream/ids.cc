#include "stream/ids.h"

#include "base/check.h"

#include <fmt/format.h>

#include <charconv>

namespace sluice::stream {

namespace {

constexpr std::size_t hex_digits = 32;

std::optional<std::uint64_t> parse_hex64(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (fault != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::string to_hex(const StreamIncarnation& incarnation) {
  return fmt::format(
      "{:016x}{:016x}", static_cast<std::uint64_t>(incarnation.created_ms), incarnation.random);
}

std::optional<StreamIncarnation> parse_incarnation(std::string_view text) {
  if (text.size() != hex_digits) {
    return std::nullopt;
  }
  const auto created = parse_hex64(text.substr(0, hex_digits / 2));
  const auto random = parse_hex64(text.substr(hex_digits / 2));
  if (!created || !random) {
    return std::nullopt;
  }
  const StreamIncarnation incarnation{.created_ms = static_cast<std::int64_t>(*created),
                                      .random = *random};
  if (to_hex(incarnation) != text) {
    return std::nullopt;
  }
  return incarnation;
}

ShardState state_of(const ShardStates& states, ShardIndex shard) {
  return shard.value < states.size() ? states[shard.value] : ShardState{};
}

ShardState& state_at(ShardStates& states, ShardIndex shard) {
  SLUICE_CHECK(shard.value < shards_max);
  if (shard.value >= states.size()) {
    states.resize(shard.value + 1);
  }
  return states[shard.value];
}

}  // namespace sluice::stream
