// PutRecord of Firehose: one record, acknowledged when it is on disk.
#include "server/counters.h"
#include "server/firehose/firehose.h"
#include "server/firehose/put.h"
#include "server/kinesis/put.h"

namespace sluice::server {

void firehose_put_record(World& world, const ApiRequest& request, Reply reply) {
  aws::Members members(request.body, aws::Shown::paths);
  const auto name = read_delivery_stream_name(members);
  Bytes data;
  members.object("Record", true)
      .blob("Data", {.is_required = true, .length_max = firehose_record_bytes_max}, data);
  if (auto refused = members.refusal()) {
    return reply(std::unexpected(*std::move(refused)));
  }
  const auto found = find_direct_put(world, *name);
  if (!found) {
    return reply(std::unexpected(found.error()));
  }
  const auto definition = found->stream->definition();
  const stream::PutRecord record{data, {}, stream::HashKey{0}};
  const std::size_t bytes = data.size();
  auto shared_reply = std::make_shared<Reply>(std::move(reply));
  auto queued = world.streams.put(
      found->stream,
      std::span(&record, 1),
      request_key(request.invocation_id, request.raw_body),
      [shared_reply, definition, bytes, puts = found->puts, &counters = world.counters](
          Result<stream::AppendReceipt> receipt) {
        if (!receipt) {
          counters.put_failed(1);
          puts->failed(1, receipt.error());
          return (*shared_reply)(
              std::unexpected(aws::api_error(receipt.error(), aws::firehose_faults)));
        }
        counters.put_to_stream(*receipt, bytes);
        puts->put(*receipt, bytes);
        (*shared_reply)(R"({"RecordId":")" + record_id(*definition, receipt->records.front()) +
                        (definition->encryption_key.empty() ? R"(","Encrypted":false})"
                                                            : R"(","Encrypted":true})"));
      });
  if (!queued) {
    world.counters.put_failed(1);
    found->puts->failed(1, queued.error());
    (*shared_reply)(std::unexpected(aws::api_error(queued.error(), aws::firehose_faults)));
  }
}

}  // namespace sluice::server
