#include "s3/body_expectations.h"

namespace sluice::s3 {

S3Result<void> check_expectations(const BodyExpectations& expected,
                                  std::uint64_t bytes,
                                  const RunningDigest::Digests& digests) {
  if (expected.bytes && *expected.bytes != bytes) {
    return fail_s3(S3Code::incomplete_body,
                   "You did not provide the number of bytes specified by the Content-Length HTTP "
                   "header");
  }
  if (expected.sha256 && *expected.sha256 != digests.sha256) {
    return fail_s3(S3Code::content_sha256_mismatch,
                   "The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  if (expected.md5 && *expected.md5 != digests.md5) {
    return fail_s3(S3Code::bad_digest,
                   "The Content-MD5 you specified did not match what we received.");
  }
  return {};
}

}  // namespace sluice::s3
