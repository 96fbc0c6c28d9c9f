#include "query/partition_columns.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::query {
namespace {

// "year:int@1 session:string@4[session_]"
std::string text_of(const KeyLayout& layout) {
  std::string out;
  for (const PartitionColumn& column : layout.columns) {
    out += fmt::format("{}{}:{}@{}",
                       out.empty() ? "" : " ",
                       column.name,
                       columnar::to_string(column.type),
                       column.segment);
    if (!column.before.empty() || !column.after.empty()) {
      out += fmt::format("[{}|{}]", column.before, column.after);
    }
  }
  return out;
}

std::vector<columnar::Field> fields(std::string_view text) {
  return columnar::parse_columns(text)->columns;
}

TEST(PartitionColumnsTest, a_prefix_implies_a_column_for_each_folder_of_time) {
  struct Case {
    std::optional<std::string> prefix;
    const char* root;
    const char* columns;
    const char* folders;
  };

  const Case cases[] = {
      {std::nullopt,
       "",
       "year:int@0 month:int@1 day:int@2 hour:int@3",
       "${year}/${month}/${day}/${hour}"},
      {"data/",
       "data/",
       "year:int@1 month:int@2 day:int@3 hour:int@4",
       "data/${year}/${month}/${day}/${hour}"},
      {"data-",
       "",
       "year:int@0[data-|] month:int@1 day:int@2 hour:int@3",
       "data-${year}/${month}/${day}/${hour}"},
      {"heart_rate_data/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/"
       "session_!{timestamp:HH-mm-ss}/",
       "heart_rate_data/",
       "year:int@1 month:int@2 day:int@3 session:string@4[session_|]",
       "heart_rate_data/${year}/${month}/${day}/session_${session}"},
      {"a/b/!{timestamp:yyyy/MM/dd}/",
       "a/b/",
       "year:int@2 month:int@3 day:int@4",
       "a/b/${year}/${month}/${day}"},
      {"year=!{timestamp:yyyy}/month=!{timestamp:MM}/dt=!{timestamp:yyyy-MM-dd}/",
       "",
       "year:int@0[year=|] month:int@1[month=|] dt:date@2[dt=|]",
       "year=${year}/month=${month}/dt=${dt}"},
      {"!{timestamp:yyyy-MM-dd}/", "", "date:date@0", "${date}"},
      {"!{timestamp:yyyyMMdd}/!{timestamp:yyyyMM}/!{timestamp:HHmm}/",
       "",
       "date:string@0 year_month:string@1 time:string@2",
       "${date}/${year_month}/${time}"},
      {"!{timestamp:yyyy-MM-dd'T'HH}/", "", "date_hour:string@0", "${date_hour}"},
      {"!{timestamp:MMM}/!{timestamp:EEEE}/",
       "",
       "month:string@0 partition_1:string@1",
       "${month}/${partition_1}"},
      {"!{timestamp:dd}/!{timestamp:dd}/",
       "",
       "day:int@0 partition_1:int@1",
       "${day}/${partition_1}"},
      {"data/customer=!{partitionKeyFromQuery:c}/!{partitionKeyFromQuery:Device_2}/"
       "y=!{timestamp:yyyy}/x!{partitionKeyFromQuery:a b}/",
       "data/",
       "customer:string@1[customer=|] device_2:string@2 y:int@3[y=|] partition_3:string@4[x|]",
       "data/customer=${customer}/${device_2}/y=${y}/x${partition_3}"},
      {"a/!{event-time:yyyy}/m=!{event-time:MM}/",
       "a/",
       "year:int@1 m:int@2[m=|]",
       "a/${year}/m=${m}"},
      // Where a value ends and something else begins is not known.
      {"a/!{partitionKeyFromQuery:c}!{partitionKeyFromQuery:d}/!{timestamp:yyyy}/",
       "a/",
       "year:int@2",
       "a"},
      {"a/!{partitionKeyFromQuery:c}-!{timestamp:MM}/!{timestamp:yyyy}/", "a/", "year:int@2", "a"},
      // What ends without a slash begins the object's own name.
      {"a/!{timestamp:yyyy}/x-!{timestamp:MM}", "a/", "year:int@1", "a/${year}"},
      // Nothing can be said of a random string, and a template ends before it.
      {"a/!{firehose:random-string}/!{timestamp:yyyy}/", "a/", "year:int@2", "a"},
      {"a/!{timestamp:yyyy'/'MM}/", "a/", "year:int@1 month:int@2", "a/${year}/${month}"},
      {"a/!{timestamp:'it''s' HH}/", "a/", "hour:int@1[it's |]", "a/it's ${hour}"},
      {"Run-!{timestamp:HH-mm}.x/", "", "run:string@0[Run-|.x]", "Run-${run}.x"},
  };
  for (const Case& each : cases) {
    const KeyLayout layout = layout_of_prefix(each.prefix);
    const std::string name = each.prefix.value_or("(none)");
    EXPECT_EQ(layout.root, each.root) << name;
    EXPECT_EQ(text_of(layout), each.columns) << name;
    EXPECT_EQ(fmt::format("{}", fmt::join(layout.folders, "/")), each.folders) << name;
  }
}

TEST(PartitionColumnsTest, a_template_takes_names_and_types_from_the_table) {
  const auto keys = fields("year int, session string");
  KeyLayout layout = layout_of_template("data/${year}/s_${session}/", keys);
  EXPECT_EQ(layout.root, "data/");
  EXPECT_EQ(text_of(layout), "year:int@1 session:string@2[s_|]");
  EXPECT_EQ(text_of(layout_of_template("${Year}", keys)), "year:int@0");
  EXPECT_EQ(text_of(layout_of_template("a/${other}/${year}", keys)), "");
  EXPECT_EQ(text_of(layout_of_template("a/${year}-${session}/", keys)), "");
  layout = layout_of_hive("data", keys);
  EXPECT_EQ(layout.root, "data/");
  EXPECT_EQ(text_of(layout), "year:int@1[year=|] session:string@2[session=|]");
}

TEST(PartitionColumnsTest, folders_named_by_key_are_columns_when_all_have_them) {
  const auto names = [](const std::vector<std::string>& keys) {
    std::string out;
    for (const auto& field : hive_keys_in("t/", keys)) {
      out += field.name + " ";
    }
    return out;
  };
  EXPECT_EQ(names({"t/year=2025/month=07/a.parquet", "t/year=2024/month=01/b.parquet"}),
            "year month ");
  EXPECT_EQ(names({"t/year=2025/month=07/a.parquet", "t/year=2024/b.parquet"}), "year ");
  EXPECT_EQ(names({"t/year=2025/a.parquet", "t/b.parquet"}), "");
  EXPECT_EQ(names({"t/x=1.parquet"}), "");
  EXPECT_EQ(names({"t/=1/a.parquet"}), "");
  EXPECT_EQ(names({}), "");
}

TEST(PartitionColumnsTest, a_value_is_taken_only_from_a_key_that_looks_right) {
  const KeyLayout layout = layout_of_prefix("d/!{timestamp:yyyy}/session_!{timestamp:HH-mm}.x/");
  const PartitionColumn& year = layout.columns.at(0);
  const PartitionColumn& session = layout.columns.at(1);
  EXPECT_EQ(value_of(year, "d/2025/session_1.x/a"), "2025");
  EXPECT_EQ(value_of(session, "d/2025/session_21-25.x/a"), "21-25");
  EXPECT_EQ(value_of(session, "d/2025/session_.x/a"), "");
  for (const char* key :
       {"d/2025/session_21-25/a", "d/2025/sess.x/a", "d/2025", "", "d/2025/session_1.x"}) {
    EXPECT_EQ(value_of(session, key), std::nullopt) << key;
  }
}

}  // namespace
}  // namespace sluice::query
