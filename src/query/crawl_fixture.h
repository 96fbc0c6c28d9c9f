// What the tests of crawls share: a store, a catalog and a bucket in a temporary folder, and
// Parquet files to put there.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "catalog/catalog.h"
#include "parquet/batch_for_test.h"
#include "query/crawler.h"
#include "s3/local_store.h"
#include "store/temporary_folder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

// A file of `rows` random rows of those columns.
inline Bytes parquet_file(std::string_view columns, std::size_t rows = 3) {
  const columnar::Schema schema = parquet::schema_of(columns);
  columnar::RowBatch batch(schema);
  SeededRandom random(7);
  parquet::RowMaker maker(schema, random, {});
  for (std::size_t row = 0; row < rows; ++row) {
    maker.append(batch);
  }
  return parquet::file_of(schema, {}, {&batch});
}

inline constexpr std::string_view beats = "timestamp string, heart_rate int";

class CrawlFixture : public testing::Test {
 protected:
  CrawlFixture() {
    auto database = store::Database::open(folder_ / "sluice.db");
    EXPECT_TRUE(database.has_value()) << database.error().message();
    database_ = std::move(*database);
    auto catalog = catalog::Catalog::open(*database_, clock_);
    EXPECT_TRUE(catalog.has_value());
    catalog_ = std::move(*catalog);
    auto buckets = s3::LocalStore::open(folder_.path(), *database_, clock_);
    EXPECT_TRUE(buckets.has_value()) << buckets.error().message();
    buckets_ = std::move(*buckets);
    EXPECT_TRUE(buckets_->create_bucket("garmin", "ap-south-1").has_value());
    crawler_.name = "hr_data_crawler";
    crawler_.database = "hr_data";
    crawler_.targets.push_back(*crawl_target("s3://garmin/heart_rate_data/"));
  }

  void put(const std::string& key, ByteView body) {
    const auto done = buckets_->put("garmin", key, body, {});
    EXPECT_TRUE(done.has_value()) << key << ": " << done.error().message();
  }

  // As put(), by hand: quick, as nothing is synced.
  void place(const std::string& key, ByteView body) {
    const std::filesystem::path path = folder_ / ("buckets/garmin/" + key);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << body;
  }

  void remove(const std::string& key) { EXPECT_TRUE(buckets_->remove("garmin", key).has_value()); }

  CrawlWorld world() {
    return {*catalog_, *buckets_, clock_, [this](std::string_view, std::string_view table) {
              changed_ += fmt::format("{} ", table);
            }};
  }

  CrawlReport crawl_now() {
    CrawlReport report;
    const auto done = crawl(world(), crawler_, [] { return true; }, report);
    EXPECT_TRUE(done.has_value()) << done.error().message();
    return report;
  }

  // "heart_rate_data(timestamp string,heart_rate int|partition_0)": every table of the database.
  std::string tables() {
    std::string text;
    for (const catalog::Table& table : *catalog_->tables("hr_data")) {
      std::vector<std::string> columns;
      std::vector<std::string> keys;
      for (const catalog::Column& column : table.columns) {
        columns.push_back(column.name + ' ' + column.type);
      }
      for (const catalog::Column& key : table.partition_keys) {
        keys.push_back(key.name);
      }
      text += fmt::format("{}({}|{}) ", table.name, fmt::join(columns, ","), fmt::join(keys, ","));
    }
    return text;
  }

  // "2025/07 2025/08 "
  std::string partitions(std::string_view table) {
    std::string text;
    for (const catalog::Partition& partition : *catalog_->partitions("hr_data", table)) {
      text += fmt::format("{} ", fmt::join(partition.values, "/"));
    }
    return text;
  }

  store::TemporaryFolder folder_;
  ManualClock clock_{unix_millis(1'752'000'000'000)};
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<s3::LocalStore> buckets_;
  CrawlerDefinition crawler_;
  std::string changed_;  // tables that a crawl said it had changed
};

}  // namespace sluice::query
