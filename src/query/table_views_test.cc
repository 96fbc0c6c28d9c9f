#include "query/table_views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TablePlan plan_of(const std::string& prefix) {
  TablePlan plan;
  plan.database = "hr_data";
  plan.name = "heart_rate";
  plan.schema = *columnar::parse_columns("timestamp string, heart_rate int");
  KeyLayout layout = layout_of_prefix(prefix);
  for (const PartitionColumn& column : layout.columns) {
    plan.partition_columns.push_back({column.name, column.type});
    plan.segments.emplace_back(column);
  }
  plan.places.push_back(
      {.bucket = "b", .prefix = layout.root, .excluded = {}, .layout = layout, .values = {}});
  return plan;
}

TEST(TableViewsTest, a_table_is_a_view_of_its_files_with_its_types) {
  const TablePlan plan = plan_of("hr/!{timestamp:MM}/session_!{timestamp:HH-mm}/");
  const std::vector<TableFile> files = {{0, "hr/07/session_21-25/it's.parquet"},
                                        {0, "hr/08/x/y.parquet"}};
  EXPECT_THAT(
      view_statements(plan, "/data/buckets", files, 3),
      ElementsAre(
          "SET VARIABLE sluice_files_3=['/data/buckets/b/hr/07/session_21-25/it''s.parquet',"
          "'/data/buckets/b/hr/08/x/y.parquet']",
          "CREATE VIEW \"hr_data\".\"heart_rate\" AS SELECT \"timestamp\", \"heart_rate\", "
          "MAP(['07','08'],TRY_CAST(['07','08'] AS INTEGER[]))[split_part(\"filename\",'/',6)] AS "
          "\"month\", CASE WHEN starts_with(split_part(\"filename\",'/',7),'session_') AND "
          "ends_with(split_part(\"filename\",'/',7),'') THEN "
          "substr(split_part(\"filename\",'/',7),9,"
          "length(split_part(\"filename\",'/',7))-8) END AS \"session\" FROM "
          "read_parquet(getvariable('sluice_files_3'), filename=true, schema=MAP{'timestamp': "
          "{name: "
          "'timestamp', type: 'VARCHAR', default_value: NULL}, 'heart_rate': {name: 'heart_rate', "
          "type: 'INTEGER', default_value: NULL}})"));
}

TEST(TableViewsTest, a_table_without_objects_is_empty_and_has_its_columns) {
  EXPECT_THAT(
      view_statements(plan_of("hr/!{timestamp:MM}/"), "/data", {}, 0),
      ElementsAre("CREATE VIEW \"hr_data\".\"heart_rate\" AS SELECT CAST(NULL AS VARCHAR) AS "
                  "\"timestamp\", CAST(NULL AS INTEGER) AS \"heart_rate\", CAST(NULL AS "
                  "INTEGER) AS \"month\" WHERE false"));
}

TEST(TableViewsTest, registered_partitions_are_told_by_their_folders) {
  TablePlan plan = plan_of("");
  plan.partition_columns = columnar::parse_columns("day date")->columns;
  plan.segments.assign(1, std::nullopt);
  plan.places = {
      {.bucket = "b", .prefix = "x/", .excluded = {}, .layout = {}, .values = {"2025-07-13"}},
      {.bucket = "b", .prefix = "y/", .excluded = {}, .layout = {}, .values = {"2025-07-14"}}};
  const auto statements =
      view_statements(plan, "/d", std::vector<TableFile>{{0, "x/a"}, {1, "y/z/b"}}, 0);
  EXPECT_THAT(statements.at(1),
              HasSubstr("MAP(['/d/b/x','/d/b/y/z'],TRY_CAST(['2025-07-13','2025-07-14'] AS "
                        "DATE[]))[parse_dirpath(\"filename\")] AS \"day\""));
}

TEST(TableViewsTest, very_many_folders_are_joined) {
  TablePlan plan = plan_of("");
  plan.partition_columns = columnar::parse_columns("day date, n int")->columns;
  plan.segments.assign(2, std::nullopt);
  plan.places.clear();
  std::vector<TableFile> files;
  for (std::size_t i = 0; i < 1001; ++i) {
    const std::string name = "p" + std::to_string(i) + "/";
    plan.places.push_back({.bucket = "b",
                           .prefix = name,
                           .excluded = {},
                           .layout = {},
                           .values = {"2025-07-13", "1"}});
    files.push_back({i, name + "a"});
  }
  const std::string view = view_statements(plan, "/d", files, 0).at(1);
  EXPECT_THAT(
      view,
      HasSubstr(
          "folders.sluice_value_0 AS \"day\", folders.sluice_value_1 AS \"n\" FROM read_parquet("));
  EXPECT_THAT(view, HasSubstr(") AS files LEFT JOIN (SELECT unnest(['/d/b/p0',"));
}

TEST(TableViewsTest, a_table_with_a_problem_is_left_out) {
  TablePlan plan = plan_of("");
  plan.problem = "no";
  EXPECT_TRUE(view_statements(plan, "/d", {}, 0).empty());
}

TEST(TableViewsTest, too_many_values_are_cast_instead_of_looked_up) {
  std::vector<TableFile> files;
  for (int i = 0; i < 1001; ++i) {
    files.push_back({0, "hr/" + std::to_string(i) + "/a"});
  }
  const TablePlan plan = plan_of("hr/!{timestamp:yyyy}/");
  EXPECT_THAT(view_statements(plan, "/d", files, 0).at(1),
              HasSubstr("TRY_CAST(split_part(\"filename\",'/',5) AS INTEGER) AS \"year\""));
  files.pop_back();
  EXPECT_THAT(view_statements(plan, "/d", files, 0).at(1), HasSubstr("MAP(["));
}

TEST(TableViewsTest, a_column_called_filename_stays_the_tables) {
  TablePlan plan = plan_of("hr/!{timestamp:MM}/");
  plan.schema = *columnar::parse_columns("FileName string");
  EXPECT_THAT(view_statements(plan, "/d", std::vector<TableFile>{{0, "hr/07/a"}}, 0).at(1),
              HasSubstr("filename='sluice_file'"));
}

TEST(TableViewsTest, every_type_has_its_counterpart) {
  const std::pair<const char*, const char*> cases[] = {
      {"boolean", "BOOLEAN"},
      {"tinyint", "TINYINT"},
      {"smallint", "SMALLINT"},
      {"int", "INTEGER"},
      {"bigint", "BIGINT"},
      {"float", "FLOAT"},
      {"double", "DOUBLE"},
      {"string", "VARCHAR"},
      {"char(3)", "VARCHAR"},
      {"varchar(3)", "VARCHAR"},
      {"binary", "BLOB"},
      {"date", "DATE"},
      {"timestamp", "TIMESTAMP"},
      {"decimal(10,2)", "DECIMAL(10,2)"},
      {"array<struct<a:int,b:string>>", "STRUCT(\"a\" INTEGER, \"b\" VARCHAR)[]"},
      {"map<string,array<int>>", "MAP(VARCHAR, INTEGER[])"}};
  for (const auto& [hive, duckdb] : cases) {
    EXPECT_EQ(duckdb_type(*columnar::parse_type(hive)), duckdb);
  }
}

TEST(TableViewsTest, a_table_is_left_alone_only_when_the_text_cannot_name_it) {
  EXPECT_TRUE(may_read("SELECT * FROM HR.Heart_Rate", "heart_rate"));
  EXPECT_FALSE(may_read("SELECT 1", "heart_rate"));
  EXPECT_TRUE(may_read("SELECT * FROM query_table('heart_' || 'rate')", "heart_rate"));
  EXPECT_TRUE(may_read("SELECT * FROM U&\"heart\\005frate\"", "heart_rate"));
  EXPECT_TRUE(may_read("SELECT * FROM \"a\"\"b\"", "a\"b"));
  EXPECT_TRUE(may_read("SELECT 1", "pulsé"));
}

}  // namespace
}  // namespace sluice::query
