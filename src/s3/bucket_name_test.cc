// Names of buckets that S3 takes and refuses.
#include "s3/bucket_name.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::s3 {
namespace {

TEST(BucketName, TakesWhatS3Takes) {
  for (const std::string& name : {std::string("garmin-hr-s3-bucket"),
                                  std::string("abc"),
                                  std::string("1.2.3"),
                                  std::string("1.2.3.4.5"),
                                  std::string("a.b-c"),
                                  std::string("a-.b"),
                                  std::string(63, 'a')}) {
    EXPECT_TRUE(check_bucket_name(name).has_value()) << name;
  }
}

TEST(BucketName, RefusesWhatS3Refuses) {
  for (const std::string& name : {std::string(""),
                                  std::string("ab"),
                                  std::string(64, 'a'),
                                  std::string("Bucket"),
                                  std::string("under_score"),
                                  std::string("-abc"),
                                  std::string("abc."),
                                  std::string("a..b"),
                                  std::string("192.168.5.4"),
                                  std::string("a/b"),
                                  std::string(".."),
                                  std::string("..."),
                                  std::string("ab\0c", 4),
                                  std::string("b\xc3\xbc"
                                              "cher"),
                                  std::string("xn--abc"),
                                  std::string("sthree-abc"),
                                  std::string("amzn-s3-demo-abc"),
                                  std::string("abc-s3alias"),
                                  std::string("abc--ol-s3"),
                                  std::string("abc.mrap"),
                                  std::string("abc--x-s3"),
                                  std::string("abc--table-s3")}) {
    const auto checked = check_bucket_name(name);
    ASSERT_FALSE(checked.has_value()) << name;
    EXPECT_EQ(checked.error().code(), S3Code::invalid_bucket_name);
  }
}

}  // namespace
}  // namespace sluice::s3
