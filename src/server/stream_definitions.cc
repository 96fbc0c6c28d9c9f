// Stream definitions as JSON.  Hash keys are decimal strings, times milliseconds since the epoch.
#include "server/stream_definitions.h"

#include "json/document.h"
#include "json/writer.h"

#include <fmt/format.h>

namespace sluice::server {
namespace {

constexpr std::int64_t format_version = 1;

void write_shard(json::Writer& out, const stream::ShardDefinition& shard) {
  out.begin_object();
  out.member("index", shard.index.value);
  out.member("first_hash_key", std::string_view(to_decimal(shard.range.first)));
  out.member("last_hash_key", std::string_view(to_decimal(shard.range.last)));
  out.member("created_ms", to_count(shard.created));
  if (shard.parent) {
    out.member("parent", shard.parent->value);
  }
  if (shard.adjacent_parent) {
    out.member("adjacent_parent", shard.adjacent_parent->value);
  }
  if (shard.closed) {
    out.member("closed_ms", to_count(shard.closed->at));
    out.member("closed_end", shard.closed->end.value);
  }
  out.end_object();
}

void write_tags(json::Writer& out, const std::map<std::string, std::string>& tags) {
  out.key("tags");
  out.begin_object();
  for (const auto& [key, value] : tags) {
    out.member(key, std::string_view(value));
  }
  out.end_object();
}

// What only few streams have is left out of the others.
void write_settings(json::Writer& out, const stream::StreamDefinition& definition) {
  if (!definition.consumers.empty()) {
    out.key("consumers");
    out.begin_array();
    for (const stream::ConsumerDefinition& consumer : definition.consumers) {
      out.begin_object();
      out.member("name", std::string_view(consumer.name));
      out.member("created_ms", to_count(consumer.created));
      write_tags(out, consumer.tags);
      out.member("policy", std::string_view(consumer.policy));
      out.end_object();
    }
    out.end_array();
  }
  if (!definition.monitored_metrics.empty()) {
    out.key("monitored_metrics");
    out.begin_array();
    for (const std::string& metric : definition.monitored_metrics) {
      out.value(std::string_view(metric));
    }
    out.end_array();
  }
  if (!definition.encryption_key.empty()) {
    out.member("encryption_key", std::string_view(definition.encryption_key));
  }
  if (!definition.policy.empty()) {
    out.member("policy", std::string_view(definition.policy));
  }
}

std::unexpected<Error> damaged(std::string_view what) {
  return fail(Fault::corrupt,
              fmt::format("the stored definition of a stream has no valid {}", what));
}

std::unexpected<Error> newer_format(std::string_view what, std::int64_t format) {
  return fail(Fault::unsupported,
              fmt::format("a stream's {} is stored in format {}, this program reads format {}; "
                          "start the newer program",
                          what,
                          format,
                          format_version));
}

Result<std::int64_t> integer(json::View object, std::string_view key) {
  const auto value = object.find(key).as_int64();
  if (!value) {
    return damaged(key);
  }
  return *value;
}

Result<UInt128> hash_key(json::View object, std::string_view key) {
  const auto text = object.find(key).as_string();
  const auto value = text ? parse_uint128(*text) : std::nullopt;
  if (!value) {
    return damaged(key);
  }
  return *value;
}

std::optional<stream::ShardIndex> shard_index(json::View value) {
  const auto number = value.exists() ? value.as_int64() : std::nullopt;
  if (!number || *number < 0 || *number > stream::shards_max) {
    return std::nullopt;
  }
  return stream::ShardIndex(static_cast<std::uint32_t>(*number));
}

Result<stream::ShardDefinition> read_shard(json::View object) {
  stream::ShardDefinition shard;
  const auto index = shard_index(object.find("index"));
  if (!index) {
    return damaged("shard index");
  }
  shard.index = *index;
  SLUICE_TRY(first, hash_key(object, "first_hash_key"));
  SLUICE_TRY(last, hash_key(object, "last_hash_key"));
  SLUICE_TRY(created, integer(object, "created_ms"));
  shard.range = {first, last};
  shard.created = unix_millis(created);
  shard.parent = shard_index(object.find("parent"));
  shard.adjacent_parent = shard_index(object.find("adjacent_parent"));
  if (object.find("closed_ms").exists()) {
    SLUICE_TRY(closed, integer(object, "closed_ms"));
    SLUICE_TRY(end, integer(object, "closed_end"));
    shard.closed = {unix_millis(closed), stream::Ordinal(static_cast<std::uint64_t>(end))};
  }
  return shard;
}

std::map<std::string, std::string> read_tags(json::View object) {
  std::map<std::string, std::string> tags;
  for (const json::Member& tag : object.find("tags").members()) {
    tags.emplace(tag.key, tag.value.as_string().value_or(std::string_view()));
  }
  return tags;
}

std::string text_of(json::View object, std::string_view key) {
  return std::string(object.find(key).as_string().value_or(std::string_view()));
}

Result<void> read_settings(json::View root, stream::StreamDefinition& definition) {
  for (const json::View element : root.find("consumers").elements()) {
    SLUICE_TRY(created, integer(element, "created_ms"));
    definition.consumers.push_back({.name = text_of(element, "name"),
                                    .created = unix_millis(created),
                                    .tags = read_tags(element),
                                    .policy = text_of(element, "policy")});
  }
  for (const json::View metric : root.find("monitored_metrics").elements()) {
    definition.monitored_metrics.emplace(metric.as_string().value_or(std::string_view()));
  }
  definition.encryption_key = text_of(root, "encryption_key");
  definition.policy = text_of(root, "policy");
  return {};
}

}  // namespace

std::string encode(const stream::StreamDefinition& definition) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("format", format_version);
  out.member("name", std::string_view(definition.name));
  out.member("incarnation", std::string_view(stream::to_hex(definition.incarnation)));
  out.member("created_ms", to_count(definition.created));
  out.member("kind", definition.kind == stream::StreamKind::internal ? "internal" : "data");
  out.member("mode",
             definition.mode == stream::StreamMode::on_demand ? "on_demand" : "provisioned");
  out.member("status", static_cast<std::int64_t>(definition.status));
  out.member("retention_hours", definition.retention_hours);
  out.member("record_bytes_max", definition.record_bytes_max);
  write_tags(out, definition.tags);
  write_settings(out, definition);
  out.key("shards");
  out.begin_array();
  for (const stream::ShardDefinition& shard : definition.shards) {
    write_shard(out, shard);
  }
  out.end_array();
  out.end_object();
  return text;
}

Result<stream::StreamDefinition> decode_stream_definition(std::string_view text) {
  SLUICE_TRY(document, json::Document::parse(std::string(text)));
  const json::View root = document.root();
  SLUICE_TRY(format, integer(root, "format"));
  if (format != format_version) {
    return newer_format("definition", format);
  }
  stream::StreamDefinition definition;
  const auto name = root.find("name").as_string();
  const auto incarnation_text = root.find("incarnation").as_string();
  const auto incarnation =
      incarnation_text ? stream::parse_incarnation(*incarnation_text) : std::nullopt;
  if (!name || !incarnation) {
    return damaged(name ? "incarnation" : "name");
  }
  definition.name = *name;
  definition.incarnation = *incarnation;
  SLUICE_TRY(created, integer(root, "created_ms"));
  definition.created = unix_millis(created);
  definition.kind = root.find("kind").as_string() == "internal" ? stream::StreamKind::internal
                                                                : stream::StreamKind::data;
  definition.mode = root.find("mode").as_string() == "on_demand" ? stream::StreamMode::on_demand
                                                                 : stream::StreamMode::provisioned;
  SLUICE_TRY(status, integer(root, "status"));
  if (status < 0 || status > static_cast<std::int64_t>(stream::StreamStatus::deleting)) {
    return damaged("status");
  }
  definition.status = static_cast<stream::StreamStatus>(status);
  SLUICE_TRY(retention, integer(root, "retention_hours"));
  SLUICE_TRY(record_bytes, integer(root, "record_bytes_max"));
  definition.retention_hours = static_cast<std::uint32_t>(retention);
  definition.record_bytes_max = static_cast<std::uint32_t>(record_bytes);
  definition.tags = read_tags(root);
  SLUICE_TRY_DO(read_settings(root, definition));
  for (const json::View element : root.find("shards").elements()) {
    SLUICE_TRY(shard, read_shard(element));
    definition.shards.push_back(std::move(shard));
  }
  return definition;
}

std::string encode(const stream::LogPosition& position) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.member("format", format_version);
  out.member("segment", position.segment);
  out.key("shards");
  out.begin_array();
  for (const stream::ShardPosition& shard : position.shards) {
    out.begin_object();
    out.member("next", shard.next.value);
    out.member("unused_from", shard.unused.first.value);
    out.member("unused_to", shard.unused.next.value);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return text;
}

Result<stream::LogPosition> decode_log_position(std::string_view text) {
  SLUICE_TRY(document, json::Document::parse(std::string(text)));
  const json::View root = document.root();
  SLUICE_TRY(format, integer(root, "format"));
  if (format != format_version) {
    return newer_format("log position", format);
  }
  stream::LogPosition position;
  SLUICE_TRY(segment, integer(root, "segment"));
  position.segment = static_cast<std::uint64_t>(segment);
  for (const json::View shard : root.find("shards").elements()) {
    SLUICE_TRY(next, integer(shard, "next"));
    SLUICE_TRY(from, integer(shard, "unused_from"));
    SLUICE_TRY(to, integer(shard, "unused_to"));
    if (next < 1 || from < 1 || to < from) {
      return damaged("log position");
    }
    position.shards.push_back(
        {.next = stream::Ordinal(static_cast<std::uint64_t>(next)),
         .unused = {.first = stream::Ordinal(static_cast<std::uint64_t>(from)),
                    .next = stream::Ordinal(static_cast<std::uint64_t>(to))}});
  }
  return position;
}

Result<std::vector<stream::StreamDefinition>> StoredStreamDefinitions::load_all() {
  SLUICE_TRY(stored, definitions_.load_all(store::kind_stream));
  std::vector<stream::StreamDefinition> out;
  for (const store::Definition& one : stored) {
    auto definition = decode_stream_definition(one.body);
    if (!definition) {
      return std::unexpected(std::move(definition).error().within("stream " + one.key));
    }
    out.push_back(*std::move(definition));
  }
  return out;
}

Result<void> StoredStreamDefinitions::save(const stream::StreamDefinition& definition) {
  return definitions_.save(
      store::kind_stream, stream::to_hex(definition.incarnation), encode(definition));
}

Result<void> StoredStreamDefinitions::remove(const stream::StreamIncarnation& incarnation) {
  return remove_if_there(store::kind_stream, incarnation);
}

Result<void> StoredStreamDefinitions::remove_if_there(
    std::string_view kind, const stream::StreamIncarnation& incarnation) {
  auto removed = definitions_.remove(kind, stream::to_hex(incarnation));
  if (!removed && removed.error().fault() == Fault::missing) {
    return {};
  }
  return removed;
}

Result<std::map<stream::StreamIncarnation, stream::LogPosition>>
StoredStreamDefinitions::load_positions() {
  SLUICE_TRY(stored, definitions_.load_all(store::kind_stream_position));
  std::map<stream::StreamIncarnation, stream::LogPosition> positions;
  for (const store::Definition& one : stored) {
    const auto incarnation = stream::parse_incarnation(one.key);
    if (!incarnation) {
      return damaged("key of its log position");
    }
    SLUICE_TRY(position, decode_log_position(one.body));
    positions.emplace(*incarnation, std::move(position));
  }
  return positions;
}

Result<void> StoredStreamDefinitions::save_positions(
    const std::map<stream::StreamIncarnation, stream::LogPosition>& positions) {
  std::vector<store::Definition> rows;
  rows.reserve(positions.size());
  for (const auto& [incarnation, position] : positions) {
    rows.push_back({.key = stream::to_hex(incarnation), .body = encode(position)});
  }
  return definitions_.database().write([&](store::Transaction& transaction) {
    return store::Definitions::save_all(transaction, store::kind_stream_position, rows);
  });
}

Result<void> StoredStreamDefinitions::remove_position(
    const stream::StreamIncarnation& incarnation) {
  return remove_if_there(store::kind_stream_position, incarnation);
}

}  // namespace sluice::server
