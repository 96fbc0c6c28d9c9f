// S3 requests: which call it is, and its answer.
#include "server/s3/s3.h"

#include "aws/sigv4.h"
#include "base/base64.h"
#include "s3/conditions.h"
#include "s3/listing.h"
#include "s3/range.h"
#include "s3/xml.h"
#include "server/s3/target.h"
#include "server/s3/upload_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::server {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using net::RequestHead;
using s3::S3Code;
using s3::S3Error;

const s3::Owner owner = {"sluice", "sluice"};

// Query parameters that only name the caller, or that SDKs add for themselves.
bool is_plain_parameter(std::string_view name) {
  return name == "x-id" || name.starts_with("X-Amz-");
}

constexpr std::string_view listing_parameters[] = {"list-type",
                                                   "prefix",
                                                   "delimiter",
                                                   "max-keys",
                                                   "start-after",
                                                   "continuation-token",
                                                   "encoding-type",
                                                   "fetch-owner",
                                                   "optional-object-attributes"};

bool is_listing_parameter(std::string_view name) {
  return std::find(std::begin(listing_parameters), std::end(listing_parameters), name) !=
         std::end(listing_parameters);
}

std::optional<S3Error> refuse_unknown(const RequestHead& head, const S3Target& target) {
  for (const auto& [name, value] : target.query) {
    const bool is_listing =
        head.method == "GET" && target.key.empty() && is_listing_parameter(name);
    const bool is_location = head.method == "GET" && target.key.empty() && name == "location";
    const bool is_override = name.starts_with("response-") && head.method != "PUT";
    if (!is_plain_parameter(name) && !is_listing && !is_location && !is_override) {
      return S3Error(
          S3Code::not_implemented,
          fmt::format("{} with ?{} is not offered; see docs/compatibility.md for what is.",
                      head.method,
                      name));
    }
  }
  const std::string_view declared = head.headers.value_or("x-amz-content-sha256", "");
  const std::string_view encoding = head.headers.value_or("content-encoding", "");
  if (declared.starts_with("STREAMING-") ||
      encoding.find("aws-chunked") != std::string_view::npos) {
    return S3Error(
        S3Code::not_implemented,
        "Bodies in aws-chunked form are not taken yet: have the client sign the payload as a whole "
        "(boto3: payload_signing_enabled, request_checksum_calculation = when_required).");
  }
  const bool is_hash = declared.size() == 64 &&
                       declared.find_first_not_of("0123456789abcdefABCDEF") == declared.npos;
  if (!declared.empty() && !is_hash && declared != aws::unsigned_payload) {
    return S3Error(S3Code::invalid_argument,
                   "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, or a valid sha256 value.");
  }
  if (head.method == "PUT" && !target.key.empty() && !head.content_length &&
      !head.has_unknown_length) {
    return S3Error(S3Code::missing_content_length,
                   "You must provide the Content-Length HTTP header.");
  }
  if (head.headers.contains("x-amz-copy-source")) {
    return S3Error(S3Code::not_implemented,
                   "CopyObject is not offered yet; get the object and put it.");
  }
  return std::nullopt;
}

HttpResponse no_content() {
  HttpResponse answer;
  answer.status = 204;
  return answer;
}

s3::Conditions conditions_of(const net::HttpHeaders& headers) {
  const auto text = [&](std::string_view name) -> std::optional<std::string> {
    const auto value = headers.find(name);
    return value ? std::optional<std::string>(*value) : std::nullopt;
  };
  return {text("If-Match"),
          text("If-None-Match"),
          text("If-Modified-Since"),
          text("If-Unmodified-Since")};
}

void add_object_headers(net::HttpHeaders& headers, const s3::ObjectInfo& info) {
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) {
      headers.add(name, value);
    }
  };
  headers.add("ETag", fmt::format("\"{}\"", info.etag));
  headers.add("Last-Modified", net::format_http_date(info.modified));
  headers.add("Accept-Ranges", "bytes");
  headers.add("Content-Type",
              info.headers.content_type.empty() ? s3::default_content_type
                                                : std::string_view(info.headers.content_type));
  add("Content-Encoding", info.headers.content_encoding);
  add("Content-Disposition", info.headers.content_disposition);
  add("Content-Language", info.headers.content_language);
  add("Cache-Control", info.headers.cache_control);
  add("Expires", info.headers.expires);
  for (const auto& [name, value] : info.headers.metadata) {
    headers.add("x-amz-meta-" + name, value);
  }
}

HttpResponse conditional_answer(s3::Verdict verdict, const s3::ObjectInfo& info) {
  HttpResponse answer;
  answer.status = verdict == s3::Verdict::not_modified ? 304 : 412;
  add_object_headers(answer.headers, info);
  return answer;
}

std::expected<HttpResponse, S3Error> get_object(s3::LocalStore& buckets,
                                                const RequestHead& head,
                                                const S3Target& target,
                                                const std::string& request_id) {
  SLUICE_S3_TRY(found, buckets.get(target.bucket, target.key));
  const s3::Verdict verdict =
      s3::judge_read(conditions_of(head.headers), found.info.etag, found.info.modified);
  if (verdict == s3::Verdict::precondition_failed && head.method == "GET") {
    return s3::fail_s3(S3Code::precondition_failed,
                       "At least one of the pre-conditions you specified did not hold");
  }
  if (verdict != s3::Verdict::proceed) {
    return conditional_answer(verdict, found.info);
  }
  const s3::RangeDecision range =
      s3::decide_range(head.headers.value_or("Range", ""), found.info.bytes);
  if (range.answer == s3::RangeAnswer::unsatisfiable) {
    HttpResponse answer =
        s3_error_response(S3Error(S3Code::invalid_range, "The requested range is not satisfiable"),
                          head.path(),
                          request_id);
    answer.headers.add("Content-Range", s3::content_range_unsatisfied(found.info.bytes));
    return answer;
  }
  HttpResponse answer;
  add_object_headers(answer.headers, found.info);
  for (const auto& [name, value] : target.query) {
    constexpr std::string_view prefix = "response-";
    if (name.starts_with(prefix)) {
      answer.headers.set(name.substr(prefix.size()), value);
    }
  }
  if (range.answer == s3::RangeAnswer::part) {
    answer.status = 206;
    answer.headers.add("Content-Range", s3::content_range(range.span, found.info.bytes));
  }
  if (head.method == "HEAD") {
    answer.head_length = range.span.length;
  } else if (range.span.length > 0) {
    answer.file = net::FileRegion{found.file, range.span.offset, range.span.length};
  }
  return answer;
}

std::expected<HttpResponse, S3Error> put_object(s3::LocalStore& buckets,
                                                HttpRequest& request,
                                                const S3Target& target) {
  SLUICE_S3_TRY(options, put_options(request));
  std::expected<s3::PutResult, S3Error> done = fail_s3(S3Code::internal_error, "no body");
  if (request.sink) {
    done = static_cast<UploadSink&>(*request.sink).finish(options);
  } else {
    done = buckets.put(target.bucket, target.key, request.body, options);
  }
  if (!done) {
    return std::unexpected(std::move(done).error());
  }
  HttpResponse answer;
  answer.headers.add("ETag", fmt::format("\"{}\"", done->etag));
  return answer;
}

std::expected<HttpResponse, S3Error> list_objects(s3::LocalStore& buckets, const S3Target& target) {
  if (target.parameter("list-type") != "2") {
    SLUICE_S3_TRY(info, buckets.head_bucket(target.bucket));
    return s3::fail_s3(S3Code::not_implemented,
                       "Listing without list-type=2 (ListObjects version 1) is not offered yet; "
                       "use ListObjectsV2.");
  }
  s3::ListEcho echo;
  echo.bucket = target.bucket;
  const auto text = [&](std::string_view name) {
    return std::string(target.parameter(name).value_or(std::string_view()));
  };
  echo.request.prefix = text("prefix");
  echo.request.delimiter = text("delimiter");
  echo.request.start_after = text("start-after");
  echo.request.continuation_token = text("continuation-token");
  if (const auto keys = target.parameter("max-keys")) {
    const auto [end, fault] =
        std::from_chars(keys->data(), keys->data() + keys->size(), echo.request.max_keys);
    if (fault != std::errc() || end != keys->data() + keys->size()) {
      return s3::fail_s3(S3Code::invalid_argument,
                         "Provided max-keys not an integer or within integer range");
    }
  }
  echo.url_encodes = target.parameter("encoding-type") == "url";
  if (target.parameter("fetch-owner") == "true") {
    echo.owner = owner;
  }
  SLUICE_S3_TRY(page, buckets.list_v2(target.bucket, echo.request));
  return net::make_response(200, s3::xml_content_type, s3::list_objects_v2_xml(echo, page));
}

std::expected<HttpResponse, S3Error> bucket_call(s3::LocalStore& buckets,
                                                 const HttpRequest& request,
                                                 const S3Target& target,
                                                 const std::string& region) {
  if (request.method == "PUT") {
    SLUICE_S3_TRY(wanted, s3::parse_create_bucket(request.body));
    SLUICE_S3_TRY_DO(buckets.create_bucket(target.bucket, wanted.empty() ? region : wanted));
    HttpResponse answer;
    answer.headers.add("Location", "/" + target.bucket);
    return answer;
  }
  if (request.method == "HEAD") {
    SLUICE_S3_TRY(info, buckets.head_bucket(target.bucket));
    HttpResponse answer;
    answer.headers.add("x-amz-bucket-region", info.region);
    return answer;
  }
  if (request.method == "DELETE") {
    SLUICE_S3_TRY_DO(buckets.delete_bucket(target.bucket));
    return no_content();
  }
  if (request.method != "GET") {
    return s3::fail_s3(S3Code::method_not_allowed,
                       "The specified method is not allowed against this resource.");
  }
  if (target.parameter("location")) {
    SLUICE_S3_TRY(info, buckets.head_bucket(target.bucket));
    return net::make_response(200, s3::xml_content_type, s3::location_xml(info.region));
  }
  return list_objects(buckets, target);
}

std::expected<HttpResponse, S3Error> object_call(s3::LocalStore& buckets,
                                                 HttpRequest& request,
                                                 const S3Target& target,
                                                 const std::string& request_id) {
  if (request.method == "PUT") {
    return put_object(buckets, request, target);
  }
  if (request.method == "GET" || request.method == "HEAD") {
    return get_object(buckets, request, target, request_id);
  }
  if (request.method == "DELETE") {
    SLUICE_S3_TRY_DO(buckets.remove(target.bucket, target.key));
    return no_content();
  }
  return s3::fail_s3(S3Code::method_not_allowed,
                     "The specified method is not allowed against this resource.");
}

}  // namespace

HttpResponse s3_error_response(const S3Error& error,
                               std::string_view resource,
                               const std::string& request_id) {
  return net::make_response(
      error.http_status(), s3::xml_content_type, s3::error_xml(error, resource, request_id));
}

std::optional<S3Error> S3Service::check_head(const RequestHead& head) const {
  const auto target = parse_s3_target(head.path(), head.query());
  if (!target) {
    return target.error();
  }
  return refuse_unknown(head, *target);
}

std::unique_ptr<net::BodySink> S3Service::body_sink(const RequestHead& head) const {
  auto target = parse_s3_target(head.path(), head.query());
  if (!target || head.method != "PUT" || target->key.empty()) {
    return nullptr;
  }
  return std::make_unique<UploadSink>(buckets_, std::move(target->bucket), std::move(target->key));
}

HttpResponse S3Service::handle(HttpRequest request, const std::string& request_id) const {
  const auto target = parse_s3_target(request.path(), request.query());
  std::expected<HttpResponse, S3Error> answer = HttpResponse();
  if (!target) {
    answer = std::unexpected(target.error());
  } else if (!target->key.empty()) {
    answer = object_call(buckets_, request, *target, request_id);
  } else if (!target->bucket.empty()) {
    answer = bucket_call(buckets_, request, *target, region_);
  } else if (request.method == "GET") {
    answer = net::make_response(
        200, s3::xml_content_type, s3::list_buckets_xml(buckets_.list_buckets(), owner));
  } else {
    answer = s3::fail_s3(S3Code::method_not_allowed,
                         "The specified method is not allowed against this resource.");
  }
  if (!answer) {
    HttpResponse refusal = s3_error_response(answer.error(), request.path(), request_id);
    // What a HEAD answers has no body; the code must be told by the status alone.
    refusal.close_connection = request.sink_failure.has_value();
    return refusal;
  }
  return *std::move(answer);
}

}  // namespace sluice::server
