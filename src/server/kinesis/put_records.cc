// PutRecords: up to 500 records as one frame, acknowledged when it is on disk.
#include "server/counters.h"
#include "server/kinesis/kinesis.h"
#include "server/kinesis/put.h"
#include "server/kinesis/shapes.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::server {
namespace {

constexpr std::size_t entries_max = 500;
constexpr std::size_t request_bytes_max = std::size_t{10} << 20;  // data and partition keys

// One entry, its data a range of the request's decoded bytes (which may still move).
struct Entry {
  std::size_t offset = 0;
  std::size_t length = 0;
  std::string_view key;
  std::string_view hash_text;
};

std::vector<Entry> read_entries(aws::Members& members, Bytes& data) {
  std::vector<Entry> entries;
  const json::View list =
      members.list("Records", {.is_required = true, .length_min = 1, .length_max = entries_max});
  entries.reserve(list.size());
  std::size_t index = 0;
  for (const json::View element : list.elements()) {
    aws::Members member = members.element("Records", index++, element);
    Entry entry;
    entry.offset = data.size();
    entry.length =
        member.blob("Data", {.is_required = true, .length_max = stream::record_bytes_limit}, data)
            .value_or(0);
    entry.key =
        member.string("PartitionKey", {.is_required = true, .length_min = 1, .length_max = 256})
            .value_or(std::string_view());
    entry.hash_text = member.string("ExplicitHashKey", {.pattern = &hash_key_pattern})
                          .value_or(std::string_view());
    entries.push_back(entry);
  }
  return entries;
}

std::expected<std::vector<stream::PutRecord>, aws::ApiError> to_records(
    const std::vector<Entry>& entries, ByteView data, const stream::StreamDefinition& definition) {
  std::vector<stream::PutRecord> records;
  records.reserve(entries.size());
  std::size_t total = 0;
  for (const Entry& entry : entries) {
    stream::PutRecord record{data.substr(entry.offset, entry.length), entry.key, std::nullopt};
    if (!entry.hash_text.empty()) {
      record.explicit_hash_key = stream::parse_explicit_hash_key(entry.hash_text);
      if (!record.explicit_hash_key) {
        return refuse(
            "InvalidArgumentException",
            fmt::format(
                "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
                "Specified value was {}",
                entry.hash_text));
      }
    }
    if (entry.length > definition.record_bytes_max) {
      return refuse(
          "ValidationException",
          fmt::format(
              "1 validation error detected: Value at 'records.{}.member.data' failed to satisfy "
              "constraint: Member must have length less than or equal to {}",
              records.size() + 1,
              definition.record_bytes_max));
    }
    total += entry.length + entry.key.size();
    records.push_back(record);
  }
  if (total > request_bytes_max) {
    return refuse("InvalidArgumentException",
                  fmt::format("Records size exceeds {} MB limit", request_bytes_max >> 20));
  }
  return records;
}

// Why each entry was not put; empty texts for those that were.
std::vector<std::string> refusals(const World& world,
                                  const stream::StreamHandle& stream,
                                  std::span<const stream::PutRecord> records,
                                  const std::vector<bool>& admitted) {
  std::vector<std::string> reasons(records.size());
  const auto shards = world.streams.route(stream, records);
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!admitted[i]) {
      reasons[i] = rate_exceeded(world, stream->definition()->name, (*shards)[i]);
    }
  }
  return reasons;
}

// What an answer is made of, beside the places of the records that were put.
struct Outcome {
  stream::StreamHandle stream;
  std::vector<std::string> refused;  // by entry, why it was not put; empty: all were

  std::string answer(std::span<const stream::Placed> placed) const {
    constexpr std::size_t bytes_per_entry = 128;
    // As it is now: its shards may be newer than the request.
    const auto definition = stream->definition();
    const std::size_t entries = std::max(placed.size(), refused.size());
    std::string body;
    body.reserve(64 + entries * bytes_per_entry);
    body.append(R"({"FailedRecordCount":)");
    body.append(std::to_string(entries - placed.size())).append(R"(,"Records":[)");
    auto next = placed.begin();
    for (std::size_t i = 0; i < entries; ++i) {
      body.append(i == 0 ? "{" : ",{");
      if (refused.empty() || refused[i].empty()) {
        append_placed(body, *definition, *next++);
      } else {
        body.append(R"("ErrorCode":"ProvisionedThroughputExceededException","ErrorMessage":)");
        json::append_string(body, refused[i]);
      }
      body.push_back('}');
    }
    body.append(R"(],"EncryptionType":")").append(encryption_type(*definition)).append("\"}");
    return body;
  }
};

}  // namespace

void put_records(World& world, const ApiRequest& request, Reply reply) {
  aws::Members members(request.body);
  const StreamReference reference = read_stream_reference(members);
  Bytes data;
  data.reserve(request.raw_body.size() * 3 / 4);
  const std::vector<Entry> entries = read_entries(members, data);
  const auto is_dry_run = members.boolean("DryRun");
  if (auto refused = members.refusal()) {
    return reply(std::unexpected(*std::move(refused)));
  }
  const auto found = find_stream(world, reference);
  if (!found) {
    return reply(std::unexpected(found.error()));
  }
  const auto definition = (*found)->definition();
  auto records = to_records(entries, data, *definition);
  if (!records) {
    return reply(std::unexpected(records.error()));
  }
  if (is_dry_run == true) {
    return reply(dry_run());
  }

  const auto admitted = admit(world, *found, *records);
  if (!admitted) {
    return reply(std::unexpected(admitted.error()));
  }
  Outcome outcome{.stream = *found, .refused = {}};
  if (!admitted->empty()) {
    outcome.refused = refusals(world, *found, *records, *admitted);
    std::size_t index = 0;
    std::erase_if(*records, [&](const stream::PutRecord&) { return !(*admitted)[index++]; });
  }
  const std::size_t count = records->size();
  if (count == 0) {
    return reply(outcome.answer({}));
  }
  const std::size_t bytes = data.size();
  auto shared_reply = std::make_shared<Reply>(std::move(reply));
  auto queued = world.streams.put(
      *found,
      *records,
      request_key(request),
      [shared_reply, outcome = std::move(outcome), count, bytes, &counters = world.counters](
          Result<stream::AppendReceipt> receipt) {
        if (!receipt) {
          counters.put_failed(count);
          return (*shared_reply)(std::unexpected(put_error(receipt.error())));
        }
        counters.put_to_stream(*receipt, bytes);
        (*shared_reply)(outcome.answer(receipt->records));
      });
  if (!queued) {
    world.counters.put_failed(count);
    (*shared_reply)(std::unexpected(put_error(queued.error())));
  }
}

}  // namespace sluice::server
