// Shared parts of the put operations.
#include "server/kinesis/put.h"

#include "base/digest.h"
#include "server/aws_limits.h"
#include "stream/sequence_number.h"
#include "stream/shard_id.h"

#include <fmt/format.h>

#include <algorithm>

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

stream::RequestKey request_key(const ApiRequest& request) {
  stream::RequestKey key;
  std::size_t digits = 0;
  for (const char c : request.invocation_id) {
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
  key.body_digest = md5(request.raw_body);
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
