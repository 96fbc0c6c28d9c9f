// GetRecords: the records behind an iterator, and the iterator behind them.
#include "server/aws_limits.h"
#include "server/counters.h"
#include "server/kinesis/kinesis.h"
#include "server/kinesis/put.h"
#include "server/kinesis/record_text.h"
#include "server/kinesis/shapes.h"
#include "server/losses.h"
#include "stream/iterator.h"
#include "stream/shard_id.h"

#include <fmt/format.h>

#include <ctime>

namespace sluice::server {
namespace {

constexpr std::int64_t records_max = 10'000;
constexpr std::uint64_t answer_bytes_max = std::uint64_t{10} << 20;  // of data and keys

// "Thu Jan 22 01:22:02 UTC 2015", as Java prints a date.
std::string java_date(UnixMillis time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const std::size_t length = std::strftime(text, sizeof text, "%a %b %d %H:%M:%S UTC %Y", &parts);
  return {text, length};
}

aws::ApiError refusal_of(const stream::IteratorFailure& failure, UnixMillis now) {
  if (failure.fault == stream::IteratorFault::expired) {
    return {"ExpiredIteratorException",
            fmt::format("Iterator expired. The iterator was created at time {} while right now it "
                        "is {} which is "
                        "further in the future than the tolerated delay of 300000 milliseconds.",
                        java_date(failure.issued),
                        java_date(now))};
  }
  return {"InvalidArgumentException", "Invalid ShardIterator."};
}

}  // namespace

Answer get_records(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto token = members.string(
      "ShardIterator",
      {.is_required = true, .length_min = 1, .length_max = stream::iterator_chars_max});
  const auto limit = members.integer("Limit", {.min = 1, .max = records_max});
  const auto arn = members.string(
      "StreamARN", {.length_min = 1, .length_max = 2048, .pattern = &stream_arn_pattern});
  const auto is_dry_run = members.boolean("DryRun");
  if (auto refused = members.refusal()) {
    return std::unexpected(*std::move(refused));
  }
  const UnixMillis now = world.clock.now();
  const auto iterator = stream::decode_iterator(*token, world.iterator_key, now);
  if (!iterator) {
    return std::unexpected(refusal_of(iterator.error(), now));
  }
  const stream::StreamHandle stream = world.streams.find(iterator->stream);
  if (stream == nullptr) {
    return refuse(
        "ResourceNotFoundException",
        fmt::format("Shard {} in the stream of this iterator under account {} does not exist",
                    stream::shard_id(iterator->shard),
                    world.account.id));
  }
  const auto definition = stream->definition();
  if (arn && stream_name_of_arn(*arn) != definition->name) {
    return refuse("InvalidArgumentException",
                  fmt::format("The ShardIterator is not of the stream {}.", *arn));
  }
  if (is_dry_run == true) {
    return dry_run();
  }
  const stream::ShardDefinition& shard = definition->shards[iterator->shard.value];
  if (world.limits != nullptr && !world.limits->takes_read(stream->incarnation(), shard.index)) {
    return refuse("ProvisionedThroughputExceededException",
                  rate_exceeded(world, definition->name, shard.index));
  }
  const auto batch = world.losses.read(*stream,
                                       shard.index,
                                       iterator->at,
                                       answer_bytes_max,
                                       static_cast<std::uint64_t>(limit.value_or(records_max)));
  if (!batch) {
    return std::unexpected(aws::api_error(batch.error(), aws::kinesis_faults));
  }
  world.counters.read_from_stream(batch->records, batch->bytes);
  if (world.limits != nullptr) {
    world.limits->charge_read(stream->incarnation(), shard.index, batch->bytes);
  }

  std::string body;
  body.reserve(64 + batch->bytes * 4 / 3 + batch->records * 200);
  body.push_back('{');
  append_records(body, *definition, shard, *batch);
  body.append(fmt::format(R"(,"MillisBehindLatest":{},)", millis_behind(*batch, now)));
  if (is_drained(shard, batch->next)) {
    append_children(body, *definition, shard.index);
  } else {
    body.append(R"("NextShardIterator":")");
    body.append(stream::encode_iterator({definition->incarnation, shard.index, batch->next, now},
                                        world.iterator_key));
    body.push_back('"');
  }
  body.push_back('}');
  return body;
}

}  // namespace sluice::server
