// Columns keep values densely and levels only when needed; a mark takes both back.
#include "columnar/column.h"

#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::columnar {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Schema schema_of(std::string_view columns) {
  Result<Schema> schema = parse_columns(columns);
  SLUICE_CHECK(schema.has_value());
  return *std::move(schema);
}

Column column_of(std::string_view type) {
  return Column(leaves_of(schema_of("c " + std::string(type)))[0]);
}

TEST(Column, ValuesOfEveryStorageComeBack) {
  Column flags = column_of("boolean");
  flags.append_bool(true);
  flags.append_bool(false);
  EXPECT_EQ(flags.fixed<std::uint8_t>()[0], 1);
  EXPECT_EQ(flags.fixed<std::uint8_t>()[1], 0);

  Column rates = column_of("int");
  rates.append_int32(89);
  rates.append_int32(-1);
  EXPECT_EQ(rates.fixed<std::int32_t>()[0], 89);
  EXPECT_EQ(rates.fixed<std::int32_t>()[1], -1);

  Column times = column_of("timestamp");
  times.append_int64(1'752'599'433'123'456);
  EXPECT_EQ(times.fixed<std::int64_t>()[0], 1'752'599'433'123'456);

  Column floats = column_of("float");
  floats.append_float(1.5F);
  EXPECT_EQ(floats.fixed<float>()[0], 1.5F);

  Column doubles = column_of("double");
  doubles.append_double(-0.25);
  EXPECT_EQ(doubles.fixed<double>()[0], -0.25);

  Column words = column_of("string");
  words.append_bytes("rest");
  words.append_bytes("");
  words.append_bytes("run");
  EXPECT_EQ(words.bytes(0), "rest");
  EXPECT_EQ(words.bytes(1), "");
  EXPECT_EQ(words.bytes(2), "run");
  EXPECT_THAT(words.offsets(), ElementsAre(0, 4, 4, 7));
  EXPECT_EQ(words.heap(), "restrun");
}

TEST(Column, LevelsAppearWithTheFirstNull) {
  Column column = column_of("int");
  column.append_int32(1);
  column.append_int32(2);
  EXPECT_THAT(column.definition_levels(), IsEmpty());
  column.append_null();
  column.append_int32(3);
  EXPECT_THAT(column.definition_levels(), ElementsAre(1, 1, 0, 1));
  EXPECT_THAT(column.repetition_levels(), IsEmpty());
  EXPECT_EQ(column.entries(), 4U);
  EXPECT_EQ(column.values(), 3U);
  EXPECT_EQ(column.nulls(), 1U);
}

TEST(Column, ALeadingNullIsKept) {
  Column column = column_of("string");
  column.append_null();
  column.append_bytes("x");
  EXPECT_THAT(column.definition_levels(), ElementsAre(0, 1));
}

TEST(Column, AListKeepsRepetitionLevels) {
  Column column = column_of("array<int>");  // [1,2] [] null [null,3]
  column.append_int32(1, 0);
  column.append_int32(2, 1);
  EXPECT_THAT(column.definition_levels(), IsEmpty());
  column.append_null(1, 0);
  column.append_null(0, 0);
  column.append_null(2, 0);
  column.append_int32(3, 1);
  EXPECT_THAT(column.definition_levels(), ElementsAre(3, 3, 1, 0, 2, 3));
  EXPECT_THAT(column.repetition_levels(), ElementsAre(0, 1, 0, 0, 0, 1));
}

TEST(Column, RollingBackForgetsTheFirstNullToo) {
  Column column = column_of("int");
  column.append_int32(1);
  const Column::Mark mark = column.mark();
  column.append_null();
  column.append_int32(2);
  column.roll_back(mark);
  EXPECT_EQ(column.entries(), 1U);
  EXPECT_THAT(column.definition_levels(), IsEmpty());
  column.append_int32(7);
  EXPECT_EQ(column.fixed<std::int32_t>()[1], 7);
}

TEST(Column, ClearKeepsTheMemory) {
  Column column = column_of("string");
  column.append_bytes(std::string(1000, 'x'));
  column.append_null();
  const std::size_t held = column.bytes_held();
  column.clear();
  EXPECT_EQ(column.entries(), 0U);
  EXPECT_EQ(column.values(), 0U);
  EXPECT_THAT(column.offsets(), ElementsAre(0));
  EXPECT_THAT(column.heap(), IsEmpty());
  EXPECT_THAT(column.definition_levels(), IsEmpty());
  EXPECT_EQ(column.bytes_held(), held);
}

void append_random_row(Random& random, RowBatch& batch) {
  for (std::size_t leaf = 0; leaf < batch.leaves().size(); ++leaf) {
    Column& column = batch.column(leaf);
    if (random.below(4) == 0) {
      column.append_null();
    } else if (column.storage() == Storage::int32) {
      column.append_int32(static_cast<std::int32_t>(random.next()));
    } else {
      column.append_bytes(random_alphanumeric(random, random.below(9)));
    }
  }
  batch.end_row();
}

void expect_equal(const RowBatch& left, const RowBatch& right) {
  ASSERT_EQ(left.rows(), right.rows());
  const Column& left_rates = left.column(0);
  const Column& right_rates = right.column(0);
  EXPECT_EQ(left_rates.definition_levels(), right_rates.definition_levels());
  ASSERT_EQ(left_rates.values(), right_rates.values());
  for (std::size_t i = 0; i < left_rates.values(); ++i) {
    EXPECT_EQ(left_rates.fixed<std::int32_t>()[i], right_rates.fixed<std::int32_t>()[i]);
  }
  EXPECT_EQ(left.column(1).heap(), right.column(1).heap());
  EXPECT_EQ(left.column(1).offsets(), right.column(1).offsets());
  EXPECT_EQ(left.column(1).definition_levels(), right.column(1).definition_levels());
}

TEST(RowBatch, RollingBackIsAsIfTheRowsHadNeverCome) {
  const Schema schema = schema_of("rate int, note string");
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SeededRandom random(seed);
    RowBatch kept(schema);
    RowBatch marked(schema);
    RowBatch::Mark mark;
    for (int step = 0; step < 10; ++step) {
      const std::uint64_t row_seed = random.next();
      SeededRandom row_random(row_seed);
      SeededRandom same_random(row_seed);
      append_random_row(row_random, kept);
      append_random_row(same_random, marked);
      marked.take_mark(mark);
      for (std::uint64_t extra = random.below(3); extra > 0; --extra) {
        append_random_row(random, marked);
      }
      marked.roll_back(mark);
    }
    expect_equal(kept, marked);
  }
}

TEST(RowBatch, ARowLeftHalfIsTakenBack) {
  RowBatch batch(schema_of("rate int, note string"));
  RowBatch::Mark mark;
  batch.take_mark(mark);
  batch.column(0).append_int32(89);
  batch.roll_back(mark);
  EXPECT_EQ(batch.rows(), 0U);
  EXPECT_EQ(batch.column(0).entries(), 0U);
}

}  // namespace

}  // namespace sluice::columnar
