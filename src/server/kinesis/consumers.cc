// RegisterStreamConsumer, DescribeStreamConsumer, ListStreamConsumers, DeregisterStreamConsumer.
#include "server/kinesis/kinesis.h"
#include "server/kinesis/resources.h"
#include "server/kinesis/shapes.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::server {
namespace {

constexpr std::size_t consumers_max = 50;  // a stream
constexpr std::int64_t page_max = 100;
constexpr aws::StringRule required_arn = {
    .is_required = true, .length_min = 1, .length_max = 2048, .pattern = &stream_arn_pattern};
constexpr aws::StringRule name_rule = {
    .length_min = 1, .length_max = 128, .pattern = &name_pattern};

void write_consumer(json::Writer& out,
                    const World& world,
                    std::string_view stream,
                    const stream::ConsumerDefinition& consumer) {
  out.member("ConsumerName", std::string_view(consumer.name));
  out.member("ConsumerARN", std::string_view(consumer_arn(world.account, stream, consumer)));
  out.member("ConsumerStatus", "ACTIVE");
  out.member("ConsumerCreationTimestamp", consumer.created);
}

// A consumer by its ARN, or by its name and its stream's ARN.
struct ConsumerReference {
  std::string_view stream;
  std::string_view name;
  std::optional<std::int64_t> created_s;

  bool is(const World& world, const stream::ConsumerDefinition& consumer) const {
    return consumer.name == name &&
           (!created_s ||
            parse_resource_arn(consumer_arn(world.account, stream, consumer))->consumer_created_s ==
                *created_s);
  }
};

std::expected<ConsumerReference, aws::ApiError> read_consumer_reference(aws::Members& members) {
  const auto stream = members.string(
      "StreamARN", {.length_min = 1, .length_max = 2048, .pattern = &stream_arn_pattern});
  const auto name = members.string("ConsumerName", name_rule);
  const auto arn = members.string(
      "ConsumerARN", {.length_min = 1, .length_max = 2048, .pattern = &resource_arn_pattern});
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (arn) {
    const auto parsed = parse_resource_arn(*arn);
    if (!parsed->consumer) {
      return refuse("InvalidArgumentException",
                    fmt::format("ConsumerARN {} does not name a consumer.", *arn));
    }
    return ConsumerReference{parsed->stream, *parsed->consumer, parsed->consumer_created_s};
  }
  if (!stream || !name) {
    return refuse("InvalidArgumentException",
                  "Either ConsumerARN or both StreamARN and ConsumerName must be provided.");
  }
  return ConsumerReference{*stream_name_of_arn(*stream), *name, std::nullopt};
}

}  // namespace

Answer register_stream_consumer(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  StreamReference reference;
  reference.arn = members.string("StreamARN", required_arn);
  aws::StringRule rule = name_rule;
  rule.is_required = true;
  const auto name = members.string("ConsumerName", rule);
  const auto tags = members.string_map("Tags", {.length_max = stream::tags_max});
  for (const auto& [key, value] : tags) {
    refuse_tag(members, key, value);
  }
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  std::string body;
  const Answer changed = update_stream(
      world, reference, [&](stream::StreamDefinition& definition) -> std::optional<aws::ApiError> {
        if (definition.find_consumer(*name) != nullptr) {
          return aws::ApiError{"ResourceInUseException",
                               fmt::format("Consumer {} under stream {} already exists for account "
                                           "{}.",
                                           *name,
                                           definition.name,
                                           world.account.id)};
        }
        if (definition.consumers.size() >= consumers_max) {
          return aws::ApiError{"LimitExceededException",
                               fmt::format("Stream {} under account {} has {} consumers, which is "
                                           "the most it can have.",
                                           definition.name,
                                           world.account.id,
                                           consumers_max)};
        }
        stream::ConsumerDefinition consumer{.name = std::string(*name),
                                            .created = world.clock.now(),
                                            .tags = {tags.begin(), tags.end()}};
        json::Writer out(body);
        out.begin_object();
        out.key("Consumer");
        out.begin_object();
        write_consumer(out, world, definition.name, consumer);
        out.end_object();
        out.end_object();
        const auto place = std::ranges::lower_bound(
            definition.consumers, consumer.name, {}, &stream::ConsumerDefinition::name);
        definition.consumers.insert(place, std::move(consumer));
        return std::nullopt;
      });
  return changed ? Answer(std::move(body)) : changed;
}

Answer describe_stream_consumer(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto reference = read_consumer_reference(members);
  if (!reference) {
    return std::unexpected(reference.error());
  }
  const auto found = find_stream(world, {.name = reference->stream, .arn = std::nullopt});
  if (!found) {
    return std::unexpected(found.error());
  }
  const auto definition = (*found)->definition();
  const stream::ConsumerDefinition* consumer = definition->find_consumer(reference->name);
  if (consumer == nullptr || !reference->is(world, *consumer)) {
    return std::unexpected(consumer_not_found(world, definition->name, reference->name));
  }
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("ConsumerDescription");
  out.begin_object();
  write_consumer(out, world, definition->name, *consumer);
  out.member("StreamARN", std::string_view(stream_arn(world.account, definition->name)));
  out.end_object();
  out.end_object();
  return body;
}

Answer list_stream_consumers(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  StreamReference reference;
  reference.arn = members.string("StreamARN", required_arn);
  // The token is the name the last page ended with.
  const auto token = members.string("NextToken", {.length_min = 1, .length_max = 1'048'576});
  const auto limit = members.integer("MaxResults", {.min = 1, .max = 10'000});
  members.timestamp("StreamCreationTimestamp");
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const auto found = find_stream(world, reference);
  if (!found) {
    return std::unexpected(found.error());
  }
  const auto definition = (*found)->definition();
  const auto& consumers = definition->consumers;
  auto at = token
                ? std::ranges::upper_bound(consumers, *token, {}, &stream::ConsumerDefinition::name)
                : consumers.begin();
  std::int64_t room = std::min(limit.value_or(page_max), page_max);
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("Consumers");
  out.begin_array();
  for (; at != consumers.end() && room > 0; ++at, --room) {
    out.begin_object();
    write_consumer(out, world, definition->name, *at);
    out.end_object();
  }
  out.end_array();
  if (at != consumers.end()) {
    out.member("NextToken", std::string_view(std::prev(at)->name));
  }
  out.end_object();
  return body;
}

Answer deregister_stream_consumer(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto reference = read_consumer_reference(members);
  if (!reference) {
    return std::unexpected(reference.error());
  }
  return update_stream(world,
                       {.name = reference->stream, .arn = std::nullopt},
                       [&](stream::StreamDefinition& definition) -> std::optional<aws::ApiError> {
                         const auto removed = std::erase_if(
                             definition.consumers, [&](const stream::ConsumerDefinition& consumer) {
                               return reference->is(world, consumer);
                             });
                         if (removed == 0) {
                           return consumer_not_found(world, definition.name, reference->name);
                         }
                         return std::nullopt;
                       });
}

}  // namespace sluice::server
