#include "delivery/text_rules.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

struct Case {
  const TextRule* rule;
  std::string text;
  bool is_accepted;
};

TEST(TextRules, AcceptWhatTheirPatternsAccept) {
  const std::string role = "arn:aws:iam::123456789012:role/";
  const std::string kinesis = "arn:aws:kinesis:ap-south-1:123456789012:stream/";
  const Case cases[] = {
      {&delivery_stream_name_rule, "hr_firehose", true},
      {&delivery_stream_name_rule, "A.b-9_", true},
      {&delivery_stream_name_rule, "", false},
      {&delivery_stream_name_rule, "a b", false},
      {&delivery_stream_name_rule, "a/b", false},
      {&delivery_stream_name_rule, "a\n", false},
      {&delivery_stream_name_rule, std::string(64, 'a'), true},
      {&delivery_stream_name_rule, std::string(65, 'a'), false},
      {&version_id_rule, "12", true},
      {&version_id_rule, "", false},
      {&version_id_rule, "-1", false},
      {&version_id_rule, std::string(51, '1'), false},
      {&destination_id_rule, "destinationId-000000000001", true},
      {&destination_id_rule, "destinationId_1", false},
      {&destination_id_rule, std::string(101, 'a'), false},
      {&role_arn_rule, role + "service-role/fire_hose+=,.@-", true},
      {&role_arn_rule, "arn:aws-cn:iam::123456789012:role/x", true},
      {&role_arn_rule, role, false},
      {&role_arn_rule, role + "a b", false},
      {&role_arn_rule, "arn:aws:iam::12345678901:role/x", false},
      {&role_arn_rule, "arn:aws:iam::1234567890123:role/x", false},
      {&role_arn_rule, "arn:aws:iam::12345678901x:role/x", false},
      {&role_arn_rule, "arn:aws:iam:us-east-1:123456789012:role/x", false},
      {&role_arn_rule, "arn:aws:iam::123456789012:user/x", false},
      {&role_arn_rule, "aws:iam::123456789012:role/x", false},
      {&role_arn_rule, "role", false},
      {&role_arn_rule, "", false},
      {&bucket_arn_rule, "arn:aws:s3:::garmin-hr-s3-bucket", true},
      {&bucket_arn_rule, "arn:aws:s3:::a.b_C", true},
      {&bucket_arn_rule, "arn:aws:s3:::", false},
      {&bucket_arn_rule, "arn:aws:s3:::a/b", false},
      {&bucket_arn_rule, "arn:aws:s3:::" + std::string(255, 'a'), true},
      {&bucket_arn_rule, "arn:aws:s3:::" + std::string(256, 'a'), false},
      {&bucket_arn_rule, "arn:aws:s3::123456789012:a", false},
      {&bucket_arn_rule, "garmin-hr-s3-bucket", false},
      {&kinesis_stream_arn_rule, kinesis + "hr-kinesis-stream", true},
      {&kinesis_stream_arn_rule, kinesis, false},
      {&kinesis_stream_arn_rule, kinesis + "a/consumer", false},
      {&kinesis_stream_arn_rule, "arn:aws:kinesis::123456789012:stream/a", false},
      {&kinesis_stream_arn_rule, "arn:aws:kinesis:r:123456789012:stream:a", false},
      {&kms_key_arn_rule, "arn:aws:kms:r:123456789012:key/1234-abcd", true},
      {&kms_key_arn_rule, "arn:aws:kms:r:123456789012:alias/mine", true},
      {&kms_key_arn_rule, "arn:aws:kms:r:123456789012:keys/1", false},
      {&kms_key_arn_rule, "arn:aws:kms:r:123456789012:key", false},
      {&prefix_rule, "", true},
      {&prefix_rule, "a/!{timestamp:yyyy}", true},
      {&prefix_rule, "a\nb", false},
      {&prefix_rule, std::string(1024, 'a'), true},
      {&prefix_rule, std::string(1025, 'a'), false},
      {&file_extension_rule, "", true},
      {&file_extension_rule, ".custom.log", true},
      {&file_extension_rule, ".a!-_.*'()9", true},
      {&file_extension_rule, ".", false},
      {&file_extension_rule, "log", false},
      {&file_extension_rule, ".Log", false},
      {&file_extension_rule, ".a/b", false},
      {&file_extension_rule, "." + std::string(128, 'a'), false},
      {&time_zone_rule, "", true},
      {&time_zone_rule, "America/Argentina/Buenos_Aires", true},
      {&time_zone_rule, "Etc/GMT+5", false},
      {&log_group_rule, "/aws/kinesisfirehose/hr_#1.a-b", true},
      {&log_group_rule, "a b", false},
      {&log_stream_rule, "any thing", true},
      {&log_stream_rule, "a:b", false},
      {&log_stream_rule, "a*b", false},
      {&non_blank_rule, " a ", true},
      {&non_blank_rule, "", false},
      {&non_blank_rule, " \t", false},
      {&non_blank_rule, "a\nb", false},
      {&no_white_space_rule, "ts", true},
      {&no_white_space_rule, "", false},
      {&no_white_space_rule, "a b", false},
      {&tag_key_rule, "sluice:object-name", true},
      {&tag_key_rule, "cost center", true},
      {&tag_key_rule, "K\xC3\xA4se", true},
      {&tag_key_rule, "aws:reserved", false},
      {&tag_key_rule, "", false},
      {&tag_key_rule, "a,b", false},
      {&tag_value_rule, "", true},
      {&tag_value_rule, "aws:fine", true},
      {&tag_value_rule, "!{timestamp:yyyy}", false},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(each.rule->accepts(each.text), each.is_accepted)
        << each.rule->pattern << " and " << each.text;
  }
}

TEST(TextRules, LengthsCountCharacters) {
  std::string text;
  for (int i = 0; i < 1024; ++i) {
    text += "\xE2\x99\xA5";
  }
  EXPECT_TRUE(prefix_rule.accepts(text));
  EXPECT_FALSE(prefix_rule.accepts(text + "a"));
}

TEST(TextRules, TheBucketIsTheLastPartOfItsArn) {
  EXPECT_EQ(bucket_of_arn("arn:aws:s3:::garmin-hr-s3-bucket"), "garmin-hr-s3-bucket");
  EXPECT_EQ(bucket_of_arn("garmin-hr-s3-bucket"), "");
  EXPECT_EQ(bucket_of_arn("arn:aws:sns:r:1:topic"), "");
}

}  // namespace
}  // namespace sluice::delivery
