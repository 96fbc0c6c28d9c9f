// What an answer of another S3 means to us: one line for a person, and a Fault for the program.
//
//   throttled    it is overloaded: come back later, and more slowly
//   unavailable  it did not answer, or failed: try again
//   missing      the bucket, the object or the upload
//   conflict     the object is there already (If-None-Match)
//   corrupt      the bytes it received are not those that were signed
//   too_large    the object, or what the account may store
//   unsupported  it does not know what was asked of it
//   invalid      the rest: keys, rights, region, clock, settings
//
// Nothing here retries: delivery tries an object again after any of them (delivery/world.h).
#pragma once

#include "base/result.h"
#include "net/http.h"

#include <string>
#include <string_view>

namespace sluice::s3 {

// What was asked, for the line.
struct RemoteAsked {
  std::string_view what;  // "PUT s3://landing/a.parquet"
  std::string_view bucket;
  std::string_view endpoint;
  std::string_view region;
};

// Whether the answer is a failure: by its status, or by its body (see parse_remote_error).
bool is_remote_failure(const net::HttpResponse& answer);

// "PUT s3://landing/a.parquet at http://...: 403 SignatureDoesNotMatch: ... (request 4F): check the
// secret key".  `answer` must be a failure.
Error explain_remote_failure(const net::HttpResponse& answer, const RemoteAsked& asked);

}  // namespace sluice::s3
