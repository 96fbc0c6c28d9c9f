#include "delivery/object_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::MatchesRegex;
using testing::StartsWith;

const UnixMillis oldest = unix_millis(1'783'939'327'123);  // 2026-07-13T10:42:07.123Z

constexpr std::string_view uuid =
    "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

DeliveryStream stream_named(std::string name, std::uint32_t version = 1) {
  DeliveryStream stream;
  stream.name = std::move(name);
  stream.version = version;
  return stream;
}

std::string key_of(const DeliveryStream& stream,
                   ObjectKind kind = ObjectKind::data,
                   UnixMillis time = oldest) {
  const Result<ObjectKeys> keys = ObjectKeys::create(stream);
  if (!keys) {
    return keys.error().message();
  }
  SeededRandom random(1);
  const Result<std::string> key = keys->make_key(kind, {}, time, random);
  return key ? *key : key.error().message();
}

std::string with_uuid(std::string_view start, std::string_view end = "") {
  return std::string(start) + std::string(uuid) + std::string(end);
}

TEST(ObjectKeys, TheDefaultNameIsFirehoses) {
  EXPECT_THAT(key_of(stream_named("my-stream")),
              MatchesRegex(with_uuid("2026/07/13/10/my-stream-1-2026-07-13-10-42-07-")));
}

TEST(ObjectKeys, ALiteralPrefixIsGluedToTheDate) {
  DeliveryStream stream = stream_named("my-stream", 3);
  stream.s3.prefix = "legacy";
  EXPECT_THAT(key_of(stream),
              MatchesRegex(with_uuid("legacy2026/07/13/10/my-stream-3-2026-07-13-10-42-07-")));
}

TEST(ObjectKeys, TheZoneMovesPrefixAndSuffix) {
  DeliveryStream stream = stream_named("s");
  stream.s3.custom_time_zone = "Europe/Madrid";
  EXPECT_THAT(key_of(stream, ObjectKind::data, unix_millis(1'767'310'200'000)),
              MatchesRegex(with_uuid("2026/01/02/00/s-1-2026-01-02-00-30-00-")));
}

TEST(ObjectKeys, AHeartRateSessionLandsWhereTheUserLooksForIt) {
  DeliveryStream stream = stream_named("hr_firehose");
  stream.s3.prefix =
      "heart_rate_data/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/"
      "session_!{timestamp:HH-mm-ss}/";
  stream.s3.error_output_prefix = with_console_default(stream.s3.prefix, std::nullopt);
  stream.s3.custom_time_zone = "Asia/Calcutta";
  stream.s3.conversion.emplace();
  const UnixMillis first_beat = unix_millis(1'752'422'119'000);  // 2025-07-13T15:55:19Z
  constexpr std::string_view folder = "heart_rate_data/2025/07/13/session_21-25-19/";
  EXPECT_THAT(key_of(stream, ObjectKind::data, first_beat),
              MatchesRegex(with_uuid(std::string(folder) + "hr_firehose-1-2025-07-13-21-25-19-",
                                     "\\.parquet")));
  stream.object_name = ObjectName::part;
  EXPECT_THAT(key_of(stream, ObjectKind::data, first_beat),
              MatchesRegex(with_uuid(std::string(folder) + "part-", "\\.parquet")));
  EXPECT_THAT(key_of(stream, ObjectKind::format_conversion_failed, first_beat),
              MatchesRegex(with_uuid("format-conversion-failed/part-")));
}

TEST(ObjectKeys, ErrorObjectsHaveNoExtension) {
  DeliveryStream stream = stream_named("s");
  stream.s3.conversion.emplace();
  stream.s3.file_extension = ".pq";
  EXPECT_THAT(
      key_of(stream, ObjectKind::format_conversion_failed),
      MatchesRegex(with_uuid("format-conversion-failed/2026/07/13/10/s-1-2026-07-13-10-42-07-")));
  EXPECT_THAT(key_of(stream), EndsWith(".pq"));
}

TEST(ObjectKeys, ExtensionAndEncodingFollowTheCompression) {
  struct Case {
    std::string_view format;
    std::string_view extension;
    std::string_view encoding;
  };

  constexpr Case cases[] = {{"UNCOMPRESSED", "", ""},
                            {"GZIP", ".gz", "gzip"},
                            {"ZIP", ".zip", "zip"},
                            {"Snappy", ".snappy", "snappy-java"},
                            {"HADOOP_SNAPPY", ".snappy", "hadoop-snappy"}};
  for (const Case& each : cases) {
    DeliveryStream stream = stream_named("s");
    stream.s3.compression_format = each.format;
    EXPECT_THAT(key_of(stream), EndsWith(std::string(each.extension)));
    stream.s3.file_extension = "";
    EXPECT_THAT(key_of(stream), EndsWith(std::string(each.extension)));
    stream.s3.file_extension = ".custom.log";
    EXPECT_THAT(key_of(stream), EndsWith(".custom.log"));
    const ObjectKeys keys = ObjectKeys::create(stream).value();
    EXPECT_EQ(keys.headers(ObjectKind::data).encoding, each.encoding);
    EXPECT_EQ(keys.headers(ObjectKind::data).type, "application/octet-stream");
    EXPECT_EQ(keys.headers(ObjectKind::format_conversion_failed).encoding, "");
  }
}

TEST(ObjectKeys, ParquetFilesCarryNoContentEncoding) {
  DeliveryStream stream = stream_named("s");
  stream.s3.conversion.emplace();
  EXPECT_EQ(ObjectKeys::create(stream)->headers(ObjectKind::data).encoding, "");
  EXPECT_THAT(key_of(stream), AllOf(StartsWith("2026/07/13/10/s-1-"), EndsWith(".parquet")));
}

TEST(ObjectKeys, EveryKeyIsFresh) {
  const ObjectKeys keys = ObjectKeys::create(stream_named("s")).value();
  SeededRandom random(1);
  EXPECT_NE(keys.make_key(ObjectKind::data, {}, oldest, random).value(),
            keys.make_key(ObjectKind::data, {}, oldest, random).value());
}

TEST(ObjectKeys, AKeyTooLongForS3IsRefused) {
  DeliveryStream stream = stream_named("s");
  std::string prefix;
  for (int i = 0; i < 490; ++i) {
    prefix += "\xE2\x99\xA5";  // 3 bytes, 1 character
  }
  stream.s3.prefix = prefix;
  const ObjectKeys keys = ObjectKeys::create(stream).value();
  SeededRandom random(1);
  const Result<std::string> key = keys.make_key(ObjectKind::data, {}, oldest, random);
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().fault(), Fault::too_large);
}

ObjectKeys partitioned_keys(std::string prefix) {
  DeliveryStream stream = stream_named("s");
  stream.s3.prefix = std::move(prefix);
  stream.s3.error_output_prefix = "e/!{firehose:error-output-type}/";
  return ObjectKeys::create(stream).value();
}

TEST(ObjectKeys, APartitionsValuesAreInItsKeys) {
  const ObjectKeys keys = partitioned_keys("!{partitionKeyFromQuery:c}/!{timestamp:yyyy}/");
  SeededRandom random(1);
  EXPECT_THAT(keys.make_key(ObjectKind::data, {{"c", "acme"}}, oldest, random).value(),
              StartsWith("acme/2026/s-1-"));
  EXPECT_THAT(keys.make_key(ObjectKind::processing_failed, {}, oldest, random).value(),
              StartsWith("e/processing-failed/s-1-"));
}

TEST(ObjectKeys, ValuesThatMakeNoGoodKeyAreToldApart) {
  struct Case {
    std::string value;
    std::string_view why;  // empty: good
  };

  const ObjectKeys keys = partitioned_keys("a!{partitionKeyFromQuery:c}/!{timestamp:MMMM}/");
  const Case cases[] = {
      {"acme", ""},
      {"2026/07/13", ""},
      {"/leading//and/trailing/", ""},
      {"x=1 & %2F \\ 'y\"", ""},
      {"temp\xC3\xA9rature", ""},
      {"..", ""},  // "a.." is a name like any other
      {"...", ""},
      // "aSeptember" and two slashes are the rest.
      {std::string(500, 'x'), ""},
      {std::string(501, 'x'), "more than 512 characters"},
      {std::string(1000, 'x'), "more than 512 characters"},
      {"/..", "named . or .."},
      {"/../../etc", "named . or .."},
      {"b/.", "named . or .."},
      {std::string("a\0b", 3), "a control character"},
      {"a\nb", "a control character"},
      {"a\x7f", "a control character"},
      {"a\xC2\x85z", "a control character"},
      {"a\xFF", "not valid UTF-8"},
  };
  for (const Case& each : cases) {
    const auto checked = keys.check_partition({{"c", each.value}});
    EXPECT_EQ(checked.has_value(), each.why.empty()) << each.value;
    if (!checked) {
      EXPECT_EQ(checked.error().fault(), Fault::invalid);
      EXPECT_THAT(checked.error().message(), testing::HasSubstr(each.why));
    }
  }
}

// Four bytes a character: 300 of them are few characters and many bytes.
TEST(ObjectKeys, BytesOfAKeyAreCountedToo) {
  const ObjectKeys keys = partitioned_keys("!{partitionKeyFromQuery:c}/");
  std::string value;
  for (int i = 0; i < 230; ++i) {
    value += "\xF0\x9F\x8F\x83";
  }
  EXPECT_TRUE(keys.check_partition({{"c", value}}));
  SeededRandom random(1);
  EXPECT_LE(keys.make_key(ObjectKind::data, {{"c", value}}, oldest, random)->size(),
            object_key_bytes_max);
  for (int i = 0; i < 20; ++i) {
    value += "\xF0\x9F\x8F\x83";
  }
  EXPECT_FALSE(keys.check_partition({{"c", value}}));
}

}  // namespace
}  // namespace sluice::delivery
