// Rows sorted before they are written: whole, stable, the same in any batching; and what the file
// says of their order.
#include "parquet/row_sorter.h"

#include "parquet/batch_for_test.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::parquet {

namespace {

using columnar::Column;
using columnar::RowBatch;
using columnar::Schema;

constexpr std::string_view columns = "n int, user string, at bigint, tags array<string>";

// `at` numbers the rows; tags repeat that number, so that a torn row shows.
RowBatch sample(std::size_t rows, std::uint64_t seed) {
  SeededRandom random(seed);
  RowBatch batch(schema_of(columns));
  for (std::size_t row = 0; row < rows; ++row) {
    if (random.below(10) == 0) {
      batch.column(0).append_null();
    } else {
      batch.column(0).append_int32(static_cast<std::int32_t>(random.below(50)) - 25);
    }
    batch.column(1).append_bytes(fmt::format("a user with a name {}", random.below(9)));
    batch.column(2).append_int64(static_cast<std::int64_t>(row));
    const std::uint64_t tags = random.below(3);
    for (std::uint64_t i = 0; i < tags; ++i) {
      batch.column(3).append_bytes(fmt::format("{}.{}", row, i), i == 0 ? 0 : 1);
    }
    if (tags == 0) {
      batch.column(3).append_null(1);
    }
    batch.end_row();
  }
  return batch;
}

struct Row {
  std::optional<std::int32_t> n;
  std::string user;
  std::int64_t at = 0;
};

// The rows of one row group; checks that the tags belong to them.
std::vector<Row> rows_of(const FileReader& file, std::size_t group) {
  const Column n = file.read_column(group, 0).value();
  const Column user = file.read_column(group, 1).value();
  const Column at = file.read_column(group, 2).value();
  const Column tags = file.read_column(group, 3).value();
  std::vector<Row> rows;
  std::size_t number = 0;
  for (std::size_t row = 0; row < at.values(); ++row) {
    Row& added = rows.emplace_back(
        Row{.n = {}, .user = std::string(user.bytes(row)), .at = at.fixed<std::int64_t>()[row]});
    if (n.definition_levels().empty() || n.definition_levels()[row] == 1) {
      added.n = n.fixed<std::int32_t>()[number++];
    }
  }
  std::size_t row = 0;
  std::size_t tag = 0;
  for (std::size_t entry = 0; entry < tags.entries(); ++entry) {
    row += entry > 0 && tags.repetition_levels()[entry] == 0 ? 1 : 0;
    if (tags.definition_levels()[entry] == 3) {
      const std::string text(tags.bytes(tag++));
      EXPECT_EQ(text.substr(0, text.find('.')), std::to_string(rows[row].at));
    }
  }
  EXPECT_EQ(row + 1, rows.size());
  return rows;
}

// n down with nulls first, then user up, then as they came.
bool is_before(const Row& left, const Row& right) {
  if (left.n != right.n) {
    return !left.n || (right.n && *left.n > *right.n);
  }
  return left.user != right.user ? left.user < right.user : left.at < right.at;
}

WriterOptions sorted(std::size_t bytes_max = std::size_t{128} << 20) {
  WriterOptions options;
  options.sort_by = {{"n", true, true}, {"user"}};
  options.sort_bytes_max = bytes_max;
  return options;
}

TEST(RowSorter, AnObjectComesSortedAndSaysSo) {
  const RowBatch batch = sample(3'000, 1);
  const Bytes file = file_of(schema_of(columns), sorted(), {&batch});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader) << reader.error().message();
  ASSERT_EQ(reader->metadata().row_groups.size(), 1U);
  const std::vector<Row> rows = rows_of(*reader, 0);
  ASSERT_EQ(rows.size(), 3'000U);
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(), is_before)) << "and equal rows are stable";
  const std::vector<SortingColumn>& claim = reader->metadata().row_groups[0].sorting_columns;
  ASSERT_EQ(claim.size(), 2U);
  EXPECT_EQ(claim[0].column_idx, 0);
  EXPECT_TRUE(claim[0].descending);
  EXPECT_TRUE(claim[0].nulls_first);
  EXPECT_EQ(claim[1].column_idx, 1);
  EXPECT_FALSE(claim[1].descending);
}

TEST(RowSorter, ALongObjectIsSortedRunByRun) {
  const RowBatch batch = sample(5'000, 2);
  const Bytes file = file_of(schema_of(columns), sorted(40'000), {&batch});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader) << reader.error().message();
  const std::size_t groups = reader->metadata().row_groups.size();
  EXPECT_GT(groups, 4U);
  std::int64_t first = 0;
  for (std::size_t group = 0; group < groups; ++group) {
    std::vector<Row> rows = rows_of(*reader, group);
    EXPECT_EQ(reader->metadata().row_groups[group].sorting_columns.size(), 2U);
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(), is_before));
    EXPECT_TRUE(group + 1 == groups || rows.size() % row_sorter_step == 0);
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.at < b.at; });
    for (const Row& row : rows) {
      ASSERT_EQ(row.at, first++) << "a run holds rows that came one after the other";
    }
  }
  EXPECT_EQ(first, 5'000);
}

TEST(RowSorter, ARunMayBeSplitIntoRowGroups) {
  const RowBatch batch = sample(3'000, 3);
  WriterOptions options = sorted();
  options.row_group_rows_max = 1'000;
  const Bytes file = file_of(schema_of(columns), options, {&batch});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader) << reader.error().message();
  ASSERT_EQ(reader->metadata().row_groups.size(), 3U);
  std::vector<Row> all;
  for (std::size_t group = 0; group < 3; ++group) {
    const std::vector<Row> rows = rows_of(*reader, group);
    all.insert(all.end(), rows.begin(), rows.end());
    EXPECT_EQ(reader->metadata().row_groups[group].sorting_columns.size(), 2U);
  }
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), is_before));
}

TEST(RowSorter, TheBytesDoNotDependOnBatches) {
  const Schema schema = schema_of(columns);
  const RowBatch batch = sample(4'000, 4);
  const Bytes whole = file_of(schema, sorted(60'000), {&batch});
  for (std::size_t step : {1U, 100U, 1'001U}) {
    MemorySink sink;
    FileWriter writer(schema, sorted(60'000), sink);
    const columnar::RowPicker picker(batch);
    RowBatch piece(schema);
    for (std::size_t row = 0; row < batch.rows(); row += step) {
      picker.append(row, std::min(step, batch.rows() - row), piece);
      ASSERT_TRUE(writer.append(piece));
      piece.clear();
    }
    EXPECT_EQ(writer.rows(), 4'000U);
    ASSERT_TRUE(writer.finish());
    EXPECT_EQ(sink.bytes(), whole) << step;
  }
}

TEST(RowSorter, SortedRowsStayAndRowsThatWaitAreCountedAsHeld) {
  const Schema schema = schema_of("n bigint");
  RowBatch batch(schema);
  for (std::int64_t i = 0; i < 100'000; ++i) {
    batch.column(0).append_int64(i / 3);
    batch.end_row();
  }
  WriterOptions options;
  options.sort_by = {{"n"}};
  MemorySink sink;
  FileWriter writer(schema, options, sink);
  ASSERT_TRUE(writer.append(batch));
  EXPECT_GE(writer.bytes_held(), 800'000U);
  EXPECT_EQ(writer.bytes_written(), 4U) << "the rows wait";
  ASSERT_TRUE(writer.finish());
  options.sort_by.clear();
  options.note_order = true;
  EXPECT_EQ(file_of(schema, options, {&batch}), sink.bytes());
}

TEST(RowSorter, OrderIsNotedOnlyWhenAskedForAndTrue) {
  const Schema schema = schema_of("tags array<int>, n bigint");

  struct Case {
    std::vector<std::int64_t> values;
    bool note;
    std::size_t claims;
  };

  const Case cases[] = {{{1, 2, 3}, false, 0}, {{1, 2, 3}, true, 1}, {{1, 3, 2}, true, 0}};
  for (const Case& each : cases) {
    RowBatch batch(schema);
    for (std::int64_t value : each.values) {
      batch.column(0).append_null();
      batch.column(1).append_int64(value);
      batch.end_row();
    }
    WriterOptions options;
    options.note_order = each.note;
    const Bytes file = file_of(schema, options, {&batch});
    const Result<FileReader> reader = FileReader::open(file);
    ASSERT_TRUE(reader);
    const auto& claim = reader->metadata().row_groups[0].sorting_columns;
    ASSERT_EQ(claim.size(), each.claims);
    if (!claim.empty()) {
      EXPECT_EQ(claim[0].column_idx, 1) << "the first column with one value a row";
      EXPECT_FALSE(claim[0].descending);
    }
  }
}

// Milliseconds of equal value may hide that microseconds were sorted by: the claim is of what is
// stored.
TEST(RowSorter, TheClaimIsOfStoredValues) {
  const Schema schema = schema_of("t timestamp, n int");
  RowBatch batch(schema);
  for (std::int32_t i = 0; i < 4; ++i) {
    batch.column(0).append_int64(i);
    batch.column(1).append_int32(-i);
    batch.end_row();
  }
  WriterOptions options;
  options.sort_by = {{"t"}, {"n"}};
  for (TimestampUnit unit : {TimestampUnit::micros, TimestampUnit::millis, TimestampUnit::int96}) {
    options.physical.timestamp = unit;
    const Bytes file = file_of(schema, options, {&batch});
    const Result<FileReader> reader = FileReader::open(file);
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->metadata().row_groups[0].sorting_columns.size(),
              unit == TimestampUnit::micros ? 2U : 0U);
  }
}

TEST(RowSorter, AnObjectWithoutRowsIsWritten) {
  const Bytes file = file_of(schema_of(columns), sorted(), {});
  const Result<FileReader> reader = FileReader::open(file);
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_TRUE(reader->metadata().row_groups.empty());
}

TEST(RowSorter, AColumnThatIsNotThereIsRefusedBeforeAnythingIsWritten) {
  MemorySink sink;
  WriterOptions options;
  options.sort_by = {{"x"}};
  FileWriter writer(schema_of(columns), options, sink);
  const Result<void> appended = writer.append(sample(1, 1));
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().fault(), Fault::invalid);
  EXPECT_TRUE(sink.bytes().empty());
}

}  // namespace

}  // namespace sluice::parquet
