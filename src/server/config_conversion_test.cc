#include "server/config_conversion.h"

#include "server/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace sluice::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Line 8 is the first of the settings.
Result<Config> config_with(std::string_view settings, std::string_view input = "openx-json") {
  return parse_config(fmt::format("[[delivery_stream]]\nname = \"d\"\nbucket = \"b\"\n"
                                  "input_format = \"{}\"\noutput_format = \"parquet\"\n"
                                  "table = \"db.t\"\n[delivery_stream.conversion]\n{}",
                                  input,
                                  settings),
                      "c.toml");
}

delivery::Conversion conversion_with(std::string_view settings,
                                     std::string_view input = "openx-json") {
  const auto config = config_with(settings, input);
  EXPECT_TRUE(config) << config.error().message();
  return config ? *config->delivery_streams.at(0).s3.conversion : delivery::Conversion();
}

TEST(ConfigConversion, NamesTheTableAndLeavesTheRestToTheDefaults) {
  const delivery::Conversion conversion = conversion_with("");
  EXPECT_EQ(conversion.schema->database, "db");
  EXPECT_EQ(conversion.schema->table, "t");
  EXPECT_EQ(conversion.schema->version_id, "LATEST");
  EXPECT_EQ(conversion.openx, serde::OpenXOptions());
  EXPECT_FALSE(conversion.hive);
  EXPECT_FALSE(conversion.has_case_insensitive);
  EXPECT_FALSE(conversion.parquet->compression);
  EXPECT_FALSE(conversion.parquet->dictionary);
}

TEST(ConfigConversion, TakesTheOptionsOfOpenX) {
  const delivery::Conversion conversion = conversion_with(
      "case_insensitive = false\ndots_to_underscores = true\n"
      "column_keys = { ts = \"timestamp\", bpm = \"heartRate\" }\n");
  EXPECT_TRUE(conversion.has_case_insensitive);
  EXPECT_TRUE(conversion.has_convert_dots);
  EXPECT_EQ(conversion.openx,
            (serde::OpenXOptions{.case_insensitive = false,
                                 .dots_to_underscores = true,
                                 .column_to_key = {{"ts", "timestamp"}, {"bpm", "heartRate"}}}));
}

TEST(ConfigConversion, TakesTheOptionsOfHive) {
  const delivery::Conversion conversion =
      conversion_with("timestamp_formats = [\"yyyy-MM-dd\", \"millis\"]\n", "hive-json");
  EXPECT_THAT(conversion.hive->timestamp_formats, ElementsAre("yyyy-MM-dd", "millis"));
  EXPECT_FALSE(conversion.openx);
}

TEST(ConfigConversion, TakesTheOptionsOfParquet) {
  const delivery::ParquetOptions parquet = *conversion_with(
                                                "parquet_compression = \"GZIP\"\n"
                                                "parquet_version = 2\nparquet_page_kb = 64\n"
                                                "parquet_row_group_mb = 256\n"
                                                "parquet_dictionary = false\n")
                                                .parquet;
  EXPECT_EQ(parquet.compression, delivery::ParquetCompression::gzip);
  EXPECT_EQ(parquet.writer_version, "V2");
  EXPECT_EQ(parquet.page_size_bytes, 65'536);
  EXPECT_EQ(parquet.block_size_bytes, 268'435'456);
  EXPECT_EQ(parquet.dictionary, false);
}

TEST(ConfigConversion, SaysWhatIsWrongAndWhere) {
  const std::map<std::string, std::string> mistakes = {
      {"compression = \"GZIP\"\n", "[delivery_stream.conversion] has no setting 'compression'"},
      {"parquet_compression = \"ZSTD\"\n",
       "c.toml:8: parquet_compression must be \"SNAPPY\", \"GZIP\" or \"UNCOMPRESSED\""},
      {"parquet_page_kb = 63\n", "c.toml:8: parquet_page_kb must be a whole number from 64"},
      {"parquet_row_group_mb = 63\n", "parquet_row_group_mb must be a whole number from 64"},
      {"parquet_version = 3\n", "parquet_version must be a whole number from 1 to 2"},
      {"parquet_dictionary = 1\n", "parquet_dictionary must be true or false"},
      {"timestamp_formats = [\"millis\"]\n",
       "c.toml:8: timestamp_formats needs input_format = \"hive-json\""},
      {"column_keys = { ts = 1 }\n", "column_keys: the key of ts must be a text in quotes"},
      {"column_keys = \"ts\"\n", "column_keys"}};
  for (const auto& [settings, message] : mistakes) {
    const auto config = config_with(settings);
    ASSERT_FALSE(config) << settings;
    EXPECT_THAT(config.error().message(), HasSubstr(message));
  }
  EXPECT_THAT(config_with("case_insensitive = true\n", "hive-json").error().message(),
              HasSubstr("case_insensitive needs input_format = \"openx-json\""));
  EXPECT_THAT(config_with("timestamp_formats = \"millis\"\n", "hive-json").error().message(),
              HasSubstr("timestamp_formats must be a list of texts"));
  EXPECT_THAT(config_with("timestamp_formats = [1]\n", "hive-json").error().message(),
              HasSubstr("timestamp_formats must be a list of texts"));
}

TEST(ConfigConversion, NeedsATableToConvertTo) {
  const auto config = parse_config(
      "[[delivery_stream]]\nname = \"d\"\nbucket = \"b\"\n[delivery_stream.conversion]\n"
      "parquet_version = 1\n",
      "c.toml");
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message(), HasSubstr("a delivery stream that converts needs"));
}

}  // namespace
}  // namespace sluice::server
