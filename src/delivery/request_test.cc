#include "delivery/request.h"

#include "delivery/description.h"
#include "delivery/update_request.h"
#include "json/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

using testing::HasSubstr;

const Account account = {"ap-south-1", "111111111111"};

std::expected<DeliveryStream, Refusal> parse(std::string_view text) {
  const auto document = json::Document::parse(Bytes(text));
  EXPECT_TRUE(document) << text;
  return parse_create_request(document->root(), account);
}

// A request whose extended destination has `members` beside role and bucket.
std::string request_with(std::string_view members, std::string_view others = "") {
  return std::string(R"({"DeliveryStreamName":"s",)") + std::string(others) +
         R"("ExtendedS3DestinationConfiguration":{"RoleARN":"arn:aws:iam::111111111111:role/r",)"
         R"("BucketARN":"arn:aws:s3:::b")" +
         (members.empty() ? "" : ",") + std::string(members) + "}}";
}

std::string conversion_with(std::string_view openx, std::string_view parquet) {
  return request_with(
      std::string(R"("DataFormatConversionConfiguration":{"SchemaConfiguration":)") +
      R"({"RoleARN":"arn:aws:iam::111111111111:role/r","DatabaseName":"db","TableName":"t"},)" +
      R"("InputFormatConfiguration":{"Deserializer":{"OpenXJsonSerDe":{)" + std::string(openx) +
      R"(}}},"OutputFormatConfiguration":{"Serializer":{"ParquetSerDe":{)" + std::string(parquet) +
      "}}}}");
}

constexpr std::string_view seed_request = R"({
  "DeliveryStreamName": "hr_firehose", "DeliveryStreamType": "KinesisStreamAsSource",
  "KinesisStreamSourceConfiguration": {
    "KinesisStreamARN": "arn:aws:kinesis:ap-south-1:111111111111:stream/hr-kinesis-stream",
    "RoleARN": "arn:aws:iam::111111111111:role/firehose"},
  "ExtendedS3DestinationConfiguration": {
    "RoleARN": "arn:aws:iam::111111111111:role/firehose",
    "BucketARN": "arn:aws:s3:::garmin-hr-s3-bucket",
    "Prefix": "heart_rate_data/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/session_!{timestamp:HH-mm-ss}/",
    "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/",
    "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
    "CustomTimeZone": "Asia/Calcutta",
    "DataFormatConversionConfiguration": {
      "Enabled": true,
      "SchemaConfiguration": {
        "RoleARN": "arn:aws:iam::111111111111:role/firehose", "DatabaseName": "hr_data",
        "TableName": "heart_rate", "Region": "ap-south-1", "VersionId": "LATEST"},
      "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
      "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}}}},
  "Tags": [{"Key": "sluice:object-name", "Value": "part"}, {"Key": "team"}],
  "MemberOfALaterModel": [1, {"a": null}]})";

TEST(CreateRequest, AHeartRateStreamBecomesItsDefinition) {
  const auto stream = parse(seed_request);
  ASSERT_TRUE(stream) << stream.error().message;
  EXPECT_EQ(stream->name, "hr_firehose");
  EXPECT_EQ(stream->arn, "arn:aws:firehose:ap-south-1:111111111111:deliverystream/hr_firehose");
  EXPECT_EQ(stream->source_type, SourceType::kinesis_stream);
  EXPECT_EQ(stream->source_stream_arn,
            "arn:aws:kinesis:ap-south-1:111111111111:stream/hr-kinesis-stream");
  EXPECT_EQ(stream->s3.bucket(), "garmin-hr-s3-bucket");
  EXPECT_EQ(stream->s3.buffer_size_mib, 64);
  EXPECT_EQ(stream->s3.buffer_interval_s, 60);
  EXPECT_EQ(stream->s3.custom_time_zone, "Asia/Calcutta");
  ASSERT_TRUE(stream->s3.converts());
  EXPECT_EQ(stream->s3.conversion->schema->database, "hr_data");
  EXPECT_EQ(stream->s3.conversion->schema->table, "heart_rate");
  EXPECT_EQ(stream->s3.conversion->schema->catalog_id, "111111111111");
  EXPECT_EQ(stream->object_name, ObjectName::part);
  ASSERT_EQ(stream->tags.size(), 2U);
  EXPECT_EQ(stream->tags[1].key, "team");
  EXPECT_TRUE(stream->is_extended);
}

TEST(CreateRequest, TheSmallestRequestTakesDirectPuts) {
  const auto stream = parse(request_with(""));
  ASSERT_TRUE(stream) << stream.error().message;
  EXPECT_EQ(stream->source_type, SourceType::direct_put);
  EXPECT_EQ(stream->s3.effective_size_mib(), 5);
  EXPECT_FALSE(stream->s3.conversion);
}

TEST(CreateRequest, TheOlderDestinationIsTakenToo) {
  const auto stream =
      parse(R"({"DeliveryStreamName":"s","S3DestinationConfiguration":{"RoleARN":)"
            R"("arn:aws:iam::111111111111:role/r","BucketARN":"arn:aws:s3:::b","Prefix":"p/"}})");
  ASSERT_TRUE(stream) << stream.error().message;
  EXPECT_FALSE(stream->is_extended);
  EXPECT_EQ(stream->s3.prefix, "p/");
}

TEST(CreateRequest, ConversionOptionsAreRead) {
  const auto stream = parse(conversion_with(
      R"("CaseInsensitive":false,"ColumnToJsonKeyMappings":{"ts":"timestamp"})",
      R"("BlockSizeBytes":134217728,"PageSizeBytes":65536,"Compression":"GZIP",)"
      R"("EnableDictionaryCompression":true,"MaxPaddingBytes":0,"WriterVersion":"V1")"));
  ASSERT_TRUE(stream) << stream.error().message;
  const Conversion& conversion = *stream->s3.conversion;
  EXPECT_TRUE(conversion.is_enabled);
  EXPECT_FALSE(conversion.openx->case_insensitive);
  EXPECT_TRUE(conversion.has_case_insensitive);
  EXPECT_FALSE(conversion.has_convert_dots);
  EXPECT_EQ(conversion.openx->column_to_key.at("ts"), "timestamp");
  EXPECT_EQ(conversion.parquet->block_size_bytes, 134'217'728);
  EXPECT_EQ(conversion.parquet->compression, ParquetCompression::gzip);
  EXPECT_EQ(conversion.parquet->dictionary, true);
  EXPECT_EQ(stream->s3.effective_size_mib(), 128);
}

TEST(CreateRequest, TheHiveSerDeIsReadWithItsFormats) {
  const std::string request = conversion_with("", "");
  const std::string_view openx = R"("OpenXJsonSerDe":{})";
  std::string hive = request;
  hive.replace(hive.find(openx),
               openx.size(),
               R"("HiveJsonSerDe":{"TimestampFormats":["millis","yyyy-MM-dd'T'HH:mm:ss"]})");
  const auto stream = parse(hive);
  ASSERT_TRUE(stream) << stream.error().message;
  const Conversion& conversion = *stream->s3.conversion;
  EXPECT_FALSE(conversion.openx);
  EXPECT_EQ(conversion.hive->timestamp_formats,
            (std::vector<std::string>{"millis", "yyyy-MM-dd'T'HH:mm:ss"}));
  EXPECT_EQ(std::get<serde::HiveOptions>(conversion.serde()), *conversion.hive);
}

constexpr std::string_view value_at = "Value at 'extendedS3DestinationConfiguration.";

TEST(CreateRequest, TheModelLayerNamesPathAndConstraint) {
  struct Case {
    std::string request;
    std::string message;
  };

  const std::string path(value_at);
  const std::string parquet_path =
      path + "dataFormatConversionConfiguration.outputFormatConfiguration.serializer.parquetSerDe.";
  const std::string unmet = "' failed to satisfy constraint: ";
  const Case cases[] = {
      {"{}",
       "1 validation error detected: Value at 'deliveryStreamName" + unmet +
           "Member must not be null"},
      {R"({"DeliveryStreamName":"s","ExtendedS3DestinationConfiguration":{}})",
       "2 validation errors detected: " + path + "roleARN" + unmet + "Member must not be null; " +
           path + "bucketARN" + unmet + "Member must not be null"},
      {R"({"DeliveryStreamName":"s","S3DestinationConfiguration":{"CompressionFormat":"SNAPPY",)"
       R"("RoleARN":"arn:aws:iam::111111111111:role/r","BucketARN":"arn:aws:s3:::b"}})",
       "1 validation error detected: Value at 's3DestinationConfiguration.compressionFormat" +
           unmet +
           "Member must satisfy enum value set: [ZIP, HADOOP_SNAPPY, Snappy, GZIP, UNCOMPRESSED]"},
      {request_with(R"("CompressionFormat":"SNAPPY")"),
       "1 validation error detected: " + path + "compressionFormat" + unmet +
           "Member must satisfy enum value set: [ZIP, HADOOP_SNAPPY, Snappy, GZIP, UNCOMPRESSED]"},
      {conversion_with("", R"("PageSizeBytes":1,"BlockSizeBytes":1)"),
       "2 validation errors detected: " + parquet_path + "blockSizeBytes" + unmet +
           "Member must have value greater than or equal to 67108864; " + parquet_path +
           "pageSizeBytes" + unmet + "Member must have value greater than or equal to 65536"},
      {conversion_with("", R"("WriterVersion":"2","Compression":"snappy","MaxPaddingBytes":-1)"),
       "3 validation errors detected: " + parquet_path + "maxPaddingBytes" + unmet +
           "Member must have value greater than or equal to 0; " + parquet_path + "compression" +
           unmet + "Member must satisfy enum value set: [SNAPPY, GZIP, UNCOMPRESSED]; " +
           parquet_path + "writerVersion" + unmet + "Member must satisfy enum value set: [V1, V2]"},
      {request_with(R"("BufferingHints":{"SizeInMBs":129,"IntervalInSeconds":901})"),
       "2 validation errors detected: " + path + "bufferingHints.sizeInMBs" + unmet +
           "Member must have value less than or equal to 128; " + path +
           "bufferingHints.intervalInSeconds" + unmet +
           "Member must have value less than or equal to 900"},
      {request_with(R"("CustomTimeZone":"Etc/GMT+5")"),
       "1 validation error detected: " + path + "customTimeZone" + unmet +
           "Member must satisfy regular expression pattern: ^$|[a-zA-Z/_]+"},
      {request_with(
           R"("ProcessingConfiguration":{"Enabled":true,"Processors":[{"Type":"Lamda"}]})"),
       "1 validation error detected: " + path + "processingConfiguration.processors.1.member.type" +
           unmet +
           "Member must satisfy enum value set: [Decompression, Lambda, RecordDeAggregation, "
           "MetadataExtraction, AppendDelimiterToRecord, CloudWatchLogProcessing]"},
      {request_with(R"("DynamicPartitioningConfiguration":{"RetryOptions":)"
                    R"({"DurationInSeconds":7201}})"),
       "1 validation error detected: " + path +
           "dynamicPartitioningConfiguration.retryOptions.durationInSeconds" + unmet +
           "Member must have value less than or equal to 7200"},
      {request_with(R"("ProcessingConfiguration":{"Processors":[{"Type":"MetadataExtraction",)"
                    R"("Parameters":[{"ParameterName":"Query","ParameterValue":" "}]}]})"),
       "2 validation errors detected: " + path +
           "processingConfiguration.processors.1.member.parameters.1.member.parameterName" + unmet +
           "Member must satisfy enum value set: [DataMessageExtraction, NumberOfRetries, "
           "Delimiter, RoleArn, JsonParsingEngine, SubRecordType, MetadataExtractionQuery, "
           "BufferIntervalInSeconds, LambdaArn, BufferSizeInMBs, CompressionFormat]; " +
           path + "processingConfiguration.processors.1.member.parameters.1.member.parameterValue" +
           unmet + R"(Member must satisfy regular expression pattern: ^(?!\s*$).+)"},
      {request_with("", R"("Tags":[],)"),
       "1 validation error detected: Value at 'tags" + unmet +
           "Member must have length greater than or equal to 1"},
  };
  for (const Case& each : cases) {
    const auto stream = parse(each.request);
    ASSERT_FALSE(stream) << each.request;
    EXPECT_EQ(stream.error(), (Refusal{RefusalLayer::model, each.message})) << each.request;
  }
}

TEST(CreateRequest, EveryOrcOptionIsJudgedInTheServicesOrder) {
  const auto stream = parse(request_with(
      R"("DataFormatConversionConfiguration":{"Enabled":false,"OutputFormatConfiguration":)"
      R"({"Serializer":{"OrcSerDe":{"StripeSizeBytes":1,"BlockSizeBytes":1,"RowIndexStride":1,)"
      R"("PaddingTolerance":2,"BloomFilterFalsePositiveProbability":-1,)"
      R"("DictionaryKeyThreshold":"NaN","Compression":"x","FormatVersion":"x"}}}})"));
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().layer, RefusalLayer::model);
  const std::string& message = stream.error().message;
  EXPECT_THAT(message, HasSubstr("9 validation errors detected"));
  std::size_t last = 0;
  for (const std::string_view member : {"dictionaryKeyThreshold",
                                        "blockSizeBytes",
                                        "rowIndexStride",
                                        "paddingTolerance",
                                        "stripeSizeBytes",
                                        "compression",
                                        "formatVersion",
                                        "bloomFilterFalsePositiveProbability"}) {
    const std::size_t found = message.find("orcSerDe." + std::string(member), last);
    ASSERT_NE(found, std::string::npos) << member;
    last = found;
  }
}

TEST(CreateRequest, AMalformedRoleIsRefusedBeforeTheModelLayer) {
  const auto stream = parse(
      R"({"DeliveryStreamName":"","ExtendedS3DestinationConfiguration":{"RoleARN":"firehose"}})");
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error(), (Refusal{RefusalLayer::parameter, "Invalid role ARN."}));
  const auto empty =
      parse(R"({"DeliveryStreamName":"s","ExtendedS3DestinationConfiguration":{"RoleARN":"",)"
            R"("BucketARN":"arn:aws:s3:::b"}})");
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().layer, RefusalLayer::model);
}

TEST(CreateRequest, WrongJsonTypesComeFirst) {
  const auto stream = parse(R"({"DeliveryStreamName":7})");
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().layer, RefusalLayer::serialization);
}

TEST(CreateRequest, WhatSpansMembersIsJudgedLast) {
  struct Case {
    std::string request;
    std::string_view message;
  };

  const Case cases[] = {
      {R"({"DeliveryStreamName":"s"})",
       "Exactly one destination configuration is supported for a Firehose"},
      {request_with("", R"("SplunkDestinationConfiguration":{},)"),
       "Exactly one destination configuration is supported for a Firehose"},
      {R"({"DeliveryStreamName":"s","IcebergDestinationConfiguration":{}})",
       "IcebergDestinationConfiguration is not supported"},
      {request_with("",
                    R"("KinesisStreamSourceConfiguration":{"KinesisStreamARN":)"
                    R"("arn:aws:kinesis:r:111111111111:stream/k",)"
                    R"("RoleARN":"arn:aws:iam::111111111111:role/r"},)"),
       "KinesisSourceStreamConfig is only applicable for KinesisStreamAsSource stream type"},
      {request_with("", R"("DeliveryStreamType":"MSKAsSource",)"),
       "DirectPut and KinesisStreamAsSource are supported"},
      {request_with("",
                    R"("DeliveryStreamEncryptionConfigurationInput":)"
                    R"({"KeyType":"CUSTOMER_MANAGED_CMK"},)"),
       "KeyARN is required when KeyType is CUSTOMER_MANAGED_CMK"},
      {request_with("",
                    R"("DeliveryStreamType":"KinesisStreamAsSource",)"
                    R"("KinesisStreamSourceConfiguration":{"KinesisStreamARN":)"
                    R"("arn:aws:kinesis:r:111111111111:stream/k",)"
                    R"("RoleARN":"arn:aws:iam::111111111111:role/r"},)"
                    R"("DeliveryStreamEncryptionConfigurationInput":)"
                    R"({"KeyType":"AWS_OWNED_CMK"},)"),
       "DeliveryStreamEncryptionConfigurationInput is only applicable for DirectPut stream type"},
      {request_with(R"("BufferingHints":{"SizeInMBs":5})"), "BufferingHints must give both"},
      {request_with(R"("BufferingHints":{"SizeInMBs":63,"IntervalInSeconds":60},)"
                    R"("DataFormatConversionConfiguration":{})"),
       "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled."},
      {request_with(R"("DataFormatConversionConfiguration":{"InputFormatConfiguration":{},)"
                    R"("OutputFormatConfiguration":{},"SchemaConfiguration":{}})"),
       "Deserializer must not be null"},
      {request_with(R"("DataFormatConversionConfiguration":{"InputFormatConfiguration":)"
                    R"({"Deserializer":{"HiveJsonSerDe":{"TimestampFormats":["YYYY-QQ"]}}},)"
                    R"("OutputFormatConfiguration":{"Serializer":{"ParquetSerDe":{}}},)"
                    R"("SchemaConfiguration":{"RoleARN":"arn:aws:iam::111111111111:role/r",)"
                    R"("DatabaseName":"d","TableName":"t"}})"),
       "Invalid deserializer option(s): TimestampFormats \"YYYY-QQ\": letter 'Q' is not offered"},
      {request_with(R"("Prefix":"!{timestamp:yyyy}/")"),
       "ErrorOutputPrefix: it must be given when Prefix contains expressions"},
      {request_with(R"("CustomTimeZone":"EST")"), "non-three-letter"},
      {request_with(R"("S3BackupMode":"Enabled")"),
       "S3BackupConfiguration must not be null when S3BackupMode is Enabled."},
      {request_with(R"("S3BackupMode":"Enabled","S3BackupConfiguration":{)"
                    R"("RoleARN":"arn:aws:iam::111111111111:role/r",)"
                    R"("BucketARN":"arn:aws:s3:::attic","Prefix":"!{timestamp:yyyy}/"})"),
       "S3BackupConfiguration: "},
      {request_with(R"("DynamicPartitioningConfiguration":{"Enabled":true})"),
       "S3 Prefix should contain Dynamic Partitioning namespaces"},
      {request_with(R"("ProcessingConfiguration":{"Processors":[{"Type":"Lambda"}]})"),
       "LambdaArn is required when Lambda processor is used."},
      {request_with(
           R"("EncryptionConfiguration":{"NoEncryptionConfig":"NoEncryption",)"
           R"("KMSEncryptionConfig":{"AWSKMSKeyARN":"arn:aws:kms:r:111111111111:key/k"}})"),
       "EncryptionConfiguration takes NoEncryptionConfig or KMSEncryptionConfig, not both."},
      {request_with("", R"("Tags":[{"Key":"sluice:object-name","Value":"x"}],)"),
       "must be 'firehose' or 'part', not 'x'"},
  };
  for (const Case& each : cases) {
    const auto stream = parse(each.request);
    ASSERT_FALSE(stream) << each.request;
    EXPECT_EQ(stream.error().layer, RefusalLayer::argument) << each.request;
    EXPECT_THAT(stream.error().message, HasSubstr(each.message)) << each.request;
  }
}

TEST(CreateRequest, EveryCompressionIsTakenWithoutConversion) {
  for (const std::string format : {"UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"}) {
    const auto stream = parse(request_with(R"("CompressionFormat":")" + format + R"(")"));
    ASSERT_TRUE(stream) << stream.error().message;
    EXPECT_EQ(stream->s3.compression_format, format);
  }
}

TEST(CreateRequest, AKeyOfObjectsIsKept) {
  const auto stream =
      parse(request_with(R"("EncryptionConfiguration":{"KMSEncryptionConfig":{"AWSKMSKeyARN":)"
                         R"("arn:aws:kms:r:111111111111:key/k"}})"));
  ASSERT_TRUE(stream) << stream.error().message;
  EXPECT_EQ(stream->s3.kms_key_arn, "arn:aws:kms:r:111111111111:key/k");
  EXPECT_EQ(parse(request_with(R"("FileExtension":".x")"))->s3.kms_key_arn, std::nullopt);
}

TEST(CreateRequest, FeaturesThatAreSwitchedOffAreNoObstacle) {
  const auto stream = parse(request_with(
      R"("S3BackupMode":"Disabled","ProcessingConfiguration":{"Enabled":false,"Processors":[]},)"
      R"("DynamicPartitioningConfiguration":{"Enabled":false},"EncryptionConfiguration":)"
      R"({"NoEncryptionConfig":"NoEncryption"},"CloudWatchLoggingOptions":{"Enabled":true,)"
      R"("LogGroupName":"/g","LogStreamName":"s"},"DataFormatConversionConfiguration":)"
      R"({"Enabled":false},"FileExtension":".json")"));
  ASSERT_TRUE(stream) << stream.error().message;
  EXPECT_TRUE(stream->s3.logging_enabled);
  EXPECT_EQ(stream->s3.file_extension, ".json");
  EXPECT_FALSE(stream->s3.converts());
  EXPECT_EQ(stream->s3.processing, Processing());
  EXPECT_EQ(stream->s3.partitioning, DynamicPartitioning());
}

TEST(CreateRequest, ProcessorsAreKeptAsTheyWereGiven) {
  const auto stream = parse(request_with(
      R"("Prefix":"!{partitionKeyFromQuery:c}/","ErrorOutputPrefix":)"
      R"("e/!{firehose:error-output-type}/","DynamicPartitioningConfiguration":{"Enabled":true,)"
      R"("RetryOptions":{"DurationInSeconds":7}},"ProcessingConfiguration":{"Enabled":true,)"
      R"("Processors":[{"Type":"MetadataExtraction","Parameters":[)"
      R"({"ParameterName":"MetadataExtractionQuery","ParameterValue":"{c: .customer}"},)"
      R"({"ParameterName":"JsonParsingEngine","ParameterValue":"JQ-1.6"}]},)"
      R"({"Type":"AppendDelimiterToRecord"}]})"));
  ASSERT_TRUE(stream) << stream.error().message;
  EXPECT_EQ(stream->s3.processing,
            (Processing{
                true,
                {{"MetadataExtraction",
                  {{"MetadataExtractionQuery", "{c: .customer}"}, {"JsonParsingEngine", "JQ-1.6"}}},
                 {"AppendDelimiterToRecord", {}}}}));
  EXPECT_EQ(stream->s3.partitioning, (DynamicPartitioning{true, 7}));
  EXPECT_TRUE(stream->s3.is_partitioned());
}

TEST(CreateRequest, ABackupIsADestinationOfItsOwn) {
  constexpr std::string_view configuration =
      R"("S3BackupConfiguration":{"RoleARN":"arn:aws:iam::111111111111:role/backup",)"
      R"("BucketARN":"arn:aws:s3:::attic","Prefix":"source/","CompressionFormat":"GZIP",)"
      R"("BufferingHints":{"SizeInMBs":7,"IntervalInSeconds":8}})";
  const auto stream =
      parse(request_with(R"("S3BackupMode":"Enabled",)" + std::string(configuration)));
  ASSERT_TRUE(stream) << stream.error().message;
  ASSERT_TRUE(stream->backup);
  EXPECT_EQ(stream->backup->s3.bucket(), "attic");
  EXPECT_EQ(stream->backup->s3.prefix, "source/");
  EXPECT_EQ(stream->backup->s3.compression_format, "GZIP");
  EXPECT_EQ(stream->backup->s3.effective_size_mib(), 7);
  EXPECT_EQ(stream->s3.compression_format, "UNCOMPRESSED");
  const auto disabled = parse(request_with(configuration));
  ASSERT_TRUE(disabled) << disabled.error().message;
  EXPECT_FALSE(disabled->backup) << "nothing has enabled it";
}

// --- UpdateDestination ---

// A request whose extended update has `members`.
std::string update_with(std::string_view members) {
  return R"({"DeliveryStreamName":"s","CurrentDeliveryStreamVersionId":"1","DestinationId":)"
         R"("destinationId-000000000001","ExtendedS3DestinationUpdate":{)" +
         std::string(members) + "}}";
}

std::string conversion_update(std::string_view members) {
  return update_with(R"("DataFormatConversionConfiguration":{)" + std::string(members) + "}");
}

std::expected<DeliveryStream, Refusal> updated(const DeliveryStream& current,
                                               std::string_view text) {
  const auto document = json::Document::parse(Bytes(text));
  EXPECT_TRUE(document) << text;
  return apply_update_request(document->root(), current, account);
}

// Has something of everything.
DeliveryStream rich_stream() {
  const auto stream = parse(request_with(
      R"("Prefix":"p/","ErrorOutputPrefix":"e/","BufferingHints":{"SizeInMBs":64,)"
      R"("IntervalInSeconds":60},"CloudWatchLoggingOptions":{"Enabled":true,"LogGroupName":"/g",)"
      R"("LogStreamName":"l"},"FileExtension":".x","CustomTimeZone":"Asia/Calcutta",)"
      R"("DataFormatConversionConfiguration":{"SchemaConfiguration":{"RoleARN":)"
      R"("arn:aws:iam::111111111111:role/t","DatabaseName":"db","TableName":"t","VersionId":"7"},)"
      R"("InputFormatConfiguration":{"Deserializer":{"OpenXJsonSerDe":{"CaseInsensitive":false}}},)"
      R"("OutputFormatConfiguration":{"Serializer":{"ParquetSerDe":{"Compression":"GZIP"}}}})"));
  EXPECT_TRUE(stream);
  return *stream;
}

std::string described(const DeliveryStream& stream) {
  std::string text;
  json::Writer out(text);
  write_description(out, stream, StreamStatus::active);
  return text;
}

// In both descriptions of the destination.
std::string replaced(std::string text, std::string_view before, std::string_view after) {
  for (std::size_t at = text.find(before); !before.empty() && at != std::string::npos;
       at = text.find(before, at + after.size())) {
    text.replace(at, before.size(), after);
  }
  return text;
}

TEST(UpdateRequest, WhatIsGivenReplacesAndNothingElseChanges) {
  struct Case {
    std::string request;
    std::string_view before;  // of the description
    std::string_view after;
  };

  const Case cases[] = {
      {update_with(""), "", ""},
      {update_with(R"("Prefix":null,"DataFormatConversionConfiguration":null)"), "", ""},
      {update_with(R"("RoleARN":"arn:aws:iam::111111111111:role/q")"), ":role/r", ":role/q"},
      {update_with(R"("BucketARN":"arn:aws:s3:::c")"), "s3:::b", "s3:::c"},
      {update_with(R"("Prefix":"q/")"), R"("Prefix":"p/")", R"("Prefix":"q/")"},
      {update_with(R"("Prefix":"")"), R"("Prefix":"p/")", R"("Prefix":"")"},
      {update_with(R"("ErrorOutputPrefix":"f/")"), R"("e/")", R"("f/")"},
      {update_with(R"("BufferingHints":{"SizeInMBs":100,"IntervalInSeconds":0})"),
       R"({"SizeInMBs":64,"IntervalInSeconds":60})",
       R"({"SizeInMBs":100,"IntervalInSeconds":0})"},
      {update_with(R"("BufferingHints":{})"),
       R"({"SizeInMBs":64,"IntervalInSeconds":60})",
       R"({"SizeInMBs":128,"IntervalInSeconds":300})"},
      {update_with(R"("CloudWatchLoggingOptions":{"Enabled":false})"),
       R"({"Enabled":true,"LogGroupName":"/g","LogStreamName":"l"})",
       R"({"Enabled":false})"},
      {update_with(R"("EncryptionConfiguration":{"KMSEncryptionConfig":{"AWSKMSKeyARN":)"
                   R"("arn:aws:kms:r:111111111111:key/k"}})"),
       R"({"NoEncryptionConfig":"NoEncryption"})",
       R"({"KMSEncryptionConfig":{"AWSKMSKeyARN":"arn:aws:kms:r:111111111111:key/k"}})"},
      {update_with(R"("EncryptionConfiguration":{"NoEncryptionConfig":"NoEncryption"})"), "", ""},
      {update_with(R"("FileExtension":".y")"), R"(".x")", R"(".y")"},
      {update_with(R"("FileExtension":"")"), R"("FileExtension":".x",)", ""},
      {update_with(R"("CustomTimeZone":"")"), "Asia/Calcutta", "UTC"},
      {conversion_update(""), "", ""},
      {conversion_update(R"("Enabled":false)"),
       R"("Enabled":true},"FileExtension")",
       R"("Enabled":false},"FileExtension")"},
      {conversion_update(R"("SchemaConfiguration":{})"), "", ""},
      {conversion_update(R"("SchemaConfiguration":{"TableName":"u"})"),
       R"("TableName":"t")",
       R"("TableName":"u")"},
      {conversion_update(R"("SchemaConfiguration":{"VersionId":"LATEST"})"),
       R"("VersionId":"7")",
       R"("VersionId":"LATEST")"},
      {conversion_update(R"("InputFormatConfiguration":{"Deserializer":{"OpenXJsonSerDe":{}}})"),
       R"({"CaseInsensitive":false})",
       "{}"},
      {conversion_update(R"("InputFormatConfiguration":{"Deserializer":{"HiveJsonSerDe":{}}})"),
       R"("OpenXJsonSerDe":{"CaseInsensitive":false})",
       R"("HiveJsonSerDe":{})"},
      {conversion_update(R"("OutputFormatConfiguration":{"Serializer":{"ParquetSerDe":)"
                         R"({"WriterVersion":"V2"}}})"),
       R"({"Compression":"GZIP"})",
       R"({"WriterVersion":"V2"})"},
      {R"({"DeliveryStreamName":"s","CurrentDeliveryStreamVersionId":"1","DestinationId":"d",)"
       R"("S3DestinationUpdate":{"Prefix":"q/","FileExtension":".ignored"}})",
       R"("Prefix":"p/")",
       R"("Prefix":"q/")"},
  };
  const DeliveryStream current = rich_stream();
  for (const Case& each : cases) {
    const auto next = updated(current, each.request);
    ASSERT_TRUE(next) << each.request << next.error().message;
    EXPECT_EQ(described(*next), replaced(described(current), each.before, each.after))
        << each.request;
    EXPECT_TRUE(next->is_extended);
  }
}

TEST(UpdateRequest, AConversionThatIsSwitchedOffAndOnAgainIsWhatItWas) {
  const DeliveryStream current = rich_stream();
  const auto off = updated(current, conversion_update(R"("Enabled":false)"));
  ASSERT_TRUE(off);
  EXPECT_FALSE(off->s3.converts());
  const auto on = updated(*off, conversion_update(""));
  ASSERT_TRUE(on);
  EXPECT_EQ(encode(*on), encode(current));
}

TEST(UpdateRequest, ProcessingIsReplacedAsAWhole) {
  const auto current = parse(request_with(
      R"("ProcessingConfiguration":{"Enabled":true,"Processors":[)"
      R"({"Type":"AppendDelimiterToRecord","Parameters":[{"ParameterName":"Delimiter",)"
      R"("ParameterValue":"\\n"}]}]})"));
  ASSERT_TRUE(current) << current.error().message;
  const auto same = updated(*current, update_with(R"("Prefix":"q/")"));
  ASSERT_TRUE(same);
  EXPECT_EQ(same->s3.processing, current->s3.processing);
  const auto off = updated(*current, update_with(R"("ProcessingConfiguration":{"Enabled":false})"));
  ASSERT_TRUE(off);
  EXPECT_EQ(off->s3.processing, Processing());
}

TEST(UpdateRequest, AStreamWithoutConversionGetsOneWithTheDefaultsOfTheAccount) {
  const auto current = parse(request_with(""));
  ASSERT_TRUE(current);
  const auto next = updated(
      *current,
      conversion_update(R"("SchemaConfiguration":{"RoleARN":"arn:aws:iam::111111111111:role/r",)"
                        R"("DatabaseName":"db","TableName":"t"},"InputFormatConfiguration":)"
                        R"({"Deserializer":{"OpenXJsonSerDe":{}}},"OutputFormatConfiguration":)"
                        R"({"Serializer":{"ParquetSerDe":{}}})"));
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_TRUE(next->s3.converts());
  EXPECT_EQ(next->s3.conversion->schema->catalog_id, account.id);
  EXPECT_EQ(next->s3.conversion->schema->region, account.region);
  EXPECT_EQ(next->s3.effective_size_mib(), 128);
}

TEST(UpdateRequest, ABackupIsEnabledAndChangedButNeverDisabled) {
  DeliveryStream stream;
  stream.name = "s";
  stream.s3.bucket_arn = "arn:aws:s3:::b";
  const auto enabled = updated(
      stream,
      update_with(
          R"("S3BackupMode":"Enabled","S3BackupUpdate":{"BucketARN":"arn:aws:s3:::attic"})"));
  ASSERT_TRUE(enabled) << enabled.error().message;
  ASSERT_TRUE(enabled->backup);
  const auto changed = updated(*enabled, update_with(R"("S3BackupUpdate":{"Prefix":"source/"})"));
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_EQ(changed->backup->s3.bucket(), "attic");
  EXPECT_EQ(changed->backup->s3.prefix, "source/");
  const auto disabled = updated(*changed, update_with(R"("S3BackupMode":"Disabled")"));
  ASSERT_FALSE(disabled);
  EXPECT_EQ(disabled.error().message,
            "S3BackupMode cannot be Disabled any more once it has been Enabled.");
}

TEST(UpdateRequest, TheMergedDefinitionIsJudged) {
  struct Case {
    std::string request;
    std::string_view message;
  };

  const std::string head =
      R"({"DeliveryStreamName":"s","CurrentDeliveryStreamVersionId":"1","DestinationId":"d")";
  const Case cases[] = {
      {update_with(R"("CompressionFormat":"GZIP")"),
       "must be set to UNCOMPRESSED when data format"},
      {update_with(R"("BufferingHints":{"SizeInMBs":63,"IntervalInSeconds":60})"),
       "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled."},
      {update_with(R"("BufferingHints":{"SizeInMBs":64})"), "BufferingHints must give both"},
      {update_with(R"("ErrorOutputPrefix":"!{timestamp:yyyy}/")"), "error-output-type"},
      {update_with(R"("CustomTimeZone":"EST")"), "non-three-letter"},
      {update_with(R"("S3BackupMode":"Enabled")"), "S3BackupConfiguration must not be null"},
      {update_with(R"("S3BackupMode":"Enabled","S3BackupUpdate":{})"),
       "S3BackupConfiguration: BucketARN must have"},
      {update_with(R"("DynamicPartitioningConfiguration":{"Enabled":true})"),
       "Dynamic partitioning can be"},
      {conversion_update(R"("InputFormatConfiguration":{})"), "Deserializer must not be null"},
      {conversion_update(R"("OutputFormatConfiguration":{})"), "Serializer must not be null"},
      {conversion_update(R"("OutputFormatConfiguration":{"Serializer":{"ParquetSerDe":{},)"
                         R"("OrcSerDe":{}}})"),
       "More than one serializer specified. Only one may be chosen."},
      {head + "}", "Exactly one destination configuration is supported for a Firehose"},
      {head + R"(,"S3DestinationUpdate":{},"ExtendedS3DestinationUpdate":{}})",
       "Exactly one destination configuration is supported for a Firehose"},
      {head + R"(,"SplunkDestinationUpdate":{}})",
       "SplunkDestinationUpdate is not supported; choose ExtendedS3DestinationUpdate."},
  };
  for (const Case& each : cases) {
    const auto next = updated(rich_stream(), each.request);
    ASSERT_FALSE(next) << each.request;
    EXPECT_EQ(next.error().layer, RefusalLayer::argument) << each.request;
    EXPECT_THAT(next.error().message, HasSubstr(each.message)) << each.request;
  }
}

std::expected<UpdateTarget, Refusal> parse_update(std::string_view text) {
  const auto document = json::Document::parse(Bytes(text));
  EXPECT_TRUE(document) << text;
  return parse_update_request(document->root());
}

TEST(UpdateRequest, TheFormIsJudgedWithoutTheDefinitionThatIsChanged) {
  const auto target = parse_update(update_with(R"("CompressionFormat":"GZIP")"));
  ASSERT_TRUE(target);
  EXPECT_EQ(target->name, "s");
  EXPECT_EQ(target->version_id, "1");
  EXPECT_EQ(target->destination_id, destination_id);

  struct Case {
    std::string request;
    Refusal refusal;
  };

  const std::string unmet = "' failed to satisfy constraint: ";
  const std::string path = "Value at 'extendedS3DestinationUpdate.";
  const Case cases[] = {
      {"{}",
       {RefusalLayer::model,
        "3 validation errors detected: Value at 'deliveryStreamName" + unmet +
            "Member must not be null; Value at 'currentDeliveryStreamVersionId" + unmet +
            "Member must not be null; Value at 'destinationId" + unmet +
            "Member must not be null"}},
      {update_with(R"("CompressionFormat":"SNAPPY")"),
       {RefusalLayer::model,
        "1 validation error detected: " + path + "compressionFormat" + unmet +
            "Member must satisfy enum value set: [ZIP, HADOOP_SNAPPY, Snappy, GZIP, "
            "UNCOMPRESSED]"}},
      {conversion_update(R"("Enabled":false,"OutputFormatConfiguration":{"Serializer":)"
                         R"({"ParquetSerDe":{"PageSizeBytes":1}}})"),
       {RefusalLayer::model,
        "1 validation error detected: " + path +
            "dataFormatConversionConfiguration.outputFormatConfiguration.serializer."
            "parquetSerDe.pageSizeBytes" +
            unmet + "Member must have value greater than or equal to 65536"}},
      {update_with(R"("RoleARN":"me")"), {RefusalLayer::parameter, "Invalid role ARN."}},
      {update_with(R"("Prefix":[])"),
       {RefusalLayer::serialization, "Start of list found where not expected"}},
  };
  for (const Case& each : cases) {
    const auto refused = parse_update(each.request);
    ASSERT_FALSE(refused) << each.request;
    EXPECT_EQ(refused.error(), each.refusal) << each.request;
  }
}

// --- tags ---

TEST(Tags, ThoseOfOursSayWhatTheySayAndOthersAreKept) {
  DeliveryStream current = rich_stream();
  const auto named = with_tags(current, {{"team", "heart"}, {"sluice:object-name", "part"}});
  ASSERT_TRUE(named) << named.error().message();
  EXPECT_EQ(named->object_name, ObjectName::part);
  EXPECT_EQ(named->tags.size(), 2U);
  EXPECT_EQ(named->version, current.version);
  const auto back = with_tags(*named, {});
  ASSERT_TRUE(back);
  EXPECT_EQ(encode(*back), encode(current));
  EXPECT_FALSE(with_tags(current, {{"sluice:object-name", "none"}}));
  EXPECT_FALSE(with_tags(current, {{"sluice:session-gap", "5"}}));
}

}  // namespace
}  // namespace sluice::delivery
