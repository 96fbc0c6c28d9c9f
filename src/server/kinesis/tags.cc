// Tags of streams, by name or ARN, and of any resource by its ARN: one store, two sets of calls.
#include "server/kinesis/kinesis.h"
#include "server/kinesis/resources.h"
#include "server/kinesis/shapes.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::server {
namespace {

constexpr std::size_t tags_a_call_max = 200;
constexpr std::size_t keys_a_call_max = 50;
constexpr std::int64_t page_max = 50;
constexpr aws::StringRule key_rule = {.length_min = 1, .length_max = 128};
constexpr aws::StringRule arn_rule = {
    .is_required = true, .length_min = 1, .length_max = 2048, .pattern = &resource_arn_pattern};

using Tags = std::vector<std::pair<std::string, std::string>>;
using KnownTags = std::map<std::string, std::string>;

std::optional<aws::ApiError> add_tags(KnownTags& known, const Tags& tags) {
  KnownTags after = known;
  for (const auto& [key, value] : tags) {
    after.insert_or_assign(key, value);
  }
  if (after.size() > stream::tags_max) {
    return aws::ApiError{
        "InvalidArgumentException",
        fmt::format("A resource can have at most {} tags; this request would leave it with {}.",
                    stream::tags_max,
                    after.size())};
  }
  known = std::move(after);
  return std::nullopt;
}

std::optional<aws::ApiError> remove_tags(KnownTags& known, std::span<const std::string_view> keys) {
  for (const std::string_view key : keys) {
    known.erase(std::string(key));
  }
  return std::nullopt;
}

Tags read_tags(aws::Members& members) {
  Tags tags = members.string_map(
      "Tags", {.is_required = true, .length_min = 1, .length_max = tags_a_call_max});
  for (const auto& [key, value] : tags) {
    refuse_tag(members, key, value);
  }
  return tags;
}

std::vector<std::string_view> read_keys(aws::Members& members) {
  return members.strings(
      "TagKeys", {.is_required = true, .length_min = 1, .length_max = keys_a_call_max}, key_rule);
}

// The tags behind `after`, at most `room`; whether there are more.
bool write_tags(json::Writer& out,
                const KnownTags& tags,
                std::optional<std::string_view> after,
                std::int64_t room) {
  auto tag = after ? tags.upper_bound(std::string(*after)) : tags.begin();
  out.key("Tags");
  out.begin_array();
  for (; tag != tags.end() && room > 0; ++tag, --room) {
    out.begin_object();
    out.member("Key", std::string_view(tag->first));
    out.member("Value", std::string_view(tag->second));
    out.end_object();
  }
  out.end_array();
  return tag != tags.end();
}

}  // namespace

Answer add_tags_to_stream(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const StreamReference reference = read_stream_reference(members);
  const Tags tags = read_tags(members);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  return update_stream(world, reference, [&](stream::StreamDefinition& definition) {
    return add_tags(definition.tags, tags);
  });
}

Answer remove_tags_from_stream(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const StreamReference reference = read_stream_reference(members);
  const auto keys = read_keys(members);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  return update_stream(world, reference, [&](stream::StreamDefinition& definition) {
    return remove_tags(definition.tags, keys);
  });
}

Answer list_tags_for_stream(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const StreamReference reference = read_stream_reference(members);
  const auto after = members.string("ExclusiveStartTagKey", key_rule);
  const auto limit = members.integer("Limit", {.min = 1, .max = page_max});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto found = find_stream(world, reference);
  if (!found) {
    return std::unexpected(found.error());
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  const bool has_more =
      write_tags(out, (*found)->definition()->tags, after, limit.value_or(page_max));
  out.member("HasMoreTags", has_more);
  out.end_object();
  return body;
}

Answer tag_kinesis_resource(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto arn = members.string("ResourceARN", arn_rule);
  const Tags tags = read_tags(members);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  return update_resource(
      world, *arn, [&](const ResourceParts& parts) { return add_tags(parts.tags, tags); });
}

Answer untag_kinesis_resource(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto arn = members.string("ResourceARN", arn_rule);
  const auto keys = read_keys(members);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  return update_resource(
      world, *arn, [&](const ResourceParts& parts) { return remove_tags(parts.tags, keys); });
}

Answer list_tags_for_kinesis_resource(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto arn = members.string("ResourceARN", arn_rule);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  return read_resource(world, *arn, [](const ResourceParts& parts) -> Answer {
    std::string body;
    json::Writer out(body);
    out.begin_object();
    write_tags(out, parts.tags, std::nullopt, stream::tags_max);
    out.end_object();
    return body;
  });
}

}  // namespace sluice::server
