#include "delivery/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace sluice::delivery {
namespace {

using testing::HasSubstr;

DeliveryStream raw_stream() {
  DeliveryStream stream;
  stream.name = "s";
  stream.s3.bucket_arn = "arn:aws:s3:::b";
  return stream;
}

DeliveryStream converting_stream() {
  DeliveryStream stream = raw_stream();
  Conversion& conversion = stream.s3.conversion.emplace();
  conversion.schema = {"arn:aws:iam::111111111111:role/r", "", "db", "t", "", ""};
  conversion.openx.emplace();
  conversion.parquet.emplace();
  return stream;
}

std::string verdict(const DeliveryStream& stream) {
  const Result<void> result = validate(stream);
  return result ? "good" : result.error().message();
}

TEST(Validate, PlainAndConvertingStreamsAreGood) {
  EXPECT_EQ(verdict(raw_stream()), "good");
  EXPECT_EQ(verdict(converting_stream()), "good");
  DeliveryStream second_version = converting_stream();
  second_version.s3.conversion->parquet->writer_version = "V2";
  EXPECT_EQ(verdict(second_version), "good");
}

struct Case {
  std::function<void(DeliveryStream&)> change;
  std::string_view message;
};

TEST(Validate, EveryBrokenRuleOfAConversionHasItsText) {
  const Case cases[] = {
      {[](DeliveryStream& s) { s.s3.compression_format = "GZIP"; },
       "The S3 destination's compression format must be set to UNCOMPRESSED when data format "
       "conversion is enabled. To enable compression within the converted output format, set the "
       "appropriate serialization option in the output format configuration."},
      {[](DeliveryStream& s) { s.s3.buffer_size_mib = 63; },
       "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled."},
      {[](DeliveryStream& s) { s.s3.conversion->openx.reset(); },
       "InputFormatConfiguration must not be null"},
      {[](DeliveryStream& s) { s.s3.conversion->parquet.reset(); },
       "OutputFormatConfiguration must not be null"},
      {[](DeliveryStream& s) { s.s3.conversion->schema.reset(); },
       "SchemaConfiguration must not be null"},
      {[](DeliveryStream& s) { s.s3.conversion->schema->role_arn = ""; },
       "SchemaConfiguration.RoleArn must not be null or empty"},
      {[](DeliveryStream& s) { s.s3.conversion->schema->database = ""; },
       "SchemaConfiguration.DatabaseName must not be null or empty"},
      {[](DeliveryStream& s) { s.s3.conversion->schema->table = ""; },
       "SchemaConfiguration.TableName must not be null or empty"},
      {[](DeliveryStream& s) { s.s3.conversion->parquet->block_size_bytes = 1; },
       "ParquetSerDe.BlockSizeBytes must be at least 67108864."},
      {[](DeliveryStream& s) { s.s3.conversion->parquet->page_size_bytes = 1; },
       "ParquetSerDe.PageSizeBytes must be at least 65536."},
      {[](DeliveryStream& s) { s.s3.conversion->parquet->padding_bytes_max = -1; },
       "ParquetSerDe.MaxPaddingBytes must not be negative."},
  };
  for (const Case& each : cases) {
    DeliveryStream stream = converting_stream();
    each.change(stream);
    EXPECT_EQ(verdict(stream), each.message);
  }
}

TEST(Validate, PartsOfAConversionAreJudgedInFirehosesOrder) {
  struct PartsCase {
    ConversionParts parts;
    std::string_view message;
  };

  const DeliveryStream stream = converting_stream();
  // has_input_format, has_openx, has_hive, has_output_format, has_parquet, has_orc
  const PartsCase cases[] = {
      {{false, false, false, false, false, false}, "InputFormatConfiguration must not be null"},
      {{true, false, false, false, false, false}, "OutputFormatConfiguration must not be null"},
      {{true, false, false, true, false, false}, "Deserializer must not be null"},
      {{true, true, true, true, false, false},
       "More than one deserializer specified. Only one may be chosen."},
      {{true, true, false, true, false, false}, "Serializer must not be null"},
      {{true, true, false, true, true, true},
       "More than one serializer specified. Only one may be chosen."},
      {{true, true, false, true, false, true},
       "OrcSerDe is not supported yet; choose ParquetSerDe."},
  };
  for (const PartsCase& each : cases) {
    const Result<void> result = validate(stream, each.parts);
    ASSERT_FALSE(result) << each.message;
    EXPECT_EQ(result.error().message(), each.message);
  }
}

TEST(Validate, ADisabledConversionNeedNotBeComplete) {
  DeliveryStream stream = raw_stream();
  stream.s3.conversion.emplace().is_enabled = false;
  stream.s3.buffer_size_mib = 1;
  EXPECT_EQ(verdict(stream), "good");
}

TEST(Validate, APrefixThatCouldEvaluateTooLongIsRefusedBeforeAnyRecordComes) {
  DeliveryStream stream = raw_stream();
  stream.s3.error_output_prefix = "e/!{firehose:error-output-type}/";
  stream.s3.prefix = std::string(500, 'x') + "/!{timestamp:yyyy}/";
  EXPECT_EQ(verdict(stream), "good");
  // 509 characters in July, 514 in September.
  stream.s3.prefix = std::string(505, 'x') + "!{timestamp:MMMM}";
  EXPECT_THAT(verdict(stream), HasSubstr("512"));
}

TEST(Validate, TheRestOfADefinitionIsJudgedToo) {
  const Case cases[] = {
      {[](DeliveryStream& s) { s.name = ""; }, "DeliveryStreamName must have 1 to 64 characters."},
      {[](DeliveryStream& s) { s.name = "a b"; }, "DeliveryStreamName 'a b' does not match"},
      {[](DeliveryStream& s) { s.s3.bucket_arn = "b"; }, "BucketARN 'b' does not match"},
      {[](DeliveryStream& s) { s.source_stream_arn = "x"; },
       "KinesisSourceStreamConfig is only applicable for KinesisStreamAsSource stream type"},
      {[](DeliveryStream& s) { s.source_type = SourceType::kinesis_stream; },
       "KinesisStreamSourceConfiguration is required"},
      {[](DeliveryStream& s) {
         s.source_type = SourceType::kinesis_stream;
         s.source_stream_arn = "hr";
       },
       "KinesisStreamARN 'hr' does not match"},
      {[](DeliveryStream& s) { s.s3.buffer_size_mib = 129; },
       "BufferingHints.SizeInMBs must be from 1 to 128."},
      {[](DeliveryStream& s) { s.s3.buffer_size_mib = 0; },
       "BufferingHints.SizeInMBs must be from 1 to 128."},
      {[](DeliveryStream& s) { s.s3.buffer_interval_s = 901; },
       "BufferingHints.IntervalInSeconds must be from 0 to 900."},
      {[](DeliveryStream& s) { s.s3.compression_format = "LZO"; },
       "CompressionFormat must be UNCOMPRESSED, GZIP"},
      {[](DeliveryStream& s) { s.s3.file_extension = "log"; },
       "FileExtension 'log' does not match"},
      {[](DeliveryStream& s) { s.s3.prefix = "!{x}"; }, "unknown namespace 'x'"},
      {[](DeliveryStream& s) { s.s3.prefix = "!{timestamp:yyyy}/"; },
       "ErrorOutputPrefix: it must be given when Prefix contains expressions"},
      {[](DeliveryStream& s) { s.s3.custom_time_zone = "EST"; }, "non-three-letter"},
      {[](DeliveryStream& s) { s.tags = {{"a", "1"}, {"a", "2"}}; }, "The tag 'a' is given twice."},
      {[](DeliveryStream& s) { s.tags = {{"aws:a", "1"}}; }, "The key of a tag"},
      {[](DeliveryStream& s) { s.tags = std::vector<Tag>(51); }, "at most 50 tags"},
      {[](DeliveryStream& s) { s.tags = {{"sluice:object-nam", "part"}}; },
       "unknown tag 'sluice:object-nam'"},
      {[](DeliveryStream& s) { s.tags = {{"sluice:object-name", "Part"}}; },
       "must be 'firehose' or 'part', not 'Part'"},
      {[](DeliveryStream& s) { s.tags = {{"sluice:partitions-max", "0"}}; },
       "must be a number from 1 to 10000, not '0'"},
  };
  for (const Case& each : cases) {
    DeliveryStream stream = raw_stream();
    each.change(stream);
    EXPECT_THAT(verdict(stream), HasSubstr(each.message));
  }
}

DeliveryStream timed_stream() {
  DeliveryStream stream = raw_stream();
  stream.s3.prefix = "!{event-time:yyyy/MM}/";
  stream.s3.error_output_prefix = "e/!{firehose:error-output-type}/";
  stream.tags = {{"sluice:event-time-field", ".at"}};
  return stream;
}

TEST(Validate, EventTimeNeedsAFieldAndNoPartitioning) {
  EXPECT_EQ(verdict(timed_stream()), "good");
  const Case cases[] = {
      {[](DeliveryStream& s) { s.tags.clear(); },
       "Ths supplied prefix(es) do not satisfy the following constraint: Prefix: "
       "'!{event-time:yyyy/MM}' needs the tag sluice:event-time-field"},
      {[](DeliveryStream& s) { s.s3.error_output_prefix = "!{event-time:yyyy}/"; },
       "ErrorOutputPrefix: '!{event-time:yyyy}' at position 1: event-time may stand in Prefix "
       "only"},
      {[](DeliveryStream& s) { s.tags.push_back({"sluice:event-time-format", "unix"}); },
       "the tag sluice:event-time-format must be"},
      {[](DeliveryStream& s) { s.tags.push_back({"sluice:event-time-late", "error-output"}); },
       "The tag sluice:event-time-late needs the tag sluice:event-time-lateness-s."},
      {[](DeliveryStream& s) {
         s.s3.prefix = "x/";
         s.tags = {{"sluice:event-time-lateness-s", "1"}};
       },
       "The tag sluice:event-time-lateness-s needs the tag sluice:event-time-field."},
      {[](DeliveryStream& s) {
         Backup& backup = s.backup.emplace();
         backup.s3.bucket_arn = "arn:aws:s3:::b";
         backup.s3.prefix = "!{event-time:yyyy}/";
         backup.s3.error_output_prefix = s.s3.error_output_prefix;
       },
       "S3BackupConfiguration: Prefix: a backup holds source records as they came"},
  };
  for (const Case& each : cases) {
    DeliveryStream stream = timed_stream();
    each.change(stream);
    EXPECT_THAT(verdict(stream), HasSubstr(each.message));
  }
}

DeliveryStream session_stream() {
  DeliveryStream stream = raw_stream();
  stream.s3.prefix = "!{session-key}/!{session-start:yyyy}/!{session-id}/";
  stream.s3.error_output_prefix = "e/!{firehose:error-output-type}/";
  stream.tags = {{"sluice:session-gap-s", "60"}, {"sluice:session-key", "device"}};
  return stream;
}

TEST(Validate, SessionsNeedAGapAndOneObjectEach) {
  EXPECT_EQ(verdict(session_stream()), "good");
  const Case cases[] = {
      {[](DeliveryStream& s) { s.tags.clear(); },
       "Prefix: session-start, session-id and session-key need the tag sluice:session-gap-s"},
      {[](DeliveryStream& s) { s.tags.erase(s.tags.begin()); },
       "The tag sluice:session-key needs the tag sluice:session-gap-s."},
      {[](DeliveryStream& s) { s.tags.pop_back(); },
       "Prefix: session-key needs the tag sluice:session-key."},
      {[](DeliveryStream& s) { s.tags[1].value = "partition-key"; },
       "The tag sluice:session-key cannot be 'partition-key'"},
      {[](DeliveryStream& s) { s.tags[0].value = "0"; }, "a number from 1 to 604800, not '0'"},
      {[](DeliveryStream& s) { s.tags.push_back({"sluice:session-end-field", "e"}); },
       "The tags sluice:session-end-field and sluice:session-end-value go together."},
      {[](DeliveryStream& s) {
         s.s3.prefix = "!{event-time:yyyy}/";
         s.tags.push_back({"sluice:event-time-field", "at"});
       },
       "The tag sluice:session-gap-s makes one object of a session"},
      {[](DeliveryStream& s) {
         Backup& backup = s.backup.emplace();
         backup.s3.bucket_arn = "arn:aws:s3:::b";
         backup.s3.prefix = "!{session-id}/";
         backup.s3.error_output_prefix = s.s3.error_output_prefix;
       },
       "no event-time and no sessions"},
  };
  for (const Case& each : cases) {
    DeliveryStream stream = session_stream();
    each.change(stream);
    EXPECT_THAT(verdict(stream), HasSubstr(each.message));
  }
  DeliveryStream late = session_stream();
  late.tags.push_back({"sluice:event-time-field", "at"});
  late.tags.push_back({"sluice:event-time-late", "error-output"});
  EXPECT_EQ(verdict(late), "good") << "the gap is the allowance";
}

DeliveryStream partitioned_stream() {
  DeliveryStream stream = raw_stream();
  stream.s3.prefix = "!{partitionKeyFromQuery:c}/";
  stream.s3.error_output_prefix = "e/!{firehose:error-output-type}/";
  stream.s3.processing = {
      true, {{"MetadataExtraction", {{"MetadataExtractionQuery", "{c: .customer}"}}}}};
  stream.s3.partitioning = {true};
  return stream;
}

Processor lambda_processor() {
  return {"Lambda", {{"LambdaArn", "arn:aws:lambda:eu-west-1:111111111111:function:f"}}};
}

TEST(Validate, KeysOfALambdaFunctionPartitionAloneAndBesideAQuery) {
  DeliveryStream both = partitioned_stream();
  *both.s3.prefix += "!{partitionKeyFromLambda:k}/";
  both.s3.processing->processors.push_back(lambda_processor());
  EXPECT_EQ(verdict(both), "good");
  both.s3.prefix = "!{partitionKeyFromLambda:k}/";
  EXPECT_EQ(verdict(both), "good");
  both.s3.processing->processors = {lambda_processor()};
  EXPECT_EQ(verdict(both), "good");
}

TEST(Validate, ALambdaFunctionStandsBeforeSessions) {
  DeliveryStream stream = session_stream();
  stream.s3.processing = {true, {lambda_processor()}};
  EXPECT_EQ(verdict(stream), "good");
}

TEST(Validate, DynamicPartitioningNeedsPrefixProcessorsAndInterval) {
  EXPECT_EQ(verdict(partitioned_stream()), "good");
  const Case cases[] = {
      {[](DeliveryStream& s) { s.s3.prefix = "!{timestamp:yyyy}/"; },
       "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is "
       "enabled"},
      {[](DeliveryStream& s) { s.s3.error_output_prefix.reset(); },
       "ErrorOutputPrefix: it must be given when Prefix contains expressions"},
      {[](DeliveryStream& s) { s.s3.processing.reset(); },
       "Processing Configuration is not enabled when DataPartitioning is enabled"},
      {[](DeliveryStream& s) { s.s3.processing->is_enabled = false; },
       "Processing Configuration is not enabled when DataPartitioning is enabled"},
      {[](DeliveryStream& s) { s.s3.processing->processors = {lambda_processor()}; },
       "MetadataExtraction processor should be present when S3 Prefix has partitionKeyFromQuery "
       "namespace."},
      {[](DeliveryStream& s) { *s.s3.prefix += "!{partitionKeyFromLambda:k}/"; },
       "Lambda should be present when S3 Prefix contains keys from partitionKeyFromLambda "
       "namespace"},
      {[](DeliveryStream& s) {
         s.s3.prefix = "!{partitionKeyFromLambda:k}/";
         s.s3.partitioning->is_enabled = false;
       },
       "partitionKeyFromLambda needs DynamicPartitioningConfiguration to be enabled"},
      {[](DeliveryStream& s) { s.s3.processing->processors[0].parameters.clear(); },
       "MetadataExtractionQuery is required"},
      {[](DeliveryStream& s) { s.s3.buffer_interval_s = 0; },
       "BufferingHints.IntervalInSeconds must not be 0"},
      {[](DeliveryStream& s) { s.s3.partitioning->retry_duration_s = 7201; },
       "RetryOptions.DurationInSeconds must be from 0 to 7200."},
      {[](DeliveryStream& s) { s.s3.partitioning->is_enabled = false; },
       "partitionKeyFromQuery needs DynamicPartitioningConfiguration to be enabled"},
      {[](DeliveryStream& s) {
         s.s3.partitioning.reset();
         s.s3.prefix.reset();
       },
       "need DynamicPartitioningConfiguration to be enabled."},
  };
  for (const Case& each : cases) {
    DeliveryStream stream = partitioned_stream();
    each.change(stream);
    EXPECT_THAT(verdict(stream), HasSubstr(each.message));
  }
}

TEST(Validate, ADelimiterBehindRecordsNeedsNoPartitioning) {
  DeliveryStream stream = raw_stream();
  stream.s3.processing = {true, {{"AppendDelimiterToRecord", {}}}};
  EXPECT_EQ(verdict(stream), "good");
}

TEST(Validate, KeysOfThePrefixAreKeysOfTheQuery) {
  const S3Destination s3 = partitioned_stream().s3;
  EXPECT_TRUE(validate_partition_keys(s3, std::vector<std::string>{"b", "c"}));
  const auto unknown = validate_partition_keys(s3, std::vector<std::string>{"a", "b"});
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message(),
              HasSubstr("partitionKeyFromQuery:c is no key of MetadataExtractionQuery, which has "
                        "a, b."));
  EXPECT_TRUE(validate_partition_keys(s3, std::vector<std::string>(50, "c")));
  const auto many = validate_partition_keys(s3, std::vector<std::string>(51, "c"));
  ASSERT_FALSE(many);
  EXPECT_THAT(many.error().message(), HasSubstr("at most 50 keys, not 51"));
}

TEST(ObjectNameTag, DecidesHowObjectsAreNamed) {
  EXPECT_EQ(object_name_of({}), ObjectName::firehose);
  EXPECT_EQ(object_name_of({{"team", "part"}}), ObjectName::firehose);
  EXPECT_EQ(object_name_of({{"sluice:object-name", "part"}}), ObjectName::part);
  EXPECT_EQ(object_name_of({{"sluice:object-name", "firehose"}}), ObjectName::firehose);
}

}  // namespace
}  // namespace sluice::delivery
