// The body of a PutObject on its way to the disk, and the headers that go with it.
#pragma once

#include "net/http_handler.h"
#include "s3/local_store.h"
#include "server/s3/payload.h"

#include <memory>
#include <optional>
#include <string>

namespace sluice::server {

// Opens the upload with the first piece.  As net::BodySink demands, one thread at a time.
class UploadSink final : public net::BodySink {
 public:
  // `has_sha256`: whether a SHA-256 of the body is expected.
  UploadSink(s3::LocalStore& buckets,
             std::string bucket,
             std::string key,
             Payload payload,
             bool has_sha256)
      : buckets_(buckets),
        bucket_(std::move(bucket)),
        key_(std::move(key)),
        payload_(std::move(payload)),
        has_sha256_(has_sha256) {}

  Result<void> write(ByteView piece) override;

  // The same, with S3's word for a failure; after one all is lost.
  s3::S3Result<void> add(ByteView piece);

  struct Made {
    s3::PutResult result;
    std::optional<s3::Checksum> checksum;  // that the client gave
  };

  // Makes the object, or says why a write had failed.  Call once, after the last piece.
  s3::S3Result<Made> finish(s3::PutOptions options);

 private:
  s3::S3Result<void> take(ByteView data);

  s3::LocalStore& buckets_;
  std::string bucket_;
  std::string key_;
  Payload payload_;
  const bool has_sha256_;
  std::unique_ptr<s3::Upload> upload_;
  std::optional<s3::S3Error> failure_;
};

// The header, if it is there.
std::optional<std::string> header_text(const net::HttpHeaders& headers, std::string_view name);

// What is kept with an object, but for its checksum; of the encodings, not how the body was sent.
// S3Code::metadata_too_large; and of its tags, what parse_tags() says.
s3::S3Result<s3::ObjectHeaders> object_headers(const net::HttpHeaders& headers);

// The headers of a PutObject that are kept with the object, and what it says about its body.
// As object_headers() and body_expectations().
s3::S3Result<s3::PutOptions> put_options(const net::RequestHead& head);

}  // namespace sluice::server
