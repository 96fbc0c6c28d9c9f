#include "query/athena_ddl.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::query {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TablePlan plan_of(const std::string& prefix) {
  TablePlan plan;
  plan.database = "hr_data";
  plan.name = "heart_rate";
  plan.schema = *columnar::parse_columns("timestamp string, heart_rate int");
  KeyLayout layout = layout_of_prefix(prefix);
  plan.places.push_back(
      {.bucket = "hr", .prefix = layout.root, .excluded = {}, .layout = layout, .values = {}});
  return plan;
}

constexpr const char* seed_prefix =
    "heart_rate_data/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/"
    "session_!{timestamp:HH-mm-ss}/";

TEST(AthenaDdlTest, folders_of_numbers_are_projected_and_the_rest_is_read_whole) {
  const auto ddl = athena_ddl(plan_of(seed_prefix), {.bucket = "real", .first_year = 2025});
  ASSERT_TRUE(ddl);
  EXPECT_EQ(ddl->sql,
            "CREATE EXTERNAL TABLE `hr_data`.`heart_rate` (\n"
            "  `timestamp` string,\n"
            "  `heart_rate` int\n"
            ")\n"
            "PARTITIONED BY (\n"
            "  `year` int,\n"
            "  `month` int,\n"
            "  `day` int\n"
            ")\n"
            "STORED AS PARQUET\n"
            "LOCATION 's3://real/heart_rate_data/'\n"
            "TBLPROPERTIES (\n"
            "  'projection.enabled' = 'true',\n"
            "  'projection.year.type' = 'integer',\n"
            "  'projection.year.range' = '2025,2034',\n"
            "  'projection.year.digits' = '4',\n"
            "  'projection.month.type' = 'integer',\n"
            "  'projection.month.range' = '1,12',\n"
            "  'projection.month.digits' = '2',\n"
            "  'projection.day.type' = 'integer',\n"
            "  'projection.day.range' = '1,31',\n"
            "  'projection.day.digits' = '2',\n"
            "  'storage.location.template' = 's3://real/heart_rate_data/${year}/${month}/${day}/'\n"
            ");\n");
  EXPECT_THAT(ddl->notes,
              ElementsAre("the table sees the years 2025 to 2034; --years sets others",
                          HasSubstr("session is no column there")));
}

TEST(AthenaDdlTest, what_cannot_be_counted_up_is_injected_on_request) {
  const auto ddl = athena_ddl(plan_of(seed_prefix), {.bucket = "", .injects = true});
  ASSERT_TRUE(ddl);
  EXPECT_THAT(ddl->sql, HasSubstr("  `session` string\n"));
  EXPECT_THAT(ddl->sql, HasSubstr("'projection.session.type' = 'injected'"));
  EXPECT_THAT(ddl->sql, HasSubstr("${day}/session_${session}/'"));
}

TEST(AthenaDdlTest, dates_run_up_to_now) {
  const auto ddl = athena_ddl(plan_of("d/dt=!{timestamp:yyyy-MM-dd}/!{timestamp:HH}/"),
                              {.bucket = "", .first_year = 2024, .is_ahead_of_utc = true});
  ASSERT_TRUE(ddl);
  EXPECT_THAT(ddl->sql, HasSubstr("  `dt` string,\n  `hour` int\n"));
  EXPECT_THAT(
      ddl->sql,
      HasSubstr("'projection.dt.format' = 'yyyy-MM-dd',\n  'projection.dt.range' = "
                "'2024-01-01,NOW+1DAYS',\n"
                "  'projection.dt.interval' = '1',\n  'projection.dt.interval.unit' = 'DAYS'"));
  EXPECT_THAT(ddl->sql, HasSubstr("'projection.hour.range' = '0,23'"));
  EXPECT_THAT(ddl->sql, HasSubstr("'s3://hr/d/dt=${dt}/${hour}/'"));
  EXPECT_THAT(athena_ddl(plan_of("!{timestamp:yyyyMM}/"), {})->sql, HasSubstr("MONTHS"));
  EXPECT_THAT(athena_ddl(plan_of("!{timestamp:yyyy-MM-dd-HH}/"), {})->sql,
              HasSubstr("'2020-01-01-00,NOW'"));
}

TEST(AthenaDdlTest, a_table_without_folders_has_no_partitions) {
  const auto ddl = athena_ddl(plan_of("d/!{firehose:random-string}/"), {});
  ASSERT_TRUE(ddl);
  EXPECT_THAT(ddl->sql, Not(HasSubstr("PARTITIONED")));
  EXPECT_THAT(ddl->sql, HasSubstr("LOCATION 's3://hr/d/';\n"));
}

// A table with string keys and a registered partition for each list of values.
TablePlan registered(const std::vector<std::vector<std::string>>& partitions) {
  TablePlan plan = plan_of("");
  plan.location = S3Location{.bucket = "hr", .key = "beats/"};
  plan.places.clear();
  for (const std::vector<std::string>& values : partitions) {
    plan.places.push_back({.bucket = "hr",
                           .prefix = fmt::format("beats/{}/", fmt::join(values, "/")),
                           .excluded = {},
                           .layout = {},
                           .values = values});
  }
  for (std::size_t i = 0; i < partitions.front().size(); ++i) {
    plan.partition_columns.push_back(
        {fmt::format("partition_{}", i), *columnar::parse_type("string")});
  }
  return plan;
}

TEST(AthenaDdlTest, registered_partitions_have_the_tables_own_location_and_keys) {
  const TablePlan plan = registered({{"2025", "a"}, {"2025", "b"}});
  const auto ddl = athena_ddl(plan, {.bucket = ""});
  ASSERT_TRUE(ddl);
  EXPECT_THAT(ddl->sql,
              EndsWith("PARTITIONED BY (\n"
                       "  `partition_0` string,\n"
                       "  `partition_1` string\n"
                       ")\n"
                       "STORED AS PARQUET\n"
                       "LOCATION 's3://hr/beats/';\n"));
  EXPECT_THAT(ddl->notes,
              ElementsAre(HasSubstr("ALTER TABLE `hr_data`.`heart_rate` ADD PARTITION for each of "
                                    "the 2 registered here")));
  EXPECT_EQ(*athena_partitions(plan, {.bucket = "real"}),
            "ALTER TABLE `hr_data`.`heart_rate` ADD IF NOT EXISTS\n"
            "  PARTITION (`partition_0` = '2025', `partition_1` = 'a') "
            "LOCATION 's3://real/beats/2025/a/'\n"
            "  PARTITION (`partition_0` = '2025', `partition_1` = 'b') "
            "LOCATION 's3://real/beats/2025/b/';\n");
}

TEST(AthenaDdlTest, registered_partitions_are_projected_where_a_delivery_stream_writes_them) {
  TablePlan plan = registered({{"2025", "07", "session_15-55"}});
  KeyLayout layout = layout_of_prefix("beats/!{timestamp:yyyy}/!{timestamp:MM}/");
  for (std::size_t i = 0; i < layout.columns.size(); ++i) {
    layout.columns[i].name = plan.partition_columns[i].name;
    layout.columns[i].type = plan.partition_columns[i].type;
    layout.folders[i + 1] = fmt::format("${{partition_{}}}", i);
  }
  layout.columns.push_back({.name = "partition_2",
                            .type = plan.partition_columns[2].type,
                            .segment = 3,
                            .before = {},
                            .after = {},
                            .pattern = {}});
  layout.folders.emplace_back("${partition_2}");
  const auto ddl = athena_ddl(plan, {.bucket = "", .first_year = 2025, .registered = layout});
  ASSERT_TRUE(ddl);
  EXPECT_THAT(ddl->sql, HasSubstr("(\n  `partition_0` string,\n  `partition_1` string\n)"));
  EXPECT_THAT(ddl->sql, HasSubstr("LOCATION 's3://hr/beats/'\n"));
  EXPECT_THAT(ddl->sql, HasSubstr("'projection.partition_0.range' = '2025,2034'"));
  EXPECT_THAT(ddl->sql, HasSubstr("'s3://hr/beats/${partition_0}/${partition_1}/'"));
  EXPECT_THAT(ddl->notes, Contains(HasSubstr("partition_2 is no column there")));
}

TEST(AthenaDdlTest, a_statement_adds_a_hundred_partitions_at_most) {
  std::vector<std::vector<std::string>> values;
  for (int i = 0; i < 201; ++i) {
    values.push_back({std::to_string(i)});
  }
  TablePlan plan = registered(values);
  plan.partition_columns.front().type = *columnar::parse_type("int");
  const std::string sql = *athena_partitions(plan, {});
  EXPECT_EQ(std::ranges::count(sql, ';'), 3);
  EXPECT_THAT(sql, HasSubstr("(`partition_0` = 99) LOCATION 's3://hr/beats/99/';\nALTER TABLE"));
}

TEST(AthenaDdlTest, folders_of_key_and_value_are_found_by_a_repair) {
  TablePlan plan = plan_of("");
  plan.partition_columns = {{"year", *columnar::parse_type("int")}};
  plan.places.front().layout = layout_of_hive("beats/", plan.partition_columns);
  const auto ddl = athena_ddl(plan, {});
  ASSERT_TRUE(ddl);
  EXPECT_THAT(ddl->sql,
              EndsWith("PARTITIONED BY (\n  `year` int\n)\nSTORED AS PARQUET\n"
                       "LOCATION 's3://hr/beats/';\n"));
  EXPECT_THAT(ddl->notes, ElementsAre(HasSubstr("MSCK REPAIR TABLE `hr_data`.`heart_rate`")));
}

TEST(AthenaDdlTest, a_projection_of_the_tables_own_is_kept) {
  TablePlan plan = plan_of("");
  plan.partition_columns = {{"year", *columnar::parse_type("int")}};
  plan.projection = {{"projection.enabled", "true"},
                     {"projection.year.type", "integer"},
                     {"projection.year.range", "2020,2030"},
                     {"storage.location.template", "s3://hr/beats/${year}/"}};
  plan.places.front().layout = layout_of_template("beats/${year}/", plan.partition_columns);
  const auto ddl = athena_ddl(plan, {.bucket = "real"});
  ASSERT_TRUE(ddl);
  EXPECT_THAT(ddl->sql,
              EndsWith("PARTITIONED BY (\n  `year` int\n)\nSTORED AS PARQUET\n"
                       "LOCATION 's3://real/beats/'\n"
                       "TBLPROPERTIES (\n"
                       "  'projection.enabled' = 'true',\n"
                       "  'projection.year.range' = '2020,2030',\n"
                       "  'projection.year.type' = 'integer',\n"
                       "  'storage.location.template' = 's3://real/beats/${year}/'\n"
                       ");\n"));
  EXPECT_THAT(ddl->notes, IsEmpty());
}

TEST(AthenaDdlTest, a_table_that_lies_nowhere_or_twice_is_refused) {
  TablePlan plan = plan_of("d/");
  plan.places.push_back(plan.places.front());
  EXPECT_FALSE(athena_ddl(plan, {}));
  plan.places.clear();
  EXPECT_FALSE(athena_ddl(plan, {}));
  plan = registered({{"2025"}});
  plan.location.reset();
  EXPECT_FALSE(athena_ddl(plan, {}));
  plan = plan_of("d/");
  EXPECT_FALSE(athena_partitions(plan, {}));
  plan.problem = "odd";
  EXPECT_FALSE(athena_ddl(plan, {}));
}

}  // namespace
}  // namespace sluice::query
