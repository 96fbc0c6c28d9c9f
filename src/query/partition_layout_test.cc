#include "query/partition_layout.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sluice::query {
namespace {

// As a crawler writes it: string keys, a registered partition for each folder.
TablePlan crawled(const std::string& location, const std::vector<std::string>& values) {
  catalog::Table table;
  table.database = "hr";
  table.name = "heart_rate_data";
  table.columns = {{"heart_rate", "int", ""}};
  table.location = location;
  catalog::Partition partition;
  partition.location = location;
  for (const std::string& value : values) {
    table.partition_keys.push_back(
        {fmt::format("partition_{}", table.partition_keys.size()), "string", ""});
    partition.values.push_back(value);
    partition.location += value + "/";
  }
  return plan_table(table, {}, {{partition}});
}

delivery::DeliveryStream stream_to(const std::string& bucket, const std::string& prefix) {
  delivery::DeliveryStream stream;
  stream.name = "to-" + bucket;
  stream.s3.bucket_arn = "arn:aws:s3:::" + bucket;
  stream.s3.prefix = prefix;
  return stream;
}

std::string text_of(const std::optional<PartitionLayout>& layout) {
  if (!layout) {
    return "none";
  }
  std::string out = fmt::format("{} {}",
                                layout->writer == nullptr ? "nobody" : layout->writer->name,
                                fmt::join(layout->keys.folders, "/"));
  for (const PartitionColumn& column : layout->keys.columns) {
    out += fmt::format(" {}:{}", column.segment, column.pattern);
  }
  return out;
}

TEST(PartitionLayoutTest, the_delivery_stream_that_writes_there_lends_its_patterns) {
  const TablePlan plan = crawled("s3://hr/beats/", {"2025", "07", "session_15-55"});
  const std::string prefix = "beats/!{timestamp:yyyy/MM}/session_!{timestamp:HH-mm}/";
  const std::vector streams = {stream_to("other", prefix),
                               stream_to("hr", "beats/!{timestamp:yyyy}/"),
                               stream_to("hr", prefix)};
  EXPECT_EQ(text_of(layout_of_partitions(plan, streams)),
            "to-hr beats/${partition_0}/${partition_1}/${partition_2} 1:yyyy 2:MM 3:");
  EXPECT_EQ(text_of(layout_of_partitions(plan, std::span(streams).first(2))),
            "nobody beats/${partition_0}/${partition_1}/${partition_2} 1: 2: 3:");
}

TEST(PartitionLayoutTest, the_first_year_is_that_of_the_partitions) {
  const std::vector streams = {stream_to("hr", "beats/!{timestamp:yyyy}/")};
  TablePlan plan = crawled("s3://hr/beats/", {"2025"});
  plan.places.push_back(plan.places.front());
  plan.places.back().values = {"2023"};
  plan.places.back().prefix = "beats/2023/";
  EXPECT_EQ(layout_of_partitions(plan, streams)->first_year, 2023);
  plan = crawled("s3://hr/beats/", {"notes"});
  EXPECT_EQ(layout_of_partitions(plan, streams)->first_year, std::nullopt);
}

TEST(PartitionLayoutTest, partitions_elsewhere_have_no_layout) {
  TablePlan plan = crawled("s3://hr/beats/", {"2025"});
  plan.places.front().bucket = "other";
  EXPECT_EQ(text_of(layout_of_partitions(plan, {})), "none");
  plan = crawled("s3://hr/beats/", {"2025"});
  plan.places.front().prefix = "elsewhere/2025/";
  EXPECT_EQ(text_of(layout_of_partitions(plan, {})), "none");
  plan = crawled("s3://hr/beats/", {"2025"});
  plan.segments.front()->segment = 2;
  EXPECT_EQ(text_of(layout_of_partitions(plan, {})), "none");
  plan = crawled("s3://hr/beats/", {"2025"});
  plan.location.reset();
  EXPECT_EQ(text_of(layout_of_partitions(plan, {})), "none");
}

TEST(PartitionLayoutTest, a_table_without_registered_partitions_has_none) {
  TablePlan plan;
  plan.location = S3Location{.bucket = "hr", .key = "beats/"};
  plan.places.push_back(
      {.bucket = "hr", .prefix = "beats/", .excluded = {}, .layout = {}, .values = {}});
  EXPECT_EQ(text_of(layout_of_partitions(plan, {})), "none");
}

}  // namespace
}  // namespace sluice::query
