// Questions with the real library over a catalog and files of the test's own.
#include "query/question.h"

#include "json/document.h"
#include "query/engine_fixture.h"
#include "store/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace sluice::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class QuestionTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (!engine) {
      return;
    }
    auto opened = store::Database::open((folder / "sluice.db").string());
    ASSERT_TRUE(opened);
    database = *std::move(opened);
    auto cataloged = catalog::Catalog::open(*database, clock);
    ASSERT_TRUE(cataloged);
    tables = *std::move(cataloged);
    catalog::Database hr;
    hr.name = "hr_data";
    ASSERT_TRUE(tables->create_database(hr));
  }

  void create_table(const std::string& input) {
    auto document = json::Document::parse(Bytes(input));
    ASSERT_TRUE(document);
    ASSERT_TRUE(tables->create_table("hr_data", *catalog::parse_table_input(document->root())));
  }

  void create_heart_rate() {
    create_table(
        R"({"Name":"heart_rate","StorageDescriptor":{"Columns":[{"Name":"timestamp","Type":"string"},)"
        R"({"Name":"heart_rate","Type":"bigint"},{"Name":"energy","Type":"int"}]}})");
    delivery::DeliveryStream stream;
    stream.s3.bucket_arn = "arn:aws:s3:::bucket";
    stream.s3.prefix = "hr/!{timestamp:yyyy/MM/dd}/session_!{timestamp:HH-mm}/";
    stream.s3.conversion.emplace();
    stream.s3.conversion->schema = delivery::SchemaReference{.role_arn = {},
                                                             .catalog_id = {},
                                                             .database = "hr_data",
                                                             .table = "heart_rate",
                                                             .region = {},
                                                             .version_id = {}};
    streams.push_back(stream);
  }

  // A file of one row, or of what `select` gives.
  void put(const std::string& key, const std::string& select) {
    const auto path = folder / "buckets" / "bucket" / key;
    std::filesystem::create_directories(path.parent_path());
    base.parquet_to = path.string();
    const auto done = EngineTest::ask(select);
    ASSERT_TRUE(done) << done.error().message();
    base.parquet_to.clear();
  }

  Result<RunStatistics> question(const std::string& sql, const std::string& chosen = "") {
    gathered.clear();
    SLUICE_TRY(asked,
               Question::prepare({*tables, streams, (folder / "buckets").string()},
                                 {.sql = sql, .database = chosen}));
    auto done = asked.ask(*engine, limits, gathered, [] { return true; });
    skipped.clear();
    for (const SkippedFile& file : asked.skipped()) {
      skipped.push_back(file.key + ": " + file.reason);
    }
    return done;
  }

  std::vector<std::string> rows(const std::string& sql) {
    const auto done = question(sql);
    EXPECT_TRUE(done) << sql << ": " << done.error().message();
    return gathered.rows;
  }

  SystemClock clock;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<catalog::Catalog> tables;
  std::vector<delivery::DeliveryStream> streams;
  std::vector<std::string> skipped;
};

TEST_F(QuestionTest, a_table_has_its_rows_and_the_columns_of_its_prefix) {
  create_heart_rate();
  // An older file without energy and with a narrower type, and a newer one.
  put("hr/2025/07/13/session_21-25/a.parquet",
      "SELECT 't1' AS timestamp, 60::INTEGER AS heart_rate");
  put("hr/2025/08/01/session_06-00/b.parquet",
      "SELECT 't2' AS timestamp, 70::BIGINT AS heart_rate, 5::INTEGER AS energy");
  EXPECT_THAT(rows("SELECT * FROM hr_data.heart_rate ORDER BY timestamp"),
              ElementsAre("t1|60|∅|2025|7|13|21-25", "t2|70|5|2025|8|1|06-00"));
  EXPECT_EQ(gathered.columns[1].type, "BIGINT");
  for (const char* filter : {"month = 7",
                             "month = '07'",
                             "month = '7'",
                             "year = '2025' AND day = 13",
                             "session LIKE '21%'",
                             "month IN (6, 7)",
                             "month < 8"}) {
    EXPECT_THAT(rows(std::string("SELECT heart_rate FROM hr_data.heart_rate WHERE ") + filter),
                ElementsAre("60"))
        << filter;
  }
  EXPECT_THAT(rows("SELECT max(heart_rate) FROM \"AwsDataCatalog\".\"hr_data\".\"heart_rate\""),
              ElementsAre("70"));
  EXPECT_THAT(rows("SELECT count(*) FROM awsdatacatalog.hr_data.heart_rate"), ElementsAre("2"));
  ASSERT_TRUE(question("SELECT count(*) FROM heart_rate", "hr_data"));
  ASSERT_TRUE(question("SELECT count(*) FROM hr_data.heart_rate", "hr_data"));
  EXPECT_FALSE(question("SELECT 1", "nowhere"));
}

TEST_F(QuestionTest, a_question_about_one_day_reads_that_days_files_only) {
  create_heart_rate();
  for (const char* day : {"01", "02", "03", "04", "05", "06", "07", "08", "09"}) {
    put(std::string("hr/2025/07/") + day + "/session_21-25/a.parquet",
        "SELECT range::VARCHAR AS timestamp, range AS heart_rate FROM range(20000)");
  }
  const auto all = question("SELECT sum(heart_rate) FROM hr_data.heart_rate");
  ASSERT_TRUE(all);
  const auto one = question("SELECT sum(heart_rate) FROM hr_data.heart_rate WHERE day = 3");
  ASSERT_TRUE(one);
  EXPECT_GT(all->bytes_scanned, one->bytes_scanned * 5);
  EXPECT_EQ(all->files_opened, 9);
  EXPECT_EQ(one->files_opened, 1);
  // Damage to a file of another day is not even seen.
  std::filesystem::resize_file(folder / "buckets/bucket/hr/2025/07/09/session_21-25/a.parquet",
                               100);
  ASSERT_TRUE(question("SELECT sum(heart_rate) FROM hr_data.heart_rate WHERE day = 3"));
  EXPECT_THAT(skipped, IsEmpty());
  ASSERT_TRUE(question("SELECT sum(heart_rate) FROM hr_data.heart_rate"));
  EXPECT_THAT(skipped, ElementsAre(HasSubstr("hr/2025/07/09/session_21-25/a.parquet: ")));
}

TEST_F(QuestionTest, show_tables_lists_those_of_the_catalog) {
  EXPECT_THAT(rows("SHOW TABLES"), IsEmpty());
  create_heart_rate();
  create_table(R"({"Name":"odd","StorageDescriptor":{"Columns":[{"Name":"a","Type":"what"}]}})");
  EXPECT_THAT(rows("SHOW TABLES;"), ElementsAre("hr_data|heart_rate", "hr_data|odd"));
  EXPECT_EQ(gathered.columns[1].name, "table");
  catalog::Database other;
  other.name = "another";
  ASSERT_TRUE(tables->create_database(other));
  EXPECT_THAT(rows("SHOW DATABASES"), ElementsAre("another", "hr_data"));
  ASSERT_TRUE(question("SHOW TABLES", "another"));
  EXPECT_THAT(gathered.rows, IsEmpty());
}

TEST_F(QuestionTest, only_files_that_were_opened_are_counted) {
  create_heart_rate();
  create_table(R"({"Name":"heart","StorageDescriptor":{"Location":"s3://bucket/heart/",)"
               R"("Columns":[{"Name":"a","Type":"int"}]}})");
  for (const char* day : {"01", "02", "03"}) {
    put(std::string("hr/2025/07/") + day + "/session_21-25/a.parquet",
        "SELECT 't' AS timestamp, 60 AS heart_rate");
  }
  put("heart/a.parquet", "SELECT 1::INTEGER AS a");
  // Its text has the name of both tables in it.
  EXPECT_EQ(question("SELECT sum(heart_rate) FROM hr_data.heart_rate")->files_opened, 3);
  EXPECT_EQ(question("SELECT a FROM hr_data.heart")->files_opened, 1);
  const auto nothing = question("SELECT 1");
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->files_opened, 0);
  EXPECT_EQ(nothing->bytes_scanned, 0);
}

TEST_F(QuestionTest, what_is_no_whole_parquet_file_is_left_out_and_named) {
  create_heart_rate();
  const std::string day = "hr/2025/07/13/session_21-25/";
  put(day + "good.parquet", "SELECT 't' AS timestamp, 60 AS heart_rate");
  put(day + "half.parquet", "SELECT 't' AS timestamp, 61 AS heart_rate");
  const auto bucket = folder / "buckets" / "bucket";
  std::filesystem::resize_file(bucket / (day + "half.parquet"),
                               std::filesystem::file_size(bucket / (day + "half.parquet")) / 2);
  std::ofstream(bucket / (day + "notes.txt")) << "a long text that is no Parquet file at all";
  std::ofstream(bucket / (day + "empty.parquet"));
  std::ofstream(bucket / (day + "_SUCCESS"));
  std::ofstream(bucket / (day + ".hidden")) << "x";
  std::filesystem::create_symlink("/etc/passwd", bucket / (day + "link.parquet"));
  EXPECT_THAT(rows("SELECT heart_rate FROM hr_data.heart_rate"), ElementsAre("60"));
  EXPECT_THAT(skipped,
              UnorderedElementsAre(HasSubstr("half.parquet: "),
                                   HasSubstr("notes.txt: "),
                                   HasSubstr("empty.parquet: "),
                                   day + "link.parquet: it is neither a file nor a folder"));
}

TEST_F(QuestionTest, a_table_without_objects_is_empty) {
  create_heart_rate();
  EXPECT_THAT(rows("SELECT * FROM hr_data.heart_rate"), IsEmpty());
  EXPECT_EQ(gathered.columns.size(), 7);
  EXPECT_THAT(rows("SELECT count(*) FROM hr_data.heart_rate WHERE year = 2025"), ElementsAre("0"));
}

TEST_F(QuestionTest, a_database_that_is_not_there_is_told_with_one_that_is) {
  const auto done = question("SELECT * FROM hrdata.heart_rate");
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message(),
              HasSubstr("schema \"hrdata\" does not exist; did you mean \"hr_data\"?"));
}

TEST_F(QuestionTest, registered_partitions_say_what_their_files_are) {
  create_table(
      R"({"Name":"runs","StorageDescriptor":{"Columns":[{"Name":"n","Type":"int"}],"Location":"s3://bucket/runs"},)"
      R"("PartitionKeys":[{"Name":"day","Type":"date"}]})");
  put("runs/first/a.parquet", "SELECT 1 AS n");
  put("elsewhere/second/deep/b.parquet", "SELECT 2 AS n");
  for (const auto& [value, where] :
       {std::pair("2025-07-13", "runs/first"), {"2025-07-14", "elsewhere/second"}}) {
    auto input = json::Document::parse(Bytes(std::string(R"({"Values":[")") + value +
                                             R"("],"StorageDescriptor":{"Location":"s3://bucket/)" +
                                             where + R"("}})"));
    const auto partition = catalog::parse_partition_input(input->root());
    ASSERT_TRUE(partition);
    ASSERT_TRUE(tables->create_partition("hr_data", "runs", *partition));
  }
  EXPECT_THAT(rows("SELECT n, day FROM hr_data.runs ORDER BY n"),
              ElementsAre("1|2025-07-13", "2|2025-07-14"));
  EXPECT_THAT(rows("SELECT n FROM hr_data.runs WHERE day > DATE '2025-07-13'"), ElementsAre("2"));
}

TEST_F(QuestionTest, folders_of_key_and_value_are_columns) {
  create_table(
      R"({"Name":"runs","StorageDescriptor":{"Columns":[{"Name":"n","Type":"int"}],"Location":"s3://bucket/runs"}})");
  put("runs/kind=a/1.parquet", "SELECT 1 AS n");
  put("runs/kind=b/2.parquet", "SELECT 2 AS n");
  EXPECT_THAT(rows("SELECT * FROM hr_data.runs WHERE kind = 'b'"), ElementsAre("2|b"));
}

TEST_F(QuestionTest, only_the_files_of_the_table_can_be_read) {
  create_heart_rate();
  put("hr/2025/07/13/session_21-25/a.parquet", "SELECT 't' AS timestamp, 60 AS heart_rate");
  put("secret/a.parquet", "SELECT 1 AS n");
  const std::string buckets = (folder / "buckets").string();
  EXPECT_FALSE(question("SELECT *, (SELECT count(*) FROM hr_data.heart_rate) FROM read_parquet('" +
                        buckets + "/bucket/secret/a.parquet')"));
  EXPECT_FALSE(question("SELECT *, (SELECT count(*) FROM hr_data.heart_rate) FROM read_text('" +
                        (folder / "sluice.db").string() + "')"));
}

}  // namespace
}  // namespace sluice::query
