#include "s3/body_expectations.h"

#include <gtest/gtest.h>

namespace sluice::s3 {
namespace {

TEST(BodyExpectations, EachIsCheckedIfGiven) {
  RunningDigest digest;
  digest.update("abc");
  const RunningDigest::Digests digests = digest.finish();
  EXPECT_TRUE(check_expectations({}, 3, digests));
  EXPECT_TRUE(check_expectations({3, md5("abc"), sha256("abc")}, 3, digests));
  EXPECT_EQ(check_expectations({.bytes = 4, .md5 = {}, .sha256 = {}}, 3, digests).error().code(),
            S3Code::incomplete_body);
  EXPECT_EQ(
      check_expectations({.bytes = {}, .md5 = md5("x"), .sha256 = {}}, 3, digests).error().code(),
      S3Code::bad_digest);
  EXPECT_EQ(check_expectations({.bytes = {}, .md5 = {}, .sha256 = sha256("x")}, 3, digests)
                .error()
                .code(),
            S3Code::content_sha256_mismatch);
}

}  // namespace
}  // namespace sluice::s3
