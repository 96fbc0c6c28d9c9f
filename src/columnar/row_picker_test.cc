// Rows picked by number keep their values, nulls and lists.
#include "columnar/row_picker.h"

#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::columnar {

namespace {

using testing::ElementsAre;

Schema schema_of(std::string_view columns) {
  Result<Schema> schema = parse_columns(columns);
  SLUICE_CHECK(schema.has_value());
  return *std::move(schema);
}

// The values of row `row` of a leaf, as text: "5", "null@0", "[1 2]@…" by their levels.
std::vector<std::string> rows_as_text(const RowBatch& batch, std::size_t leaf) {
  const Column& column = batch.column(leaf);
  const Leaf& shape = batch.leaves()[leaf];
  std::vector<std::string> rows;
  std::size_t value = 0;
  for (std::size_t entry = 0; entry < column.entries(); ++entry) {
    const auto repetition =
        column.repetition_levels().empty() ? 0 : column.repetition_levels()[entry];
    const auto definition = column.definition_levels().empty() ? shape.definition_max
                                                               : column.definition_levels()[entry];
    if (repetition == 0) {
      rows.emplace_back();
    }
    rows.back() += std::to_string(repetition) + "/" + std::to_string(definition) + ":";
    if (definition == shape.definition_max) {
      rows.back() += column.storage() == Storage::bytes
                         ? std::string(column.bytes(value))
                         : std::to_string(column.fixed<std::int32_t>()[value]);
      ++value;
    }
    rows.back() += " ";
  }
  EXPECT_EQ(value, column.values());
  return rows;
}

// Every kind of leaf: flat with and without nulls, numbers and text, lists.
RowBatch sample(const Schema& schema, std::size_t rows) {
  SeededRandom random(7);
  RowBatch batch(schema);
  for (std::size_t row = 0; row < rows; ++row) {
    batch.column(0).append_int32(static_cast<std::int32_t>(row));
    batch.column(1).append_bytes("row " + std::to_string(row));
    if (random.below(3) == 0) {
      batch.column(2).append_null();
    } else {
      batch.column(2).append_int32(static_cast<std::int32_t>(row) * 10);
    }
    const std::uint64_t length = random.below(4);
    if (length == 0) {
      batch.column(3).append_null(static_cast<std::uint8_t>(random.below(2)));
    }
    for (std::uint64_t i = 0; i < length; ++i) {
      const std::uint8_t level = i == 0 ? 0 : 1;
      if (random.below(4) == 0) {
        batch.column(3).append_null(2, level);
      } else {
        batch.column(3).append_bytes(std::string(i, 'x') + std::to_string(row), level);
      }
    }
    batch.end_row();
  }
  return batch;
}

constexpr std::string_view sample_columns = "a int, b string, c int, d array<string>";

TEST(RowPicker, RangesAndOrdersGiveTheRowsAsTheyWere) {
  const Schema schema = schema_of(sample_columns);
  constexpr std::size_t rows = 200;
  const RowBatch from = sample(schema, rows);
  const RowPicker picker(from);
  SeededRandom random(1);
  RowBatch to(schema);
  std::vector<std::uint32_t> expected;
  for (int round = 0; round < 60; ++round) {
    if (round % 2 == 0) {
      const std::size_t first = random.below(rows);
      const std::size_t count = random.below(rows - first + 1);
      picker.append(first, count, to);
      for (std::size_t row = first; row < first + count; ++row) {
        expected.push_back(static_cast<std::uint32_t>(row));
      }
    } else {
      std::vector<std::uint32_t> order(random.below(30));
      for (std::uint32_t& row : order) {
        row = static_cast<std::uint32_t>(random.below(rows));
      }
      picker.append(order, to);
      expected.insert(expected.end(), order.begin(), order.end());
    }
  }
  ASSERT_EQ(to.rows(), expected.size());
  for (std::size_t leaf = 0; leaf < from.leaves().size(); ++leaf) {
    const std::vector<std::string> before = rows_as_text(from, leaf);
    const std::vector<std::string> after = rows_as_text(to, leaf);
    ASSERT_EQ(after.size(), expected.size());
    for (std::size_t row = 0; row < expected.size(); ++row) {
      ASSERT_EQ(after[row], before[expected[row]]) << leaf << " " << row;
    }
  }
}

TEST(RowPicker, LevelsAreKeptOnlyOnceANullWasCopied) {
  const Schema schema = schema_of("c int");
  RowBatch from(schema);
  from.column(0).append_int32(1);
  from.column(0).append_null();
  from.column(0).append_int32(3);
  from.end_rows(3);
  const RowPicker picker(from);
  RowBatch to(schema);
  picker.append(std::vector<std::uint32_t>{2, 0}, to);
  EXPECT_TRUE(to.column(0).definition_levels().empty());
  picker.append(1, 1, to);
  EXPECT_THAT(to.column(0).definition_levels(), ElementsAre(1, 1, 0));
  EXPECT_EQ(to.column(0).nulls(), 1U);
}

TEST(RowPicker, NothingOfNothingIsNothing) {
  const Schema schema = schema_of(sample_columns);
  const RowBatch from(schema);
  const RowPicker picker(from);
  RowBatch to(schema);
  picker.append(0, 0, to);
  picker.append(std::vector<std::uint32_t>{}, to);
  EXPECT_EQ(to.rows(), 0U);
  EXPECT_EQ(to.column(3).entries(), 0U);
}

}  // namespace

}  // namespace sluice::columnar
