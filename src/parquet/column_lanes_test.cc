// Tests of parquet/column_lanes.h: lanes share out columns and change nothing that is written.
#include "parquet/column_lanes.h"

#include "parquet/batch_for_test.h"

#include <gtest/gtest.h>

#include <thread>

namespace sluice::parquet {
namespace {

columnar::Schema wide_schema() {
  return *columnar::parse_columns(
      "a string, b int, c bigint, d double, e boolean, f string, g array<int>, h timestamp");
}

columnar::RowBatch rows(std::size_t first, std::size_t count) {
  columnar::RowBatch batch(wide_schema());
  for (std::size_t row = first; row < first + count; ++row) {
    const auto number = static_cast<std::int32_t>(row * 2'654'435'761U % 1'000'000);
    batch.column(0).append_bytes("text " + std::to_string(number));
    row % 7 == 0 ? batch.column(1).append_null() : batch.column(1).append_int32(number);
    batch.column(2).append_int64(number * 1'000'000LL);
    batch.column(3).append_double(number / 8.0);
    batch.column(4).append_bool(row % 3 == 0);
    batch.column(5).append_bytes(row % 2 == 0 ? "even" : "odd");
    batch.column(6).append_int32(number);
    batch.column(6).append_int32(number + 1, 1);
    batch.column(7).append_int64(number * 1000LL);
    batch.end_row();
  }
  return batch;
}

// All lanes of a step at once, each in a thread of its own.
Bytes file_of_lanes(std::size_t lanes, WriterOptions options) {
  options.lanes = lanes;
  MemorySink sink;
  FileWriter writer(wide_schema(), options, sink);
  for (std::size_t first = 0; first < 20'000; first += 5000) {
    const columnar::RowBatch batch = rows(first, 5000);
    EXPECT_TRUE(writer.begin_rows(batch));
    while (*writer.next_rows()) {
      std::vector<std::thread> threads;
      for (std::size_t lane = 0; lane < writer.lanes(); ++lane) {
        threads.emplace_back([&writer, lane] { EXPECT_TRUE(writer.append_lane(lane)); });
      }
      for (std::thread& thread : threads) {
        thread.join();
      }
    }
    EXPECT_EQ(writer.rows_taken(), 5000U);
  }
  EXPECT_TRUE(writer.finish());
  EXPECT_EQ(writer.rows(), 20'000U);
  return sink.bytes();
}

TEST(ColumnLanes, TheFileIsTheSameHoweverManyThereAre) {
  for (const std::size_t row_group_bytes : {std::size_t{100'000}, std::size_t{1} << 27}) {
    WriterOptions options;
    options.row_group_bytes_max = row_group_bytes;
    options.page_rows_max = 1000;
    options.bloom_filter_columns = {{.column = "a"}, {.column = "h"}};
    MemorySink sink;
    FileWriter writer(wide_schema(), options, sink);
    // In batches of other sizes than the lanes get.
    for (std::size_t first = 0; first < 20'000; first += 400) {
      ASSERT_TRUE(writer.append(rows(first, 400)));
    }
    ASSERT_TRUE(writer.finish());
    for (const std::size_t lanes : {1U, 2U, 3U, 100U}) {
      EXPECT_EQ(file_of_lanes(lanes, options), sink.bytes()) << lanes << " " << row_group_bytes;
    }
  }
}

TEST(ColumnLanes, ThereIsNoneWithoutAColumn) {
  MemorySink sink;
  WriterOptions options;
  options.lanes = 8;
  EXPECT_EQ(FileWriter(*columnar::parse_columns("a int, b int"), options, sink).lanes(), 2U);
}

TEST(FileWriter, AFullFileTakesNoMoreRows) {
  WriterOptions options;
  options.row_group_rows_max = 1000;
  options.file_bytes_max = 1;
  MemorySink sink;
  FileWriter writer(wide_schema(), options, sink);
  const columnar::RowBatch batch = rows(0, 5000);
  // The magic alone fills this one.
  ASSERT_TRUE(writer.begin_rows(batch));
  EXPECT_FALSE(*writer.next_rows());
  EXPECT_EQ(writer.rows_taken(), 0U);
  options.file_bytes_max = 100;
  MemorySink second_sink;
  FileWriter second(wide_schema(), options, second_sink);
  ASSERT_TRUE(second.begin_rows(batch));
  std::size_t steps = 0;
  while (*second.next_rows()) {
    for (std::size_t lane = 0; lane < second.lanes(); ++lane) {
      ASSERT_TRUE(second.append_lane(lane));
    }
    ++steps;
  }
  EXPECT_EQ(steps, 1U);
  EXPECT_EQ(second.rows_taken(), 1000U);
  EXPECT_TRUE(second.is_full());
  EXPECT_EQ(second.rows(), 1000U);
}

}  // namespace
}  // namespace sluice::parquet
