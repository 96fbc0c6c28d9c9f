#include "aws/key_answers.h"

#include <gtest/gtest.h>

namespace sluice::aws {
namespace {

constexpr std::int64_t seconds = 1000;

TEST(UtcTime, IsReadToTheSecond) {
  struct Case {
    const char* text = "";
    std::optional<std::int64_t> seconds{};
  };

  const Case cases[] = {
      {"1970-01-01T00:00:01Z", 1},
      {"2026-07-15T17:10:33Z", 1'784'135'433},
      {"2026-07-15T17:10:33.123456Z", 1'784'135'433},
      {"2026-07-15T17:10:33UTC", 1'784'135'433},
      {"2026-07-15T17:10:33+00:00", 1'784'135'433},
      {"2024-02-29T00:00:00Z", 1'709'164'800},
      {"2026-02-29T00:00:00Z", std::nullopt},
      {"2026-07-15T24:00:00Z", std::nullopt},
      {"2026-07-15T17:10:33", std::nullopt},
      {"2026-07-15T17:10:33.Z", std::nullopt},
      {"2026-07-15T17:10:33+02:00", std::nullopt},
      {"2026-07-15 17:10:33Z", std::nullopt},
      {"-026-07-15T17:10:33Z", std::nullopt},
      {"2026-07-15T17:10:-3Z", std::nullopt},
      {"", std::nullopt},
  };
  for (const Case& c : cases) {
    const auto time = parse_utc_time(c.text);
    EXPECT_EQ(time ? std::optional(to_count(*time) / seconds) : std::nullopt, c.seconds) << c.text;
  }
}

TEST(StsAnswer, IsReadWithAndWithoutPrefixes) {
  const std::string plain =
      "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>"
      "<AssumedRoleUser><Arn>a</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIA</AccessKeyId>"
      "<SecretAccessKey>s/+</SecretAccessKey><SessionToken>t==</SessionToken>"
      "<Expiration>2026-07-15T17:10:33Z</Expiration></Credentials></AssumeRoleResult>"
      "</AssumeRoleResponse>";
  const std::string prefixed =
      "<?xml version=\"1.0\"?><s:R><s:Result><s:Credentials><s:AccessKeyId>ASIA</s:AccessKeyId>"
      "<s:SecretAccessKey>s/+</s:SecretAccessKey><s:SessionToken>t==</s:SessionToken>"
      "<s:Expiration>2026-07-15T17:10:33Z</s:Expiration></s:Credentials></s:Result></s:R>";
  for (const std::string& body : {plain, prefixed}) {
    const auto found = read_sts_answer(body);
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->key.access_key_id, "ASIA");
    EXPECT_EQ(found->key.secret_access_key, "s/+");
    EXPECT_EQ(found->key.session_token, "t==");
    EXPECT_EQ(found->expires, unix_millis(1'784'135'433 * seconds));
  }
}

TEST(StsAnswer, IsRefusedWithoutAWholeKey) {
  for (const char* body : {"",
                           "<a",
                           "<R><X><Credentials><AccessKeyId>A</AccessKeyId></Credentials></X></R>",
                           "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}"}) {
    ASSERT_FALSE(read_sts_answer(body)) << body;
    EXPECT_EQ(read_sts_answer(body).error().fault(), Fault::invalid);
  }
}

TEST(StsAnswer, SaysWhyItRefuses) {
  EXPECT_EQ(read_sts_refusal("<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
                             "<Message>no</Message></Error></ErrorResponse>"),
            "AccessDenied: no");
  EXPECT_EQ(read_sts_refusal("<html>busy</html>"), "");
}

TEST(MetadataAnswer, IsReadAndRefused) {
  const auto found = read_metadata_answer(
      R"({"Code":"Success","AccessKeyId":"A","SecretAccessKey":"s","Token":"t",)"
      R"("Expiration":"2026-07-15T17:10:33Z"})");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->key.session_token, "t");
  EXPECT_EQ(found->expires, unix_millis(1'784'135'433 * seconds));
  const auto lasting = read_metadata_answer(R"({"AccessKeyId":"A","SecretAccessKey":"s"})");
  ASSERT_TRUE(lasting);
  EXPECT_FALSE(lasting->expires);
  for (const char* body : {R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"secret"})",
                           R"({"AccessKeyId":"A"})",
                           R"(["secret"])",
                           "secret"}) {
    const auto refused = read_metadata_answer(body);
    ASSERT_FALSE(refused) << body;
    EXPECT_EQ(refused.error().message().find("secret"), std::string::npos);
  }
}

TEST(SsoAnswer, CountsItsEndInMilliseconds) {
  const auto found = read_sso_answer(
      R"({"roleCredentials":{"accessKeyId":"A","secretAccessKey":"s","sessionToken":"t",)"
      R"("expiration":1784135433000}})");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->expires, unix_millis(1'784'135'433 * seconds));
  EXPECT_FALSE(read_sso_answer(R"({"roleCredentials":{}})"));
  EXPECT_FALSE(read_sso_answer(R"({"roleCredentials":null})"));
}

TEST(SsoToken, IsThatOfTheLoginsFile) {
  const auto token =
      read_sso_token(R"({"startUrl":"u","accessToken":"x","expiresAt":"2026-07-15T17:10:33UTC"})");
  ASSERT_TRUE(token);
  EXPECT_EQ(token->token, "x");
  EXPECT_EQ(token->expires, unix_millis(1'784'135'433 * seconds));
  EXPECT_FALSE(read_sso_token(R"({"accessToken":"x"})"));
  EXPECT_FALSE(read_sso_token(R"({"expiresAt":"2026-07-15T17:10:33Z"})"));
}

}  // namespace
}  // namespace sluice::aws
