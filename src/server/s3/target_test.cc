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

TEST(S3Target, APlusIsABlankUnlessItIsEncoded) {
  const auto target = parse_s3_target("/b", "prefix=a+b&marker=a%2Bb&x=%2525+");
  EXPECT_EQ(target->text("prefix"), "a b");
  EXPECT_EQ(target->text("marker"), "a+b");
  EXPECT_EQ(target->text("x"), "%25 ");
}

TEST(S3Target, NumbersAreBoundedAndNotNegative) {
  const auto target = parse_s3_target("/b", "a=17&b=99999999999&c=-1&d=x&e=");
  EXPECT_EQ(target->number("a", 5).value(), 17u);
  EXPECT_EQ(target->number("b", 5).value(), 4'294'967'295u);
  EXPECT_EQ(target->number("e", 5).value(), 5u);
  EXPECT_EQ(target->number("absent", 5).value(), 5u);
  EXPECT_FALSE(target->number("c", 5));
  EXPECT_FALSE(target->number("d", 5));
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
