#include "server/s3/target.h"

#include <gtest/gtest.h>

namespace sluice::server {
namespace {

TEST(S3Target, SplitsBucketAndKeyAtTheFirstSlash) {
  const auto target = parse_s3_target("/bucket/a%20b/c//d", "list-type=2&prefix=x%2Fy&versions");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->bucket, "bucket");
  EXPECT_EQ(target->key, "a b/c//d");
  EXPECT_EQ(target->parameter("list-type"), "2");
  EXPECT_EQ(target->parameter("prefix"), "x/y");
  EXPECT_EQ(target->parameter("versions"), "");
  EXPECT_EQ(target->parameter("absent"), std::nullopt);
}

TEST(S3Target, TheServiceAndTheBucketHaveNoKey) {
  EXPECT_EQ(parse_s3_target("/", "")->bucket, "");
  EXPECT_EQ(parse_s3_target("/bucket", "")->key, "");
  EXPECT_EQ(parse_s3_target("/bucket/", "")->key, "");
}

TEST(S3Target, RefusesWhatCannotBeDecoded) {
  for (const std::string_view path :
       {"", "bucket", "/b%", "/b/%zz", "*", "/b/%ff", "/%c3/k", "/b/%ed%a0%80"}) {
    EXPECT_FALSE(parse_s3_target(path, "")) << path;
  }
  EXPECT_FALSE(parse_s3_target("/", "a=%1"));
}

}  // namespace
}  // namespace sluice::server
