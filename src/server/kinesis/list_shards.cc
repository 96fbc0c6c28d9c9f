// ListShards: shards in order, filtered, in pages.
#include "server/kinesis/kinesis.h"
#include "server/kinesis/shapes.h"
#include "server/kinesis/shard_listing.h"
#include "stream/shard_id.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::server {
namespace {

constexpr std::int64_t page_max = 1000;

// What is to be listed, and from where.
struct Wish {
  std::string stream;  // of a token; the request names it otherwise
  ShardFilter filter;
  std::optional<stream::ShardIndex> after;
};

using WishOrRefusal = std::expected<Wish, aws::ApiError>;

WishOrRefusal wish_of_token(std::string_view text, UnixMillis now) {
  auto token = decode_listing_token(text, now);
  if (token) {
    return Wish{std::move(token->stream), std::move(token->filter), token->after};
  }
  return token.error() == ListingTokenFault::expired
             ? refuse("ExpiredNextTokenException", "The NextToken is older than 300 seconds.")
             : refuse("InvalidArgumentException",
                      "The NextToken is not one that ListShards has given.");
}

// What only a request without a token may say.
struct FirstPage {
  std::optional<std::string_view> start;  // ExclusiveStartShardId
  std::optional<std::string_view> type;
  std::optional<std::string_view> shard;
  std::optional<UnixMillis> timestamp;
};

FirstPage read_first_page(aws::Members& members) {
  constexpr aws::StringRule shard_rule = {
      .length_min = 1, .length_max = 128, .pattern = &name_pattern};
  FirstPage page;
  page.start = members.string("ExclusiveStartShardId", shard_rule);
  aws::Members filter = members.object("ShardFilter");
  page.type = filter.string("Type", {.is_required = filter.exists(), .values = shard_filter_types});
  page.shard = filter.string("ShardId", shard_rule);
  page.timestamp = filter.timestamp("Timestamp");
  return page;
}

WishOrRefusal wish_of(const FirstPage& page) {
  Wish wish;
  wish.filter.type = page.type.value_or(wish.filter.type);
  const std::string& type = wish.filter.type;
  if (type == "AT_TIMESTAMP" || type == "FROM_TIMESTAMP") {
    if (!page.timestamp) {
      return refuse("InvalidArgumentException",
                    fmt::format("ShardFilter of type {} needs a Timestamp.", type));
    }
    wish.filter.timestamp = page.timestamp;
  }
  if (type == "AFTER_SHARD_ID") {
    wish.filter.after = page.shard ? stream::parse_shard_id(*page.shard) : std::nullopt;
    if (!wish.filter.after) {
      return refuse("InvalidArgumentException",
                    "ShardFilter of type AFTER_SHARD_ID needs a ShardId.");
    }
  }
  if (page.start) {
    wish.after = stream::parse_shard_id(*page.start);
    if (!wish.after) {
      return refuse("InvalidArgumentException",
                    fmt::format("ExclusiveStartShardId {} is no shard id.", *page.start));
    }
  }
  return wish;
}

std::string answer_of(const ShardPage& page,
                      const ShardFilter& filter,
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
    ShardFilter rest = filter;
    if (rest.type == "AFTER_SHARD_ID") {
      rest.type = "FROM_TRIM_HORIZON";
    }
    out.member(
        "NextToken",
        std::string_view(encode_listing_token({now, page.shards.back().index, rest, stream})));
  }
  out.end_object();
  return body;
}

}  // namespace

Answer list_shards(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  StreamReference reference = read_stream_reference(members);
  const auto next_token = members.string("NextToken", {.length_min = 1, .length_max = 1'048'576});
  const auto limit = members.integer("MaxResults", {.min = 1, .max = 10'000});
  const auto created = members.timestamp("StreamCreationTimestamp");
  const FirstPage first = read_first_page(members);
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  if (next_token && (reference.name || reference.arn || first.start || created)) {
    return refuse("InvalidArgumentException",
                  reference.name || reference.arn
                      ? "NextToken and StreamName cannot be provided together."
                      : "NextToken cannot be provided together with ExclusiveStartShardId or "
                        "StreamCreationTimestamp.");
  }
  if (!next_token && !reference.name && !reference.arn) {
    return refuse("InvalidArgumentException", "Either NextToken or StreamName should be provided.");
  }
  const auto wish = next_token ? wish_of_token(*next_token, world.clock.now()) : wish_of(first);
  if (!wish) {
    return std::unexpected(wish.error());
  }
  if (next_token) {
    reference.name = wish->stream;
  }

  const auto found = find_stream(world, reference);
  if (!found) {
    return std::unexpected(found.error());
  }
  const auto definition = (*found)->definition();
  const UnixMillis now = world.clock.now();
  const auto room = static_cast<std::size_t>(std::min(limit.value_or(page_max), page_max));
  return answer_of(list_page(*definition, wish->filter, wish->after, room, now),
                   wish->filter,
                   definition->name,
                   now);
}

}  // namespace sluice::server
