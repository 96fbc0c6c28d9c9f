#include "server/kinesis/record_text.h"

#include "base/base64.h"
#include "stream/sequence_number.h"
#include "stream/shard_id.h"

#include <algorithm>
#include <string_view>

namespace sluice::server {
namespace {

// The records of a block arrived together, and their numbers follow each other.
void write_slice(std::string& body,
                 const stream::ShardDefinition& shard,
                 const stream::BlockSlice& slice,
                 std::string_view ending) {
  const stream::RecordView first = slice.block.record(slice.begin);
  stream::SequenceTexts numbers(
      stream::record_sequence(shard.index, shard.created, first.ordinal, first.arrival));
  std::string middle = R"(","ApproximateArrivalTimestamp":)";
  json::append_timestamp(middle, first.arrival);
  middle.append(R"(,"Data":")");
  for (std::uint32_t i = slice.begin; i < slice.end; ++i) {
    body.append(body.back() == '[' ? R"({"SequenceNumber":")" : R"(,{"SequenceNumber":")");
    body.append(numbers.text()).append(middle);
    base64_append(body, slice.block.data(i));
    body.append(R"(","PartitionKey":)");
    json::append_string(body, slice.block.partition_key(i));
    body.append(ending);
    numbers.advance();
  }
}

}  // namespace

void append_records(std::string& body,
                    const stream::StreamDefinition& definition,
                    const stream::ShardDefinition& shard,
                    const stream::BlockBatch& batch) {
  const bool is_encrypted = !definition.encryption_key.empty();
  body.append(R"("Records":[)");
  for (const stream::BlockSlice& slice : batch.slices) {
    write_slice(body, shard, slice, is_encrypted ? R"(,"EncryptionType":"KMS"})" : "}");
  }
  body.push_back(']');
}

std::int64_t millis_behind(const stream::BlockBatch& batch, UnixMillis now) {
  if (batch.at_tip || batch.records == 0) {
    return 0;
  }
  UnixMillis last{};
  batch.for_each([&](const stream::RecordView& record) { last = record.arrival; });
  return std::max<std::int64_t>(1, (now - last).count());
}

bool is_drained(const stream::ShardDefinition& shard, stream::Ordinal next) {
  return shard.closed && next >= shard.closed->end;
}

void append_children(std::string& body,
                     const stream::StreamDefinition& definition,
                     stream::ShardIndex parent) {
  body.append(R"("ChildShards":)");
  json::Writer out(body);
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

}  // namespace sluice::server
