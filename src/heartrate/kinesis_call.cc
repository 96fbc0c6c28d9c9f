#include "heartrate/kinesis_call.h"

#include "base/base64.h"
#include "base/digest.h"
#include "json/document.h"
#include "json/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::heartrate {
namespace {

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
  return std::ranges::find(codes, code) != codes.end();
}

std::string text_of(const json::View& object, std::string_view key) {
  return std::string(object.find(key).as_string().value_or(""));
}

KinesisRefusal refusal_of(const net::HttpResponse& answer) {
  KinesisRefusal refusal{fmt::format("HTTP {}", answer.status), ""};
  const auto document = json::Document::parse(answer.body);
  if (document && document->root().is(json::Kind::object)) {
    const std::string type = text_of(document->root(), "__type");
    if (!type.empty()) {
      refusal.code = type.substr(type.find('#') + 1);
    }
    const std::string message = text_of(document->root(), "message");
    refusal.message = message.empty() ? text_of(document->root(), "Message") : message;
  }
  refusal.is_retryable = answer.status >= 500 || is_retryable(refusal.code);
  return refusal;
}

void write_record(json::Writer& out, const KinesisRecord& record) {
  out.member("PartitionKey", record.partition_key);
  out.member("Data", base64_encode(record.data));
}

}  // namespace

Result<KinesisCaller> KinesisCaller::create(KinesisTarget target,
                                            Exchange exchange,
                                            const Clock& clock) {
  const std::string& endpoint = target.endpoint;
  const std::size_t scheme_end = endpoint.find("://");
  const bool is_http = endpoint.starts_with("http://") || endpoint.starts_with("https://");
  if (!is_http || endpoint.size() == scheme_end + 3) {
    return fail(
        Fault::invalid,
        fmt::format("cannot use the endpoint {}; write it as http://127.0.0.1:4566", endpoint));
  }
  KinesisCaller caller(std::move(target), std::move(exchange), clock);
  std::string& kept = caller.target_.endpoint;
  while (kept.ends_with('/')) {
    kept.pop_back();
  }
  const std::size_t path = std::min(kept.find('/', scheme_end + 3), kept.size());
  caller.host_ = kept.substr(scheme_end + 3, path - scheme_end - 3);
  caller.path_ = kept.substr(path) + "/";
  return caller;
}

Result<KinesisAnswer> KinesisCaller::attempt(const KinesisTry& one) const {
  SLUICE_TRY(answer, exchange_(request(one)));
  if (answer.status == 200) {
    return KinesisAnswer(std::move(answer.body));
  }
  return KinesisAnswer(std::unexpected(refusal_of(answer)));
}

net::HttpClientRequest KinesisCaller::request(const KinesisTry& one) const {
  net::HttpClientRequest request;
  request.method = "POST";
  request.url = target_.endpoint + "/";
  request.body = one.body;
  request.headers.add("Host", host_);
  request.headers.add("Content-Type", content_type);
  request.headers.add("X-Amz-Target", fmt::format("{}.{}", target_.api, one.operation));
  request.headers.add("amz-sdk-invocation-id", one.invocation);
  request.headers.add("amz-sdk-request",
                      fmt::format("attempt={}; max={}", one.attempt, one.attempts_max));
  std::vector<aws::Header> headers;
  for (const net::HttpHeader& header : request.headers) {
    headers.emplace_back(header.name, header.value);
  }
  const auto added = aws::sign({"POST", path_, "", headers},
                               target_.credentials,
                               target_.region,
                               target_.service,
                               to_hex(sha256(one.body)),
                               clock_->now());
  for (const auto& [name, value] : added) {
    request.headers.add(name, value);
  }
  return request;
}

std::string without_call(const std::string& message) {
  const std::size_t end = message.starts_with("POST ") ? message.find(": ") : std::string::npos;
  return end == std::string::npos ? message : message.substr(end + 2);
}

Bytes put_record_body(std::string_view stream, const KinesisRecord& record) {
  Bytes body;
  json::Writer out(body);
  out.begin_object();
  out.member("StreamName", stream);
  write_record(out, record);
  out.end_object();
  return body;
}

Bytes put_records_body(std::string_view stream, std::span<const KinesisRecord> records) {
  Bytes body;
  json::Writer out(body);
  out.begin_object();
  out.member("StreamName", stream);
  out.key("Records");
  out.begin_array();
  for (const KinesisRecord& record : records) {
    out.begin_object();
    write_record(out, record);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return body;
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
      return fail(
          Fault::invalid,
          fmt::format(
              "the server refused a record: {}: {}", *code, text_of(result, "ErrorMessage")));
    }
    if (code) {
      refused.push_back(index);
    }
    ++index;
  }
  if (index != records) {
    return fail(Fault::invalid,
                fmt::format("the server answered for {} of {} records", index, records));
  }
  return refused;
}

}  // namespace sluice::heartrate
