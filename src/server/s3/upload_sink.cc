// PutObject's body and headers.
#include "server/s3/upload_sink.h"

#include "base/base64.h"
#include "s3/tags.h"

#include <algorithm>

namespace sluice::server {
namespace {

std::optional<Sha256Digest> sha256_of_hex(std::string_view text) {
  Sha256Digest digest{};
  if (text.size() != 2 * digest.size()) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    int value = 0;
    if (c >= '0' && c <= '9') {
      value = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      value = c - 'a' + 10;
    } else {
      return std::nullopt;
    }
    digest[i / 2] = static_cast<std::uint8_t>(digest[i / 2] << 4 | value);
  }
  return digest;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  }
  return out;
}

}  // namespace

Result<void> UploadSink::write(ByteView piece) {
  if (upload_ == nullptr) {
    auto started = buckets_.start_upload(bucket_, key_);
    if (!started) {
      failure_ = started.error();
      return std::unexpected(std::move(started).error().to_error());
    }
    upload_ = *std::move(started);
  }
  if (auto written = upload_->write(piece); !written) {
    failure_ = written.error();
    return std::unexpected(std::move(written).error().to_error());
  }
  return {};
}

s3::S3Result<s3::PutResult> UploadSink::finish(const s3::PutOptions& options) {
  if (failure_) {
    return std::unexpected(*failure_);
  }
  if (upload_ == nullptr) {
    return buckets_.put(bucket_, key_, {}, options);
  }
  return upload_->finish(options);
}

std::optional<std::string> header_text(const net::HttpHeaders& headers, std::string_view name) {
  const auto value = headers.find(name);
  return value ? std::optional<std::string>(*value) : std::nullopt;
}

s3::S3Result<s3::ObjectHeaders> object_headers(const net::HttpHeaders& headers) {
  s3::ObjectHeaders kept;
  const auto text = [&](std::string_view name) { return std::string(headers.value_or(name, "")); };
  kept.content_type = text("Content-Type");
  kept.content_encoding = text("Content-Encoding");
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

s3::S3Result<s3::BodyExpectations> body_expectations(const net::RequestHead& head) {
  s3::BodyExpectations expected;
  if (const auto md5_text = head.headers.find("Content-MD5")) {
    const auto bytes = base64_decode(*md5_text);
    Md5Digest digest{};
    if (!bytes || bytes->size() != digest.size()) {
      return s3::fail_s3(s3::S3Code::invalid_digest, "The Content-MD5 you specified was invalid.");
    }
    std::copy(bytes->begin(), bytes->end(), reinterpret_cast<char*>(digest.data()));
    expected.md5 = digest;
  }
  expected.bytes = head.content_length;
  expected.sha256 = sha256_of_hex(head.headers.value_or("x-amz-content-sha256", ""));
  return expected;
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
