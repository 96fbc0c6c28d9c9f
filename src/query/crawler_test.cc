// Crawls over a real bucket and a real catalog.
#include "query/crawler.h"

#include "json/document.h"
#include "query/crawl_fixture.h"
#include "query/crawled_input.h"

#include <algorithm>

namespace sluice::query {
namespace {

class CrawlerTest : public CrawlFixture {};

std::string joined(const std::vector<std::string>& notes) {
  return fmt::format("{}", fmt::join(notes, "\n"));
}

TEST_F(CrawlerTest, ADeliveredBucketBecomesATableWithAPartitionForEachSession) {
  put("heart_rate_data/2025/07/13/session_21-25-19/part-1.parquet", parquet_file(beats, 5));
  put("heart_rate_data/2025/07/13/session_21-25-19/part-2.parquet", parquet_file(beats, 4));
  put("heart_rate_data/2025/07/14/session_06-00-00/part-3.parquet", parquet_file(beats, 1));
  const CrawlReport report = crawl_now();
  EXPECT_EQ(report.tables_created, 1u);
  EXPECT_EQ(report.partitions_created, 2u);
  EXPECT_EQ(report.files_read, 3u);
  EXPECT_EQ(tables(),
            "heart_rate_data(timestamp string,heart_rate "
            "int|partition_0,partition_1,partition_2,partition_3) ");
  EXPECT_EQ(partitions("heart_rate_data"),
            "2025/07/13/session_21-25-19 2025/07/14/session_06-00-00 ");
  const auto table = catalog_->table("hr_data", "heart_rate_data");
  EXPECT_EQ(table->location, "s3://garmin/heart_rate_data/");
  EXPECT_EQ(table->parameters.at("classification"), "parquet");
  EXPECT_EQ(table->parameters.at("recordCount"), "10");
  EXPECT_EQ(table->parameters.at("objectCount"), "3");
  EXPECT_EQ(table->parameters.at("UPDATED_BY_CRAWLER"), "hr_data_crawler");
  EXPECT_NE(table->input.find("ParquetHiveSerDe"), std::string::npos);
  const auto partition = catalog_->partitions("hr_data", "heart_rate_data")->front();
  EXPECT_EQ(partition.location, "s3://garmin/heart_rate_data/2025/07/13/session_21-25-19/");
  EXPECT_EQ(partition.parameters.at("recordCount"), "9");
}

TEST_F(CrawlerTest, AWholeBucketGivesATableForEachOfItsFolders) {
  put("heart_rate_data/2025/a.parquet", parquet_file(beats));
  put("steps/a.parquet", parquet_file("steps int"));
  put("errors/format-conversion-failed/a", "{\"rawData\": \"\"}\n");
  crawler_.targets = {*crawl_target("garmin")};
  const CrawlReport report = crawl_now();
  EXPECT_EQ(tables(),
            "heart_rate_data(timestamp string,heart_rate int|partition_0) steps(steps int|) ");
  EXPECT_EQ(report.files_skipped, 1u);
}

TEST_F(CrawlerTest, ForeignHalfWrittenAndHiddenFilesAreSkippedAndNamed) {
  const Bytes whole = parquet_file(beats);
  put("heart_rate_data/2025/a.parquet", whole);
  put("heart_rate_data/2025/half.parquet", ByteView(whole).substr(0, whole.size() / 2));
  put("heart_rate_data/2025/notes.txt", "not a table");
  put("heart_rate_data/_temporary/0/b.parquet", "PAR1");
  put("heart_rate_data/2025/.part.crc", "crc");
  put("heart_rate_data/2025/_SUCCESS", "");
  put("heart_rate_data/2025/empty.parquet", "");
  const CrawlReport report = crawl_now();
  EXPECT_EQ(report.files_read, 1u);
  EXPECT_EQ(report.files_skipped, 2u);
  const std::string notes = joined(report.notes);
  EXPECT_NE(notes.find("s3://garmin/heart_rate_data/2025/half.parquet is skipped"),
            std::string::npos)
      << notes;
  EXPECT_NE(notes.find("notes.txt is skipped"), std::string::npos) << notes;
  EXPECT_EQ(tables(), "heart_rate_data(timestamp string,heart_rate int|partition_0) ");
}

TEST_F(CrawlerTest, ExclusionsLeaveOutWhatTheyMatch) {
  put("heart_rate_data/2024/a.parquet", parquet_file(beats));
  put("heart_rate_data/2025/a.parquet", parquet_file(beats));
  put("heart_rate_data/2025/a.json", "{}");
  crawler_.targets[0].exclusions = {"2024/**", "**.json"};
  const CrawlReport report = crawl_now();
  EXPECT_TRUE(report.notes.empty()) << joined(report.notes);
  EXPECT_EQ(partitions("heart_rate_data"), "2025 ");
}

TEST_F(CrawlerTest, ANewColumnIsANewVersionAndFiguresAloneAreNone) {
  put("heart_rate_data/2025/07/a.parquet", parquet_file(beats));
  crawl_now();
  put("heart_rate_data/2025/08/a.parquet", parquet_file(beats));
  CrawlReport report = crawl_now();
  EXPECT_EQ(report.tables_updated, 0u);
  EXPECT_EQ(report.partitions_created, 1u);
  EXPECT_EQ(catalog_->table("hr_data", "heart_rate_data")->parameters.at("objectCount"), "2");
  EXPECT_EQ(catalog_->table_versions("hr_data", "heart_rate_data")->size(), 1u);
  EXPECT_EQ(changed_, "");
  put("heart_rate_data/2025/09/a.parquet",
      parquet_file("timestamp string, heart_rate bigint, energy_kj int"));
  report = crawl_now();
  EXPECT_EQ(report.tables_updated, 1u);
  EXPECT_EQ(changed_, "heart_rate_data ");
  EXPECT_EQ(tables(),
            "heart_rate_data(timestamp string,heart_rate bigint,energy_kj "
            "int|partition_0,partition_1) ");
  EXPECT_EQ(catalog_->table_versions("hr_data", "heart_rate_data")->size(), 2u);
  const auto partitions = catalog_->partitions("hr_data", "heart_rate_data");
  EXPECT_EQ(partitions->front().columns.size(), 2u) << "a partition has the columns of its files";
  EXPECT_EQ(partitions->back().columns.size(), 3u);
}

TEST_F(CrawlerTest, NothingNewChangesNothing) {
  put("heart_rate_data/2025/a.parquet", parquet_file(beats));
  crawl_now();
  const auto before = catalog_->table("hr_data", "heart_rate_data");
  clock_.advance(std::chrono::seconds(1));
  const CrawlReport report = crawl_now();
  EXPECT_EQ(catalog_->table("hr_data", "heart_rate_data")->version, before->version);
  EXPECT_EQ(report.partitions_updated, 0u);
}

TEST_F(CrawlerTest, ATableOfThatNameIsUpdatedAndKeepsWhatIsItsOwn) {
  catalog::Database database;
  database.name = "hr_data";
  ASSERT_TRUE(catalog_->create_database(database));
  const auto input = json::Document::parse(
      R"({"Name": "heart_rate_data", "Description": "beats", "Parameters": {"owner": "me"},
          "StorageDescriptor": {"Columns": [{"Name": "timestamp", "Type": "string", "Comment": "local"},
                                            {"Name": "heart_rate", "Type": "integer"}]}})");
  ASSERT_TRUE(catalog_->create_table("hr_data", *catalog::parse_table_input(input->root())));
  put("heart_rate_data/2025/a.parquet", parquet_file(beats));
  const CrawlReport report = crawl_now();
  EXPECT_EQ(report.tables_created, 0u);
  EXPECT_EQ(report.tables_updated, 1u);
  const auto table = catalog_->table("hr_data", "heart_rate_data");
  EXPECT_EQ(table->location, "s3://garmin/heart_rate_data/");
  EXPECT_EQ(table->parameters.at("owner"), "me");
  EXPECT_EQ(table->columns[0].comment, "local");
  EXPECT_NE(table->input.find(R"("Description":"beats")"), std::string::npos);
}

TEST_F(CrawlerTest, ATableOfThatNameElsewhereIsLeftAlone) {
  catalog::Database database;
  database.name = "hr_data";
  ASSERT_TRUE(catalog_->create_database(database));
  const auto input = json::Document::parse(
      R"({"Name": "heart_rate_data", "StorageDescriptor": {"Location": "s3://other/place/"}})");
  ASSERT_TRUE(catalog_->create_table("hr_data", *catalog::parse_table_input(input->root())));
  put("heart_rate_data/a.parquet", parquet_file(beats));
  crawl_now();
  ASSERT_EQ(catalog_->tables("hr_data")->size(), 2u);
  EXPECT_EQ(catalog_->table("hr_data", "heart_rate_data")->location, "s3://other/place/");
  const std::string other = catalog_->tables("hr_data")->back().name;
  EXPECT_TRUE(other.starts_with("heart_rate_data_")) << other;
  EXPECT_EQ(crawl_now().tables_created, 0u) << "the longer name is found again";
}

TEST_F(CrawlerTest, UpdateBehaviorLogLeavesTheTableAndSaysSo) {
  put("heart_rate_data/2025/a.parquet", parquet_file(beats));
  crawl_now();
  crawler_.update_behavior = UpdateBehavior::log;
  put("heart_rate_data/2026/a.parquet", parquet_file("timestamp string, heart_rate int, more int"));
  const CrawlReport report = crawl_now();
  EXPECT_EQ(report.tables_updated, 0u);
  EXPECT_EQ(tables(), "heart_rate_data(timestamp string,heart_rate int|partition_0) ");
  EXPECT_EQ(partitions("heart_rate_data"), "2025 2026 ");
  EXPECT_NE(joined(report.notes).find("UpdateBehavior LOG"), std::string::npos);
}

TEST_F(CrawlerTest, MergingNewColumnsKeepsThoseThatAreThere) {
  put("heart_rate_data/2025/a.parquet", parquet_file("timestamp string, heart_rate int, gone int"));
  crawl_now();
  remove("heart_rate_data/2025/a.parquet");
  put("heart_rate_data/2025/b.parquet",
      parquet_file("timestamp string, heart_rate int, fresh int"));
  crawler_.settings.merges_new_columns = true;
  crawl_now();
  EXPECT_EQ(tables(),
            "heart_rate_data(timestamp string,heart_rate int,gone int,fresh int|partition_0) ");
}

TEST_F(CrawlerTest, WhatIsGoneIsTreatedAsDeleteBehaviorSays) {
  struct Case {
    DeleteBehavior behavior;
    const char* partitions;
    bool has_table;
    bool is_deprecated;
  };

  for (const Case& row : {Case{DeleteBehavior::log, "2024 2025 ", true, false},
                          {DeleteBehavior::deprecate_in_database, "2024 2025 ", true, true},
                          {DeleteBehavior::delete_from_database, "2025 ", false, false}}) {
    put("heart_rate_data/2024/a.parquet", parquet_file(beats));
    put("heart_rate_data/2025/a.parquet", parquet_file(beats));
    crawler_.delete_behavior = row.behavior;
    crawl_now();
    remove("heart_rate_data/2024/a.parquet");
    crawl_now();
    EXPECT_EQ(partitions("heart_rate_data"), row.partitions);
    remove("heart_rate_data/2025/a.parquet");
    crawl_now();
    const auto table = catalog_->table("hr_data", "heart_rate_data");
    ASSERT_EQ(table.has_value(), row.has_table);
    if (table) {
      EXPECT_EQ(table->parameters.contains(std::string(deprecated_by_parameter)),
                row.is_deprecated);
      put("heart_rate_data/2025/a.parquet", parquet_file(beats));
      crawl_now();
      EXPECT_FALSE(catalog_->table("hr_data", "heart_rate_data")
                       ->parameters.contains(std::string(deprecated_by_parameter)));
      ASSERT_TRUE(catalog_->delete_table("hr_data", "heart_rate_data"));
    }
  }
}

TEST_F(CrawlerTest, AFolderWhoseFilesCannotBeReadIsNotGone) {
  put("heart_rate_data/2025/a.parquet", parquet_file(beats));
  crawler_.delete_behavior = DeleteBehavior::delete_from_database;
  crawl_now();
  put("heart_rate_data/2025/a.parquet", "damaged");
  crawl_now();
  EXPECT_EQ(partitions("heart_rate_data"), "2025 ");
}

TEST_F(CrawlerTest, OtherPartitionKeysReplaceTheOldPartitions) {
  put("heart_rate_data/2025/a.parquet", parquet_file(beats));
  crawl_now();
  remove("heart_rate_data/2025/a.parquet");
  put("heart_rate_data/year=2025/month=07/a.parquet", parquet_file(beats));
  crawl_now();
  EXPECT_EQ(tables(), "heart_rate_data(timestamp string,heart_rate int|year,month) ");
  EXPECT_EQ(partitions("heart_rate_data"), "2025/07 ");
}

TEST_F(CrawlerTest, APrefixAndAThresholdAreHeeded) {
  put("heart_rate_data/x/a.parquet", parquet_file(beats));
  put("heart_rate_data/y/a.parquet", parquet_file("steps int, floors int"));
  crawler_.table_prefix = "Raw_";
  crawler_.settings.tables_max = 1;
  CrawlReport report;
  const auto refused = crawl(world(), crawler_, [] { return true; }, report);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message().find("TableThreshold"), std::string::npos);
  EXPECT_EQ(tables(), "");
  crawler_.settings.tables_max = 2;
  crawl_now();
  EXPECT_EQ(tables(), "raw_x(timestamp string,heart_rate int|) raw_y(steps int,floors int|) ");
}

TEST_F(CrawlerTest, ManyObjectsAreReadByTheirFooters) {
  const Bytes file = parquet_file(beats, 200);
  constexpr int folders = 50;
  constexpr int files = 21;  // in each: together more than a page of the listing
  for (int folder = 0; folder < folders; ++folder) {
    for (int number = 0; number < files; ++number) {
      place(fmt::format("heart_rate_data/{:03}/{:03}.parquet", folder, number), file);
    }
  }
  const CrawlReport report = crawl_now();
  EXPECT_EQ(report.files_read, std::uint64_t{folders * files});
  EXPECT_EQ(report.partitions_created, std::uint64_t{folders});
  EXPECT_EQ(catalog_->table("hr_data", "heart_rate_data")->parameters.at("recordCount"),
            std::to_string(folders * files * 200));
}

TEST_F(CrawlerTest, StopsWhenItIsTold) {
  for (int number = 0; number < 10; ++number) {
    put(fmt::format("heart_rate_data/{}/a.parquet", number), parquet_file(beats));
  }
  int asked = 0;
  CrawlReport report;
  const auto done = crawl(world(), crawler_, [&] { return ++asked <= 3; }, report);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().fault(), Fault::cancelled);
  EXPECT_EQ(report.files_read, 3u);
  EXPECT_FALSE(catalog_->database("hr_data").has_value());
}

TEST_F(CrawlerTest, ABucketThatIsNotThereIsNamed) {
  crawler_.targets = {*crawl_target("s3://nowhere/")};
  CrawlReport report;
  const auto done = crawl(world(), crawler_, [] { return true; }, report);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().fault(), Fault::missing);
  EXPECT_NE(done.error().message().find("s3://nowhere/"), std::string::npos);
}

}  // namespace
}  // namespace sluice::query
