#include "server/kinesis/record_text.h"

#include "base/base64.h"
#include "stream/sequence_number.h"
#include "stream/shard_id.h"

#include <algorithm>
#include <string_view>

namespace sluice::server {
namespace {

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

}  // namespace

void append_records(std::string& body,
                    const stream::StreamDefinition& definition,
                    const stream::ShardDefinition& shard,
                    const stream::BlockBatch& batch) {
  const bool is_encrypted = !definition.encryption_key.empty();
  body.append(R"("Records":[)");
  bool is_first = true;
  batch.for_each([&](const stream::RecordView& record) {
    if (!is_first) {
      body.push_back(',');
    }
    is_first = false;
    write_record(body, shard, record, is_encrypted);
  });
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
