// PutObject's body and headers.
#include "server/s3/upload_sink.h"

#include "base/ascii.h"
#include "s3/tags.h"

#include <algorithm>

namespace sluice::server {
namespace {

// "gzip,aws-chunked" is "gzip".
std::string without_aws_chunked(std::string_view encodings) {
  std::string kept;
  while (!encodings.empty()) {
    std::string_view one = encodings.substr(0, encodings.find(','));
    encodings.remove_prefix(std::min(encodings.size(), one.size() + 1));
    one.remove_prefix(std::min(one.size(), one.find_first_not_of(' ')));
    if (!one.empty() && lower(one) != "aws-chunked") {
      kept += kept.empty() ? "" : ",";
      kept += one;
    }
  }
  return kept;
}

}  // namespace

Result<void> UploadSink::write(ByteView piece) {
  auto written = add(piece);
  return written ? Result<void>() : std::unexpected(std::move(written).error().to_error());
}

s3::S3Result<void> UploadSink::add(ByteView piece) {
  auto written = payload_.write(piece, [this](ByteView data) { return take(data); });
  if (!written) {
    failure_ = written.error();
  }
  return written;
}

s3::S3Result<void> UploadSink::take(ByteView data) {
  if (upload_ == nullptr) {
    SLUICE_S3_TRY(started, buckets_.start_upload(bucket_, key_, {.has_sha256 = has_sha256_}));
    upload_ = std::move(started);
  }
  return upload_->write(data);
}

s3::S3Result<UploadSink::Made> UploadSink::finish(s3::PutOptions options) {
  if (failure_) {
    return std::unexpected(*failure_);
  }
  SLUICE_S3_TRY(checksum, payload_.finish());
  options.headers.checksum = checksum;
  auto made =
      upload_ != nullptr ? upload_->finish(options) : buckets_.put(bucket_, key_, {}, options);
  if (!made) {
    return std::unexpected(std::move(made).error());
  }
  return Made{*std::move(made), checksum};
}

std::optional<std::string> header_text(const net::HttpHeaders& headers, std::string_view name) {
  const auto value = headers.find(name);
  return value ? std::optional<std::string>(*value) : std::nullopt;
}

s3::S3Result<s3::ObjectHeaders> object_headers(const net::HttpHeaders& headers) {
  s3::ObjectHeaders kept;
  const auto text = [&](std::string_view name) { return std::string(headers.value_or(name, "")); };
  kept.content_type = text("Content-Type");
  kept.content_encoding = without_aws_chunked(text("Content-Encoding"));
  kept.content_disposition = text("Content-Disposition");
  kept.content_language = text("Content-Language");
  kept.cache_control = text("Cache-Control");
  kept.expires = text("Expires");
  std::size_t metadata_bytes = 0;
  for (const net::HttpHeader& header : headers) {
    constexpr std::string_view prefix = "x-amz-meta-";
    const std::string name = lower(header.name);
    if (name.starts_with(prefix)) {
      metadata_bytes += name.size() - prefix.size() + header.value.size();
      kept.metadata[name.substr(prefix.size())] = header.value;
    }
  }
  SLUICE_S3_TRY(tags, s3::parse_tags(text("x-amz-tagging")));
  kept.tags = s3::tags_text(tags);
  if (metadata_bytes > s3::metadata_bytes_max) {
    return s3::fail_s3(s3::S3Code::metadata_too_large,
                       "Your metadata headers exceed the maximum allowed metadata size");
  }
  return kept;
}

s3::S3Result<s3::PutOptions> put_options(const net::RequestHead& head) {
  s3::PutOptions options;
  SLUICE_S3_TRY(headers, object_headers(head.headers));
  options.headers = std::move(headers);
  SLUICE_S3_TRY(expected, body_expectations(head));
  options.expected = expected;
  options.conditions.if_match = header_text(head.headers, "If-Match");
  options.conditions.if_none_match = header_text(head.headers, "If-None-Match");
  return options;
}

}  // namespace sluice::server
