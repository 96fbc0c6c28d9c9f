// CopyObject, and where a copy comes from.
#pragma once

#include "net/http.h"
#include "s3/local_store.h"
#include "server/s3/target.h"

#include <string>
#include <string_view>

namespace sluice::server {

inline constexpr std::string_view copy_source_header = "x-amz-copy-source";

struct CopySource {
  std::string bucket;
  std::string key;
};

// "/bucket/key" or "bucket/key", percent-encoded.  S3Code::invalid_argument, and not_implemented
// for a version other than "null".
s3::S3Result<CopySource> parse_copy_source(std::string_view text);

// The x-amz-copy-source-if-… headers.
s3::Conditions source_conditions(const net::HttpHeaders& headers);

// Copies within the store; blocks on the disk.
s3::S3Result<net::HttpResponse> copy_object(s3::LocalStore& buckets,
                                            const net::RequestHead& head,
                                            const S3Target& target);

}  // namespace sluice::server
