#include "s3/post_policy.h"

#include "base/base64.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::s3 {
namespace {

using testing::HasSubstr;

const UnixMillis noon = unix_millis(1'783'944'000'000);  // 2026-07-13T12:00:00Z

std::string encoded(std::string_view conditions) {
  return base64_encode(R"({"expiration": "2026-07-13T12:00:01Z", "conditions": [)" +
                       std::string(conditions) + "]}");
}

std::string verdict(std::string_view conditions, const FormFields& fields, UnixMillis now = noon) {
  const auto policy = PostPolicy::parse(encoded(conditions));
  if (!policy) {
    return policy.error().message();
  }
  const auto checked = policy->check(fields, "landing", now);
  return checked ? "" : checked.error().message();
}

TEST(PostPolicy, HoldsWhenEachConditionDoesAndEachFieldHasOne) {
  constexpr std::string_view conditions =
      R"({"bucket": "landing"}, ["starts-with", "$key", "runs/"], ["eq", "$Content-Type", "a/b"],)"
      R"(["starts-with", "$x-amz-meta-name", ""], ["content-length-range", 1, 2])";
  const FormFields fields = {{"key", "runs/1"},
                             {"content-type", "a/b"},
                             {"x-amz-meta-name", "any"},
                             {"policy", "..."},
                             {"x-amz-signature", "..."},
                             {"x-ignore-me", "..."}};
  EXPECT_EQ(verdict(conditions, fields), "");
  EXPECT_EQ(verdict(conditions, fields, noon + std::chrono::seconds(2)),
            "Invalid according to Policy: Policy expired.");
}

TEST(PostPolicy, SaysWhichConditionFails) {
  EXPECT_EQ(
      verdict(R"(["starts-with", "$key", "runs/"])", {{"key", "run"}}),
      R"(Invalid according to Policy: Policy Condition failed: ["starts-with","$key","runs/"])");
  EXPECT_EQ(verdict(R"({"Acl": "private"})", {}),
            R"(Invalid according to Policy: Policy Condition failed: ["eq","$acl","private"])");
  EXPECT_THAT(verdict(R"({"bucket": "other"})", {}), HasSubstr(R"(["eq","$bucket","other"])"));
  EXPECT_EQ(verdict("", {{"key", "a"}}), "Invalid according to Policy: Extra input fields: key");
}

TEST(PostPolicy, BoundsTheFile) {
  const auto policy = PostPolicy::parse(encoded(R"(["content-length-range", 2, 4])"));
  ASSERT_TRUE(policy.has_value());
  EXPECT_TRUE(policy->check_bytes_so_far(0));
  EXPECT_EQ(policy->check_bytes_so_far(5).error().code(), S3Code::entity_too_large);
  EXPECT_EQ(policy->check_bytes(1).error().code(), S3Code::entity_too_small);
  EXPECT_TRUE(policy->check_bytes(2));
  EXPECT_TRUE(policy->check_bytes(4));
  EXPECT_EQ(policy->check_bytes(5).error().code(), S3Code::entity_too_large);
}

TEST(PostPolicy, IsRefusedWhereItIsNone) {
  for (const std::string& text : {std::string("%"),
                                  base64_encode("{"),
                                  base64_encode("[]"),
                                  base64_encode(R"({"expiration": "soon", "conditions": []})"),
                                  base64_encode(R"({"expiration": "2026-07-13T12:00:01Z"})"),
                                  encoded(R"(["eq", "$key"])"),
                                  encoded(R"(["like", "$key", "a"])"),
                                  encoded(R"(["eq", "key", "a"])"),
                                  encoded(R"({"key": 1})"),
                                  encoded(R"(["content-length-range", 4, 2])"),
                                  encoded("7")}) {
    const auto policy = PostPolicy::parse(text);
    ASSERT_FALSE(policy.has_value()) << text;
    EXPECT_EQ(policy.error().code(), S3Code::invalid_policy_document);
  }
}

}  // namespace
}  // namespace sluice::s3
