#include "delivery/lambda_processor.h"

#include "base/base64.h"
#include "base/check.h"
#include "delivery/partition_value.h"
#include "delivery/prefix.h"
#include "delivery/record_router.h"
#include "json/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice::delivery {

namespace {

// Around the data of a record in an event, and around all of them, with room to spare.
constexpr std::size_t record_frame_bytes = 640;
constexpr std::size_t event_frame_bytes = 4096;
constexpr std::size_t partition_key_bytes_max = 256 * 6;  // escaped

// 24 MiB of memory: far more than records of an event can be answered with.
constexpr std::uint32_t answer_values_max = std::uint32_t{1} << 20;

constexpr std::chrono::milliseconds first_wait{100};
constexpr std::chrono::milliseconds last_wait{5'000};

// "us-east-1" of "arn:aws:firehose:us-east-1:…".
std::string region_of(std::string_view arn) {
  for (int i = 0; i < 3; ++i) {
    const std::size_t colon = arn.find(':');
    arn = colon == std::string_view::npos ? "" : arn.substr(colon + 1);
  }
  return std::string(arn.substr(0, arn.find(':')));
}

std::size_t bytes_in_event(const SourceRecord& record) {
  return record_frame_bytes + partition_key_bytes_max + (record.data.size() + 2) / 3 * 4;
}

std::string record_id(const SourceRecord& record) {
  return fmt::format("{:020}{:08}", record.ordinal.value, record.part);
}

std::string_view code_of(LambdaFailure::Kind kind) {
  switch (kind) {
    case LambdaFailure::Kind::timed_out:
      return "Lambda.FunctionTimedOut";
    case LambdaFailure::Kind::not_found:
      return "Lambda.ResourceNotFound";
    case LambdaFailure::Kind::denied:
      return "Lambda.InvokeAccessDenied";
    case LambdaFailure::Kind::throttled:
      return "Lambda.InvokeLimitExceeded";
    case LambdaFailure::Kind::too_large:
      return "Lambda.FunctionError";
    case LambdaFailure::Kind::interrupted:
    case LambdaFailure::Kind::unreachable:
    case LambdaFailure::Kind::failed:
      return "Lambda.InvocationFailed";
  }
  SLUICE_CHECK(false);
}

std::vector<std::string> lambda_keys_of(const S3Destination& s3) {
  return KeyPrefixes::parse(s3.prefix, s3.error_output_prefix).value().lambda_keys();
}

}  // namespace

LambdaProcessor::LambdaProcessor(const DeliveryStream& stream,
                                 std::unique_ptr<LambdaFunction> function,
                                 Source& source,
                                 Random& random)
    : settings_(lambda_of(stream.s3.processing.value()).value()),
      arn_(stream.arn),
      region_(region_of(stream.arn)),
      source_arn_(stream.source_stream_arn),
      keys_(lambda_keys_of(stream.s3)),
      function_(std::move(function)),
      source_(source),
      random_(random) {}

Result<void> LambdaProcessor::process(ShardKey shard, Routed& routed, std::deque<Bytes>& held) {
  const std::vector<SourceRecord>& records = routed.batch.records;
  std::size_t data_bytes = 0;
  std::size_t event_bytes = event_frame_bytes;
  values_.assign(records.size() * keys_.size(), {});
  batch_.clear();
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    if (routed.routes[i].kind != ObjectKind::data) {
      continue;
    }
    const SourceRecord& record = records[i];
    const bool is_full = data_bytes + record.data.size() > settings_.batch_bytes_max ||
                         event_bytes + bytes_in_event(record) > lambda_payload_bytes_max;
    if (is_full && !batch_.empty()) {
      SLUICE_TRY_DO(process_batch(shard, routed, held));
      batch_.clear();
      data_bytes = 0;
      event_bytes = event_frame_bytes;
    }
    batch_.push_back(i);
    data_bytes += record.data.size();
    event_bytes += bytes_in_event(record);
  }
  return batch_.empty() ? Result<void>() : process_batch(shard, routed, held);
}

Result<void> LambdaProcessor::process_batch(ShardKey shard,
                                            Routed& routed,
                                            std::deque<Bytes>& held) {
  places_.clear();
  answers_.assign(batch_.size(), 0);
  for (std::size_t place = 0; place < batch_.size(); ++place) {
    places_.emplace(record_id(routed.batch.records[batch_[place]]), place);
  }
  const Bytes event = event_of(shard, routed);
  attempts_ = 1;
  if (event.size() > lambda_payload_bytes_max) {
    refuse_batch("Lambda.RequestTooLarge",
                 "The record is larger than a Lambda function can be given.",
                 routed);
    return {};
  }
  std::chrono::milliseconds pause = first_wait;
  while (true) {
    const auto answer = function_->invoke(event);
    if (answer && !answer->is_function_error) {
      take_answer(answer->payload, routed, held);
      return {};
    }
    const bool is_interrupted = !answer && answer.error().kind == LambdaFailure::Kind::interrupted;
    if (!is_interrupted && attempts_ > settings_.retries) {
      if (answer) {
        refuse_batch("Lambda.FunctionError",
                     "The Lambda function was successfully invoked but it returned an error "
                     "result.",
                     routed);
      } else {
        refuse_batch(code_of(answer.error().kind), answer.error().message, routed);
      }
      return {};
    }
    if (is_interrupted || !function_->wait(pause)) {
      return fail(Fault::unavailable, "the invocation of the Lambda function was interrupted");
    }
    ++attempts_;
    pause = std::min(2 * pause, last_wait);
  }
}

Bytes LambdaProcessor::event_of(ShardKey shard, const Routed& routed) {
  Bytes event;
  json::Writer out(event);
  out.begin_object();
  out.member("invocationId", std::string_view(uuid_v4(random_)));
  out.member("deliveryStreamArn", std::string_view(arn_));
  out.member("region", std::string_view(region_));
  if (!source_arn_.empty()) {
    out.member("sourceKinesisStreamArn", std::string_view(source_arn_));
  }
  out.key("records");
  out.begin_array();
  for (const std::uint32_t index : batch_) {
    const SourceRecord& record = routed.batch.records[index];
    out.begin_object();
    out.member("recordId", std::string_view(record_id(record)));
    out.member("approximateArrivalTimestamp", to_count(record.arrival));
    out.key("data");
    out.raw("\"");
    base64_append(event, record.data);
    event += '"';
    if (!source_arn_.empty()) {
      out.key("kinesisRecordMetadata");
      out.begin_object();
      out.member("sequenceNumber",
                 std::string_view(source_.sequence_number(shard, record.ordinal, record.arrival)));
      out.member("subsequenceNumber",
                 std::string_view(record.parts == 1 ? "" : fmt::format("{}", record.part - 1)));
      out.member("shardId", std::string_view(fmt::format("shardId-{:012}", shard.shard)));
      out.member("partitionKey", record.partition_key);
      out.member("approximateArrivalTimestamp", to_count(record.arrival));
      out.end_object();
    }
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return event;
}

void LambdaProcessor::take_answer(ByteView payload, Routed& routed, std::deque<Bytes>& held) {
  json::Limits limits;
  limits.nodes_max = answer_values_max;
  const auto parsed = tape_.parse(payload, json::Documents::one, limits);
  const json::View records = parsed ? (*tape_.documents().begin()).find("records") : json::View();
  if (!records.is(json::Kind::array)) {
    refuse_batch("Lambda.JsonProcessingException",
                 "The answer of the Lambda function is no JSON object with a list of records.",
                 routed);
    return;
  }
  // First who is answered how often: of several answers to one record none counts.
  for (const json::View answer : records.elements()) {
    const auto place = places_.find(std::string(answer.find("recordId").as_string().value_or("")));
    if (place != places_.end() && answers_[place->second] < 2) {
      ++answers_[place->second];
    }
  }
  for (std::size_t place = 0; place < batch_.size(); ++place) {
    if (answers_[place] == 0) {
      refuse(batch_[place],
             "Lambda.MissingRecordId",
             "One or more record Ids were not returned. Ensure that the Lambda function returns "
             "all received record Ids.",
             routed);
    } else if (answers_[place] > 1) {
      refuse(batch_[place],
             "Lambda.DuplicatedRecordId",
             "Multiple records were returned with the same record Id. Ensure that the Lambda "
             "function returns a unique record Id for each record.",
             routed);
    }
  }
  for (const json::View answer : records.elements()) {
    take_record(answer, routed, held);
  }
}

// An answer to an unknown record is passed over.
void LambdaProcessor::take_record(json::View answer, Routed& routed, std::deque<Bytes>& held) {
  const auto place = places_.find(std::string(answer.find("recordId").as_string().value_or("")));
  if (place == places_.end() || answers_[place->second] != 1) {
    return;
  }
  const std::uint32_t index = batch_[place->second];
  const std::string_view result = answer.find("result").as_string().value_or("");
  if (result == "Dropped") {
    routed.routes[index].kind = ObjectKind::dropped;
    return;
  }
  if (result == "ProcessingFailed") {
    refuse(
        index, "Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record", routed);
    return;
  }
  if (result != "Ok") {
    refuse(index,
           "Lambda.InvalidReturnFormat",
           "The result field must be Ok, Dropped or ProcessingFailed.",
           routed);
    return;
  }
  const auto data = answer.find("data").as_string();
  if (!data) {
    refuse(index,
           "Lambda.InvalidReturnFormat",
           "The data field cannot be null when the SourceType is DirectPut or "
           "KinesisStreamAsSource and processing result is Ok. The value field cannot be null "
           "when the SourceType is MSKAsSource and processing result is Ok.",
           routed);
    return;
  }
  auto decoded = base64_decode(*data);
  if (!decoded) {
    refuse(index, "Lambda.InvalidReturnFormat", "The data field is not base64.", routed);
    return;
  }
  if (const std::string_view why = take_values(answer, index); !why.empty()) {
    refuse(index, extraction_failed_code, why, routed);
    return;
  }
  routed.batch.records[index].data = held.emplace_back(*std::move(decoded));
}

// What is wrong with the values of the keys that are wanted; empty: nothing.
std::string_view LambdaProcessor::take_values(json::View answer, std::uint32_t index) {
  const json::View found = answer.find("metadata").find("partitionKeys");
  std::size_t bytes = 0;
  for (std::size_t key = 0; key < keys_.size(); ++key) {
    const json::View value = found.find(keys_[key]);
    if (value.is(json::Kind::array) || value.is(json::Kind::object)) {
      return value_is_no_scalar;
    }
    if (value.is_missing_or_null() || value.text().empty()) {
      return value_is_null_or_empty;
    }
    bytes += value.text().size();
    if (bytes > partition_values_bytes_max) {
      return values_are_too_long;
    }
    values_[index * keys_.size() + key] = value.text();
  }
  return {};
}

void LambdaProcessor::refuse(std::uint32_t index,
                             std::string_view code,
                             std::string_view message,
                             Routed& routed) {
  routed.routes[index].kind = ObjectKind::processing_failed;
  routed.refusals.push_back({index, {std::string(code), std::string(message), ""}, attempts_});
}

void LambdaProcessor::refuse_batch(std::string_view code,
                                   std::string_view message,
                                   Routed& routed) {
  for (const std::uint32_t index : batch_) {
    refuse(index, code, message, routed);
  }
}

}  // namespace sluice::delivery
