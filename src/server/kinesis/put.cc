// Shared parts of the put operations.
#include "server/kinesis/put.h"

#include "server/aws_limits.h"
#include "stream/shard_id.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <tuple>

namespace sluice::server {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

stream::RequestKey request_key(std::string_view invocation_id, ByteView body) {
  stream::RequestKey key;
  std::size_t digits = 0;
  for (const char c : invocation_id) {
    const int value = hex_value(c);
    if (c == '-') {
      continue;
    }
    if (value < 0 || digits == 2 * key.invocation.size()) {
      return {};
    }
    auto& byte = key.invocation[digits / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
    ++digits;
  }
  if (digits != 2 * key.invocation.size()) {
    return {};
  }
  // The id names the request; the digest only tells apart what a client sends under an id that it
  // has used before.  MD5 would take as long as all else that is done for a record.
  XXH128_canonical_t digest;
  XXH128_canonicalFromHash(&digest, XXH3_128bits(body.data(), body.size()));
  static_assert(sizeof digest.digest == std::tuple_size_v<decltype(key.body_digest)>);
  std::ranges::copy(digest.digest, key.body_digest.begin());
  return key;
}

void append_placed(std::string& body,
                   const stream::StreamDefinition& definition,
                   const stream::Placed& placed) {
  const stream::ShardDefinition& shard = definition.shards[placed.shard.value];
  body.append(R"("ShardId":")").append(stream::shard_id(placed.shard));
  body.append(R"(","SequenceNumber":")");
  body.append(stream::sequence_text(
      stream::record_sequence(shard.index, shard.created, placed.ordinal, placed.arrival)));
  body.push_back('"');
}

void PlacedTexts::append(std::string& body, const stream::Placed& placed) {
  Line& line = line_of(placed);
  body.append(line.beginning);
  append_number(body, line, placed);
  body.push_back('"');
}

void PlacedTexts::append_number(std::string& body, const stream::Placed& placed) {
  append_number(body, line_of(placed), placed);
}

void PlacedTexts::append_number(std::string& body, Line& line, const stream::Placed& placed) {
  if (line.next.ordinal != placed.ordinal || line.next.arrival != placed.arrival) {
    line.numbers = stream::SequenceTexts(
        stream::record_sequence(placed.shard, line.created, placed.ordinal, placed.arrival));
  }
  body.append(line.numbers.text());
  line.numbers.advance();
  line.next = {.shard = placed.shard, .ordinal = placed.ordinal + 1, .arrival = placed.arrival};
}

PlacedTexts::Line& PlacedTexts::line_of(const stream::Placed& placed) {
  constexpr std::uint32_t none = ~std::uint32_t{0};
  const std::uint32_t shard = placed.shard.value;
  if (shard >= line_of_shard_.size()) {
    line_of_shard_.resize(std::size_t{shard} + 1, none);
  }
  if (line_of_shard_[shard] == none) {
    line_of_shard_[shard] = static_cast<std::uint32_t>(lines_.size());
    const UnixMillis created = definition_.shards[shard].created;
    lines_.push_back({.beginning = fmt::format(R"("ShardId":"{}","SequenceNumber":")",
                                               stream::shard_id(placed.shard)),
                      .created = created,
                      .next = placed,
                      .numbers = stream::SequenceTexts(stream::record_sequence(
                          placed.shard, created, placed.ordinal, placed.arrival))});
  }
  return lines_[line_of_shard_[shard]];
}

std::expected<std::vector<bool>, aws::ApiError> admit(World& world,
                                                      const stream::StreamHandle& stream,
                                                      std::span<const stream::PutRecord> records) {
  std::vector<bool> admitted;
  if (world.limits == nullptr) {
    return admitted;
  }
  const auto shards = world.streams.route(stream, records);
  if (!shards) {
    return std::unexpected(put_error(shards.error()));
  }
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::size_t bytes = records[i].data.size() + records[i].partition_key.size();
    admitted.push_back(world.limits->takes_record(stream->incarnation(), (*shards)[i], bytes));
  }
  const bool is_all = std::ranges::find(admitted, false) == admitted.end();
  return is_all ? std::vector<bool>() : admitted;
}

std::string rate_exceeded(const World& world, std::string_view stream, stream::ShardIndex shard) {
  return fmt::format("Rate exceeded for shard {} in stream {} under account {}.",
                     stream::shard_id(shard),
                     stream,
                     world.account.id);
}

aws::ApiError put_error(const Error& error) {
  return aws::api_error(error, aws::kinesis_faults);
}

}  // namespace sluice::server
