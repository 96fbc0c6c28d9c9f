#include "stream/definition.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::stream {

std::uint32_t StreamDefinition::open_shards() const {
  return static_cast<std::uint32_t>(std::ranges::count_if(
      shards, [](const ShardDefinition& shard) { return !shard.closed.has_value(); }));
}

const ConsumerDefinition* StreamDefinition::find_consumer(std::string_view consumer) const {
  const auto found = std::ranges::find(consumers, consumer, &ConsumerDefinition::name);
  return found == consumers.end() ? nullptr : &*found;
}

bool is_expired(const StreamDefinition& stream, const ShardDefinition& shard, UnixMillis now) {
  return shard.closed && shard.closed->at + std::chrono::hours(stream.retention_hours) < now;
}

bool is_stream_name(std::string_view name) {
  constexpr std::size_t name_chars_max = 128;
  return !name.empty() && name.size() <= name_chars_max && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  });
}

Result<ShardRouter> make_router(const StreamDefinition& definition) {
  std::vector<ShardRouter::Entry> open;
  for (const ShardDefinition& shard : definition.shards) {
    if (!shard.closed) {
      open.push_back({.range = shard.range, .shard = shard.index});
    }
  }
  auto router = ShardRouter::over(std::move(open));
  if (!router) {
    return fail(Fault::corrupt,
                fmt::format("the open shards of stream {} leave hash keys out or share some; its "
                            "definition was changed by hand or is damaged",
                            definition.name));
  }
  return std::move(*router);
}

Result<std::vector<StreamDefinition>> MemoryDefinitionStore::load_all() {
  const std::lock_guard lock(mutex_);
  std::vector<StreamDefinition> all;
  for (const auto& [incarnation, definition] : definitions_) {
    all.push_back(definition);
  }
  return all;
}

Result<void> MemoryDefinitionStore::save(const StreamDefinition& definition) {
  const std::lock_guard lock(mutex_);
  definitions_[definition.incarnation] = definition;
  return {};
}

Result<void> MemoryDefinitionStore::remove(const StreamIncarnation& incarnation) {
  const std::lock_guard lock(mutex_);
  definitions_.erase(incarnation);
  return {};
}

Result<std::map<StreamIncarnation, LogPosition>> MemoryDefinitionStore::load_positions() {
  const std::lock_guard lock(mutex_);
  return positions_;
}

Result<void> MemoryDefinitionStore::save_positions(
    const std::map<StreamIncarnation, LogPosition>& positions) {
  const std::lock_guard lock(mutex_);
  for (const auto& [incarnation, position] : positions) {
    positions_[incarnation] = position;
  }
  return {};
}

Result<void> MemoryDefinitionStore::remove_position(const StreamIncarnation& incarnation) {
  const std::lock_guard lock(mutex_);
  positions_.erase(incarnation);
  return {};
}

}  // namespace sluice::stream
