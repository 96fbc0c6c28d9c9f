#include "query/athena_ddl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
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
              ElementsAre("the table sees the years 2025 to 2034",
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

TEST(AthenaDdlTest, a_table_that_lies_nowhere_or_twice_is_refused) {
  TablePlan plan = plan_of("d/");
  plan.places.push_back(plan.places.front());
  EXPECT_FALSE(athena_ddl(plan, {}));
  plan.places.clear();
  EXPECT_FALSE(athena_ddl(plan, {}));
  plan = plan_of("d/");
  plan.problem = "odd";
  EXPECT_FALSE(athena_ddl(plan, {}));
}

}  // namespace
}  // namespace sluice::query
