// Partitions through the catalog: made, found, paged through, changed, and gone with their table.
#include "catalog/catalog.h"
#include "json/document.h"
#include "store/temporary_folder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sluice::catalog {
namespace {

using Values = std::vector<std::string>;

class CatalogPartitionsTest : public testing::Test {
 protected:
  CatalogPartitionsTest() {
    reopen();
    Database made;
    made.name = "hr";
    EXPECT_TRUE(catalog_->create_database(made));
    EXPECT_TRUE(catalog_->create_table("hr", partitioned("beats", 2)));
  }

  void reopen() {
    catalog_.reset();
    database_.reset();
    auto database = store::Database::open(folder_ / "sluice.db");
    EXPECT_TRUE(database.has_value());
    database_ = std::move(*database);
    auto opened = Catalog::open(*database_, clock_);
    EXPECT_TRUE(opened.has_value()) << opened.error().message();
    catalog_ = std::move(*opened);
  }

  static Table partitioned(const std::string& name, int keys) {
    std::string list;
    for (int key = 0; key < keys; ++key) {
      list += fmt::format(R"({}{{"Name": "k{}", "Type": "string"}})", key > 0 ? "," : "", key);
    }
    const auto document = json::Document::parse(
        fmt::format(R"({{"Name": "{}", "PartitionKeys": [{}]}})", name, list));
    return *parse_table_input(document->root());
  }

  static Partition at(const Values& values, const std::string& location = "s3://b/") {
    std::string list;
    for (const std::string& value : values) {
      list += fmt::format(R"({}"{}")", list.empty() ? "" : ",", value);
    }
    const auto document = json::Document::parse(fmt::format(
        R"({{"Values": [{}], "StorageDescriptor": {{"Location": "{}"}}}})", list, location));
    return *parse_partition_input(document->root());
  }

  // "2024/12 2025/01 " of a page.
  static std::string shown(const std::vector<Partition>& partitions) {
    std::string text;
    for (const Partition& partition : partitions) {
      text += fmt::format("{} ", fmt::join(partition.values, "/"));
    }
    return text;
  }

  store::TemporaryFolder folder_;
  ManualClock clock_{unix_millis(1000)};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<Catalog> catalog_;
};

TEST_F(CatalogPartitionsTest, AreFoundAgainAfterAReopenInTheOrderOfTheirValues) {
  ASSERT_TRUE(catalog_->create_partition("HR", "Beats", at({"2025", "01"})));
  ASSERT_TRUE(catalog_->create_partition("hr", "beats", at({"2024", "12"}, "s3://b/old/")));
  reopen();
  const auto all = catalog_->partitions("hr", "beats");
  ASSERT_TRUE(all.has_value()) << all.error().message();
  EXPECT_EQ(shown(*all), "2024/12 2025/01 ");
  const auto one = catalog_->partition("hr", "beats", Values{"2024", "12"});
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ(one->location, "s3://b/old/");
  EXPECT_EQ(one->created, unix_millis(1000));
}

TEST_F(CatalogPartitionsTest, ABatchDoesWhatItCanAndSaysWhyNotTheRest) {
  ASSERT_TRUE(catalog_->create_partition("hr", "beats", at({"2025", "01"})));
  const auto outcomes = catalog_->create_partitions("hr",
                                                    "beats",
                                                    {at({"2025", "01"}),
                                                     at({"2025", "02"}),
                                                     at({"2025", "02"}),
                                                     at({"2025"}),
                                                     at({"2025", "03"})});
  ASSERT_TRUE(outcomes.has_value());
  ASSERT_EQ(outcomes->size(), 5u);
  EXPECT_EQ((*outcomes)[0]->fault(), Fault::conflict);
  EXPECT_FALSE((*outcomes)[1]);
  EXPECT_EQ((*outcomes)[2]->fault(), Fault::conflict);
  EXPECT_EQ((*outcomes)[3]->fault(), Fault::invalid);
  EXPECT_FALSE((*outcomes)[4]);
  EXPECT_EQ(shown(*catalog_->partitions("hr", "beats")), "2025/01 2025/02 2025/03 ");
  const auto deleted =
      catalog_->delete_partitions("hr", "beats", {{"2025", "02"}, {"2025", "09"}, {"x"}});
  ASSERT_TRUE(deleted.has_value());
  EXPECT_FALSE((*deleted)[0]);
  EXPECT_EQ((*deleted)[1]->fault(), Fault::missing);
  EXPECT_EQ((*deleted)[2]->fault(), Fault::invalid);
  EXPECT_EQ(shown(*catalog_->partitions("hr", "beats")), "2025/01 2025/03 ");
}

TEST_F(CatalogPartitionsTest, PagesHoldWhatMatchesAndSayWhetherThereIsMore) {
  constexpr int many = 5000;  // more than one read of the store
  std::vector<Partition> partitions;
  for (int number = 0; number < many; ++number) {
    partitions.push_back(at({fmt::format("{:05}", number), number % 2 == 0 ? "even" : "odd"}));
  }
  ASSERT_TRUE(catalog_->create_partitions("hr", "beats", std::move(partitions)));
  PartitionQuery query;
  query.limit = 1500;
  query.matches = [](std::span<const std::string> values) { return values[1] == "odd"; };
  auto page = catalog_->partition_page("hr", "beats", query);
  ASSERT_TRUE(page.has_value()) << page.error().message();
  ASSERT_EQ(page->partitions.size(), 1500u);
  EXPECT_TRUE(page->has_more);
  EXPECT_EQ(page->partitions.back().values[0], "02999");
  query.after = page->partitions.back().values;
  page = catalog_->partition_page("hr", "beats", query);
  ASSERT_EQ(page->partitions.size(), 1000u);
  EXPECT_FALSE(page->has_more);
  EXPECT_EQ(page->partitions.front().values[0], "03001");
  query.limit = 1000;
  EXPECT_FALSE(catalog_->partition_page("hr", "beats", query)->has_more);
}

TEST_F(CatalogPartitionsTest, AnUpdateKeepsTheTimeOfCreationAndMayChangeTheValues) {
  ASSERT_TRUE(catalog_->create_partitions("hr", "beats", {at({"a", "1"}), at({"b", "1"})}));
  clock_.advance(std::chrono::seconds(9));
  ASSERT_TRUE(
      catalog_->update_partition("hr", "beats", Values{"a", "1"}, at({"a", "1"}, "s3://n/")));
  EXPECT_EQ(catalog_->partition("hr", "beats", Values{"a", "1"})->location, "s3://n/");
  EXPECT_EQ(
      catalog_->update_partition("hr", "beats", Values{"a", "1"}, at({"b", "1"})).error().fault(),
      Fault::conflict);
  ASSERT_TRUE(catalog_->update_partition("hr", "beats", Values{"a", "1"}, at({"c", "1"})));
  EXPECT_EQ(shown(*catalog_->partitions("hr", "beats")), "b/1 c/1 ");
  EXPECT_EQ(catalog_->partition("hr", "beats", Values{"c", "1"})->created, unix_millis(1000));
  EXPECT_EQ(
      catalog_->update_partition("hr", "beats", Values{"a", "1"}, at({"a", "1"})).error().fault(),
      Fault::missing);
}

TEST_F(CatalogPartitionsTest, GoWithTheirTable) {
  ASSERT_TRUE(catalog_->create_partition("hr", "beats", at({"a", "1"})));
  ASSERT_TRUE(catalog_->delete_table("hr", "beats"));
  EXPECT_EQ(catalog_->partitions("hr", "beats").error().fault(), Fault::missing);
  ASSERT_TRUE(catalog_->create_table("hr", partitioned("beats", 2)));
  EXPECT_TRUE(catalog_->partitions("hr", "beats")->empty());
  ASSERT_TRUE(catalog_->create_partition("hr", "beats", at({"a", "1"})));
  ASSERT_TRUE(catalog_->delete_database("hr"));
  reopen();
  Database made;
  made.name = "hr";
  ASSERT_TRUE(catalog_->create_database(made));
  ASSERT_TRUE(catalog_->create_table("hr", partitioned("beats", 2)));
  EXPECT_TRUE(catalog_->partitions("hr", "beats")->empty());
}

TEST_F(CatalogPartitionsTest, HoldTheNumberOfPartitionKeysWhereItIs) {
  ASSERT_TRUE(catalog_->create_partition("hr", "beats", at({"a", "1"})));
  const auto refused = catalog_->update_table("hr", partitioned("beats", 3));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fault(), Fault::invalid);
  ASSERT_TRUE(catalog_->update_table("hr", partitioned("beats", 2)));
  ASSERT_TRUE(catalog_->delete_partition("hr", "beats", Values{"a", "1"}));
  EXPECT_TRUE(catalog_->update_table("hr", partitioned("beats", 3)));
}

TEST_F(CatalogPartitionsTest, WhatDoesNotExistIsMissing) {
  EXPECT_EQ(catalog_->partition("hr", "beats", Values{"a", "1"}).error().fault(), Fault::missing);
  EXPECT_EQ(catalog_->partition("hr", "none", Values{"a", "1"}).error().fault(), Fault::missing);
  EXPECT_EQ(catalog_->delete_partition("hr", "beats", Values{"a", "1"}).error().fault(),
            Fault::missing);
  EXPECT_EQ(catalog_->create_partitions("none", "beats", {}).error().fault(), Fault::missing);
  EXPECT_EQ(catalog_->partition("hr", "beats", Values{"a"}).error().fault(), Fault::invalid);
}

}  // namespace
}  // namespace sluice::catalog
