// PutObject and HeadObject.
#include "s3/client.h"

#include "aws/uri.h"
#include "base/ascii.h"
#include "base/base64.h"
#include "base/bytes.h"
#include "s3/multipart_upload.h"
#include "s3/object_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::s3 {
namespace {

template <class Digest>
std::string base64_of(const Digest& digest) {
  return base64_encode(Bytes(digest.begin(), digest.end()));
}

// "a=1&b=2", as x-amz-tagging has it.
std::string tagging(const std::map<std::string, std::string>& tags) {
  std::vector<std::string> parts;
  parts.reserve(tags.size());
  for (const auto& [name, value] : tags) {
    parts.push_back(fmt::format("{}={}",
                                aws::percent_encode(name, aws::Slash::encode),
                                aws::percent_encode(value, aws::Slash::encode)));
  }
  return fmt::format("{}", fmt::join(parts, "&"));
}

void add_unless_empty(net::HttpHeaders& headers, std::string_view name, std::string_view value) {
  if (!value.empty()) {
    headers.add(name, value);
  }
}

}  // namespace

S3Client::S3Client(S3ClientSettings settings,
                   Exchange exchange,
                   CredentialsSource credentials,
                   const Clock& clock)
    : settings_(std::move(settings)),
      caller_(settings_.store,
              settings_.ca_bundle,
              settings_.patience,
              std::move(exchange),
              std::move(credentials),
              clock) {}

net::HttpHeaders S3Client::object_headers(const ObjectUpload& upload) const {
  net::HttpHeaders headers;
  add_unless_empty(headers, "Content-Type", upload.content_type);
  add_unless_empty(headers, "Content-Encoding", upload.content_encoding);
  add_unless_empty(headers, "x-amz-storage-class", settings_.storage_class);
  add_unless_empty(headers, "x-amz-server-side-encryption", settings_.server_side_encryption);
  add_unless_empty(headers, "x-amz-server-side-encryption-aws-kms-key-id", settings_.kms_key_id);
  add_unless_empty(headers, "x-amz-tagging", tagging(settings_.tags));
  for (const auto& [name, value] : upload.metadata) {
    headers.add(fmt::format("{}{}", metadata_prefix, name), value);
  }
  return headers;
}

Result<void> S3Client::put(const ObjectUpload& upload) const {
  SLUICE_TRY(size, upload.file->size());
  if (size != upload.bytes) {
    return fail(Fault::corrupt,
                fmt::format("the file for s3://{}/{} has {} bytes instead of {}",
                            upload.bucket,
                            upload.key,
                            size,
                            upload.bytes));
  }
  if (upload.bytes <= settings_.multipart_threshold_bytes) {
    return put_whole(upload);
  }
  return put_in_parts(caller_,
                      upload,
                      object_headers(upload),
                      {.part_bytes = settings_.part_bytes,
                       .parts_at_once = settings_.parts_at_once,
                       .if_none_match = settings_.if_none_match,
                       .has_crc32c = settings_.digest == UploadDigest::crc32c});
}

Result<void> S3Client::put_whole(const ObjectUpload& upload) const {
  RemoteCall call{.method = "PUT", .bucket = upload.bucket, .key = upload.key};
  call.headers = object_headers(upload);
  call.headers.add("Content-MD5", base64_of(upload.md5));
  if (settings_.digest == UploadDigest::crc32c) {
    SLUICE_TRY(crc, crc32c_of({upload.file, 0, upload.bytes}));
    call.headers.add("x-amz-checksum-crc32c", crc);
  } else {
    call.headers.add("x-amz-checksum-sha256", base64_of(upload.sha256));
  }
  if (settings_.if_none_match) {
    call.headers.add("If-None-Match", "*");
  }
  call.file = net::FileRegion{upload.file, 0, upload.bytes};
  call.payload_sha256 = to_hex(upload.sha256);
  SLUICE_TRY_DO(caller_.ask(call));
  return {};
}

Result<RemoteObject> S3Client::head(const std::string& bucket, const std::string& key) const {
  SLUICE_TRY(answer, caller_.ask({.method = "HEAD", .bucket = bucket, .key = key}));
  RemoteObject object;
  const std::string_view length = answer.headers.value_or("Content-Length", "");
  const auto [end, fault] =
      std::from_chars(length.data(), length.data() + length.size(), object.bytes);
  if (length.empty() || fault != std::errc() || end != length.data() + length.size()) {
    return fail(Fault::unavailable,
                fmt::format("HEAD s3://{}/{}: the answer has no length", bucket, key));
  }
  object.etag = answer.headers.value_or("ETag", "");
  for (const net::HttpHeader header : answer.headers) {
    const std::string name = lower(header.name);
    if (name.starts_with(metadata_prefix)) {
      object.metadata.emplace(name.substr(metadata_prefix.size()), header.value);
    }
  }
  return object;
}

}  // namespace sluice::s3
