// Sends records to a stream as any producer does.
#include "cli/kinesis_producer.h"

#include "base/base64.h"
#include "base/check.h"
#include "base/digest.h"
#include "cli/quantity.h"
#include "json/document.h"
#include "json/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::chrono::milliseconds back_off_first{50};
constexpr std::chrono::milliseconds back_off_max{5000};
constexpr std::string_view content_type = "application/x-amz-json-1.1";

// Error codes after which the same call may succeed.
bool is_retryable(std::string_view code) {
  constexpr std::array<std::string_view, 10> codes = {"ProvisionedThroughputExceededException",
                                                      "InternalFailure",
                                                      "InternalFailureException",
                                                      "InternalServerError",
                                                      "KMSThrottlingException",
                                                      "LimitExceededException",
                                                      "ResourceInUseException",
                                                      "ServiceUnavailable",
                                                      "ServiceUnavailableException",
                                                      "ThrottlingException"};
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// What a refusal says.
struct Refusal {
  std::string code;
  std::string message;
};

std::string text_of(const json::View& object, std::string_view key) {
  return std::string(object.find(key).as_string().value_or(""));
}

Refusal refusal_of(const net::HttpResponse& answer) {
  Refusal refusal{fmt::format("HTTP {}", answer.status), ""};
  const auto document = json::Document::parse(answer.body);
  if (!document || !document->root().is(json::Kind::object)) {
    return refusal;
  }
  const std::string type = text_of(document->root(), "__type");
  if (!type.empty()) {
    refusal.code = printable(type.substr(type.find('#') + 1));
  }
  const std::string message = text_of(document->root(), "message");
  refusal.message = printable(message.empty() ? text_of(document->root(), "Message") : message);
  return refusal;
}

std::unexpected<Error> refused(const Refusal& refusal, const ProducerSettings& settings) {
  if (refusal.code == "ResourceNotFoundException") {
    return fail(Fault::missing,
                fmt::format("there is no stream {} at {}; create it (aws kinesis create-stream) or "
                            "name another",
                            settings.stream,
                            settings.endpoint));
  }
  return fail(Fault::invalid,
              fmt::format("{} refused: {}: {}", settings.endpoint, refusal.code, refusal.message));
}

// "POST http://...: connection refused" -> "connection refused"
std::string without_call(const std::string& message) {
  const std::size_t end = message.starts_with("POST ") ? message.find(": ") : std::string::npos;
  return printable(end == std::string::npos ? message : message.substr(end + 2));
}

void begin_call(json::Writer& out, const ProducerSettings& settings) {
  out.begin_object();
  out.member("StreamName", settings.stream);
}

}  // namespace

RecordBatch::RecordBatch(std::size_t records_max) : records_max_(records_max) {
  SLUICE_CHECK(records_max >= 1);
  SLUICE_CHECK(records_max <= batch_records_max);
}

bool RecordBatch::add(ByteView data, std::size_t partition_key_bytes) {
  const std::size_t bytes = data.size() + partition_key_bytes;
  if (ends_.size() == records_max_ || (!ends_.empty() && bytes > batch_bytes_max - bytes_)) {
    return false;
  }
  heap_.append(data);
  ends_.push_back(heap_.size());
  bytes_ += bytes;
  return true;
}

std::span<const ByteView> RecordBatch::records() {
  views_.clear();
  std::size_t begin = 0;
  for (const std::size_t end : ends_) {
    views_.push_back(ByteView(heap_).substr(begin, end - begin));
    begin = end;
  }
  return views_;
}

void RecordBatch::clear() {
  heap_.clear();
  ends_.clear();
  views_.clear();
  bytes_ = 0;
}

Result<KinesisProducer> KinesisProducer::create(ProducerSettings settings, ProducerWorld world) {
  const std::string& endpoint = settings.endpoint;
  const std::size_t scheme_end = endpoint.find("://");
  const bool is_http = endpoint.starts_with("http://") || endpoint.starts_with("https://");
  if (!is_http || endpoint.size() == scheme_end + 3) {
    return fail(Fault::invalid,
                fmt::format("cannot use the endpoint {}; write it as http://127.0.0.1:4566",
                            printable(endpoint)));
  }
  KinesisProducer producer(std::move(settings), std::move(world));
  std::string& kept = producer.settings_.endpoint;
  while (kept.ends_with('/')) {
    kept.pop_back();
  }
  const std::size_t path = std::min(kept.find('/', scheme_end + 3), kept.size());
  producer.host_ = kept.substr(scheme_end + 3, path - scheme_end - 3);
  producer.path_ = kept.substr(path) + "/";
  return producer;
}

Result<void> KinesisProducer::put_record(ByteView data) {
  Bytes body;
  json::Writer out(body);
  begin_call(out, settings_);
  out.member("PartitionKey", settings_.partition_key);
  out.member("Data", base64_encode(data));
  out.end_object();
  SLUICE_TRY_DO(call("PutRecord", std::move(body)));
  return {};
}

Result<void> KinesisProducer::put_records(std::span<const ByteView> records) {
  SLUICE_CHECK(records.size() <= batch_records_max);
  std::vector<std::size_t> waiting(records.size());
  std::iota(waiting.begin(), waiting.end(), std::size_t{0});
  for (int failures = 0; !waiting.empty(); ++failures) {
    if (failures > 0) {
      retries_ += waiting.size();
      if (failures == settings_.attempts_max) {
        return fail(Fault::throttled,
                    fmt::format("{} still refuses {} after {} attempts; send slower or add shards",
                                settings_.endpoint,
                                counted(waiting.size(), "record", "records"),
                                failures));
      }
      SLUICE_TRY_DO(back_off(failures));
    }
    Bytes body;
    json::Writer out(body);
    begin_call(out, settings_);
    out.key("Records");
    out.begin_array();
    for (const std::size_t index : waiting) {
      out.begin_object();
      out.member("PartitionKey", settings_.partition_key);
      out.member("Data", base64_encode(records[index]));
      out.end_object();
    }
    out.end_array();
    out.end_object();
    SLUICE_TRY(answer, call("PutRecords", std::move(body)));
    SLUICE_TRY(refused, refused_records(answer, waiting.size()));
    std::vector<std::size_t> still_waiting;
    for (const std::size_t index : refused) {
      still_waiting.push_back(waiting[index]);
    }
    waiting = std::move(still_waiting);
  }
  return {};
}

Result<Bytes> KinesisProducer::call(std::string_view operation, Bytes body) {
  // The same for every attempt: by it a server knows a call that it has answered already.
  const std::string invocation = uuid_v4(world_.random);
  for (int attempt = 1;; ++attempt) {
    auto answer = world_.exchange(request(operation, body, invocation, attempt));
    if (!answer && answer.error().fault() != Fault::unavailable) {
      return std::unexpected(std::move(answer).error());
    }
    Refusal refusal;
    if (answer) {
      has_been_answered_ = true;
      if (answer->status == 200) {
        return std::move(answer->body);
      }
      refusal = refusal_of(*answer);
      if (answer->status < 500 && !is_retryable(refusal.code)) {
        return refused(refusal, settings_);
      }
    }
    const int attempts_max =
        has_been_answered_ ? settings_.attempts_max : settings_.first_attempts_max;
    if (attempt >= attempts_max) {
      return answer ? fail(Fault::throttled,
                           fmt::format("{} refused {} times: {}: {}; try again later",
                                       settings_.endpoint,
                                       attempt,
                                       refusal.code,
                                       refusal.message))
                    : fail(Fault::unavailable,
                           fmt::format("no server answers at {} ({}); start one with `sluice "
                                       "serve`, or name it with --endpoint",
                                       settings_.endpoint,
                                       without_call(answer.error().message())));
    }
    ++retries_;
    SLUICE_TRY_DO(back_off(attempt));
  }
}

net::HttpClientRequest KinesisProducer::request(std::string_view operation,
                                                const Bytes& body,
                                                const std::string& invocation,
                                                int attempt) const {
  net::HttpClientRequest request;
  request.method = "POST";
  request.url = settings_.endpoint + "/";
  request.body = body;
  request.headers.add("Host", host_);
  request.headers.add("Content-Type", content_type);
  request.headers.add("X-Amz-Target", fmt::format("Kinesis_20131202.{}", operation));
  request.headers.add("amz-sdk-invocation-id", invocation);
  request.headers.add("amz-sdk-request",
                      fmt::format("attempt={}; max={}", attempt, settings_.attempts_max));
  std::vector<aws::Header> headers;
  for (const net::HttpHeader& header : request.headers) {
    headers.emplace_back(header.name, header.value);
  }
  const auto added = aws::sign({"POST", path_, "", headers},
                               settings_.credentials,
                               settings_.region,
                               "kinesis",
                               to_hex(sha256(body)),
                               world_.clock.now());
  for (const auto& [name, value] : added) {
    request.headers.add(name, value);
  }
  return request;
}

// Doubling, capped, and anywhere between half and all of it, so that producers do not march in
// step.
Result<void> KinesisProducer::back_off(int failures) {
  SLUICE_CHECK(failures >= 1);
  constexpr int doublings_max = 10;
  const auto longest =
      std::min(back_off_max, back_off_first * (1 << std::min(failures - 1, doublings_max)));
  const auto half = static_cast<std::uint64_t>(longest.count() / 2);
  const std::chrono::milliseconds wait(half + world_.random.below(half + 1));
  if (!world_.pause(wait)) {
    return fail(Fault::cancelled, "interrupted");
  }
  return {};
}

Result<std::vector<std::size_t>> refused_records(ByteView answer, std::size_t records) {
  const auto document = json::Document::parse(Bytes(answer));
  if (!document || !document->root().find("Records").is(json::Kind::array)) {
    return fail(Fault::invalid, "the server's answer to PutRecords has no Records");
  }
  std::vector<std::size_t> refused;
  std::size_t index = 0;
  for (const json::View result : document->root().find("Records").elements()) {
    const auto code = result.find("ErrorCode").as_string();
    if (code && !is_retryable(*code)) {
      return fail(Fault::invalid,
                  fmt::format("the server refused a record: {}: {}",
                              printable(*code),
                              printable(text_of(result, "ErrorMessage"))));
    }
    if (code) {
      refused.push_back(index);
    }
    ++index;
  }
  if (index != records) {
    return fail(
        Fault::invalid,
        fmt::format(
            "the server answered for {} of {}", index, counted(records, "record", "records")));
  }
  return refused;
}

}  // namespace sluice::cli
