// Members of inputs: what is missing is empty, what is of the wrong kind is named.
#include "catalog/input.h"

#include <gtest/gtest.h>

namespace sluice::catalog {
namespace {

TEST(Input, WhatIsMissingIsEmpty) {
  const auto document = json::Document::parse(R"({"Parameters": null, "StorageDescriptor": {}})");
  ASSERT_TRUE(document.has_value());
  const json::View root = document->root();
  EXPECT_EQ(read_string(root, "Name"), "");
  EXPECT_TRUE(read_parameters(root)->empty());
  EXPECT_TRUE(read_columns(root, "PartitionKeys")->empty());
  EXPECT_TRUE(read_storage(root)->columns.empty());
  EXPECT_EQ(read_storage(root)->location, "");
}

TEST(Input, ColumnsAreReadInOrderAndTheirFaultsNamed) {
  struct Case {
    const char* columns;
    const char* named;  // empty: fine
  };

  for (const Case& row :
       {Case{R"([{"Name": "a", "Type": "int", "Comment": "c"}, {"Name": "b"}])", ""},
        {R"({})", "C must be a list of columns"},
        {R"([1])", "C[0] must be a structure"},
        {R"([{"Name": "a"}, {}])", "C[1].Name"},
        {R"([{"Name": "a", "Type": 1}])", "Type must be a string"}}) {
    const auto document = json::Document::parse(std::string(R"({"C": )") + row.columns + "}");
    ASSERT_TRUE(document.has_value()) << row.columns;
    const auto columns = read_columns(document->root(), "C");
    if (*row.named == '\0') {
      ASSERT_TRUE(columns.has_value()) << columns.error().message();
      EXPECT_EQ(*columns, (std::vector<Column>{{"a", "int", "c"}, {"b", "", ""}}));
    } else {
      ASSERT_FALSE(columns.has_value()) << row.columns;
      EXPECT_NE(columns.error().message().find(row.named), std::string::npos)
          << columns.error().message();
    }
  }
}

TEST(Input, AStoredFormFromTheFutureIsUnsupported) {
  const auto newer = json::Document::parse(R"({"format": 99})");
  EXPECT_EQ(stored_root(*newer, "table").error().fault(), Fault::unsupported);
  const auto broken = json::Document::parse(R"({})");
  EXPECT_EQ(stored_root(*broken, "table").error().fault(), Fault::corrupt);
}

}  // namespace
}  // namespace sluice::catalog
