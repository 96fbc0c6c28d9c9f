#include "server/s3/copy_calls.h"

#include "aws/uri.h"
#include "base/utf8.h"
#include "s3/tags.h"
#include "s3/xml.h"
#include "server/s3/owner.h"
#include "server/s3/upload_sink.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace sluice::server {

using s3::S3Code;

namespace {

// Those of the request, or of the source.
s3::S3Result<std::string> tags_of_copy(s3::LocalStore& buckets,
                                       const net::RequestHead& head,
                                       const CopySource& source,
                                       bool replaces) {
  if (replaces) {
    SLUICE_S3_TRY(tags, s3::parse_tags(head.headers.value_or("x-amz-tagging", "")));
    return s3::tags_text(tags);
  }
  SLUICE_S3_TRY(found, buckets.head(source.bucket, source.key));
  return found.headers.tags;
}

// Of what a copy of an object onto itself may change, that which is taken and has no effect.
constexpr std::string_view changing_headers[] = {
    "x-amz-storage-class", "x-amz-server-side-encryption", "x-amz-website-redirect-location"};

}  // namespace

s3::S3Result<CopySource> parse_copy_source(std::string_view text) {
  if (text.starts_with('/')) {
    text.remove_prefix(1);
  }
  constexpr std::string_view version_mark = "?versionId=";
  if (const std::size_t at = text.find(version_mark); at != std::string_view::npos) {
    if (text.substr(at + version_mark.size()) != "null") {
      return s3::fail_s3(S3Code::not_implemented, "The bucket has no versions.");
    }
    text = text.substr(0, at);
  }
  const auto plain = aws::percent_decode(text);
  const std::size_t slash = plain ? plain->find('/') : std::string::npos;
  if (slash == std::string::npos || slash == 0 || slash + 1 == plain->size() || !is_utf8(*plain)) {
    return s3::fail_s3(
        S3Code::invalid_argument,
        "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
  }
  return CopySource{plain->substr(0, slash), plain->substr(slash + 1)};
}

s3::Conditions source_conditions(const net::HttpHeaders& headers) {
  return {header_text(headers, "x-amz-copy-source-if-match"),
          header_text(headers, "x-amz-copy-source-if-none-match"),
          header_text(headers, "x-amz-copy-source-if-modified-since"),
          header_text(headers, "x-amz-copy-source-if-unmodified-since")};
}

s3::S3Result<net::HttpResponse> copy_object(s3::LocalStore& buckets,
                                            const net::RequestHead& head,
                                            const S3Target& target) {
  SLUICE_S3_TRY(source, parse_copy_source(head.headers.value_or(copy_source_header, "")));
  const std::string_view directive = head.headers.value_or("x-amz-metadata-directive", "COPY");
  if (directive != "COPY" && directive != "REPLACE") {
    return s3::fail_s3(S3Code::invalid_argument, "Unknown metadata directive.");
  }
  const std::string_view tagging = head.headers.value_or("x-amz-tagging-directive", "COPY");
  if (tagging != "COPY" && tagging != "REPLACE") {
    return s3::fail_s3(S3Code::invalid_argument, "Unknown tagging directive.");
  }
  s3::CopyOptions options;
  options.source = source_conditions(head.headers);
  options.conditions.if_match = header_text(head.headers, "If-Match");
  options.conditions.if_none_match = header_text(head.headers, "If-None-Match");
  if (directive == "REPLACE") {
    SLUICE_S3_TRY(headers, object_headers(head.headers));
    options.headers = std::move(headers);
  } else if (tagging == "REPLACE") {
    SLUICE_S3_TRY(found, buckets.head(source.bucket, source.key));
    options.headers = std::move(found.headers);
  } else if (source.bucket == target.bucket && source.key == target.key &&
             std::ranges::none_of(changing_headers, [&](std::string_view name) {
               return head.headers.contains(name);
             })) {
    return s3::fail_s3(S3Code::invalid_request,
                       "This copy request is illegal because it is trying to copy an object to "
                       "itself without changing the object's metadata, storage class, website "
                       "redirect location or encryption attributes.");
  }
  if (options.headers) {
    SLUICE_S3_TRY(tags, tags_of_copy(buckets, head, source, tagging == "REPLACE"));
    options.headers->tags = std::move(tags);
  }
  SLUICE_S3_TRY(made, buckets.copy(source.bucket, source.key, target.bucket, target.key, options));
  return xml_response(
      s3::copy_result_xml("CopyObjectResult", made.etag, made.modified, made.headers.checksum));
}

}  // namespace sluice::server
