#include "server/kinesis/shard_listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::server {
namespace {

std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end == text.data() + text.size() || *end != ':') {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return value;
}

std::optional<ListingToken> parse(std::string_view text) {
  ListingToken token;
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
      std::ranges::find(shard_filter_types, token.filter.type) == std::end(shard_filter_types)) {
    return std::nullopt;
  }
  if (token.filter.type == "AT_TIMESTAMP" || token.filter.type == "FROM_TIMESTAMP") {
    token.filter.timestamp = unix_millis(*timestamp);
  }
  token.stream = text;
  return token;
}

bool passes(const stream::ShardDefinition& shard, const ShardFilter& filter, UnixMillis horizon) {
  const bool is_open = !shard.closed;
  const auto open_at = [&](UnixMillis time) {
    const bool has_begun = !shard.parent || shard.created <= time;
    return has_begun && (is_open || shard.closed->at > time);
  };
  if (filter.type == "AT_LATEST") {
    return is_open;
  }
  if (filter.type == "AT_TRIM_HORIZON") {
    return open_at(horizon);
  }
  if (filter.type == "AT_TIMESTAMP") {
    return open_at(std::max(*filter.timestamp, horizon));
  }
  if (filter.type == "FROM_TIMESTAMP") {
    return is_open || shard.closed->at >= *filter.timestamp;
  }
  return is_open || shard.closed->at >= horizon;
}

}  // namespace

std::string encode_listing_token(const ListingToken& token) {
  return fmt::format("{}:{}:{}:{}:{}",
                     to_count(token.issued),
                     token.after.value,
                     token.filter.type,
                     token.filter.timestamp ? to_count(*token.filter.timestamp) : 0,
                     token.stream);
}

std::expected<ListingToken, ListingTokenFault> decode_listing_token(std::string_view text,
                                                                    UnixMillis now) {
  auto token = parse(text);
  if (!token) {
    return std::unexpected(ListingTokenFault::invalid);
  }
  if (token->issued + listing_token_life < now) {
    return std::unexpected(ListingTokenFault::expired);
  }
  return *std::move(token);
}

ShardPage list_page(const stream::StreamDefinition& definition,
                    const ShardFilter& filter,
                    std::optional<stream::ShardIndex> after,
                    std::size_t room,
                    UnixMillis now) {
  ShardPage page;
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

}  // namespace sluice::server
