// PutRecord: one record, acknowledged when it is on disk.
#include "server/counters.h"
#include "server/kinesis/kinesis.h"
#include "server/kinesis/put.h"
#include "server/kinesis/shapes.h"
#include "stream/sequence_number.h"

#include <fmt/format.h>

namespace sluice::server {
namespace {

// SequenceNumberForOrdering: numbers of ours always grow, so only nonsense can be refused.  That a
// shard begins in a second to come is none: no two may begin in the same.
bool is_in_order(std::string_view number, UnixMillis now) {
  const auto parts = stream::parse_sequence_parts(number);
  return parts && (parts->ordinal == stream::Ordinal(0) ||
                   std::chrono::seconds(parts->time_s) <= now.time_since_epoch());
}

// What only the stream can judge.
std::optional<aws::ApiError> refuse_value(const World& world,
                                          const stream::StreamDefinition& definition,
                                          std::optional<std::string_view> ordering,
                                          std::size_t bytes) {
  if (ordering && !is_in_order(*ordering, world.clock.now())) {
    return aws::ApiError{
        "InvalidArgumentException",
        fmt::format(
            "ExclusiveMinimumSequenceNumber {} used in PutRecord on stream {} under account "
            "{} is invalid.",
            *ordering,
            definition.name,
            world.account.id)};
  }
  if (bytes > definition.record_bytes_max) {
    aws::Members members((json::View()));
    members.violation("Data",
                      fmt::format("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", bytes),
                      fmt::format("Member must have length less than or equal to {}",
                                  definition.record_bytes_max));
    return members.refusal();
  }
  return std::nullopt;
}

}  // namespace

void put_record(World& world, const ApiRequest& request, Reply reply) {
  aws::Members members(request.body);
  const StreamReference reference = read_stream_reference(members);
  Bytes data;
  members.blob("Data", {.is_required = true, .length_max = stream::record_bytes_limit}, data);
  const auto key =
      members.string("PartitionKey", {.is_required = true, .length_min = 1, .length_max = 256});
  const auto hash_text = members.string("ExplicitHashKey", {.pattern = &hash_key_pattern});
  const auto ordering = members.string("SequenceNumberForOrdering", {.pattern = &sequence_pattern});
  const auto is_dry_run = members.boolean("DryRun");
  if (auto refused = members.refusal()) {
    return reply(std::unexpected(*std::move(refused)));
  }
  const auto found = find_stream(world, reference);
  if (!found) {
    return reply(std::unexpected(found.error()));
  }
  const auto definition = (*found)->definition();
  const auto hash_key = hash_text ? stream::parse_explicit_hash_key(*hash_text) : std::nullopt;
  if (hash_text && !hash_key) {
    return reply(refuse(
        "InvalidArgumentException",
        fmt::format("Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
                    "Specified value was {}",
                    *hash_text)));
  }
  if (auto refused = refuse_value(world, *definition, ordering, data.size())) {
    return reply(std::unexpected(*std::move(refused)));
  }
  if (is_dry_run == true) {
    return reply(dry_run());
  }

  const stream::PutRecord record{data, *key, hash_key};
  const auto admitted = admit(world, *found, std::span(&record, 1));
  if (!admitted) {
    return reply(std::unexpected(admitted.error()));
  }
  if (!admitted->empty()) {
    const auto shards = world.streams.route(*found, std::span(&record, 1));
    return reply(refuse("ProvisionedThroughputExceededException",
                        rate_exceeded(world, definition->name, shards->front())));
  }
  const std::size_t bytes = data.size() + key->size();
  auto shared_reply = std::make_shared<Reply>(std::move(reply));
  auto queued =
      world.streams.put(*found,
                        std::span(&record, 1),
                        request_key(request.invocation_id, request.raw_body),
                        [shared_reply, stream = *found, bytes, &counters = world.counters](
                            Result<stream::AppendReceipt> receipt) {
                          if (!receipt) {
                            counters.put_failed(1);
                            return (*shared_reply)(std::unexpected(put_error(receipt.error())));
                          }
                          counters.put_to_stream(*receipt, bytes);
                          // As it is now: its shards may be newer than the request.
                          const auto definition = stream->definition();
                          std::string body = "{";
                          append_placed(body, *definition, receipt->records.front());
                          body.append(R"(,"EncryptionType":")");
                          body.append(encryption_type(*definition)).append("\"}");
                          (*shared_reply)(std::move(body));
                        });
  if (!queued) {
    world.counters.put_failed(1);
    (*shared_reply)(std::unexpected(put_error(queued.error())));
  }
}

}  // namespace sluice::server
