#include "delivery/processing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::delivery {
namespace {

using testing::HasSubstr;

Processor de_aggregation(std::vector<ProcessorParameter> parameters) {
  return {"RecordDeAggregation", std::move(parameters)};
}

TEST(Processing, WhatIsNotEnabledIsNotInForce) {
  Processing processing;
  processing.processors = {de_aggregation({{"SubRecordType", "JSON"}}),
                           {"MetadataExtraction", {{"MetadataExtractionQuery", "{a:.a}"}}},
                           {"AppendDelimiterToRecord", {}}};
  EXPECT_EQ(processing.split_rule(), SplitRule());
  EXPECT_EQ(processing.metadata_query(), nullptr);
  EXPECT_EQ(processing.record_delimiter(), "");
  processing.is_enabled = true;
  EXPECT_EQ(processing.split_rule().form, SplitRule::Form::json);
  EXPECT_EQ(*processing.metadata_query(), "{a:.a}");
  EXPECT_EQ(processing.record_delimiter(), "\n");
}

TEST(Processing, ADelimiterBetweenSubRecordsIsBase64) {
  const Processing processing = {
      true, {de_aggregation({{"SubRecordType", "DELIMITED"}, {"Delimiter", "IyMjIw=="}})}};
  EXPECT_TRUE(validate_processing(processing));
  EXPECT_EQ(processing.split_rule(), (SplitRule{SplitRule::Form::delimited, "####"}));
}

TEST(Processing, ADelimiterBehindRecordsMayBeWrittenWithABackslash) {
  struct Case {
    std::string given;
    std::string_view delimiter;
  };

  const Case cases[] = {{"\\n", "\n"},
                        {"\\r\\n", "\r\n"},
                        {"|", "|"},
                        {"\\t\\\\", "\t\\"},
                        {"\\x", "\\x"},
                        {"\\", "\\"}};
  for (const Case& each : cases) {
    const Processing processing = {true,
                                   {{"AppendDelimiterToRecord", {{"Delimiter", each.given}}}}};
    EXPECT_TRUE(validate_processing(processing));
    EXPECT_EQ(processing.record_delimiter(), each.delimiter) << each.given;
  }
}

TEST(Processing, CompressedRecordsAreUnpackedHoweverTheyAreSplitThen) {
  Processing processing = {true, {{"Decompression", {{"CompressionFormat", "GZIP"}}}}};
  EXPECT_TRUE(validate_processing(processing));
  EXPECT_TRUE(processing.split_rule().is_compressed);
  EXPECT_FALSE(processing.split_rule().extracts_messages);
  EXPECT_EQ(processing.split_rule().form, SplitRule::Form::whole);
  processing.processors.push_back({"CloudWatchLogProcessing", {{"DataMessageExtraction", "true"}}});
  processing.processors.push_back(de_aggregation({{"SubRecordType", "JSON"}}));
  EXPECT_TRUE(validate_processing(processing));
  EXPECT_TRUE(processing.split_rule().extracts_messages);
  EXPECT_EQ(processing.split_rule().form, SplitRule::Form::json);
}

TEST(Processing, EveryBrokenRuleHasItsText) {
  struct Case {
    std::vector<Processor> processors;
    std::string_view message;
  };

  const Processor lambda = {"Lambda",
                            {{"LambdaArn", "arn:aws:lambda:us-east-1:111111111111:function:f"}}};
  Processor half_buffered = lambda;
  half_buffered.parameters.push_back({"BufferSizeInMBs", "1"});
  const Case cases[] = {
      {{{"Lambda", {{"RoleArn", "a"}, {"RoleArn", "b"}}}},
       "Duplicate ProcessorParameter passed to ProcessingConfiguration."},
      {{lambda, lambda}, "Cannot have more than 1 Lambda processor."},
      {{{"Lambda", {}}}, "LambdaArn is required when Lambda processor is used."},
      {{{"Lambda", {{"LambdaArn", "f"}}}}, "Invalid lambda ARN."},
      {{half_buffered},
       "Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure buffering for "
       "lambda processor."},
      {{{"Lambda",
         {{"LambdaArn", "arn:aws:lambda:us-east-1:111111111111:function:f"},
          {"NumberOfRetries", "many"}}}},
       "NumberOfRetries of Lambda must be a whole number from 0 to 300, not many."},
      {{{"Decompression", {{"CompressionFormat", "ZIP"}}}},
       "CompressionFormat of Decompression must be GZIP, not ZIP."},
      {{{"CloudWatchLogProcessing", {}}}, "DataMessageExtraction is required"},
      {{{"CloudWatchLogProcessing", {{"DataMessageExtraction", "false"}}}},
       "DataMessageExtraction of CloudWatchLogProcessing must be true, not false."},
      {{{"CloudWatchLogProcessing", {{"DataMessageExtraction", "true"}}}},
       "The CloudWatchLogProcessing processor needs the Decompression processor."},
      {{{"Decompression", {}}, {"Decompression", {}}},
       "Cannot have more than 1 Decompression processor."},
      {{de_aggregation({})}, "SubRecordType is required"},
      {{de_aggregation({{"SubRecordType", "json"}})}, "must be JSON or DELIMITED, not json"},
      {{de_aggregation({{"SubRecordType", "DELIMITED"}})}, "Delimiter is required"},
      {{de_aggregation({{"SubRecordType", "DELIMITED"}, {"Delimiter", "####"}})}, "must be base64"},
      {{{"MetadataExtraction", {{"JsonParsingEngine", "JQ-1.6"}}}},
       "MetadataExtractionQuery is required"},
      {{{"MetadataExtraction",
         {{"MetadataExtractionQuery", "{a:.a}"}, {"JsonParsingEngine", "JQ-1.7"}}}},
       "must be JQ-1.6, not JQ-1.7"},
      {{{"AppendDelimiterToRecord", {}}, {"AppendDelimiterToRecord", {}}},
       "Cannot have more than 1 AppendDelimiterToRecord processor."},
  };
  for (const Case& each : cases) {
    const auto valid = validate_processing({false, each.processors});
    ASSERT_FALSE(valid) << each.message;
    EXPECT_EQ(valid.error().fault(), Fault::invalid);
    EXPECT_THAT(valid.error().message(), HasSubstr(each.message));
  }
}

}  // namespace
}  // namespace sluice::delivery
