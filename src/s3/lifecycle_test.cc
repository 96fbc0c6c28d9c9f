#include "s3/lifecycle.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::s3 {
namespace {

using std::chrono::days;
using std::chrono::hours;

std::string configuration(const std::string& rules) {
  return "<LifecycleConfiguration>" + rules + "</LifecycleConfiguration>";
}

TEST(Lifecycle, RulesComeBackAsTheyWereSent) {
  const auto rules = parse_lifecycle(configuration(
      "<Rule><ID>old</ID><Filter><Prefix>raw/</Prefix></Filter><Status>Enabled</Status>"
      "<Expiration><Days>30</Days></Expiration></Rule>"
      "<Rule><Prefix>logs/</Prefix><Status>Disabled</Status>"
      "<Expiration><Date>2026-01-01T00:00:00.000Z</Date></Expiration></Rule>"
      "<Rule><Filter><And><Prefix>a</Prefix><ObjectSizeGreaterThan>10</ObjectSizeGreaterThan>"
      "<ObjectSizeLessThan>20</ObjectSizeLessThan></And></Filter><Status>Enabled</Status>"
      "<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>"
      "</AbortIncompleteMultipartUpload></Rule>"));
  ASSERT_TRUE(rules) << rules.error().message();
  ASSERT_EQ(rules->size(), 3U);
  EXPECT_EQ((*rules)[0].id, "old");
  EXPECT_EQ((*rules)[0].age, days(30));
  EXPECT_FALSE((*rules)[1].is_enabled);
  EXPECT_EQ((*rules)[1].prefix, "logs/");
  EXPECT_EQ((*rules)[2].larger_than, 10U);
  EXPECT_EQ((*rules)[2].upload_age, days(7));
  EXPECT_EQ(parse_lifecycle(lifecycle_xml(*rules)).value(), *rules);
}

TEST(Lifecycle, APrefixIsAllOfItsText) {
  const auto rules = parse_lifecycle(configuration(
      "<Rule><Filter><Prefix>a<![CDATA[b]]><!-- -->c</Prefix></Filter><Status>Enabled</Status>"
      "<Expiration><Days>1</Days></Expiration></Rule>"));
  ASSERT_TRUE(rules);
  EXPECT_EQ(rules->front().prefix, "abc");
}

TEST(Lifecycle, WhatIsNoRuleIsRefused) {
  const std::string status = "<Status>Enabled</Status>";
  const std::string filter = "<Filter><Prefix>a</Prefix></Filter>";
  const std::string expiration = "<Expiration><Days>1</Days></Expiration>";

  struct Case {
    std::string rules;
    S3Code code;
  };

  const Case cases[] = {
      {"", S3Code::malformed_xml},
      {"<Rule>" + filter + expiration + "</Rule>", S3Code::malformed_xml},
      {"<Rule>" + status + expiration + "</Rule>", S3Code::malformed_xml},
      {"<Rule>" + status + filter + "</Rule>", S3Code::malformed_xml},
      {"<Rule>" + status + filter + "<Prefix>b</Prefix>" + expiration + "</Rule>",
       S3Code::malformed_xml},
      {"<Rule>" + status + filter + "<Expiration></Expiration></Rule>", S3Code::malformed_xml},
      {"<Rule>" + status + filter + "<Expiration><Days>0</Days></Expiration></Rule>",
       S3Code::invalid_argument},
      {"<Rule>" + status + filter +
           "<Expiration><Date>2026-01-01T01:00:00Z</Date></Expiration></Rule>",
       S3Code::invalid_argument},
      {"<Rule>" + status + filter + expiration + "<Transition/></Rule>", S3Code::not_implemented},
      {"<Rule>" + status + "<Filter><Prefix>a</Prefix><Prefix>b</Prefix></Filter>" + expiration +
           "</Rule>",
       S3Code::malformed_xml},
      {"<Rule>" + status + "<Filter><Prefix>a<b/></Prefix></Filter>" + expiration + "</Rule>",
       S3Code::malformed_xml},
      {"<Rule>" + status + "<Filter><Tag/></Filter>" + expiration + "</Rule>",
       S3Code::not_implemented},
      {"<Rule><ID>x</ID>" + status + filter + expiration + "</Rule><Rule><ID>x</ID>" + status +
           filter + expiration + "</Rule>",
       S3Code::invalid_argument},
  };
  for (const Case& one : cases) {
    const auto rules = parse_lifecycle(configuration(one.rules));
    ASSERT_FALSE(rules) << one.rules;
    EXPECT_EQ(rules.error().code(), one.code) << one.rules;
  }
}

// "S3 calculates the time by adding the number of days to the creation time and rounding up to the
// next day at midnight UTC": the guide's example.
TEST(Lifecycle, AnAgeEndsAtTheMidnightBehindIt) {
  const UnixMillis created{std::chrono::sys_days{std::chrono::year{2014} / 1 / 15} + hours(10) +
                           std::chrono::minutes(30)};
  const UnixMillis end{std::chrono::sys_days{std::chrono::year{2014} / 1 / 19}};
  EXPECT_EQ(end_of_life(created, days(3)), end);
  LifecycleRule rule;
  rule.age = days(3);
  EXPECT_FALSE(ends_object(rule, 1, created, end - std::chrono::milliseconds(1)));
  EXPECT_TRUE(ends_object(rule, 1, created, end));
  rule.larger_than = 1;
  EXPECT_FALSE(ends_object(rule, 1, created, end));
  EXPECT_TRUE(ends_object(rule, 2, created, end));
  rule.smaller_than = 2;
  EXPECT_FALSE(ends_object(rule, 2, created, end));
}

TEST(Lifecycle, ADateEndsWhatIsThereFromThenOn) {
  LifecycleRule rule;
  rule.date = unix_millis(86'400'000);
  EXPECT_FALSE(ends_object(rule, 1, unix_millis(0), unix_millis(86'399'999)));
  EXPECT_TRUE(ends_object(rule, 1, unix_millis(86'400'500), unix_millis(86'400'600)));
}

}  // namespace
}  // namespace sluice::s3
