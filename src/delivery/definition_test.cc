#include "delivery/definition.h"

#include "base/bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

using testing::HasSubstr;

DeliveryStream small_stream() {
  DeliveryStream stream;
  stream.name = "s";
  stream.s3.bucket_arn = "arn:aws:s3:::b";
  return stream;
}

DeliveryStream full_stream() {
  DeliveryStream stream;
  stream.name = "hr_firehose";
  stream.arn = "arn:aws:firehose:ap-south-1:111111111111:deliverystream/hr_firehose";
  stream.incarnation = 18'446'744'073'709'551'615U;
  stream.version = 7;
  stream.created = unix_millis(1'663'147'169'123);
  stream.updated = unix_millis(1'663'147'170'000);
  stream.source_type = SourceType::kinesis_stream;
  stream.source_stream_arn = "arn:aws:kinesis:ap-south-1:111111111111:stream/hr-kinesis-stream";
  stream.source_role_arn = "arn:aws:iam::111111111111:role/source";
  stream.delivery_start = unix_millis(1'663'147'169'000);
  stream.throughput_hint_mib = 3;
  stream.is_extended = false;
  stream.tags = {{"sluice:object-name", "part"}, {"k", ""}};
  stream.object_name = ObjectName::part;
  S3Destination& s3 = stream.s3;
  s3.role_arn = "arn:aws:iam::111111111111:role/firehose";
  s3.bucket_arn = "arn:aws:s3:::garmin-hr-s3-bucket";
  s3.prefix = "a\"b/!{timestamp:yyyy}/";
  s3.error_output_prefix = "!{firehose:error-output-type}/";
  s3.buffer_size_mib = 64;
  s3.buffer_interval_s = 60;
  s3.compression_format = "GZIP";
  s3.kms_key_arn = "arn:aws:kms:r:1:alias/objects";
  s3.file_extension = ".x";
  s3.custom_time_zone = "Asia/Calcutta";
  s3.logging_enabled = true;
  s3.log_group = "/aws/group";
  s3.log_stream = "stream";
  Conversion& conversion = s3.conversion.emplace();
  conversion.is_enabled = false;
  conversion.schema = {
      "arn:aws:iam::111111111111:role/glue", "1", "hr_data", "heart_rate", "r", "2"};
  conversion.openx = serde::OpenXOptions{false, true, {{"ts", "timestamp"}, {"a", "B c"}}};
  conversion.has_case_insensitive = true;
  conversion.has_convert_dots = true;
  conversion.parquet = {67'108'864, 65'536, ParquetCompression::gzip, true, 9, "V1"};
  s3.processing = {false,
                   {{"MetadataExtraction", {{"JsonParsingEngine", "JQ-1.6"}}}, {"Lambda", {}}}};
  s3.partitioning = {true, 7};
  stream.encryption =
      Encryption{.key_type = "CUSTOMER_MANAGED_CMK", .key_arn = "arn:aws:kms:r:1:key/k"};
  stream.earlier_splits = {{3, {}},
                           {5, {SplitRule::Form::delimited, Bytes("\0\xff", 2)}},
                           {6, {SplitRule::Form::json, {}}}};
  return stream;
}

TEST(DeliveryStream, TheStoredFormKeepsEveryMember) {
  for (const DeliveryStream& stream : {small_stream(), full_stream()}) {
    const std::string text = encode(stream);
    const Result<DeliveryStream> decoded = decode_delivery_stream(text);
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_EQ(encode(*decoded), text);
  }
  const DeliveryStream decoded = decode_delivery_stream(encode(full_stream())).value();
  EXPECT_EQ(decoded.incarnation, 18'446'744'073'709'551'615U);
  EXPECT_EQ(decoded.updated, unix_millis(1'663'147'170'000));
  EXPECT_EQ(decoded.object_name, ObjectName::part);
  EXPECT_EQ(decoded.s3.prefix, "a\"b/!{timestamp:yyyy}/");
  EXPECT_EQ(decoded.s3.conversion->openx->column_to_key.at("a"), "B c");
  EXPECT_EQ(decoded.s3.conversion->parquet->compression, ParquetCompression::gzip);
  EXPECT_EQ(decoded.s3.processing, full_stream().s3.processing);
  EXPECT_EQ(decoded.s3.partitioning, full_stream().s3.partitioning);
  EXPECT_EQ(decoded.earlier_splits, full_stream().earlier_splits);
  EXPECT_EQ(decoded.encryption, full_stream().encryption);
  EXPECT_EQ(decoded.s3.kms_key_arn, "arn:aws:kms:r:1:alias/objects");
  EXPECT_FALSE(decode_delivery_stream(encode(small_stream()))->s3.conversion);
}

// An older program would deliver the records as they came.
TEST(DeliveryStream, WithProcessorsInForceTheStoredFormIsOfTheThirdFormat) {
  DeliveryStream stream = full_stream();
  stream.s3.processing->is_enabled = true;
  EXPECT_NE(encode(stream).find(R"("format":3,)"), std::string::npos);
  const auto decoded = decode_delivery_stream(encode(stream));
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_EQ(decoded->s3.processing, stream.s3.processing);
}

// An older program would deliver the records as they came.
TEST(DeliveryStream, WithSessionsBehindAFunctionTheStoredFormIsOfTheSixthFormat) {
  DeliveryStream stream = small_stream();
  stream.tags = {{"sluice:session-gap-s", "60"}};
  EXPECT_EQ(encode(stream).find(R"("format":6,)"), std::string::npos);
  stream.s3.processing = {
      true, {{"Lambda", {{"LambdaArn", "arn:aws:lambda:eu-west-1:111111111111:function:f"}}}}};
  EXPECT_NE(encode(stream).find(R"("format":6,)"), std::string::npos);
  const auto decoded = decode_delivery_stream(encode(stream));
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_EQ(decoded->s3.processing, stream.s3.processing);
}

// An older program would deliver them compressed.
TEST(DeliveryStream, WithCompressedRecordsTheStoredFormIsOfTheFifthFormat) {
  DeliveryStream now = full_stream();
  now.s3.processing = {true, {{"Decompression", {}}}};
  DeliveryStream once = full_stream();
  once.earlier_splits.push_back({7, {SplitRule::Form::json, {}, true, true}});
  once.earlier_splits.push_back({8, {SplitRule::Form::whole, {}, true, false}});
  for (const DeliveryStream& stream : {now, once}) {
    EXPECT_NE(encode(stream).find(R"("format":5,)"), std::string::npos);
    const auto decoded = decode_delivery_stream(encode(stream));
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_EQ(decoded->earlier_splits, stream.earlier_splits);
    EXPECT_EQ(split_rule_of(*decoded), split_rule_of(stream));
  }
}

// An older program would take it for one of OpenXJsonSerDe.
TEST(DeliveryStream, WithTheHiveSerDeTheStoredFormIsOfTheSecondFormat) {
  DeliveryStream stream = full_stream();
  EXPECT_NE(encode(stream).find(R"("format":1,)"), std::string::npos);
  stream.s3.conversion->openx.reset();
  stream.s3.conversion->hive = serde::HiveOptions{{"millis", "yyyy-MM-dd"}};
  const std::string text = encode(stream);
  EXPECT_NE(text.find(R"("format":2,)"), std::string::npos);
  const auto decoded = decode_delivery_stream(text);
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_EQ(encode(*decoded), text);
  EXPECT_EQ(decoded->s3.conversion->hive, stream.s3.conversion->hive);
  EXPECT_FALSE(decoded->s3.conversion->openx);
}

TEST(DeliveryStream, HowRecordsWereSplitIsKeptInMind) {
  const auto with = [](std::uint32_t version, std::string_view sub_record_type) {
    DeliveryStream stream = small_stream();
    stream.version = version;
    stream.s3.processing = {
        true,
        {{"RecordDeAggregation",
          {{"SubRecordType", std::string(sub_record_type)}, {"Delimiter", "fA=="}}}}};
    return stream;
  };
  DeliveryStream first = small_stream();
  DeliveryStream second = with(2, "JSON");
  DeliveryStream third = with(3, "JSON");
  DeliveryStream fourth = with(4, "DELIMITED");
  remember_splits(first, second);
  remember_splits(second, third);
  remember_splits(third, fourth);
  EXPECT_EQ(fourth.earlier_splits,
            (std::vector<EarlierSplit>{{1, {}}, {3, {SplitRule::Form::json, {}}}}));
  EXPECT_EQ(split_rule_of(fourth), (SplitRule{SplitRule::Form::delimited, "|"}));
}

DeliveryStream backed_up_stream() {
  DeliveryStream stream = full_stream();
  Backup& backup = stream.backup.emplace();
  backup.incarnation = 18'446'744'073'709'551'614U;
  backup.s3.role_arn = "arn:aws:iam::111111111111:role/backup";
  backup.s3.bucket_arn = "arn:aws:s3:::attic";
  backup.s3.prefix = "raw/";
  return stream;
}

// An older program would deliver without the backup.
TEST(DeliveryStream, WithABackupTheStoredFormIsOfTheFourthFormat) {
  const std::string text = encode(backed_up_stream());
  EXPECT_NE(text.find(R"("format":4,)"), std::string::npos);
  const auto decoded = decode_delivery_stream(text);
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_EQ(encode(*decoded), text);
  EXPECT_EQ(decoded->backup->incarnation, 18'446'744'073'709'551'614U);
  EXPECT_EQ(decoded->backup->s3.bucket(), "attic");
}

TEST(DeliveryStream, IsCarriedOutByItselfAndByItsBackup) {
  EXPECT_EQ(legs_of(full_stream()).size(), 1U);
  const std::vector<DeliveryStream> legs = legs_of(backed_up_stream());
  ASSERT_EQ(legs.size(), 2U);
  EXPECT_EQ(legs[0].name, "hr_firehose");
  EXPECT_FALSE(legs[0].backup_of);
  const DeliveryStream& backup = legs[1];
  EXPECT_EQ(backup.name, "hr_firehose/backup");
  EXPECT_EQ(backup.object_stem(), "hr_firehose");
  EXPECT_EQ(backup.incarnation, 18'446'744'073'709'551'614U);
  EXPECT_EQ(backup.backup_of, 18'446'744'073'709'551'615U);
  EXPECT_EQ(backup.s3.bucket(), "attic");
  EXPECT_FALSE(backup.s3.converts()) << "source records stay as they came";
  EXPECT_EQ(backup.object_name, ObjectName::firehose);
  EXPECT_EQ(backup.source_stream_arn, legs[0].source_stream_arn);
  EXPECT_FALSE(backup.backup);
}

// The text as the first version of the format wrote it; it must stay readable.
TEST(DeliveryStream, TheFirstStoredFormIsStillRead) {
  const std::string text =
      R"({"format":1,"name":"s","arn":"a","incarnation":"12","version":2,"created_ms":5,)"
      R"("source_type":"kinesis_stream","source_stream_arn":"k","source_role_arn":"r",)"
      R"("delivery_start_ms":6,"s3":{"role_arn":"r","bucket_arn":"arn:aws:s3:::b",)"
      R"("compression_format":"UNCOMPRESSED","conversion":{"enabled":true,)"
      R"("openx":{"case_insensitive":true,"has_case_insensitive":false,)"
      R"("dots_to_underscores":false,"has_dots_to_underscores":false,"column_to_key":{}},)"
      R"("parquet":{}},"logging_enabled":false,"log_group":"","log_stream":""},)"
      R"("is_extended":true,"tags":[],"object_name":"part"})";
  const Result<DeliveryStream> decoded = decode_delivery_stream(text);
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_EQ(encode(*decoded), text);
  EXPECT_EQ(decoded->source_type, SourceType::kinesis_stream);
  EXPECT_TRUE(decoded->s3.converts());
}

TEST(DeliveryStream, DamagedStoredFormsAreRefused) {
  struct Case {
    std::string_view text;
    Fault fault;
    std::string_view message;
  };

  constexpr Case cases[] = {
      {"", Fault::corrupt, "stored delivery stream"},
      {"[]", Fault::corrupt, "an object is not one"},
      {"{}", Fault::corrupt, "'format'"},
      {R"({"format":7,"name":"s"})", Fault::unsupported, "format 7 is newer"},
      {R"({"format":1,"name":"s","incarnation":"x","s3":{}})", Fault::corrupt, "'incarnation'"},
      {R"({"format":1,"name":"s","incarnation":"1"})", Fault::corrupt, "an object is not one"},
      {R"({"format":1,"incarnation":"1","s3":{}})", Fault::corrupt, "'name'"},
      {R"({"format":1,"name":"s","incarnation":"1","version":-1,"s3":{}})",
       Fault::corrupt,
       "'version'"},
      {R"({"format":1,"name":"s","incarnation":"1","s3":{"prefix":1}})",
       Fault::corrupt,
       "'prefix'"},
      {R"({"format":1,"name":"s","incarnation":"1","s3":{},"object_name":"other"})",
       Fault::corrupt,
       "'object_name'"},
  };
  for (const Case& each : cases) {
    const Result<DeliveryStream> decoded = decode_delivery_stream(each.text);
    ASSERT_FALSE(decoded) << each.text;
    EXPECT_EQ(decoded.error().fault(), each.fault) << each.text;
    EXPECT_THAT(decoded.error().message(), HasSubstr(each.message)) << each.text;
  }
}

TEST(S3Destination, BufferingHintsDefaultByWhetherItConverts) {
  S3Destination s3;
  EXPECT_EQ(s3.effective_size_mib(), 5);
  EXPECT_EQ(s3.effective_interval(), std::chrono::seconds(300));
  s3.conversion.emplace();
  EXPECT_EQ(s3.effective_size_mib(), 128);
  EXPECT_EQ(s3.effective_interval(), std::chrono::seconds(300));
  s3.conversion->is_enabled = false;
  EXPECT_EQ(s3.effective_size_mib(), 5);
  s3.buffer_size_mib = 1;
  s3.buffer_interval_s = 0;
  EXPECT_EQ(s3.effective_size_mib(), 1);
  EXPECT_EQ(s3.effective_interval(), std::chrono::seconds(0));
}

TEST(S3Destination, TheBucketComesFromItsArn) {
  EXPECT_EQ(full_stream().s3.bucket(), "garmin-hr-s3-bucket");
}

}  // namespace
}  // namespace sluice::delivery
