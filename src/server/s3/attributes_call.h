// GetObjectAttributes.
#pragma once

#include "net/http.h"
#include "s3/local_store.h"
#include "server/s3/target.h"

namespace sluice::server {

s3::S3Result<net::HttpResponse> object_attributes(s3::LocalStore& buckets,
                                                  const net::RequestHead& head,
                                                  const S3Target& target);

}  // namespace sluice::server
