#include "delivery/description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string described(const DeliveryStream& stream) {
  std::string text;
  json::Writer out(text);
  write_description(out, stream, StreamStatus::active);
  return text;
}

DeliveryStream small_stream() {
  DeliveryStream stream;
  stream.name = "s";
  stream.arn = "arn:aws:firehose:r:111111111111:deliverystream/s";
  stream.created = unix_millis(1'663'147'169'123);
  stream.s3.role_arn = "arn:aws:iam::111111111111:role/r";
  stream.s3.bucket_arn = "arn:aws:s3:::b";
  return stream;
}

TEST(Description, DescribesTheDestinationTwiceWithDefaults) {
  EXPECT_EQ(described(small_stream()),
            R"({"DeliveryStreamDescription":{"DeliveryStreamName":"s",)"
            R"("DeliveryStreamARN":"arn:aws:firehose:r:111111111111:deliverystream/s",)"
            R"("DeliveryStreamStatus":"ACTIVE",)"
            R"("DeliveryStreamEncryptionConfiguration":{"Status":"DISABLED"},)"
            R"("DeliveryStreamType":"DirectPut","VersionId":"1",)"
            R"("CreateTimestamp":1663147169.123,"Destinations":[{)"
            R"("DestinationId":"destinationId-000000000001","S3DestinationDescription":{)"
            R"("RoleARN":"arn:aws:iam::111111111111:role/r","BucketARN":"arn:aws:s3:::b",)"
            R"("BufferingHints":{"SizeInMBs":5,"IntervalInSeconds":300},)"
            R"("CompressionFormat":"UNCOMPRESSED",)"
            R"("EncryptionConfiguration":{"NoEncryptionConfig":"NoEncryption"},)"
            R"("CloudWatchLoggingOptions":{"Enabled":false}},"ExtendedS3DestinationDescription":{)"
            R"("RoleARN":"arn:aws:iam::111111111111:role/r","BucketARN":"arn:aws:s3:::b",)"
            R"("BufferingHints":{"SizeInMBs":5,"IntervalInSeconds":300},)"
            R"("CompressionFormat":"UNCOMPRESSED",)"
            R"("EncryptionConfiguration":{"NoEncryptionConfig":"NoEncryption"},)"
            R"("CloudWatchLoggingOptions":{"Enabled":false},"S3BackupMode":"Disabled",)"
            R"("CustomTimeZone":"UTC"}}],"HasMoreDestinations":false}})");
}

TEST(Description, AKeyOfObjectsTakesThePlaceOfNoEncryption) {
  DeliveryStream stream = small_stream();
  stream.s3.kms_key_arn = "arn:aws:kms:r:1:key/k";
  const std::string text = described(stream);
  EXPECT_THAT(text,
              HasSubstr(R"("EncryptionConfiguration":{"KMSEncryptionConfig":{"AWSKMSKeyARN":)"
                        R"("arn:aws:kms:r:1:key/k"}},"CloudWatchLoggingOptions")"));
  EXPECT_THAT(text, Not(HasSubstr("NoEncryption")));
}

TEST(Description, EncryptionIsDescribedByItsKeyAndLeftOutOfWhatReadsAStream) {
  DeliveryStream stream = small_stream();
  stream.encryption = Encryption{.key_type = "AWS_OWNED_CMK", .key_arn = {}};
  EXPECT_THAT(described(stream), HasSubstr(R"({"KeyType":"AWS_OWNED_CMK","Status":"ENABLED"})"));
  stream.encryption = Encryption{.key_type = "CUSTOMER_MANAGED_CMK", .key_arn = "arn:k"};
  EXPECT_THAT(
      described(stream),
      HasSubstr(R"({"KeyARN":"arn:k","KeyType":"CUSTOMER_MANAGED_CMK","Status":"ENABLED"})"));
  stream.source_type = SourceType::kinesis_stream;
  EXPECT_THAT(described(stream), Not(HasSubstr("DeliveryStreamEncryptionConfiguration")));
}

TEST(Description, AConversionWithoutHintsIsDescribedWithItsOwnDefaults) {
  DeliveryStream stream = small_stream();
  stream.s3.conversion.emplace();
  EXPECT_THAT(described(stream),
              HasSubstr(R"("BufferingHints":{"SizeInMBs":128,"IntervalInSeconds":300})"));
}

TEST(Description, ABackupIsDescribedByTheMembersThatEveryDestinationHas) {
  DeliveryStream stream = small_stream();
  stream.backup.emplace().s3 = stream.s3;
  stream.backup->s3.bucket_arn = "arn:aws:s3:::attic";
  EXPECT_THAT(described(stream),
              HasSubstr(R"("S3BackupMode":"Enabled","S3BackupDescription":{)"
                        R"("RoleARN":"arn:aws:iam::111111111111:role/r",)"
                        R"("BucketARN":"arn:aws:s3:::attic",)"
                        R"("BufferingHints":{"SizeInMBs":5,"IntervalInSeconds":300},)"
                        R"("CompressionFormat":"UNCOMPRESSED",)"));
}

TEST(Description, AKinesisSourceIsDescribed) {
  DeliveryStream stream = small_stream();
  stream.source_type = SourceType::kinesis_stream;
  stream.source_stream_arn = "arn:aws:kinesis:r:111111111111:stream/k";
  stream.source_role_arn = "arn:aws:iam::111111111111:role/k";
  stream.delivery_start = unix_millis(1'663'147'169'000);
  stream.version = 3;
  stream.updated = unix_millis(1'663'147'170'500);
  const std::string text = described(stream);
  EXPECT_THAT(text,
              HasSubstr(R"("DeliveryStreamType":"KinesisStreamAsSource","VersionId":"3",)"
                        R"("CreateTimestamp":1663147169.123,"LastUpdateTimestamp":1663147170.5,)"
                        R"("Source":{"KinesisStreamSourceDescription":{"KinesisStreamARN":)"
                        R"("arn:aws:kinesis:r:111111111111:stream/k",)"
                        R"("RoleARN":"arn:aws:iam::111111111111:role/k",)"
                        R"("DeliveryStartTimestamp":1663147169.0}})"));
}

TEST(Description, ADirectPutSourceIsDescribedOnlyWithAHint) {
  DeliveryStream stream = small_stream();
  EXPECT_THAT(described(stream), Not(HasSubstr("Source\"")));
  stream.throughput_hint_mib = 9;
  EXPECT_THAT(described(stream),
              HasSubstr(R"("Source":{"DirectPutSourceDescription":{"ThroughputHintInMBs":9}})"));
}

TEST(Description, WhatWasGivenIsEchoed) {
  DeliveryStream stream = small_stream();
  S3Destination& s3 = stream.s3;
  s3.prefix = "p/!{timestamp:yyyy}/";
  s3.error_output_prefix = "e/!{firehose:error-output-type}/";
  s3.file_extension = ".x";
  s3.custom_time_zone = "Asia/Calcutta";
  s3.logging_enabled = true;
  s3.log_group = "/g";
  s3.log_stream = "l";
  Conversion& conversion = s3.conversion.emplace();
  conversion.is_enabled = false;
  conversion.schema = {"arn:aws:iam::111111111111:role/r", "111111111111", "d", "t", "r", ""};
  conversion.openx = serde::OpenXOptions{true, false, {{"ts", "timestamp"}}};
  conversion.has_case_insensitive = true;
  conversion.parquet.emplace().compression = ParquetCompression::gzip;
  const std::string text = described(stream);
  EXPECT_THAT(text, HasSubstr(R"("Prefix":"p/!{timestamp:yyyy}/",)"));
  EXPECT_THAT(text, HasSubstr(R"("ErrorOutputPrefix":"e/!{firehose:error-output-type}/",)"));
  EXPECT_THAT(text, HasSubstr(R"({"Enabled":true,"LogGroupName":"/g","LogStreamName":"l"})"));
  EXPECT_THAT(text, HasSubstr(R"("FileExtension":".x","CustomTimeZone":"Asia/Calcutta")"));
  EXPECT_THAT(
      text,
      HasSubstr(R"("DataFormatConversionConfiguration":{"SchemaConfiguration":{)"
                R"("RoleARN":"arn:aws:iam::111111111111:role/r","CatalogId":"111111111111",)"
                R"("DatabaseName":"d","TableName":"t","Region":"r","VersionId":"LATEST"},)"
                R"("InputFormatConfiguration":{"Deserializer":{"OpenXJsonSerDe":{)"
                R"("CaseInsensitive":true,"ColumnToJsonKeyMappings":{"ts":"timestamp"}}}},)"
                R"("OutputFormatConfiguration":{"Serializer":{"ParquetSerDe":{)"
                R"("Compression":"GZIP"}}},"Enabled":false})"));
  conversion.openx.reset();
  conversion.hive = serde::HiveOptions{{"millis", "yyyy"}};
  EXPECT_THAT(described(stream),
              HasSubstr(R"("InputFormatConfiguration":{"Deserializer":{"HiveJsonSerDe":{)"
                        R"("TimestampFormats":["millis","yyyy"]}}},)"));
  conversion.hive->timestamp_formats.clear();
  EXPECT_THAT(described(stream), HasSubstr(R"({"Deserializer":{"HiveJsonSerDe":{}}})"));
}

TEST(Description, ProcessorsAndPartitioningAreEchoed) {
  DeliveryStream stream = small_stream();
  stream.s3.processing = {
      true,
      {{"RecordDeAggregation", {{"SubRecordType", "JSON"}}}, {"AppendDelimiterToRecord", {}}}};
  stream.s3.partitioning = {true, 300};
  const std::string text = described(stream);
  EXPECT_THAT(
      text,
      HasSubstr(
          R"("ProcessingConfiguration":{"Enabled":true,"Processors":[{)"
          R"("Type":"RecordDeAggregation","Parameters":[{"ParameterName":"SubRecordType",)"
          R"("ParameterValue":"JSON"}]},{"Type":"AppendDelimiterToRecord","Parameters":[]}]},)"
          R"("S3BackupMode":"Disabled","DynamicPartitioningConfiguration":{"RetryOptions":)"
          R"({"DurationInSeconds":300},"Enabled":true},)"));
}

}  // namespace
}  // namespace sluice::delivery
