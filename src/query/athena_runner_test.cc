// Statements of each kind over a catalog and a bucket, with an engine that is played.
#include "query/athena_runner.h"

#include "query/athena_result.h"
#include "query/athena_utility.h"
#include "store/temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::query {
namespace {

class AthenaRunnerTest : public testing::Test {
 protected:
  AthenaRunnerTest() { SLUICE_CHECK(buckets_->create_bucket("results", "eu-west-1").has_value()); }

  AthenaRunner runner(AthenaRunner::Ask ask) { return {*catalog_, *buckets_, std::move(ask)}; }

  static Execution execution(std::string sql, std::string_view suffix = ".csv") {
    Execution made;
    made.id = "id";
    made.request.sql = std::move(sql);
    made.request.database = "db";
    made.result = "s3://results/out/id" + std::string(suffix);
    return made;
  }

  // What a statement without the engine gives, line by line.
  std::string utility(std::string sql) {
    const auto run = runner(nullptr).run(execution(std::move(sql), ".txt"), [] { return true; });
    if (!run) {
      return run.error().message();
    }
    const auto page = read_result_page(*buckets_, {"results", "out/id.txt"}, 0, 1000).value();
    std::string all;
    for (const auto& row : page.rows) {
      all += *row.front() + "\n";
    }
    return all;
  }

  store::TemporaryFolder folder_;
  ManualClock clock_{unix_millis(1'752'420'319'000)};
  std::unique_ptr<store::Database> database_ =
      store::Database::open(folder_.path() + "/store.sqlite").value();
  std::unique_ptr<catalog::Catalog> catalog_ = catalog::Catalog::open(*database_, clock_).value();
  std::unique_ptr<s3::LocalStore> buckets_ =
      s3::LocalStore::open(folder_.path(), *database_, clock_).value();
};

TEST_F(AthenaRunnerTest, a_query_is_translated_run_and_written) {
  TranslatedQuery seen;
  catalog::Database database;
  database.name = "db";
  ASSERT_TRUE(catalog_->create_database(database));
  const auto ran =
      runner([&](const TranslatedQuery& query,
                 ResultSink& sink,
                 const auto&) -> Result<RunStatistics> {
        seen = query;
        const std::array columns = {ResultColumn{"a", "INTEGER"}, ResultColumn{"t", "TIMESTAMP"}};
        EXPECT_TRUE(sink.begin(columns));
        const std::array<std::optional<std::string_view>, 2> first = {"1", "2025-07-13 21:25:19"};
        const std::array<std::optional<std::string_view>, 2> second = {std::nullopt, std::nullopt};
        EXPECT_TRUE(sink.row(first));
        EXPECT_TRUE(sink.row(second));
        return RunStatistics{.rows = 2, .bytes_scanned = 77, .time = std::chrono::milliseconds(5)};
      }).run(execution("select cardinality(a) as a, t from \"AwsDataCatalog\".db.x"), [] {
        return true;
      });
  ASSERT_TRUE(ran) << ran.error().message();
  EXPECT_EQ(ran->rows, 2u);
  EXPECT_EQ(ran->bytes_scanned, 77u);
  EXPECT_EQ(seen.sql, "select trino_cardinality(a) as a, t from db.x");
  EXPECT_EQ(seen.database, "db");
  EXPECT_THAT(seen.setup, testing::Contains("SET integer_division = true"));

  const auto object = buckets_->get("results", "out/id.csv").value();
  Bytes csv;
  ASSERT_TRUE(object.file->read_at(0, 1000, csv));
  EXPECT_EQ(csv, "\"a\",\"t\"\n\"1\",\"2025-07-13 21:25:19.000\"\n,\n");
  const auto page = read_result_page(*buckets_, {"results", "out/id.csv"}, 0, 1000).value();
  EXPECT_EQ(page.columns[1].type, "timestamp");
  EXPECT_FALSE(page.next);
  EXPECT_THAT(page.rows[2], testing::ElementsAre(std::nullopt, std::nullopt));
}

TEST_F(AthenaRunnerTest, the_engines_complaints_get_athenas_words_and_the_users_places) {
  struct Case {
    std::string_view sql;
    std::string_view word;  // the engine points at it
    std::string_view message;
    std::string_view shown;
  };

  for (const Case& one : std::initializer_list<Case>{
           {"select cardinality(a),\n wrong from t",
            "wrong",
            "line 9:9: column \"wrong\" does not exist",
            "COLUMN_NOT_FOUND: line 2:2: column \"wrong\" does not exist"},
           {"select date_formt(a)",
            "date_formt",
            "line 1:8: function \"date_formt\" does not exist; did you mean \"x\"?",
            "FUNCTION_NOT_FOUND: line 1:8: function \"date_formt\" is not registered; did you mean "
            "date_format?"},
           {"select * from \"AwsDataCatalog\".db.nope",
            "db",
            "line 1:1: table \"nope\" does not exist",
            "TABLE_NOT_FOUND: line 1:32: table \"nope\" does not exist"},
           {"select 1 frm t",
            "t",
            "line 1:1: syntax error",
            "SYNTAX_ERROR: line 1:14: syntax error"},
           {"select 1", "", "Could not parse string", "GENERIC_USER_ERROR: Could not parse string"},
       }) {
    const auto ran = runner([&](const TranslatedQuery& query,
                                ResultSink& sink,
                                const auto&) -> Result<RunStatistics> {
                       if (!one.word.empty()) {
                         const Place place = place_of(query.sql, query.sql.rfind(one.word));
                         sink.wrong_at({place.line, place.column});
                       }
                       return fail(Fault::invalid, std::string(one.message));
                     }).run(execution(std::string(one.sql)), [] { return true; });
    ASSERT_FALSE(ran);
    EXPECT_EQ(ran.error().message(), one.shown) << one.sql;
    EXPECT_FALSE(buckets_->head("results", "out/id.csv"));
  }
}

TEST_F(AthenaRunnerTest, show_and_describe_and_ddl_work_on_the_catalog) {
  EXPECT_EQ(utility("create database db comment 'c'"), "");
  EXPECT_THAT(utility("create database db"), testing::StartsWith("FAILED: "));
  EXPECT_EQ(utility("create database if not exists db"), "");
  EXPECT_EQ(
      utility(
          "create external table t (a int comment 'it''s', b string) partitioned by (year string) "
          "stored as parquet location 's3://b/t'"),
      "");
  EXPECT_EQ(utility("show databases"), "db\n");
  EXPECT_EQ(utility("show tables"), "t\n");
  EXPECT_EQ(utility("show tables in db 'x*'"), "");
  EXPECT_THAT(utility("show tables in nowhere"), testing::HasSubstr("nowhere"));
  EXPECT_EQ(utility("show views"), "");
  EXPECT_EQ(utility("show columns in t"),
            "a                   \nb                   \nyear                \n");
  EXPECT_EQ(
      utility(
          "alter table t add partition (year='2025') partition (year='2026') location 's3://b/z/'"),
      "");
  EXPECT_THAT(utility("alter table t add partition (year='2025')"),
              testing::StartsWith("FAILED: "));
  EXPECT_THAT(utility("alter table t add partition (month='2025')"),
              testing::HasSubstr("the partition lacks a value for year"));
  EXPECT_EQ(utility("show partitions db.t"), "year=2025\nyear=2026\n");
  const std::vector<std::string> values = {"2025"};
  EXPECT_EQ(catalog_->partition("db", "t", values)->location, "s3://b/t/year=2025/");
  EXPECT_EQ(utility("alter table t drop partition (year='2026')"), "");
  EXPECT_EQ(utility("show partitions t"), "year=2025\n");
  EXPECT_THAT(
      utility("describe t"),
      testing::StartsWith("a                   \tint                 \tit's                \n"));
  EXPECT_THAT(utility("describe t"), testing::HasSubstr("# Partition Information"));
  EXPECT_THAT(utility("show tblproperties t"), testing::HasSubstr("classification\tparquet\n"));
  const std::string ddl = utility("show create table t");
  EXPECT_EQ(utility("drop table t"), "");
  EXPECT_EQ(utility(ddl), "");  // what it says makes the same table again
  EXPECT_EQ(utility("show create table t"), ddl);
  EXPECT_THAT(utility("drop database db"), testing::HasSubstr("drop it with CASCADE"));
  EXPECT_EQ(utility("drop database db cascade"), "");
  EXPECT_EQ(utility("show databases"), "");
}

TEST_F(AthenaRunnerTest, a_result_is_read_in_pages_of_any_size) {
  auto writer = ResultWriter::start(*buckets_, {"results", "big.csv"}).value();
  const std::array columns = {ResultColumn{"n", "INTEGER"}, ResultColumn{"text", "VARCHAR"}};
  ASSERT_TRUE(writer->begin(columns));
  constexpr int rows = 2500;
  for (int i = 0; i < rows; ++i) {
    const std::string number = std::to_string(i);
    const std::array<std::optional<std::string_view>, 2> row = {
        number, i % 2 == 0 ? std::optional<std::string_view>("a \"quoted\",\nline") : std::nullopt};
    ASSERT_TRUE(writer->row(row));
  }
  EXPECT_FALSE(buckets_->head("results", "big.csv")) << "nothing is there before the end";
  ASSERT_TRUE(writer->finish());
  for (const std::size_t page_size : {1000u, 7u, 2501u}) {
    std::uint64_t start = 0;
    int seen = -1;  // the header
    while (true) {
      const auto page =
          read_result_page(*buckets_, {"results", "big.csv"}, start, page_size).value();
      for (const auto& row : page.rows) {
        ASSERT_EQ(row[0], seen < 0 ? "n" : std::to_string(seen));
        if (seen >= 0) {
          ASSERT_EQ(
              row[1],
              seen % 2 == 0 ? std::optional<std::string>("a \"quoted\",\nline") : std::nullopt);
        }
        ++seen;
      }
      if (!page.next) {
        break;
      }
      start = *page.next;
    }
    EXPECT_EQ(seen, rows);
  }
  EXPECT_EQ(read_result_page(*buckets_, {"results", "big.csv"}, 1, 10).error().fault(),
            Fault::corrupt);
  EXPECT_EQ(read_result_page(*buckets_, {"results", "big.csv"}, 1 << 30, 10).error().fault(),
            Fault::invalid);
  EXPECT_EQ(read_result_page(*buckets_, {"results", "none.csv"}, 0, 10).error().fault(),
            Fault::missing);
}

TEST(AthenaResult, places_are_read_and_written) {
  EXPECT_EQ(place_in("s3://b", "id.csv")->url(), "s3://b/id.csv");
  EXPECT_EQ(place_in("s3://b/", "id.csv")->url(), "s3://b/id.csv");
  EXPECT_EQ(place_in("s3://b/a/c", "id.csv")->url(), "s3://b/a/c/id.csv");
  for (const char* wrong : {"", "b/c", "s3://", "s3:///x", "http://b/"}) {
    EXPECT_EQ(place_in(wrong, "id").error().fault(), Fault::invalid) << wrong;
  }
}

}  // namespace
}  // namespace sluice::query
