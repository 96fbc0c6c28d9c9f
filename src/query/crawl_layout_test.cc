// Which tables come out of which trees of files.
#include "query/crawl_layout.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::query {
namespace {

const std::vector<std::string> kinds = {"timestamp string, heart_rate int",
                                        "timestamp string, heart_rate int, energy int",
                                        "steps bigint, floors int",
                                        "timestamp string, heart_rate string"};

std::vector<columnar::Schema> schemas() {
  std::vector<columnar::Schema> all;
  for (const std::string& columns : kinds) {
    all.push_back(*columnar::parse_columns(columns));
  }
  return all;
}

struct File {
  const char* key;
  std::size_t kind = 0;
};

Layout laid_out(const std::string& folder, const std::vector<File>& files, LayoutRules rules = {}) {
  std::vector<CrawledFile> crawled;
  for (const File& file : files) {
    crawled.push_back({file.key, file.kind, 100, 10});
  }
  std::sort(crawled.begin(), crawled.end(), [](const CrawledFile& left, const CrawledFile& right) {
    return left.key < right.key;
  });
  return lay_out("My-Bucket", folder, crawled, schemas(), rules);
}

// "name@folder(key,key): value/value value/value; "
std::string shown(const Layout& layout) {
  std::string text;
  for (const FoundTable& table : layout.tables) {
    text +=
        fmt::format("{}@{}({})", table.name, table.folder, fmt::join(table.partition_keys, ","));
    for (const FoundPartition& partition : table.partitions) {
      text += fmt::format(" {}", fmt::join(partition.values, "/"));
    }
    text += "; ";
  }
  return text;
}

TEST(CrawlLayout, FindsTablesAndPartitions) {
  struct Case {
    const char* what;
    const char* folder;
    std::vector<File> files;
    const char* tables;
  };

  for (const Case& row : std::vector<Case>{
           {"nothing", "", {}, ""},
           {"a flat folder", "a/", {{"a/1"}, {"a/2"}}, "a@a/(); "},
           {"a flat bucket", "", {{"1"}, {"2"}}, "my_bucket@(); "},
           {"named keys",
            "sales/",
            {{"sales/Year=2024/month=12/1"},
             {"sales/Year=2025/month=01/1"},
             {"sales/Year=2025/month=01/2"}},
            "sales@sales/(year,month) 2024/12 2025/01; "},
           {"unnamed keys",
            "heart_rate_data/",
            {{"heart_rate_data/2025/07/13/s/1"}, {"heart_rate_data/2025/07/14/s/1"}},
            "heart_rate_data@heart_rate_data/(partition_0,partition_1,partition_2,partition_3) "
            "2025/07/13/s 2025/07/14/s; "},
           {"both", "a/", {{"a/y=1/x/1"}}, "a@a/(y,partition_1) 1/x; "},
           {"the same key twice", "a/", {{"a/y=1/y=2/1"}}, "a@a/(y,partition_1) 1/2; "},
           {"a bucket of plain folders",
            "",
            {{"hr/2025/1"}, {"hr/2026/1"}, {"more/2025/1"}},
            "hr@hr/(partition_0) 2025 2026; more@more/(partition_0) 2025; "},
           {"a bucket of key folders", "", {{"y=1/1"}, {"y=2/1"}}, "my_bucket@(y) 1 2; "},
           {"folders of other schemas",
            "a/",
            {{"a/hr/1"}, {"a/steps/1", 2}},
            "hr@a/hr/(); steps@a/steps/(); "},
           {"an added column", "a/", {{"a/1/1"}, {"a/2/1", 1}}, "a@a/(partition_0) 1 2; "},
           {"a column that went", "a/", {{"a/1/1", 1}, {"a/2/1", 0}}, "a@a/(partition_0) 1 2; "},
           {"types in conflict", "a/", {{"a/x/1"}, {"a/y/1", 3}}, "x@a/x/(); y@a/y/(); "},
           {"files of other schemas in one folder",
            "a/",
            {{"a/hr.parquet"}, {"a/steps.parquet", 2}},
            "hr_parquet@a/hr.parquet(); steps_parquet@a/steps.parquet(); "},
           {"a stray file above the partitions",
            "a/",
            {{"a/stray"}, {"a/y=1/1"}, {"a/y=2/1"}},
            "stray@a/stray(); y_1@a/y=1/(); y_2@a/y=2/(); "},
           {"keys that do not agree",
            "a/",
            {{"a/y=1/1"}, {"a/z=1/1"}},
            "y_1@a/y=1/(); z_1@a/z=1/(); "},
           {"a folder whose name begins like another",
            "a/",
            {{"a/x/1"}, {"a/xx/1"}},
            "a@a/(partition_0) x xx; "},
       }) {
    EXPECT_EQ(shown(laid_out(row.folder, row.files)), row.tables) << row.what;
  }
}

TEST(CrawlLayout, SaysWhyAFolderWasTakenApart) {
  const Layout layout = laid_out("a/", {{"a/x/1"}, {"a/y/1", 3}});
  ASSERT_EQ(layout.notes.size(), 1u);
  EXPECT_EQ(layout.notes[0], "s3://My-Bucket/a/ is no single table: heart_rate is int and string");
}

TEST(CrawlLayout, CombiningNeedsNoSimilarity) {
  const std::vector<File> files = {{"a/x/1"}, {"a/y/1", 2}};
  EXPECT_EQ(shown(laid_out("a/", files, {.ignores_similarity = true, .table_level = {}})),
            "a@a/(partition_0) x y; ");
  EXPECT_EQ(shown(laid_out(
                "a/", {{"a/x/1"}, {"a/y/1", 3}}, {.ignores_similarity = true, .table_level = {}})),
            "x@a/x/(); y@a/y/(); ")
      << "types in conflict stay in conflict";
}

TEST(CrawlLayout, ATableLevelSaysWhichFoldersAreTables) {
  const std::vector<File> files = {{"top"}, {"a/x/y=1/1"}, {"a/z/y=1/1"}, {"b/x/y=2/1"}};
  const auto at = [&](std::size_t level) {
    return shown(laid_out("", files, {.ignores_similarity = false, .table_level = level}));
  };
  EXPECT_EQ(at(2), "a@a/(partition_0,y) x/1 z/1; b@b/(partition_0,y) x/2; ");
  EXPECT_EQ(at(3), "x@a/x/(y) 1; z@a/z/(y) 1; x@b/x/(y) 2; ");
  const Layout layout = laid_out("", files, {.ignores_similarity = false, .table_level = 2});
  ASSERT_EQ(layout.notes.size(), 1u);
  EXPECT_EQ(layout.notes[0],
            "s3://My-Bucket/ lies above table level 2: its own files are left out");
  EXPECT_EQ(
      shown(laid_out("a/x/", {{"a/x/y=1/1"}}, {.ignores_similarity = false, .table_level = 2})),
      "x@a/x/(y) 1; ");
}

TEST(CrawlLayout, MergesSchemasAndCounts) {
  const Layout layout = laid_out("a/", {{"a/1/1"}, {"a/1/2"}, {"a/2/1", 1}});
  ASSERT_EQ(layout.tables.size(), 1u);
  const FoundTable& table = layout.tables[0];
  EXPECT_EQ(table.schema, *columnar::parse_columns(kinds[1]));
  EXPECT_EQ(table.totals.files, 3u);
  EXPECT_EQ(table.totals.bytes, 300u);
  EXPECT_EQ(table.totals.rows, 30);
  EXPECT_EQ(table.partitions[0].schema, *columnar::parse_columns(kinds[0]));
  EXPECT_EQ(table.partitions[0].totals.files, 2u);
  EXPECT_EQ(table.partitions[0].folder, "a/1/");
  EXPECT_EQ(table.partitions[1].schema, *columnar::parse_columns(kinds[1]));
}

TEST(CrawlLayout, AColumnThatIsAPartitionKeyIsTakenFromThePath) {
  const Layout layout = laid_out("a/", {{"a/heart_rate=60/1"}});
  ASSERT_EQ(layout.tables.size(), 1u);
  EXPECT_EQ(layout.tables[0].schema, *columnar::parse_columns("timestamp string"));
  EXPECT_EQ(layout.tables[0].partition_keys, (std::vector<std::string>{"heart_rate"}));
}

TEST(TableName, IsWhatGlueMakesOfAFolder) {
  struct Case {
    const char* folder;
    const char* name;
  };

  for (const Case& row : {Case{"heart_rate_data", "heart_rate_data"},
                          {"Garmin-HR", "garmin_hr"},
                          {"year=2025", "year_2025"},
                          {"größe", "gr__e"},
                          {"a.b c", "a_b_c"},
                          {"", ""}}) {
    EXPECT_EQ(table_name_of(row.folder), row.name) << row.folder;
  }
}

}  // namespace
}  // namespace sluice::query
