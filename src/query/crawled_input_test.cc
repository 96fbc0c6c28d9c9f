// What crawlers write into the catalog.
#include "query/crawled_input.h"

#include "json/document.h"

#include <gtest/gtest.h>

namespace sluice::query {
namespace {

using catalog::Column;

FoundTable found_table() {
  FoundTable found;
  found.name = "heart_rate_data";
  found.folder = "heart_rate_data/";
  found.schema = *columnar::parse_columns("timestamp string, heart_rate int");
  found.partition_keys = {"year"};
  found.totals = {.files = 2, .bytes = 1000, .rows = 30};
  return found;
}

TEST(CrawledInput, ANewTableIsWhatGluesCrawlersWrite) {
  const FoundTable found = found_table();
  const catalog::Table table =
      crawled_table("hr", "t", "bucket", found, columns_of(found.schema, {}), nullptr);
  EXPECT_EQ(table.name, "t");
  EXPECT_EQ(table.location, "s3://bucket/heart_rate_data/");
  EXPECT_EQ(table.columns,
            (std::vector<Column>{{"timestamp", "string", ""}, {"heart_rate", "int", ""}}));
  EXPECT_EQ(table.partition_keys, (std::vector<Column>{{"year", "string", ""}}));
  EXPECT_EQ(table.parameters.at("averageRecordSize"), "33");
  EXPECT_EQ(table.parameters.at("UPDATED_BY_CRAWLER"), "hr");
  const auto input = json::Document::parse(table.input);
  const json::View root = input->root();
  EXPECT_EQ(root.find("TableType").as_string(), "EXTERNAL_TABLE");
  const json::View storage = root.find("StorageDescriptor");
  EXPECT_EQ(storage.find("InputFormat").as_string(),
            "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat");
  EXPECT_EQ(storage.find("SerdeInfo").find("SerializationLibrary").as_string(),
            "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe");
  EXPECT_EQ(storage.find("NumberOfBuckets").as_int64(), -1);
  EXPECT_EQ(storage.find("Parameters").find("recordCount").as_string(), "30");
}

TEST(CrawledInput, WhatATableSaysBesidesStays) {
  const auto before_input = json::Document::parse(
      R"({"Name": "t", "Description": "mine", "Owner": "me", "TableType": "VIRTUAL_VIEW",
          "Parameters": {"owner": "me", "recordCount": "1", "DEPRECATED_BY_CRAWLER": "5"}})");
  const auto before = catalog::parse_table_input(before_input->root());
  const FoundTable found = found_table();
  const catalog::Table table =
      crawled_table("hr", "t", "bucket", found, columns_of(found.schema, {}), &*before);
  const auto input = json::Document::parse(table.input);
  EXPECT_EQ(input->root().find("Description").as_string(), "mine");
  EXPECT_EQ(input->root().find("TableType").as_string(), "VIRTUAL_VIEW");
  EXPECT_EQ(table.parameters.at("owner"), "me");
  EXPECT_EQ(table.parameters.at("recordCount"), "30");
  EXPECT_FALSE(table.parameters.contains("DEPRECATED_BY_CRAWLER"));
}

TEST(CrawledInput, APartitionHasItsOwnFigures) {
  FoundPartition found;
  found.values = {"2025", "a \"quoted\" value"};
  found.folder = "heart_rate_data/2025/x/";
  found.totals = {.files = 1, .bytes = 10, .rows = 0};
  const catalog::Partition partition =
      crawled_partition("hr", "bucket", found, {{"heart_rate", "int", ""}});
  EXPECT_EQ(partition.values, found.values);
  EXPECT_EQ(partition.location, "s3://bucket/heart_rate_data/2025/x/");
  EXPECT_EQ(partition.columns.size(), 1u);
  EXPECT_EQ(partition.parameters.at("objectCount"), "1");
  EXPECT_EQ(partition.parameters.at("averageRecordSize"), "0");
}

TEST(CrawledInput, AParameterIsSetAndTakenAway) {
  const FoundTable found = found_table();
  const catalog::Table table =
      crawled_table("hr", "t", "bucket", found, columns_of(found.schema, {}), nullptr);
  const catalog::Table marked = with_parameter(table, deprecated_by_parameter, "7");
  EXPECT_EQ(marked.parameters.at(std::string(deprecated_by_parameter)), "7");
  EXPECT_EQ(marked.columns, table.columns);
  EXPECT_EQ(with_parameter(marked, deprecated_by_parameter, "").parameters, table.parameters);
}

TEST(CrawledInput, LocationsAndColumnsAreComparedByWhatTheyMean) {
  EXPECT_TRUE(is_same_location("s3://b/a/", "s3a://b/a"));
  EXPECT_TRUE(is_same_location("s3://b", "s3://b/"));
  EXPECT_FALSE(is_same_location("s3://b/a/", "s3://b/ab/"));
  EXPECT_FALSE(is_same_location("", "s3://b/"));
  EXPECT_TRUE(are_same_columns({{"a", "INTEGER", "x"}}, {{"a", "int", ""}}));
  EXPECT_TRUE(are_same_columns({{"a", "no type", ""}}, {{"a", "no type", ""}}));
  EXPECT_FALSE(are_same_columns({{"a", "int", ""}}, {{"a", "bigint", ""}}));
  EXPECT_FALSE(are_same_columns({{"a", "int", ""}}, {{"a", "int", ""}, {"b", "int", ""}}));
  EXPECT_EQ(columns_of(*columnar::parse_columns("a int"), {{"a", "string", "kept"}}),
            (std::vector<Column>{{"a", "int", "kept"}}));
}

}  // namespace
}  // namespace sluice::query
