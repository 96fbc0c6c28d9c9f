// PutRecordBatch: up to 500 records as one frame, acknowledged when it is on disk.
#include "server/counters.h"
#include "server/firehose/firehose.h"
#include "server/firehose/put.h"
#include "server/kinesis/put.h"

#include <fmt/format.h>

namespace sluice::server {
namespace {

constexpr std::size_t entries_max = 500;
constexpr std::size_t request_bytes_max = std::size_t{4} << 20;  // decoded

struct Entry {
  std::size_t offset = 0;
  std::size_t length = 0;
};

std::string batch_answer(const stream::StreamDefinition& definition,
                         const stream::AppendReceipt& receipt) {
  constexpr std::size_t bytes_per_record = 72;
  PlacedTexts texts(definition);
  std::string body;
  body.reserve(64 + receipt.records.size() * bytes_per_record);
  body.append(R"({"FailedPutCount":0,"Encrypted":)");
  body.append(definition.encryption_key.empty() ? "false" : "true");
  body.append(R"(,"RequestResponses":[)");
  for (const stream::Placed& placed : receipt.records) {
    body.append(body.back() == '[' ? R"({"RecordId":")" : R"(,{"RecordId":")");
    texts.append_number(body, placed);
    body.append("\"}");
  }
  body.append("]}");
  return body;
}

}  // namespace

void put_record_batch(World& world, const ApiRequest& request, Reply reply) {
  aws::Members members(request.body, aws::Shown::paths);
  const auto name = read_delivery_stream_name(members);
  Bytes data;
  data.reserve(request.raw_body.size() * 3 / 4);
  std::vector<Entry> entries;
  const json::View list =
      members.list("Records", {.is_required = true, .length_min = 1, .length_max = entries_max});
  std::size_t index = 0;
  for (const json::View element : list.elements()) {
    Entry entry{data.size()};
    entry.length =
        members.element("Records", index++, element)
            .blob("Data", {.is_required = true, .length_max = firehose_record_bytes_max}, data)
            .value_or(0);
    entries.push_back(entry);
  }
  if (auto refused = members.refusal()) {
    return reply(std::unexpected(*std::move(refused)));
  }
  if (data.size() > request_bytes_max) {
    return reply(refuse("InvalidArgumentException",
                        fmt::format("Records size exceeds {} MB limit", request_bytes_max >> 20)));
  }
  const auto found = find_direct_put(world, *name);
  if (!found) {
    return reply(std::unexpected(found.error()));
  }
  std::vector<stream::PutRecord> records;
  records.reserve(entries.size());
  for (const Entry& entry : entries) {
    records.push_back({ByteView(data).substr(entry.offset, entry.length), {}, stream::HashKey{0}});
  }
  const auto definition = found->stream->definition();
  const std::size_t count = records.size();
  const std::size_t bytes = data.size();
  auto shared_reply = std::make_shared<Reply>(std::move(reply));
  auto queued = world.streams.put(
      found->stream,
      records,
      request_key(request.invocation_id, request.raw_body),
      [shared_reply, definition, count, bytes, puts = found->puts, &counters = world.counters](
          Result<stream::AppendReceipt> receipt) {
        if (!receipt) {
          counters.put_failed(count);
          puts->failed(count, receipt.error());
          return (*shared_reply)(
              std::unexpected(aws::api_error(receipt.error(), aws::firehose_faults)));
        }
        counters.put_to_stream(*receipt, bytes);
        puts->put(*receipt, bytes);
        (*shared_reply)(batch_answer(*definition, *receipt));
      });
  if (!queued) {
    world.counters.put_failed(count);
    found->puts->failed(count, queued.error());
    (*shared_reply)(std::unexpected(aws::api_error(queued.error(), aws::firehose_faults)));
  }
}

}  // namespace sluice::server
