#include "server/config_processing.h"

#include "delivery/validate.h"
#include "server/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::server {
namespace {

using delivery::Processor;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view arn = "arn:aws:lambda:us-east-1:123456789012:function:beats";

// Line 6 is the first of the settings.
Result<Config> config_with(std::string_view settings, std::string_view prefix = "p/") {
  return parse_config(
      fmt::format("[[delivery_stream]]\nname = \"d\"\nbucket = \"b\"\nprefix = \"{}\"\n"
                  "[delivery_stream.processing]\n{}",
                  prefix,
                  settings),
      "c.toml");
}

TEST(ConfigProcessing, EverySettingIsAProcessorInTheOrderOfTheWay) {
  const auto config = config_with(
      R"(delimiter = "\n"
query = "{c: .c}"
lambda = "arn:aws:lambda:us-east-1:123456789012:function:beats"
lambda_retries = 1
lambda_batch_mb = 0.5
sub_records = "delimited"
sub_record_delimiter = "####"
log_messages = true
decompression = "gzip"
)",
      "!{partitionKeyFromQuery:c}/!{partitionKeyFromLambda:k}/");
  ASSERT_TRUE(config) << config.error().message();
  const delivery::S3Destination& s3 = config->delivery_streams.at(0).s3;
  ASSERT_TRUE(s3.processing);
  EXPECT_TRUE(s3.processing->is_enabled);
  EXPECT_TRUE(s3.is_partitioned());
  EXPECT_THAT(s3.processing->processors,
              ElementsAre(Processor{"Decompression", {{"CompressionFormat", "GZIP"}}},
                          Processor{"CloudWatchLogProcessing", {{"DataMessageExtraction", "true"}}},
                          Processor{"RecordDeAggregation",
                                    {{"SubRecordType", "DELIMITED"}, {"Delimiter", "IyMjIw=="}}},
                          Processor{"Lambda",
                                    {{"LambdaArn", std::string(arn)},
                                     {"NumberOfRetries", "1"},
                                     {"BufferSizeInMBs", "0.5"},
                                     {"BufferIntervalInSeconds", "60"}}},
                          Processor{"MetadataExtraction",
                                    {{"MetadataExtractionQuery", "{c: .c}"},
                                     {"JsonParsingEngine", "JQ-1.6"}}},
                          Processor{"AppendDelimiterToRecord", {{"Delimiter", "\\n"}}}));
  EXPECT_EQ(s3.processing->record_delimiter(), "\n");
}

TEST(ConfigProcessing, ADelimiterIsTheTextItself) {
  for (const std::string text : {"\n", "\r\n", "\t", "\\n", "|", " \\"}) {
    std::string escaped;
    for (const char c : text) {
      escaped += c == '\n'   ? "\\n"
                 : c == '\r' ? "\\r"
                 : c == '\t' ? "\\t"
                 : c == '\\' ? "\\\\"
                             : std::string(1, c);
    }
    const auto config = config_with("delimiter = \"" + escaped + "\"\n");
    ASSERT_TRUE(config) << config.error().message();
    EXPECT_EQ(config->delivery_streams.at(0).s3.processing->record_delimiter(), text);
  }
}

TEST(ConfigProcessing, PartitionKeysInThePrefixSwitchPartitioningOn) {
  const auto plain = config_with("delimiter = \"x\"\n");
  ASSERT_TRUE(plain) << plain.error().message();
  EXPECT_FALSE(plain->delivery_streams.at(0).s3.is_partitioned());
  const auto partitioned =
      config_with("sub_records = \"json\"\nquery = \"{c: .c}\"\n", "!{partitionKeyFromQuery:c}/");
  ASSERT_TRUE(partitioned) << partitioned.error().message();
  EXPECT_TRUE(partitioned->delivery_streams.at(0).s3.is_partitioned());
}

TEST(ConfigProcessing, CompressionIsFirehoses) {
  const auto config = parse_config(
      "[[delivery_stream]]\nname = \"d\"\nbucket = \"b\"\ncompression = \"GZIP\"\n"
      "[delivery_stream.backup]\nbucket = \"b\"\ncompression = \"Snappy\"\n",
      "c.toml");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->delivery_streams.at(0).s3.compression_format, "GZIP");
  EXPECT_EQ(config->delivery_streams.at(0).backup->s3.compression_format, "Snappy");
  const auto wrong = parse_config(
      "[[delivery_stream]]\nname = \"d\"\nbucket = \"b\"\ncompression = \"gzip\"\n", "c.toml");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message(), HasSubstr("CompressionFormat must be UNCOMPRESSED, GZIP"));
}

TEST(ConfigProcessing, MistakesAreNamedWithTheirLineAndTheRemedy) {
  struct Case {
    std::string_view settings;
    std::string_view start;
    std::string_view part;
  };

  const Case cases[] = {
      {"gzip = true\n", "c.toml:6: ", "[delivery_stream.processing] has no setting 'gzip'"},
      {"decompression = \"zip\"\n", "c.toml:6: ", "must be \"gzip\""},
      {"log_messages = 1\n", "c.toml:6: ", "true or false"},
      {"log_messages = true\n", "c.toml:1: ", "needs the Decompression processor"},
      {"sub_records = \"lines\"\n", "c.toml:6: ", "\"json\" or \"delimited\""},
      {"sub_records = \"delimited\"\n", "c.toml:5: ", "go together"},
      {"sub_records = \"json\"\nsub_record_delimiter = \"|\"\n", "c.toml:5: ", "go together"},
      {"sub_record_delimiter = \"|\"\n", "c.toml:5: ", "go together"},
      {"\nsub_records = \"json\"\n", "c.toml:7: ", "needs a prefix with !{partitionKeyFrom"},
      {"query = \"{c: .c}\"\n", "c.toml:6: ", "query needs a prefix with !{partitionKeyFrom"},
      {"lambda = \"beats\"\n", "c.toml:1: ", "Invalid lambda ARN."},
      {"lambda_retries = 1\n", "c.toml:5: ", "need lambda"},
      {"lambda = \"x\"\nlambda_retries = 301\n", "c.toml:7: ", "from 0 to 300"},
      {"lambda = \"x\"\nlambda_batch_mb = 4\n", "c.toml:7: ", "from 0.2 to 3"},
      {"lambda = \"x\"\nlambda_batch_mb = nan\n", "c.toml:7: ", "from 0.2 to 3"},
      {"delimiter = 1\n", "c.toml:6: ", "a text in quotes"},
  };
  for (const Case& each : cases) {
    const auto config = config_with(each.settings);
    ASSERT_FALSE(config) << each.settings;
    EXPECT_THAT(config.error().message(), StartsWith(std::string(each.start))) << each.settings;
    EXPECT_THAT(config.error().message(), HasSubstr(std::string(each.part)));
  }
}

TEST(ConfigProcessing, APrefixAsksForItsProcessors) {
  const auto query = config_with("delimiter = \"x\"\n", "!{partitionKeyFromQuery:c}/");
  ASSERT_FALSE(query);
  EXPECT_THAT(query.error().message(), HasSubstr("MetadataExtraction processor should be present"));
  const auto lambda = config_with("delimiter = \"x\"\n", "!{partitionKeyFromLambda:c}/");
  ASSERT_FALSE(lambda);
  EXPECT_THAT(lambda.error().message(), HasSubstr("Lambda should be present"));
}

}  // namespace
}  // namespace sluice::server
