// Patterns, stream look-up and descriptions.
#include "server/kinesis/shapes.h"

#include "base/utf8.h"
#include "stream/hash_key.h"
#include "stream/sequence_number.h"
#include "stream/shard_id.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::server {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The six parts of "arn:partition:service:region:account:resource".
std::optional<std::string_view> resource_of_arn(std::string_view arn, std::string_view service) {
  if (!arn.starts_with("arn:aws")) {
    return std::nullopt;
  }
  std::string_view rest = arn;
  for (int part = 0; part < 5; ++part) {
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view content = rest.substr(0, colon);
    const bool is_account =
        content.size() == 12 && std::all_of(content.begin(), content.end(), is_digit);
    if ((part == 2 && content != service) || (part == 4 && !is_account)) {
      return std::nullopt;
    }
    rest.remove_prefix(colon + 1);
  }
  return rest;
}

bool is_hash_key(std::string_view text) {
  return text == "0" || (!text.empty() && text.size() <= 39 && text[0] != '0' &&
                         std::all_of(text.begin(), text.end(), is_digit));
}

}  // namespace

const aws::Pattern name_pattern = {
    "[a-zA-Z0-9_.-]+", [](std::string_view text) {
      return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               c == '.' || c == '-';
      });
    }};
const aws::Pattern stream_arn_pattern = {
    "arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+",
    [](std::string_view text) { return stream_name_of_arn(text).has_value(); }};
const aws::Pattern hash_key_pattern = {"0|([1-9]\\d{0,38})", is_hash_key};
const aws::Pattern sequence_pattern = {"0|([1-9]\\d{0,128})", stream::is_sequence_text};

std::string stream_arn(const delivery::Account& account, std::string_view name) {
  return fmt::format("arn:aws:kinesis:{}:{}:stream/{}", account.region, account.id, name);
}

std::optional<std::string_view> stream_name_of_arn(std::string_view arn) {
  const auto resource = resource_of_arn(arn, "kinesis");
  constexpr std::string_view prefix = "stream/";
  if (!resource || !resource->starts_with(prefix) || resource->size() == prefix.size() ||
      resource->find_first_of(" \t\r\n") != std::string_view::npos) {
    return std::nullopt;
  }
  return resource->substr(prefix.size());
}

StreamReference read_stream_reference(aws::Members& members) {
  StreamReference reference;
  reference.name = members.string(
      "StreamName",
      {.length_min = 1, .length_max = stream_name_chars_max, .pattern = &name_pattern});
  reference.arn = members.string(
      "StreamARN",
      {.length_min = 1, .length_max = stream_arn_chars_max, .pattern = &stream_arn_pattern});
  return reference;
}

aws::ApiError stream_not_found(const World& world, std::string_view name) {
  return {"ResourceNotFoundException",
          fmt::format("Stream {} under account {} not found.", name, world.account.id)};
}

std::expected<stream::StreamHandle, aws::ApiError> find_stream(const World& world,
                                                               const StreamReference& reference) {
  const auto by_arn = reference.arn ? stream_name_of_arn(*reference.arn) : std::nullopt;
  if (!reference.name && !by_arn) {
    return refuse("InvalidArgumentException", "Either StreamName or StreamARN must be provided.");
  }
  if (reference.name && by_arn && *reference.name != *by_arn) {
    return refuse("InvalidArgumentException",
                  fmt::format("StreamName {} and StreamARN {} name different streams.",
                              *reference.name,
                              *reference.arn));
  }
  const std::string_view name = reference.name ? *reference.name : *by_arn;
  stream::StreamHandle found = world.streams.find(name);
  if (found == nullptr || found->definition()->kind == stream::StreamKind::internal) {
    return std::unexpected(stream_not_found(world, name));
  }
  return found;
}

Answer update_stream(
    World& world,
    const StreamReference& reference,
    const std::function<std::optional<aws::ApiError>(stream::StreamDefinition&)>& change) {
  const auto found = find_stream(world, reference);
  if (!found) {
    return std::unexpected(found.error());
  }
  std::optional<aws::ApiError> refused;
  const auto updated =
      world.streams.update(*found, [&](stream::StreamDefinition& definition) -> Result<void> {
        refused = change(definition);
        return refused ? fail(Fault::invalid, refused->message) : Result<void>();
      });
  if (refused) {
    return std::unexpected(*std::move(refused));
  }
  return updated ? Answer() : std::unexpected(aws::api_error(updated.error(), aws::kinesis_faults));
}

std::optional<aws::ApiError> refuse_shards(const World& world,
                                           std::int64_t shards,
                                           std::int64_t more) {
  if (shards <= shards_per_stream_max) {
    return std::nullopt;
  }
  return aws::ApiError{
      "LimitExceededException",
      fmt::format("This request would exceed the shard limit for the account {} in {}. Limit: {}. "
                  "Number of additional shards that would have resulted from this request: {}.",
                  world.account.id,
                  world.account.region,
                  shards_per_stream_max,
                  more)};
}

void refuse_tag(aws::Members& members, std::string_view key, std::string_view value) {
  constexpr std::size_t key_chars_max = 128;
  constexpr std::size_t value_chars_max = 256;
  const auto chars = [](std::string_view text) { return count_code_points(text); };
  if (key.empty() || chars(key) > key_chars_max) {
    members.violation("Tags",
                      key,
                      "Map keys must satisfy constraint: [Member must have length less than or "
                      "equal to 128, Member must have length greater than or equal to 1]");
  }
  if (chars(value) > value_chars_max) {
    members.violation("Tags",
                      value,
                      "Map value must satisfy constraint: [Member must have length less than or "
                      "equal to 256, Member must have length greater than or equal to 0]");
  }
}

std::unexpected<aws::ApiError> dry_run() {
  return refuse("DryRunOperationException",
                "The request would have succeeded; it was refused for its DryRun.");
}

std::string_view encryption_type(const stream::StreamDefinition& definition) {
  return definition.encryption_key.empty() ? "NONE" : "KMS";
}

void write_stream_members(json::Writer& out,
                          const World& world,
                          const stream::StreamDefinition& definition) {
  constexpr std::string_view statuses[] = {"CREATING", "ACTIVE", "UPDATING", "DELETING"};
  out.member("StreamName", std::string_view(definition.name));
  out.member("StreamARN", std::string_view(stream_arn(world.account, definition.name)));
  out.member("StreamStatus", statuses[static_cast<std::size_t>(definition.status)]);
  out.key("StreamModeDetails");
  out.begin_object();
  out.member("StreamMode", stream_modes[static_cast<std::size_t>(definition.mode)]);
  out.end_object();
  out.member("RetentionPeriodHours", definition.retention_hours);
  out.member("StreamCreationTimestamp", definition.created);
  out.key("EnhancedMonitoring");
  out.begin_array();
  out.begin_object();
  out.key("ShardLevelMetrics");
  out.begin_array();
  for (const std::string& metric : definition.monitored_metrics) {
    out.value(std::string_view(metric));
  }
  out.end_array();
  out.end_object();
  out.end_array();
  out.member("EncryptionType", encryption_type(definition));
  if (!definition.encryption_key.empty()) {
    out.member("KeyId", std::string_view(definition.encryption_key));
  }
}

void write_shard(json::Writer& out, const stream::ShardDefinition& shard) {
  out.begin_object();
  out.member("ShardId", std::string_view(stream::shard_id(shard.index)));
  if (shard.parent) {
    out.member("ParentShardId", std::string_view(stream::shard_id(*shard.parent)));
  }
  if (shard.adjacent_parent) {
    out.member("AdjacentParentShardId", std::string_view(stream::shard_id(*shard.adjacent_parent)));
  }
  out.key("HashKeyRange");
  out.begin_object();
  out.member("StartingHashKey", std::string_view(to_decimal(shard.range.first)));
  out.member("EndingHashKey", std::string_view(to_decimal(shard.range.last)));
  out.end_object();
  out.key("SequenceNumberRange");
  out.begin_object();
  out.member("StartingSequenceNumber",
             std::string_view(
                 stream::sequence_text(stream::starting_sequence(shard.index, shard.created))));
  if (shard.closed) {
    out.member("EndingSequenceNumber",
               std::string_view(stream::sequence_text(
                   stream::ending_sequence(shard.index, shard.created, shard.closed->at))));
  }
  out.end_object();
  out.end_object();
}

}  // namespace sluice::server
