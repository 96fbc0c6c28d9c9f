#include "query/table_plan.h"

#include "json/document.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sluice::query {
namespace {

catalog::Table table_of(const std::string& input) {
  auto document = json::Document::parse(Bytes(input));
  catalog::Table table = *catalog::parse_table_input(document->root());
  table.database = "hr_data";
  return table;
}

catalog::Table table_with(const std::string& members) {
  return table_of(
      R"({"Name":"heart_rate","StorageDescriptor":{"Columns":[{"Name":"timestamp","Type":"string"},)"
      R"({"Name":"heart_rate","Type":"int"}])" +
      members + "}");
}

delivery::DeliveryStream stream_to(const std::string& table, const std::string& prefix) {
  delivery::DeliveryStream stream;
  stream.s3.bucket_arn = "arn:aws:s3:::bucket";
  stream.s3.prefix = prefix;
  stream.s3.conversion.emplace();
  stream.s3.conversion->schema = delivery::SchemaReference{.role_arn = {},
                                                           .catalog_id = {},
                                                           .database = "HR_Data",
                                                           .table = table,
                                                           .region = {},
                                                           .version_id = {}};
  return stream;
}

std::string columns_of(const TablePlan& plan) {
  std::string out;
  for (const auto& column : plan.partition_columns) {
    out += column.name + " " + columnar::to_string(column.type) + ", ";
  }
  return out;
}

std::string places_of(const TablePlan& plan) {
  std::string out;
  for (const TablePlace& place : plan.places) {
    out += fmt::format("{}:{}[{}] ", place.bucket, place.prefix, fmt::join(place.values, ","));
  }
  return out;
}

TEST(TablePlanTest, a_delivery_stream_says_where_its_table_lies_and_which_columns_its_prefix_has) {
  const std::vector streams = {stream_to("heart_rate", "hr/!{timestamp:yyyy/MM}/"),
                               stream_to("other", "other/")};
  const TablePlan plan = plan_table(table_with("}"), streams, {});
  EXPECT_EQ(plan.problem, "");
  EXPECT_EQ(places_of(plan), "bucket:hr/[] ");
  EXPECT_EQ(columns_of(plan), "year int, month int, ");
  EXPECT_EQ(partition_value(plan, plan.places[0], 1, "hr/2025/07/a.parquet"), "07");
}

TEST(TablePlanTest, two_streams_into_one_table_are_two_places) {
  const std::vector streams = {stream_to("heart_rate", "a/!{timestamp:yyyy}/"),
                               stream_to("heart_rate", "b/!{timestamp:yyyy/MM}/")};
  const TablePlan plan = plan_table(table_with("}"), streams, {});
  EXPECT_EQ(places_of(plan), "bucket:a/[] bucket:b/[] ");
  EXPECT_EQ(columns_of(plan), "year int, month int, ");
  EXPECT_EQ(partition_value(plan, plan.places[0], 1, "a/2025/x"), std::nullopt);
  ASSERT_EQ(plan.segments.size(), 2);
  EXPECT_EQ(plan.segments[0]->segment, 1);
  EXPECT_FALSE(plan.segments[1]);
}

TEST(TablePlanTest, a_column_of_the_table_keeps_its_name) {
  const std::vector streams = {
      stream_to("heart_rate", "!{timestamp:yyyy}/timestamp_!{timestamp:HH-mm}/")};
  const TablePlan plan = plan_table(table_with("}"), streams, {});
  EXPECT_EQ(columns_of(plan), "year int, partition_timestamp string, ");
  EXPECT_EQ(plan.places[0].layout.folders[1], "timestamp_${partition_timestamp}");
}

TEST(TablePlanTest, a_table_that_nothing_fills_lies_at_its_location) {
  EXPECT_EQ(places_of(plan_table(table_with(R"(,"Location":"s3://b/some/where"})"), {}, {})),
            "b:some/where/[] ");
  EXPECT_EQ(places_of(plan_table(table_with(R"(,"Location":"s3://b"})"), {}, {})), "b:[] ");
  EXPECT_EQ(places_of(plan_table(table_with("}"), {}, {})), "");
  EXPECT_EQ(places_of(plan_table(table_with(R"(,"Location":"file:///etc"})"), {}, {})), "");
}

TEST(TablePlanTest, declared_partition_keys_have_their_declared_types) {
  const std::string keys =
      R"(,"Location":"s3://b/t/"},"PartitionKeys":[{"Name":"year","Type":"string"},{"Name":"month","Type":"bigint"}])";
  const std::vector<delivery::DeliveryStream> none;
  TablePlan plan = plan_table(table_with(keys), none, {});
  EXPECT_EQ(columns_of(plan), "year string, month bigint, ");
  EXPECT_EQ(partition_value(plan, plan.places[0], 1, "t/year=2025/month=07/x"), "07");

  // By the prefix of a delivery stream that has them all,
  plan = plan_table(
      table_with(keys), std::vector{stream_to("heart_rate", "d/!{timestamp:yyyy/MM/dd}/")}, {});
  EXPECT_EQ(columns_of(plan), "year string, month bigint, ");
  EXPECT_EQ(partition_value(plan, plan.places[0], 1, "d/2025/07/13/x"), "07");

  // else by folders of key=value there,
  plan = plan_table(
      table_with(keys), std::vector{stream_to("heart_rate", "d/!{timestamp:yyyyMM}/")}, {});
  EXPECT_EQ(partition_value(plan, plan.places[0], 1, "d/year=2025/month=07/x"), "07");

  // by a projection's template,
  const std::string projection =
      keys +
      R"(,"Parameters":{"projection.enabled":"TRUE","storage.location.template":"s3://b/x/${year}-m/${month}"})";
  plan = plan_table(table_with(projection), {}, {});
  EXPECT_EQ(places_of(plan), "b:x/[] ");
  EXPECT_EQ(partition_value(plan, plan.places[0], 0, "x/2025-m/07/x"), "2025");

  // and before all by what is registered.
  catalog::Partition partition;
  partition.values = {"2025", "7"};
  partition.location = "s3://b/anywhere";
  plan = plan_table(table_with(projection), {}, std::vector{partition});
  EXPECT_EQ(places_of(plan), "b:anywhere/[2025,7] ");
  EXPECT_EQ(partition_value(plan, plan.places[0], 1, "anywhere/x"), "7");
}

TEST(TablePlanTest, a_plan_knows_the_tables_own_location_and_projection) {
  const TablePlan plan = plan_table(
      table_with(R"(,"Location":"s3://bucket/hr"},"PartitionKeys":[{"Name":"year","Type":"int"}],)"
                 R"("Parameters":{"projection.enabled":"TRUE","projection.year.type":"integer",)"
                 R"("storage.location.template":"s3://bucket/hr/${year}/","classification":"x"})"),
      {},
      {});
  EXPECT_EQ(plan.location, (S3Location{.bucket = "bucket", .key = "hr"}));
  EXPECT_EQ(plan.projection.size(), 3);
  EXPECT_EQ(plan.projection.count("classification"), 0);
  EXPECT_EQ(plan_table(table_with("}"), {}, {}).location, std::nullopt);
}

TEST(TablePlanTest, a_value_that_stands_in_every_key_is_taken_from_there) {
  const auto table = table_with(
      R"(},"PartitionKeys":[{"Name":"year","Type":"string"},{"Name":"month","Type":"string"}])");
  const auto partition = [](std::vector<std::string> values, const std::string& location) {
    catalog::Partition one;
    one.values = std::move(values);
    one.location = location;
    return one;
  };
  const auto segments = [&](const std::vector<catalog::Partition>& partitions) {
    std::string out;
    for (const auto& segment : plan_table(table, {}, partitions).segments) {
      out += segment ? fmt::format("{}[{}] ", segment->segment, segment->before) : "none ";
    }
    return out;
  };
  EXPECT_EQ(segments({partition({"2025", "07"}, "s3://b/t/2025/07"),
                      partition({"2024", "12"}, "s3://b/t/2024/12/")}),
            "1[] 2[] ");
  EXPECT_EQ(segments({partition({"2025", "07"}, "s3://b/t/year=2025/07")}), "1[year=] 2[] ");
  EXPECT_EQ(segments({partition({"12", "12"}, "s3://b/12/12")}), "0[] 1[] ");
  EXPECT_EQ(segments({partition({"2025", "07"}, "s3://b/t/2025/07"),
                      partition({"2024", "12"}, "s3://b/t/2024/december")}),
            "1[] none ");
  EXPECT_EQ(segments({partition({"2025", "07"}, "s3://b/elsewhere")}), "none none ");
}

TEST(TablePlanTest, folders_of_key_and_value_imply_columns_where_nothing_else_does) {
  TablePlan plan = plan_table(table_with(R"(,"Location":"s3://b/t/"})"), {}, {});
  add_hive_columns(plan, {"t/dt=2025-07-13/heart_rate=1/a", "t/dt=2025-07-14/heart_rate=2/b"});
  EXPECT_EQ(columns_of(plan), "dt string, ");
  EXPECT_EQ(partition_value(plan, plan.places[0], 0, "t/dt=2025-07-13/heart_rate=1/a"),
            "2025-07-13");
}

TEST(TablePlanTest, error_output_among_the_data_is_not_data) {
  auto stream = stream_to("heart_rate", "hr/");
  EXPECT_EQ(plan_table(table_with("}"), std::vector{stream}, {}).places[0].excluded,
            std::vector<std::string>{"hr/format-conversion-failed"});
  stream.s3.error_output_prefix = "hr/errors/!{firehose:error-output-type}/";
  EXPECT_EQ(plan_table(table_with("}"), std::vector{stream}, {}).places[0].excluded,
            std::vector<std::string>{"hr/errors/"});
  stream.s3.error_output_prefix = "elsewhere/";
  EXPECT_TRUE(plan_table(table_with("}"), std::vector{stream}, {}).places[0].excluded.empty());
}

TEST(TablePlanTest, a_table_of_impossible_columns_says_so) {
  const auto input = [](const std::string& type) {
    return table_of(R"({"Name":"t","StorageDescriptor":{"Columns":[{"Name":"a","Type":")" + type +
                    R"("}]}})");
  };
  EXPECT_NE(plan_table(input("nonsense"), {}, {}).problem, "");
  EXPECT_EQ(plan_table(input("int"), {}, {}).problem, "");
  EXPECT_NE(
      plan_table(table_with(R"(},"PartitionKeys":[{"Name":"timestamp","Type":"int"}])"), {}, {})
          .problem,
      "");
  EXPECT_NE(
      plan_table(table_with(R"(},"PartitionKeys":[{"Name":"x","Type":"huge"}])"), {}, {}).problem,
      "");
}

TEST(TablePlanTest, an_s3_location_is_a_bucket_and_a_key) {
  EXPECT_EQ(parse_s3_location("s3://b/k/l")->key, "k/l");
  EXPECT_EQ(parse_s3_location("s3a://b/")->key, "");
  EXPECT_EQ(parse_s3_location("s3n://b")->bucket, "b");
  for (const char* text : {"", "s3://", "s3:///k", "b/k", "S3://b/k", "https://b/k"}) {
    EXPECT_FALSE(parse_s3_location(text)) << text;
  }
}

}  // namespace
}  // namespace sluice::query
