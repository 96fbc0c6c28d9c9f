// Partitions as Glue describes them, and how they are kept.
#include "catalog/partition.h"

#include "json/document.h"

#include <gtest/gtest.h>

namespace sluice::catalog {
namespace {

Result<Partition> parse(const std::string& text) {
  auto document = json::Document::parse(text);
  EXPECT_TRUE(document.has_value()) << text;
  return parse_partition_input(document->root());
}

TEST(Partition, KeepsWhatGlueKnowsAndReadsWhatWeNeed) {
  const auto partition = parse(R"({"Values": ["2025", "07"], "Parameters": {"recordCount": "9"},
      "StorageDescriptor": {"Location": "s3://b/t/2025/07/", "Columns": [{"Name": "a", "Type": "int"}]},
      "Unknown": 1, "LastAccessTime": null})");
  ASSERT_TRUE(partition.has_value()) << partition.error().message();
  EXPECT_EQ(partition->values, (std::vector<std::string>{"2025", "07"}));
  EXPECT_EQ(partition->location, "s3://b/t/2025/07/");
  EXPECT_EQ(partition->columns.at(0).name, "a");
  EXPECT_EQ(partition->parameters.at("recordCount"), "9");
  EXPECT_EQ(partition->input,
            R"({"Values":["2025","07"],"StorageDescriptor":{"Location":"s3://b/t/2025/07/",)"
            R"("Columns":[{"Name":"a","Type":"int"}]},"Parameters":{"recordCount":"9"}})");
}

TEST(Partition, SurvivesBeingStored) {
  auto partition = parse(R"({"Values": ["é", ""], "StorageDescriptor": {"Location": "s3://b/"}})");
  ASSERT_TRUE(partition.has_value());
  partition->created = unix_millis(123'456);
  const auto again = decode_partition(encode(*partition));
  ASSERT_TRUE(again.has_value()) << again.error().message();
  EXPECT_EQ(again->values, partition->values);
  EXPECT_EQ(again->input, partition->input);
  EXPECT_EQ(again->created, unix_millis(123'456));
  EXPECT_EQ(decode_partition(R"({"format": 1, "input": {"Values": ["a"]}})").error().fault(),
            Fault::corrupt);
  EXPECT_EQ(decode_partition(R"({"format": 2, "input": {"Values": ["a"]}})").error().fault(),
            Fault::unsupported);
}

TEST(Partition, WhatIsWrongIsNamed) {
  struct Case {
    std::string input;
    std::string named;
  };

  const std::string long_value(partition_value_bytes_max + 1, 'x');
  for (const Case& row : {Case{R"([])", "PartitionInput"},
                          {R"({})", "Values"},
                          {R"({"Values": "a"})", "Values"},
                          {R"({"Values": ["a", 1]})", "Values[1]"},
                          {R"({"Values": ["a\u001fb"]})", "Values[0]"},
                          {R"({"Values": [")" + long_value + R"("]})", "Values[0]"},
                          {R"({"Values": ["a"], "Parameters": []})", "Parameters"},
                          {R"({"Values": ["a"], "StorageDescriptor": 1})", "StorageDescriptor"}}) {
    const auto partition = parse(row.input);
    ASSERT_FALSE(partition.has_value()) << row.input;
    EXPECT_EQ(partition.error().fault(), Fault::invalid);
    EXPECT_NE(partition.error().message().find(row.named), std::string::npos)
        << partition.error().message();
  }
}

TEST(Partition, KeysSortAsListsOfValuesDo) {
  const std::vector<std::vector<std::string>> sorted = {
      {"", ""}, {"", "x"}, {"a", ""}, {"a", "b"}, {"a b", "a"}, {"a!", "a"}, {"aa", "a"}};
  for (std::size_t index = 0; index < sorted.size(); ++index) {
    EXPECT_EQ(partition_values(partition_key(sorted[index])), sorted[index]);
    if (index > 0) {
      EXPECT_LT(partition_key(sorted[index - 1]), partition_key(sorted[index]));
    }
  }
}

}  // namespace
}  // namespace sluice::catalog
