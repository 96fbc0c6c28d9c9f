// ListShards: shards in order, filtered, in pages.
#include "server/kinesis/kinesis.h"
#include "server/kinesis/shapes.h"
#include "stream/shard_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::server {
namespace {

constexpr std::int64_t page_max = 1000;
constexpr std::chrono::seconds token_life{300};
constexpr std::string_view filter_types[] = {"AFTER_SHARD_ID",
                                             "AT_TRIM_HORIZON",
                                             "FROM_TRIM_HORIZON",
                                             "AT_LATEST",
                                             "AT_TIMESTAMP",
                                             "FROM_TIMESTAMP"};

struct Filter {
  std::string type = "FROM_TRIM_HORIZON";
  std::optional<UnixMillis> timestamp;
  std::optional<stream::ShardIndex> after;
};

// Where a listing goes on.  As text: "<issued ms>:<shard>:<filter>:<timestamp ms>:<stream>".
struct Token {
  UnixMillis issued{};
  stream::ShardIndex after;
  Filter filter;
  std::string stream;
};

std::string encode(const Token& token) {
  return fmt::format("{}:{}:{}:{}:{}",
                     to_count(token.issued),
                     token.after.value,
                     token.filter.type,
                     token.filter.timestamp ? to_count(*token.filter.timestamp) : 0,
                     token.stream);
}

std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end == text.data() + text.size() || *end != ':') {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return value;
}

std::optional<Token> decode(std::string_view text) {
  Token token;
  const auto issued = take_number(text);
  const auto after = issued ? take_number(text) : std::nullopt;
  const std::size_t colon = text.find(':');
  if (!after || *after < 0 || *after > stream::shards_max || colon == std::string_view::npos) {
    return std::nullopt;
  }
  token.issued = unix_millis(*issued);
  token.after = stream::ShardIndex(static_cast<std::uint32_t>(*after));
  token.filter.type = text.substr(0, colon);
  text.remove_prefix(colon + 1);
  const auto timestamp = take_number(text);
  if (!timestamp ||
      std::find(std::begin(filter_types), std::end(filter_types), token.filter.type) ==
          std::end(filter_types)) {
    return std::nullopt;
  }
  if (*timestamp != 0) {
    token.filter.timestamp = unix_millis(*timestamp);
  }
  token.stream = text;
  return token;
}

bool passes(const stream::ShardDefinition& shard, const Filter& filter, UnixMillis horizon) {
  const bool is_open = !shard.closed;
  const auto open_at = [&](UnixMillis time) {
    return shard.created <= time && (is_open || shard.closed->at > time);
  };
  if (filter.type == "AT_LATEST") {
    return is_open;
  }
  if (filter.type == "AT_TRIM_HORIZON") {
    return open_at(std::max(horizon, shard.parent ? horizon : shard.created));
  }
  if (filter.type == "AT_TIMESTAMP") {
    return open_at(*filter.timestamp);
  }
  if (filter.type == "FROM_TIMESTAMP") {
    return is_open || shard.closed->at >= *filter.timestamp;
  }
  return is_open || shard.closed->at >= horizon;
}

struct Page {
  std::vector<stream::ShardDefinition> shards;
  bool has_more = false;
};

Page take_page(const stream::StreamDefinition& definition,
               const Filter& filter,
               std::optional<stream::ShardIndex> after,
               std::size_t room,
               UnixMillis now) {
  Page page;
  const UnixMillis horizon = now - std::chrono::hours(definition.retention_hours);
  for (const stream::ShardDefinition& shard : definition.shards) {
    if ((after && shard.index <= *after) || (filter.after && shard.index <= *filter.after) ||
        stream::is_expired(definition, shard, now) || !passes(shard, filter, horizon)) {
      continue;
    }
    if (page.shards.size() == room) {
      page.has_more = true;
      break;
    }
    page.shards.push_back(shard);
  }
  return page;
}

std::expected<Filter, aws::ApiError> complete(Filter filter,
                                              std::optional<std::string_view> shard) {
  const bool needs_time = filter.type == "AT_TIMESTAMP" || filter.type == "FROM_TIMESTAMP";
  if (needs_time && !filter.timestamp) {
    return refuse("InvalidArgumentException",
                  fmt::format("ShardFilter of type {} needs a Timestamp.", filter.type));
  }
  if (filter.type == "AFTER_SHARD_ID") {
    filter.after = shard ? stream::parse_shard_id(*shard) : std::nullopt;
    if (!filter.after) {
      return refuse("InvalidArgumentException",
                    "ShardFilter of type AFTER_SHARD_ID needs a ShardId.");
    }
  }
  return filter;
}

// What is to be listed, and from where.
struct Wish {
  std::string stream;
  Filter filter;
  std::optional<stream::ShardIndex> after;
};

std::expected<Wish, aws::ApiError> wish_of_token(const World& world,
                                                 const StreamReference& reference,
                                                 std::string_view text) {
  if (reference.name || reference.arn) {
    return refuse("InvalidArgumentException",
                  "NextToken and StreamName cannot be provided together.");
  }
  auto token = decode(text);
  if (!token) {
    return refuse("InvalidArgumentException",
                  "The NextToken is not one that ListShards has given.");
  }
  if (token->issued + token_life < world.clock.now()) {
    return refuse("ExpiredNextTokenException", "The NextToken is older than 300 seconds.");
  }
  return Wish{std::move(token->stream), std::move(token->filter), token->after};
}

std::string answer_of(const Page& page,
                      const Filter& filter,
                      const std::string& stream,
                      UnixMillis now) {
  std::string body;
  json::Writer out(body);
  out.begin_object();
  out.key("Shards");
  out.begin_array();
  for (const stream::ShardDefinition& shard : page.shards) {
    write_shard(out, shard);
  }
  out.end_array();
  if (page.has_more) {
    // What AFTER_SHARD_ID asked for is contained in where the page ended.
    Filter rest = filter;
    if (rest.type == "AFTER_SHARD_ID") {
      rest.type = "FROM_TRIM_HORIZON";
    }
    out.member("NextToken",
               std::string_view(encode({now, page.shards.back().index, rest, stream})));
  }
  out.end_object();
  return body;
}

}  // namespace

Answer list_shards(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  StreamReference reference = read_stream_reference(members);
  const auto next_token = members.string("NextToken", {.length_min = 1, .length_max = 1'048'576});
  const auto start = members.string("ExclusiveStartShardId",
                                    {.length_min = 1, .length_max = 128, .pattern = &name_pattern});
  const auto limit = members.integer("MaxResults", {.min = 1, .max = 10'000});
  members.timestamp("StreamCreationTimestamp");
  aws::Members filter_members = members.object("ShardFilter");
  const auto type = filter_members.string(
      "Type", {.is_required = filter_members.exists(), .values = filter_types});
  const auto filter_shard = filter_members.string(
      "ShardId", {.length_min = 1, .length_max = 128, .pattern = &name_pattern});
  const auto timestamp = filter_members.timestamp("Timestamp");
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }

  Wish wish;
  if (next_token) {
    auto continued = wish_of_token(world, reference, *next_token);
    if (!continued) {
      return std::unexpected(continued.error());
    }
    wish = *std::move(continued);
    reference.name = wish.stream;
  } else {
    if (!reference.name && !reference.arn) {
      return refuse("InvalidArgumentException",
                    "Either NextToken or StreamName should be provided.");
    }
    Filter filter;
    filter.type = type.value_or("FROM_TRIM_HORIZON");
    filter.timestamp = timestamp;
    auto completed = complete(std::move(filter), filter_shard);
    if (!completed) {
      return std::unexpected(completed.error());
    }
    wish.filter = *std::move(completed);
    wish.after = start ? stream::parse_shard_id(*start) : std::nullopt;
  }

  const auto found = find_stream(world, reference);
  if (!found) {
    return std::unexpected(found.error());
  }
  const auto definition = (*found)->definition();
  const UnixMillis now = world.clock.now();
  const auto room = static_cast<std::size_t>(std::min(limit.value_or(page_max), page_max));
  return answer_of(take_page(*definition, wish.filter, wish.after, room, now),
                   wish.filter,
                   definition->name,
                   now);
}

}  // namespace sluice::server
