#include "server/config_webhook.h"

#include "server/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::server {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& text) {
  const auto config = parse_config(text, "c.toml");
  return config ? "" : config.error().message();
}

std::string with(const std::string& lines) {
  return "[[webhook]]\n" + lines;
}

TEST(ConfigWebhook, TakesEverySetting) {
  const auto config = parse_config(with(R"(name = "landed"
url = "https://hooks.example/new?from=sluice"
bucket = "landing"
prefix = "rr/"
suffix = ".parquet"
secret_file = "hook.key"
timeout_s = 7
keep_s = 3600
[[webhook]]
name = "all"
url = "http://127.0.0.1:9"
)"),
                                   "c.toml");
  ASSERT_TRUE(config.has_value()) << config.error().message();
  ASSERT_EQ(config->webhooks.size(), 2U);
  const WebhookSetting& first = config->webhooks.front();
  EXPECT_EQ(first.name, "landed");
  EXPECT_EQ(first.url, "https://hooks.example/new?from=sluice");
  EXPECT_EQ(first.bucket, "landing");
  EXPECT_EQ(first.prefix, "rr/");
  EXPECT_EQ(first.suffix, ".parquet");
  EXPECT_EQ(first.secret_file, "hook.key");
  EXPECT_EQ(first.timeout, std::chrono::seconds(7));
  EXPECT_EQ(first.keep, std::chrono::hours(1));
  EXPECT_EQ(config->webhooks.back().bucket, "");
}

TEST(ConfigWebhook, SaysWhatIsWrong) {
  EXPECT_THAT(refusal(with("url = \"http://a\"\n")), HasSubstr("c.toml:1: [[webhook]] needs name"));
  EXPECT_THAT(refusal(with("name = \"a b\"\nurl = \"http://a\"\n")), HasSubstr("letters, digits"));
  EXPECT_THAT(refusal(with("name = \"a\"\nurl = \"ftp://a\"\n")), HasSubstr("http://HOST:PORT"));
  EXPECT_THAT(refusal(with("name = \"a\"\nurl = \"http://a\"\nbucket = \"B\"\n")),
              HasSubstr("c.toml:4: bucket \"B\""));
  EXPECT_THAT(refusal(with("name = \"a\"\nurl = \"http://a\"\nevents = 1\n")),
              HasSubstr("no setting 'events'"));
  EXPECT_THAT(refusal(with("name = \"a\"\nurl = \"http://a\"\n[[webhook]]\nname = \"a\"\nurl = "
                           "\"http://b\"\n")),
              HasSubstr("there is a [[webhook]] a already, at c.toml:1"));
}

TEST(ConfigWebhook, IsOfBucketsThatAreHere) {
  EXPECT_THAT(refusal("[[s3]]\nbuckets = [\"far-*\"]\n" +
                      with("name = \"a\"\nurl = \"http://a\"\nbucket = \"far-away\"\n")),
              HasSubstr("bucket \"far-away\" is one of the [[s3]] at c.toml:1"));
}

}  // namespace
}  // namespace sluice::server
