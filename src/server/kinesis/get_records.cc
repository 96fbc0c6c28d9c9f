// GetRecords: the records behind an iterator, and the iterator behind them.
#include "base/base64.h"
#include "server/aws_limits.h"
#include "server/counters.h"
#include "server/kinesis/kinesis.h"
#include "server/kinesis/put.h"
#include "server/kinesis/shapes.h"
#include "stream/iterator.h"
#include "stream/sequence_number.h"
#include "stream/shard_id.h"

#include <fmt/format.h>

#include <algorithm>
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

void write_record(std::string& body,
                  const stream::ShardDefinition& shard,
                  const stream::RecordView& record,
                  bool is_encrypted) {
  body.append(R"({"SequenceNumber":")");
  body.append(stream::sequence_text(
      stream::record_sequence(shard.index, shard.created, record.ordinal, record.arrival)));
  body.append(R"(","ApproximateArrivalTimestamp":)");
  json::append_timestamp(body, record.arrival);
  body.append(R"(,"Data":")");
  base64_append(body, record.data);
  body.append(R"(","PartitionKey":)");
  json::append_string(body, record.partition_key);
  body.append(is_encrypted ? R"(,"EncryptionType":"KMS"})" : "}");
}

// How far the reader is behind: 0 exactly at the tip.
std::int64_t millis_behind(const stream::BlockBatch& batch, UnixMillis now) {
  if (batch.at_tip || batch.records == 0) {
    return 0;
  }
  UnixMillis last{};
  batch.for_each([&](const stream::RecordView& record) { last = record.arrival; });
  return std::max<std::int64_t>(1, (now - last).count());
}

// The shards that a closed shard became.
void write_children(json::Writer& out,
                    const stream::StreamDefinition& definition,
                    stream::ShardIndex parent) {
  out.key("ChildShards");
  out.begin_array();
  for (const stream::ShardDefinition& shard : definition.shards) {
    if (shard.parent != parent && shard.adjacent_parent != parent) {
      continue;
    }
    out.begin_object();
    out.member("ShardId", std::string_view(stream::shard_id(shard.index)));
    out.key("ParentShards");
    out.begin_array();
    out.value(std::string_view(stream::shard_id(*shard.parent)));
    if (shard.adjacent_parent) {
      out.value(std::string_view(stream::shard_id(*shard.adjacent_parent)));
    }
    out.end_array();
    out.key("HashKeyRange");
    out.begin_object();
    out.member("StartingHashKey", std::string_view(to_decimal(shard.range.first)));
    out.member("EndingHashKey", std::string_view(to_decimal(shard.range.last)));
    out.end_object();
    out.end_object();
  }
  out.end_array();
}

// The end of an answer: where to go on, or what a closed shard has become.
void finish(std::string& body,
            const World& world,
            const stream::StreamDefinition& definition,
            const stream::ShardDefinition& shard,
            stream::Ordinal next,
            UnixMillis now) {
  const bool is_drained = shard.closed && next >= shard.closed->end;
  if (is_drained) {
    std::string tail;
    json::Writer out(tail);
    out.begin_object();
    write_children(out, definition, shard.index);
    out.end_object();
    body.append(",").append(std::string_view(tail).substr(1));
  } else {
    body.append(R"(,"NextShardIterator":")");
    body.append(stream::encode_iterator({definition.incarnation, shard.index, next, now},
                                        world.iterator_key));
    body.append("\"}");
  }
}

}  // namespace

Answer get_records(World& world, const ApiRequest& request) {
  aws::Members members(request.body);
  const auto token = members.string(
      "ShardIterator",
      {.is_required = true, .length_min = 1, .length_max = stream::iterator_chars_max});
  const auto limit = members.integer("Limit", {.min = 1, .max = records_max});
  members.string("StreamARN",
                 {.length_min = 1, .length_max = 2048, .pattern = &stream_arn_pattern});
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
  const stream::ShardDefinition& shard = definition->shards[iterator->shard.value];
  if (world.limits != nullptr && !world.limits->takes_read(stream->incarnation(), shard.index)) {
    return refuse("ProvisionedThroughputExceededException",
                  rate_exceeded(world, definition->name, shard.index));
  }
  const auto batch = stream->log().read(shard.index,
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
  body.append(R"({"Records":[)");
  const bool is_encrypted = !definition->encryption_key.empty();
  bool is_first = true;
  batch->for_each([&](const stream::RecordView& record) {
    if (!is_first) {
      body.push_back(',');
    }
    is_first = false;
    write_record(body, shard, record, is_encrypted);
  });
  body.append(fmt::format(R"(],"MillisBehindLatest":{})", millis_behind(*batch, now)));
  finish(body, world, *definition, shard, batch->next, now);
  return body;
}

}  // namespace sluice::server
