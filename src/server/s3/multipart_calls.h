// The calls of S3 about uploads in parts.
#pragma once

#include "net/http_handler.h"
#include "s3/local_store.h"
#include "s3/multipart.h"
#include "server/s3/payload.h"
#include "server/s3/target.h"

#include <cstdint>
#include <memory>

namespace sluice::server {

// What the calls work on.
struct MultipartWorld {
  s3::LocalStore& buckets;
  s3::MultipartUploads& uploads;
};

// Whether the request names an upload, or begins one.
bool is_multipart_call(const net::RequestHead& head, const S3Target& target);

// S3Code::invalid_argument.
s3::S3Result<std::uint32_t> part_number_of(const S3Target& target);

// Where the body of an UploadPart goes.
std::unique_ptr<net::BodySink> part_sink(s3::MultipartUploads& uploads,
                                         const S3Target& target,
                                         Payload payload);

// All of them but the listing of a bucket's uploads.  Blocks on the disk.
s3::S3Result<net::HttpResponse> multipart_call(MultipartWorld world,
                                               net::HttpRequest& request,
                                               const S3Target& target);

// ListMultipartUploads.
s3::S3Result<net::HttpResponse> list_uploads(s3::MultipartUploads& uploads, const S3Target& target);

}  // namespace sluice::server
