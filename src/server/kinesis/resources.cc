// Streams and consumers by ARN.
#include "server/kinesis/resources.h"

#include "base/check.h"
#include "server/kinesis/shapes.h"

#include <fmt/format.h>

#include <charconv>

namespace sluice::server {
namespace {

std::optional<std::int64_t> parse_seconds(std::string_view text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, value);
  return fault == std::errc() && stop == end && value >= 0 ? std::optional(value) : std::nullopt;
}

std::int64_t created_seconds(const stream::ConsumerDefinition& consumer) {
  return std::chrono::floor<std::chrono::seconds>(consumer.created.time_since_epoch()).count();
}

// The parts of the resource named in the definition; std::nullopt if it has no such consumer.
std::optional<ResourceParts> parts_of(stream::StreamDefinition& definition,
                                      const ResourceName& name) {
  if (!name.consumer) {
    return ResourceParts{definition.tags, definition.policy};
  }
  for (stream::ConsumerDefinition& consumer : definition.consumers) {
    if (consumer.name == *name.consumer && created_seconds(consumer) == name.consumer_created_s) {
      return ResourceParts{consumer.tags, consumer.policy};
    }
  }
  return std::nullopt;
}

}  // namespace

const aws::Pattern resource_arn_pattern = {
    "arn:aws.*:kinesis:.*:\\d{12}:.*stream/\\S+",
    [](std::string_view text) { return parse_resource_arn(text).has_value(); }};

std::string consumer_arn(const delivery::Account& account,
                         std::string_view stream,
                         const stream::ConsumerDefinition& consumer) {
  return fmt::format(
      "{}/consumer/{}:{}", stream_arn(account, stream), consumer.name, created_seconds(consumer));
}

std::optional<ResourceName> parse_resource_arn(std::string_view arn) {
  const auto rest = stream_name_of_arn(arn);
  if (!rest) {
    return std::nullopt;
  }
  constexpr std::string_view infix = "/consumer/";
  const std::size_t slash = rest->find(infix);
  if (slash == std::string_view::npos) {
    return ResourceName{.stream = *rest, .consumer = std::nullopt};
  }
  const std::string_view tail = rest->substr(slash + infix.size());
  const std::size_t colon = tail.rfind(':');
  const auto created =
      colon == std::string_view::npos ? std::nullopt : parse_seconds(tail.substr(colon + 1));
  if (!created || colon == 0) {
    return std::nullopt;
  }
  return ResourceName{.stream = rest->substr(0, slash),
                      .consumer = tail.substr(0, colon),
                      .consumer_created_s = *created};
}

aws::ApiError consumer_not_found(const World& world,
                                 std::string_view stream,
                                 std::string_view consumer) {
  return {"ResourceNotFoundException",
          fmt::format("Consumer {} under stream {} not found in account {}.",
                      consumer,
                      stream,
                      world.account.id)};
}

Answer read_resource(World& world,
                     std::string_view arn,
                     const std::function<Answer(const ResourceParts& parts)>& use) {
  const auto name = parse_resource_arn(arn);
  SLUICE_CHECK(name.has_value());
  const auto found = find_stream(world, {.name = name->stream, .arn = std::nullopt});
  if (!found) {
    return std::unexpected(found.error());
  }
  stream::StreamDefinition definition = *(*found)->definition();
  const auto parts = parts_of(definition, *name);
  return parts ? use(*parts)
               : std::unexpected(consumer_not_found(world, name->stream, *name->consumer));
}

Answer update_resource(
    World& world,
    std::string_view arn,
    const std::function<std::optional<aws::ApiError>(const ResourceParts& parts)>& change) {
  const auto name = parse_resource_arn(arn);
  SLUICE_CHECK(name.has_value());
  return update_stream(world,
                       {.name = name->stream, .arn = std::nullopt},
                       [&](stream::StreamDefinition& definition) {
                         const auto parts = parts_of(definition, *name);
                         return parts ? change(*parts)
                                      : consumer_not_found(world, name->stream, *name->consumer);
                       });
}

}  // namespace sluice::server
