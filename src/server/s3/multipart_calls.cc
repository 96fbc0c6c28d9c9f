#include "server/s3/multipart_calls.h"

#include "s3/copied_bytes.h"
#include "s3/multipart_xml.h"
#include "s3/range.h"
#include "s3/xml_requests.h"
#include "server/s3/copy_calls.h"
#include "server/s3/owner.h"
#include "server/s3/upload_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace sluice::server {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using s3::S3Code;
using s3::S3Result;
using s3::UploadName;

constexpr std::uint32_t page_max = 1000;

UploadName name_of(const S3Target& target) {
  return {target.bucket, target.key, target.text("uploadId")};
}

// Opens the part with the first piece.
class PartSink final : public net::BodySink {
 public:
  PartSink(s3::MultipartUploads& uploads, const S3Target& target, Payload payload)
      : uploads_(uploads), target_(target), payload_(std::move(payload)) {}

  Result<void> write(ByteView piece) override {
    auto written = payload_.write(piece, [this](ByteView data) { return write_data(data); });
    if (!written) {
      failure_ = written.error();
      return std::unexpected(std::move(written).error().to_error());
    }
    return {};
  }

  // With the checksum of the upload's algorithm, or the one that the client gave.
  S3Result<s3::PartUpload::Made> finish(const s3::BodyExpectations& expected) {
    if (failure_) {
      return std::unexpected(*failure_);
    }
    SLUICE_S3_TRY(checksum, payload_.finish());
    SLUICE_S3_TRY_DO(begin());
    const std::optional<s3::UploadChecksum>& wanted = part_->upload_checksum();
    if (checksum && wanted && checksum->algorithm != wanted->algorithm) {
      return s3::fail_s3(S3Code::invalid_request,
                         fmt::format("Checksum Type mismatch occurred, expected checksum Type: {}, "
                                     "actual checksum Type: {}",
                                     s3::name_of(wanted->algorithm),
                                     s3::name_of(checksum->algorithm)));
    }
    SLUICE_S3_TRY(made, part_->finish(expected));
    if (!made.checksum) {
      made.checksum = std::move(checksum);
    }
    return made;
  }

 private:
  S3Result<void> begin() {
    if (part_ == nullptr) {
      SLUICE_S3_TRY(number, part_number_of(target_));
      SLUICE_S3_TRY(part, uploads_.start_part(name_of(target_), number));
      part_ = std::move(part);
    }
    return {};
  }

  S3Result<void> write_data(ByteView data) {
    SLUICE_S3_TRY_DO(begin());
    return part_->write(data);
  }

  s3::MultipartUploads& uploads_;
  const S3Target target_;
  Payload payload_;
  std::unique_ptr<s3::PartUpload> part_;
  std::optional<s3::S3Error> failure_;
};

S3Result<HttpResponse> create_upload(s3::MultipartUploads& uploads,
                                     const HttpRequest& request,
                                     const S3Target& target) {
  SLUICE_S3_TRY(headers, object_headers(request.headers));
  SLUICE_S3_TRY(checksum,
                s3::upload_checksum(request.headers.value_or("x-amz-checksum-algorithm", ""),
                                    request.headers.value_or("x-amz-checksum-type", "")));
  SLUICE_S3_TRY(id, uploads.create(target.bucket, target.key, headers, checksum));
  HttpResponse answer = xml_response(s3::initiated_xml({target.bucket, target.key, id}));
  if (checksum) {
    answer.headers.add("x-amz-checksum-algorithm", s3::name_of(checksum->algorithm));
    answer.headers.add("x-amz-checksum-type", s3::name_of(checksum->type));
  }
  return answer;
}

S3Result<HttpResponse> upload_part(s3::MultipartUploads& uploads,
                                   HttpRequest& request,
                                   const S3Target& target) {
  SLUICE_S3_TRY(expected, body_expectations(request));
  if (!request.sink) {
    SLUICE_S3_TRY(payload, Payload::of(request));
    request.sink = part_sink(uploads, target, std::move(payload));
  }
  SLUICE_S3_TRY(made, static_cast<PartSink&>(*request.sink).finish(expected));
  HttpResponse answer;
  answer.headers.add("ETag", s3::quoted(made.etag));
  if (made.checksum) {
    answer.headers.add(s3::header_of(made.checksum->algorithm), made.checksum->text);
  }
  return answer;
}

// "bytes=first-last" within the source; all of it without the header.
S3Result<s3::ByteSpan> source_span(const net::HttpHeaders& headers, std::uint64_t bytes) {
  const auto range = headers.find("x-amz-copy-source-range");
  if (!range) {
    return s3::ByteSpan{0, bytes};
  }
  constexpr std::string_view unit = "bytes=";
  const char* const end = range->data() + range->size();
  const char* const from = range->data() + (range->starts_with(unit) ? unit.size() : 0);
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  const auto dash = std::from_chars(from, end, first);
  const bool has_dash = dash.ec == std::errc() && dash.ptr != end && *dash.ptr == '-';
  const auto rest = std::from_chars(has_dash ? dash.ptr + 1 : end, end, last);
  if (!range->starts_with(unit) || !has_dash || rest.ec != std::errc() || rest.ptr != end) {
    return s3::fail_s3(S3Code::invalid_argument,
                       "The x-amz-copy-source-range value must be of the form bytes=first-last "
                       "where first and last are the zero-based offsets of the first and last "
                       "bytes to copy");
  }
  if (first > last || last >= bytes) {
    return s3::fail_s3(
        S3Code::invalid_argument,
        fmt::format("Range specified is not valid for source object of size: {}", bytes));
  }
  return s3::ByteSpan{first, last - first + 1};
}

S3Result<HttpResponse> copy_part(MultipartWorld world,
                                 const HttpRequest& request,
                                 const S3Target& target) {
  SLUICE_S3_TRY(number, part_number_of(target));
  SLUICE_S3_TRY(source, parse_copy_source(request.headers.value_or(copy_source_header, "")));
  SLUICE_S3_TRY(found, world.buckets.get(source.bucket, source.key));
  if (s3::judge_read(source_conditions(request.headers), found.info.etag, found.info.modified) !=
      s3::Verdict::proceed) {
    return s3::fail_s3(S3Code::precondition_failed,
                       "At least one of the pre-conditions you specified did not hold");
  }
  SLUICE_S3_TRY(span, source_span(request.headers, found.info.bytes));
  SLUICE_S3_TRY(part, world.uploads.start_part(name_of(target), number));
  SLUICE_S3_TRY_DO(s3::copy_bytes(
      *found.file, span.offset, span.length, [&](ByteView piece) { return part->write(piece); }));
  SLUICE_S3_TRY(made, part->finish({}));
  return xml_response(
      s3::copy_result_xml("CopyPartResult", made.etag, found.info.modified, made.checksum));
}

// What the object's checksum should be; a composite one has the number of parts behind a dash.
S3Result<std::optional<s3::Checksum>> expected_checksum(const net::HttpHeaders& headers) {
  for (const net::HttpHeader& header : headers) {
    if (const auto algorithm = s3::checksum_algorithm_of_header(header.name)) {
      const std::string_view text = header.value;
      SLUICE_S3_TRY(plain, s3::checksum_of_text(*algorithm, text.substr(0, text.find('-'))));
      return s3::Checksum{*algorithm, std::string(text)};
    }
  }
  return std::nullopt;
}

S3Result<std::optional<std::uint64_t>> expected_bytes(const net::HttpHeaders& headers) {
  const std::string_view text = headers.value_or("x-amz-mp-object-size", "");
  if (text.empty()) {
    return std::nullopt;
  }
  std::uint64_t bytes = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (fault != std::errc() || end != text.data() + text.size()) {
    return s3::fail_s3(S3Code::invalid_argument, "x-amz-mp-object-size must be a number of bytes.");
  }
  return bytes;
}

S3Result<HttpResponse> complete_upload(s3::MultipartUploads& uploads,
                                       const HttpRequest& request,
                                       const S3Target& target) {
  s3::Completion completion;
  SLUICE_S3_TRY(parts, s3::parse_complete(request.body));
  completion.parts = std::move(parts);
  completion.conditions.if_match = header_text(request.headers, "If-Match");
  completion.conditions.if_none_match = header_text(request.headers, "If-None-Match");
  SLUICE_S3_TRY(checksum, expected_checksum(request.headers));
  completion.checksum = std::move(checksum);
  SLUICE_S3_TRY(bytes, expected_bytes(request.headers));
  completion.bytes = bytes;
  const UploadName name = name_of(target);
  SLUICE_S3_TRY(made, uploads.complete(name, completion));
  const std::string location =
      fmt::format("http://{}{}", request.headers.value_or("Host", "localhost"), request.path());
  return xml_response(s3::completed_xml(name, location, made));
}

S3Result<HttpResponse> list_parts(s3::MultipartUploads& uploads, const S3Target& target) {
  s3::PartsEcho echo;
  echo.name = name_of(target);
  echo.owner = owner();
  SLUICE_S3_TRY(after, target.number("part-number-marker", 0));
  SLUICE_S3_TRY(limit, target.number("max-parts", page_max));
  echo.after = after;
  echo.limit = std::min(limit, page_max);
  SLUICE_S3_TRY(page, uploads.list_parts(echo.name, echo.after, echo.limit));
  return xml_response(s3::list_parts_xml(echo, page));
}

}  // namespace

S3Result<std::uint32_t> part_number_of(const S3Target& target) {
  const auto number = target.number("partNumber", 0);
  if (!number || *number < 1 || *number > s3::part_number_max) {
    return s3::fail_s3(S3Code::invalid_argument,
                       "Part number must be an integer between 1 and 10000, inclusive");
  }
  return *number;
}

bool is_multipart_call(const net::RequestHead& head, const S3Target& target) {
  return target.parameter("uploadId") || (head.method == "POST" && target.parameter("uploads"));
}

std::unique_ptr<net::BodySink> part_sink(s3::MultipartUploads& uploads,
                                         const S3Target& target,
                                         Payload payload) {
  return std::make_unique<PartSink>(uploads, target, std::move(payload));
}

S3Result<HttpResponse> multipart_call(MultipartWorld world,
                                      HttpRequest& request,
                                      const S3Target& target) {
  if (request.method == "POST" && target.parameter("uploads")) {
    return create_upload(world.uploads, request, target);
  }
  if (request.method == "POST") {
    return complete_upload(world.uploads, request, target);
  }
  if (request.method == "PUT" && request.headers.contains(copy_source_header)) {
    return copy_part(world, request, target);
  }
  if (request.method == "PUT") {
    return upload_part(world.uploads, request, target);
  }
  if (request.method == "GET") {
    return list_parts(world.uploads, target);
  }
  if (request.method != "DELETE") {
    return s3::fail_s3(S3Code::method_not_allowed,
                       "The specified method is not allowed against this resource.");
  }
  SLUICE_S3_TRY_DO(world.uploads.abort(name_of(target)));
  HttpResponse answer;
  answer.status = 204;
  return answer;
}

S3Result<HttpResponse> list_uploads(s3::MultipartUploads& uploads, const S3Target& target) {
  s3::UploadsEcho echo;
  echo.bucket = target.bucket;
  echo.url_encodes = target.parameter("encoding-type") == "url";
  echo.owner = owner();
  echo.request.prefix = target.text("prefix");
  echo.request.key_marker = target.text("key-marker");
  echo.request.id_marker = target.text("upload-id-marker");
  SLUICE_S3_TRY(limit, target.number("max-uploads", page_max));
  echo.request.limit = std::min(limit, page_max);
  SLUICE_S3_TRY(page, uploads.list(target.bucket, echo.request));
  return xml_response(s3::list_uploads_xml(echo, page));
}

}  // namespace sluice::server
