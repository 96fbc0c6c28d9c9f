// PutRecords: up to 500 records as one frame, acknowledged when it is on disk.
#include "server/call_body.h"
#include "server/counters.h"
#include "server/kinesis/kinesis.h"
#include "server/kinesis/put.h"
#include "server/kinesis/put_records_body.h"
#include "server/kinesis/shapes.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::server {
namespace {

constexpr std::size_t request_bytes_max = std::size_t{10} << 20;  // data and partition keys

std::expected<std::vector<stream::PutRecord>, aws::ApiError> to_records(
    const PutRecordsBody& body, const stream::StreamDefinition& definition) {
  std::vector<stream::PutRecord> records;
  records.reserve(body.entries.size());
  std::size_t total = 0;
  for (const PutRecordsBody::Entry& entry : body.entries) {
    stream::PutRecord record{
        ByteView(body.data).substr(entry.offset, entry.length), entry.key, std::nullopt};
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

  // There was no room for those that were to be put.
  void refuse_rest(std::size_t entries, const std::string& why) {
    refused.resize(std::max(entries, refused.size()));
    for (std::string& reason : refused) {
      if (reason.empty()) {
        reason = why;
      }
    }
  }

  std::string answer(std::span<const stream::Placed> placed) const {
    constexpr std::size_t bytes_per_entry = 128;
    // As it is now: its shards may be newer than the request.
    const auto definition = stream->definition();
    const std::size_t entries = std::max(placed.size(), refused.size());
    PlacedTexts texts(*definition);
    std::string body;
    body.reserve(64 + entries * bytes_per_entry);
    body.append(R"({"FailedRecordCount":)");
    body.append(std::to_string(entries - placed.size())).append(R"(,"Records":[)");
    auto next = placed.begin();
    for (std::size_t i = 0; i < entries; ++i) {
      body.append(i == 0 ? "{" : ",{");
      if (refused.empty() || refused[i].empty()) {
        texts.append(body, *next++);
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

// `count` records were not put.  Want of room is told record by record, as the service does.
Answer answer_to(const Error& error, Outcome outcome, std::size_t count) {
  if (error.fault() != Fault::throttled) {
    return std::unexpected(put_error(error));
  }
  outcome.refuse_rest(count, error.message());
  return outcome.answer({});
}

// Puts what a body says; the reply may come later, on another thread.
void put_body(World& world, const RawRequest& request, const PutRecordsBody& body, Reply reply) {
  const auto found = find_stream(world, body.reference);
  if (!found) {
    return reply(std::unexpected(found.error()));
  }
  auto records = to_records(body, *(*found)->definition());
  if (!records) {
    return reply(std::unexpected(records.error()));
  }
  if (body.is_dry_run) {
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
  const std::size_t bytes = body.data.size();
  auto shared_reply = std::make_shared<Reply>(std::move(reply));
  auto queued = world.streams.put(
      *found,
      *records,
      request_key(request.invocation_id, request.body),
      [shared_reply, outcome, count, bytes, &counters = world.counters](
          Result<stream::AppendReceipt> receipt) mutable {
        if (!receipt) {
          counters.put_failed(count);
          return (*shared_reply)(answer_to(receipt.error(), std::move(outcome), count));
        }
        counters.put_to_stream(*receipt, bytes);
        (*shared_reply)(outcome.answer(receipt->records));
      });
  if (!queued) {
    world.counters.put_failed(count);
    (*shared_reply)(answer_to(queued.error(), std::move(outcome), count));
  }
}

}  // namespace

void put_records(World& world, const RawRequest& request, Reply reply) {
  if (request.wire == Wire::json) {
    if (const auto plain = read_plain_put_records(request.body)) {
      return put_body(world, request, *plain, std::move(reply));
    }
  }
  const auto document = parse_call_body(request.body, request.wire);
  if (!document) {
    return reply(std::unexpected(document.error()));
  }
  const auto body = read_put_records(document->root(), request.body.size());
  if (!body) {
    return reply(std::unexpected(body.error()));
  }
  put_body(world, request, *body, std::move(reply));
}

}  // namespace sluice::server
