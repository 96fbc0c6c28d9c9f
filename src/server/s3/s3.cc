// S3 requests: which call it is, and its answer.
#include "server/s3/s3.h"

#include "aws/sigv4.h"
#include "base/check.h"
#include "s3/conditions.h"
#include "s3/listing.h"
#include "s3/object_parts.h"
#include "s3/range.h"
#include "s3/tags.h"
#include "s3/xml.h"
#include "s3/xml_requests.h"
#include "server/s3/attributes_call.h"
#include "server/s3/copy_calls.h"
#include "server/s3/multipart_calls.h"
#include "server/s3/owner.h"
#include "server/s3/payload.h"
#include "server/s3/target.h"
#include "server/s3/upload_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <ranges>
#include <span>

namespace sluice::server {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using net::RequestHead;
using s3::S3Code;
using s3::S3Error;

// Bodies of XML.
constexpr std::uint64_t small_body_bytes_max = std::uint64_t{8} << 20;

constexpr std::uint32_t list_buckets_max = 10'000;

// Query parameters that only name the caller, or that SDKs add for themselves.
bool is_plain_parameter(std::string_view name) {
  return name == "x-id" || name.starts_with("X-Amz-");
}

// What a GetObject may ask to be answered in place of what is kept.
constexpr std::string_view overrides[] = {"response-cache-control",
                                          "response-content-disposition",
                                          "response-content-encoding",
                                          "response-content-language",
                                          "response-content-type",
                                          "response-expires"};

// What a request may have in its query, beside what SDKs add.
struct Offer {
  std::string_view method;
  bool is_of_object = false;
  std::string_view parameter;
};

constexpr Offer offers[] = {
    {"GET", false, "list-type"},
    {"GET", false, "prefix"},
    {"GET", false, "delimiter"},
    {"GET", false, "max-keys"},
    {"GET", false, "marker"},
    {"GET", false, "start-after"},
    {"GET", false, "continuation-token"},
    {"GET", false, "encoding-type"},
    {"GET", false, "fetch-owner"},
    {"GET", false, "optional-object-attributes"},
    {"GET", false, "location"},
    {"GET", false, "max-buckets"},
    {"GET", false, "bucket-region"},
    {"GET", false, "versioning"},
    {"GET", false, "notification"},
    {"GET", false, "lifecycle"},
    {"PUT", false, "lifecycle"},
    {"DELETE", false, "lifecycle"},
    {"GET", false, "versions"},
    {"GET", false, "version-id-marker"},
    {"GET", false, "uploads"},
    {"GET", false, "key-marker"},
    {"GET", false, "upload-id-marker"},
    {"GET", false, "max-uploads"},
    {"GET", true, "versionId"},
    {"HEAD", true, "versionId"},
    {"PUT", true, "versionId"},
    {"DELETE", true, "versionId"},
    {"GET", true, "partNumber"},
    {"HEAD", true, "partNumber"},
    {"GET", true, "attributes"},
    {"GET", true, "tagging"},
    {"PUT", true, "tagging"},
    {"DELETE", true, "tagging"},
    {"POST", false, "delete"},
    {"POST", true, "uploads"},
    {"POST", true, "uploadId"},
    {"PUT", true, "uploadId"},
    {"PUT", true, "partNumber"},
    {"DELETE", true, "uploadId"},
    {"GET", true, "uploadId"},
    {"GET", true, "max-parts"},
    {"GET", true, "part-number-marker"},
};

bool is_offered(const RequestHead& head, const S3Target& target, std::string_view name) {
  const bool is_override =
      head.method != "PUT" && std::ranges::find(overrides, name) != std::end(overrides);
  return is_plain_parameter(name) || is_override ||
         std::ranges::any_of(offers, [&](const Offer& offer) {
           return offer.method == head.method && offer.is_of_object == !target.key.empty() &&
                  offer.parameter == name;
         });
}

// Whether the body becomes an object or a part.
bool is_upload(const RequestHead& head, const S3Target& target) {
  return head.method == "PUT" && !target.key.empty() && !target.parameter("tagging") &&
         !head.headers.contains(copy_source_header);
}

// Of what says something about the body one that is there twice, so that it can say two things.
std::optional<std::string_view> doubled_header(const net::HttpHeaders& headers) {
  constexpr std::string_view names[] = {"Content-MD5",
                                        "x-amz-content-sha256",
                                        "x-amz-decoded-content-length",
                                        "x-amz-trailer",
                                        "x-amz-sdk-checksum-algorithm"};
  for (const std::string_view name : names) {
    const auto is_it = [&](const net::HttpHeader& header) {
      return net::equal_ignoring_case(header.name, name);
    };
    if (std::ranges::count_if(headers, is_it) > 1) {
      return name;
    }
  }
  return std::nullopt;
}

bool says_aws_chunked(const net::HttpHeaders& headers) {
  for (const net::HttpHeader& header : headers) {
    if (!net::equal_ignoring_case(header.name, "Content-Encoding")) {
      continue;
    }
    for (const auto word : std::views::split(header.value, ',')) {
      std::string_view encoding(word.begin(), word.end());
      encoding.remove_prefix(std::min(encoding.size(), encoding.find_first_not_of(' ')));
      encoding = encoding.substr(0, encoding.find_last_not_of(' ') + 1);
      if (net::equal_ignoring_case(encoding, "aws-chunked")) {
        return true;
      }
    }
  }
  return false;
}

std::optional<S3Error> refuse_unknown(const RequestHead& head, const S3Target& target) {
  for (const auto& [name, value] : target.query) {
    if (!is_offered(head, target, name)) {
      return S3Error(
          S3Code::not_implemented,
          fmt::format("{} with ?{} is not offered; see docs/compatibility.md for what is.",
                      head.method,
                      name));
    }
  }
  if (head.method == "PUT" && target.parameter("uploadId") && !target.parameter("partNumber")) {
    return S3Error(S3Code::method_not_allowed,
                   "The specified method is not allowed against this resource.");
  }
  if (head.method == "PUT" && target.parameter("partNumber") && !target.parameter("uploadId")) {
    return S3Error(S3Code::invalid_argument,
                   "This operation does not accept partNumber without uploadId");
  }
  // Without versions there is one, and it is called null.
  if (const auto version = target.parameter("versionId"); version && *version != "null") {
    return S3Error(S3Code::invalid_argument, "Invalid version id specified");
  }
  const std::string_view declared = head.headers.value_or("x-amz-content-sha256", "");
  if (const auto form = chunked_form_of(head)) {
    if (!is_upload(head, target)) {
      return S3Error(S3Code::not_implemented,
                     "A body in aws-chunked form is taken by PutObject and UploadPart only.");
    }
    if (auto expected = body_expectations(head); !expected) {
      return std::move(expected).error();
    }
  }
  if (const auto doubled = doubled_header(head.headers)) {
    return S3Error(S3Code::invalid_request, fmt::format("The header {} is there twice.", *doubled));
  }
  // Such a body without its form would be stored with its chunks' lengths in it.
  if (!chunked_form_of(head) && says_aws_chunked(head.headers)) {
    return S3Error(S3Code::invalid_request,
                   "Content-Encoding says aws-chunked; x-amz-content-sha256 must say which form of "
                   "it the body has.");
  }
  const bool is_hash = declared.size() == 64 &&
                       declared.find_first_not_of("0123456789abcdefABCDEF") == declared.npos;
  if (!declared.empty() && !is_hash && declared != aws::unsigned_payload &&
      !chunked_form_of(head)) {
    return S3Error(
        S3Code::invalid_argument,
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, one of STREAMING-UNSIGNED-PAYLOAD-"
        "TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD and STREAMING-AWS4-HMAC-SHA256-"
        "PAYLOAD-TRAILER, or a valid sha256 value.");
  }
  if (is_upload(head, target)) {
    if (auto payload = Payload::of(head); !payload) {
      return std::move(payload).error();
    }
  }
  if (head.method == "PUT" && !target.key.empty() && !head.content_length &&
      !head.has_unknown_length) {
    return S3Error(S3Code::missing_content_length,
                   "You must provide the Content-Length HTTP header.");
  }
  return std::nullopt;
}

HttpResponse no_content() {
  HttpResponse answer;
  answer.status = 204;
  return answer;
}

s3::Conditions conditions_of(const net::HttpHeaders& headers) {
  return {header_text(headers, "If-Match"),
          header_text(headers, "If-None-Match"),
          header_text(headers, "If-Modified-Since"),
          header_text(headers, "If-Unmodified-Since")};
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
  if (!info.headers.tags.empty()) {
    headers.add("x-amz-tagging-count",
                fmt::format("{}", 1 + std::ranges::count(info.headers.tags, '&')));
  }
}

void add_checksum_of_whole(net::HttpHeaders& headers,
                           const RequestHead& head,
                           const s3::ObjectInfo& info) {
  const std::string_view mode = head.headers.value_or("x-amz-checksum-mode", "");
  if (mode == "ENABLED" || mode == "enabled") {
    add_checksum(headers, info.headers.checksum);
  }
}

// What to send of an object: all of it, a range, or one of its parts.
std::expected<s3::RangeDecision, S3Error> decide_span(const RequestHead& head,
                                                      const S3Target& target,
                                                      const s3::ObjectInfo& info,
                                                      std::span<const s3::ObjectPart> parts) {
  const std::string_view range = head.headers.value_or("Range", "");
  if (!target.parameter("partNumber")) {
    return s3::decide_range(range, info.bytes);
  }
  if (!range.empty()) {
    return s3::fail_s3(S3Code::invalid_request,
                       "Cannot specify both Range header and partNumber query parameter");
  }
  SLUICE_S3_TRY(number, part_number_of(target));
  if (number > std::max<std::size_t>(parts.size(), 1)) {
    return s3::fail_s3(S3Code::invalid_part_number, "The requested partnumber is not satisfiable");
  }
  s3::ByteSpan span{0, parts.empty() ? info.bytes : parts[number - 1].bytes};
  for (const s3::ObjectPart& before :
       parts.first(std::min<std::size_t>(number - 1, parts.size()))) {
    span.offset += before.bytes;
  }
  return s3::RangeDecision{info.bytes > 0 ? s3::RangeAnswer::part : s3::RangeAnswer::whole, span};
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
  const std::vector<s3::ObjectPart> parts = s3::parse_parts(found.info.headers.parts);
  SLUICE_S3_TRY(range, decide_span(head, target, found.info, parts));
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
  if (target.parameter("partNumber") && !parts.empty()) {
    answer.headers.add("x-amz-mp-parts-count", fmt::format("{}", parts.size()));
  }
  if (range.answer == s3::RangeAnswer::part) {
    answer.status = 206;
    answer.headers.add("Content-Range", s3::content_range(range.span, found.info.bytes));
  } else {
    add_checksum_of_whole(answer.headers, head, found.info);
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
  if (!request.sink) {
    SLUICE_S3_TRY(payload, Payload::of(request));
    request.sink = std::make_unique<UploadSink>(buckets,
                                                target.bucket,
                                                target.key,
                                                std::move(payload),
                                                options.expected.sha256.has_value());
  }
  SLUICE_S3_TRY(made, static_cast<UploadSink&>(*request.sink).finish(options));
  HttpResponse answer;
  answer.headers.add("ETag", s3::quoted(made.result.etag));
  add_checksum(answer.headers, made.checksum);
  return answer;
}

std::expected<HttpResponse, S3Error> list_buckets(s3::LocalStore& buckets, const S3Target& target) {
  SLUICE_S3_TRY(limit, target.number("max-buckets", list_buckets_max));
  if (limit == 0 || limit > list_buckets_max) {
    return s3::fail_s3(S3Code::invalid_argument, "max-buckets must be between 1 and 10000.");
  }
  return xml_response(s3::list_buckets_xml(s3::page_of(buckets.list_buckets(),
                                                       target.text("prefix"),
                                                       target.text("bucket-region"),
                                                       target.text("continuation-token"),
                                                       limit),
                                           owner()));
}

std::expected<HttpResponse, S3Error> list_objects(s3::LocalStore& buckets, const S3Target& target) {
  const bool is_of_versions = target.parameter("versions").has_value();
  const bool is_second = !is_of_versions && target.parameter("list-type") == "2";
  s3::ListEcho echo;
  echo.bucket = target.bucket;
  echo.request.prefix = target.text("prefix");
  echo.request.delimiter = target.text("delimiter");
  echo.request.start_after = target.text(is_of_versions ? "key-marker"
                                         : is_second    ? "start-after"
                                                        : "marker");
  echo.request.continuation_token = is_second ? target.text("continuation-token") : "";
  SLUICE_S3_TRY(keys, target.number("max-keys", s3::list_keys_max));
  echo.request.max_keys = keys;
  echo.url_encodes = target.parameter("encoding-type") == "url";
  if (!is_second || target.parameter("fetch-owner") == "true") {
    echo.owner = owner();
  }
  SLUICE_S3_TRY(page, buckets.list(target.bucket, echo.request));
  if (is_of_versions) {
    return xml_response(s3::list_versions_xml(echo, page));
  }
  return xml_response(is_second ? s3::list_objects_v2_xml(echo, page)
                                : s3::list_objects_v1_xml(echo, page));
}

// The body as the client says that it is.
std::expected<void, S3Error> check_body(const HttpRequest& request) {
  SLUICE_S3_TRY(expected, body_expectations(request));
  RunningDigest digest;
  digest.update(request.body);
  SLUICE_S3_TRY_DO(s3::check_expectations(expected, request.body.size(), digest.finish()));
  SLUICE_S3_TRY(payload, Payload::of(request));
  SLUICE_S3_TRY_DO(payload.write(request.body, [](ByteView) { return s3::S3Result<void>(); }));
  SLUICE_S3_TRY_DO(payload.finish());
  return {};
}

std::expected<HttpResponse, S3Error> delete_objects(s3::LocalStore& buckets,
                                                    const HttpRequest& request,
                                                    const S3Target& target) {
  SLUICE_S3_TRY_DO(check_body(request));
  SLUICE_S3_TRY(wanted, s3::parse_delete(request.body));
  SLUICE_S3_TRY(info, buckets.head_bucket(target.bucket));
  std::vector<s3::DeleteOutcome> outcomes;
  for (s3::DeleteRequest::Entry& entry : wanted.entries) {
    s3::DeleteOutcome outcome{std::move(entry.key), std::nullopt};
    // Without versions there is one, and it is called null.
    if (!entry.version.empty() && entry.version != "null") {
      outcome.failure = S3Error(S3Code::not_implemented, "The bucket has no versions.");
    } else if (auto removed = buckets.remove(target.bucket, outcome.key); !removed) {
      outcome.failure = std::move(removed).error();
    }
    outcomes.push_back(std::move(outcome));
  }
  return xml_response(s3::delete_result_xml(outcomes, wanted.is_quiet));
}

std::expected<HttpResponse, S3Error> lifecycle_call(s3::Lifecycles& lifecycles,
                                                    const HttpRequest& request,
                                                    const S3Target& target) {
  if (request.method == "GET") {
    SLUICE_S3_TRY(rules, lifecycles.find(target.bucket));
    return xml_response(s3::lifecycle_xml(rules));
  }
  if (request.method == "DELETE") {
    SLUICE_S3_TRY_DO(lifecycles.remove(target.bucket));
    return no_content();
  }
  SLUICE_S3_TRY_DO(check_body(request));
  SLUICE_S3_TRY(rules, s3::parse_lifecycle(request.body));
  SLUICE_S3_TRY_DO(lifecycles.set(target.bucket, rules));
  return HttpResponse();
}

std::expected<HttpResponse, S3Error> bucket_call(s3::LocalStore& buckets,
                                                 s3::MultipartUploads& uploads,
                                                 s3::Lifecycles& lifecycles,
                                                 const HttpRequest& request,
                                                 const S3Target& target,
                                                 const std::string& region) {
  if (target.parameter("lifecycle")) {
    return lifecycle_call(lifecycles, request, target);
  }
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
    SLUICE_TRY_DO(uploads.forget_bucket(target.bucket));
    return no_content();
  }
  if (request.method == "POST" && target.parameter("delete")) {
    return delete_objects(buckets, request, target);
  }
  if (request.method != "GET") {
    return s3::fail_s3(S3Code::method_not_allowed,
                       "The specified method is not allowed against this resource.");
  }
  if (target.parameter("location")) {
    SLUICE_S3_TRY(info, buckets.head_bucket(target.bucket));
    return xml_response(s3::location_xml(info.region));
  }
  if (target.parameter("uploads")) {
    return list_uploads(uploads, target);
  }
  if (target.parameter("versioning")) {
    SLUICE_S3_TRY(info, buckets.head_bucket(target.bucket));
    return xml_response(s3::versioning_xml());
  }
  if (target.parameter("notification")) {
    SLUICE_S3_TRY(info, buckets.head_bucket(target.bucket));
    return xml_response(s3::notification_xml());
  }
  return list_objects(buckets, target);
}

std::expected<HttpResponse, S3Error> form_upload(const HttpRequest& request) {
  if (request.sink == nullptr) {
    return s3::fail_s3(S3Code::malformed_post_request,
                       "The body of your POST request is not well-formed multipart/form-data.");
  }
  return static_cast<FormUpload&>(*request.sink).finish(request);
}

std::expected<HttpResponse, S3Error> tagging_call(s3::LocalStore& buckets,
                                                  const HttpRequest& request,
                                                  const S3Target& target) {
  if (request.method == "GET") {
    SLUICE_S3_TRY(info, buckets.head(target.bucket, target.key));
    SLUICE_S3_TRY(tags, s3::parse_tags(info.headers.tags));
    return xml_response(s3::tagging_xml(tags));
  }
  if (request.method == "DELETE") {
    SLUICE_S3_TRY_DO(buckets.set_tags(target.bucket, target.key, {}));
    return no_content();
  }
  SLUICE_S3_TRY(tags, s3::parse_tagging(request.body));
  SLUICE_S3_TRY_DO(buckets.set_tags(target.bucket, target.key, s3::tags_text(tags)));
  return HttpResponse();
}

std::expected<HttpResponse, S3Error> object_call(s3::LocalStore& buckets,
                                                 s3::MultipartUploads& uploads,
                                                 HttpRequest& request,
                                                 const S3Target& target,
                                                 const std::string& request_id) {
  if (is_multipart_call(request, target)) {
    return multipart_call({buckets, uploads}, request, target);
  }
  if (target.parameter("tagging")) {
    return tagging_call(buckets, request, target);
  }
  if (target.parameter("attributes")) {
    return object_attributes(buckets, request, target);
  }
  if (request.method == "PUT" && request.headers.contains(copy_source_header)) {
    return copy_object(buckets, request, target);
  }
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

bool S3Service::is_signed_in_body(const RequestHead& head) {
  const auto target = parse_s3_target(head.path(), head.query());
  return target && is_form_upload(head, *target);
}

std::uint64_t S3Service::body_bytes_max(const RequestHead& head) {
  const auto target = parse_s3_target(head.path(), head.query());
  if (target && is_form_upload(head, *target)) {
    return s3::put_bytes_max + s3::form_fields_bytes_max;
  }
  const bool is_object =
      target && head.method == "PUT" && !target->key.empty() && !target->parameter("tagging");
  return is_object ? s3::put_bytes_max : small_body_bytes_max;
}

std::unique_ptr<net::BodySink> S3Service::body_sink(const RequestHead& head,
                                                    BodySignatures signatures) const {
  auto target = parse_s3_target(head.path(), head.query());
  if (target && is_form_upload(head, *target)) {
    const auto boundary = s3::form_boundary(head.headers.value_or("Content-Type", ""));
    return std::make_unique<FormUpload>(
        buckets_, clock_, std::move(target->bucket), *boundary, std::move(signatures.policy));
  }
  if (!target || !is_upload(head, *target)) {
    return nullptr;
  }
  auto payload = Payload::of(head, std::move(signatures.chunks));
  SLUICE_CHECK(payload.has_value());  // check_head() has looked
  if (is_multipart_call(head, *target)) {
    return part_sink(uploads_, *target, *std::move(payload));
  }
  const auto expected = body_expectations(head);
  return std::make_unique<UploadSink>(buckets_,
                                      std::move(target->bucket),
                                      std::move(target->key),
                                      *std::move(payload),
                                      expected && expected->sha256.has_value());
}

HttpResponse S3Service::handle(HttpRequest request, const std::string& request_id) const {
  const auto target = parse_s3_target(request.path(), request.query());
  std::expected<HttpResponse, S3Error> answer = HttpResponse();
  if (!target) {
    answer = std::unexpected(target.error());
  } else if (!target->key.empty()) {
    answer = object_call(buckets_, uploads_, request, *target, request_id);
  } else if (is_form_upload(request, *target)) {
    answer = form_upload(request);
  } else if (!target->bucket.empty()) {
    answer = bucket_call(buckets_, uploads_, lifecycles_, request, *target, region_);
  } else if (request.method == "GET") {
    answer = list_buckets(buckets_, *target);
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
