#include "serde/row_sinks.h"

#include "json/tape.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::serde {
namespace {

using columnar::Column;
using columnar::RowBatch;

struct Filled {
  explicit Filled(const char* columns)
      : schema(columnar::parse_columns(columns).value()),
        batch(schema),
        sink(schema.columns[0].type, true) {}

  // Puts the values of a JSON array, a row each.
  void put_all(const std::string& array) {
    json::Tape tape;
    ASSERT_TRUE(tape.parse(array).has_value());
    sink.open(batch.column(0), 16);
    std::size_t row = 0;
    for (const json::View value : (*tape.documents().begin()).elements()) {
      ASSERT_TRUE(sink.put(value, row++)) << array;
    }
    sink.close(row);
  }

  bool takes(const std::string& text) {
    json::Tape tape;
    EXPECT_TRUE(tape.parse(text).has_value());
    sink.open(batch.column(0), 1);
    const bool is_taken = sink.put(*tape.documents().begin(), 0);
    sink.close(0);
    return is_taken;
  }

  columnar::Schema schema;
  RowBatch batch;
  RowSink sink;
};

TEST(RowSink, NullsLeaveNoValueAndTheOthersMoveTogether) {
  Filled filled("a int");
  filled.put_all("[1, null, 2, null, 3]");
  filled.put_all("[4]");
  const Column& column = filled.batch.column(0);
  EXPECT_EQ(column.entries(), 6U);
  ASSERT_EQ(column.values(), 4U);
  EXPECT_EQ(std::vector<std::int32_t>(column.fixed<std::int32_t>(),
                                      column.fixed<std::int32_t>() + column.values()),
            (std::vector<std::int32_t>{1, 2, 3, 4}));
  EXPECT_EQ(column.definition_levels(), (std::vector<std::uint8_t>{1, 0, 1, 0, 1, 1}));
}

TEST(RowSink, TextsOfAnyLengthLieOneBehindTheOther) {
  Filled filled("a string");
  const std::string longer(5000, 'x');
  filled.put_all("[\"one\", null, \"\", \"" + longer + "\", 12, true]");
  const Column& column = filled.batch.column(0);
  ASSERT_EQ(column.values(), 5U);
  EXPECT_EQ(column.bytes(0), "one");
  EXPECT_EQ(column.bytes(1), "");
  EXPECT_EQ(column.bytes(2), longer);
  EXPECT_EQ(column.bytes(3), "12");
  EXPECT_EQ(column.bytes(4), "true");
  EXPECT_EQ(column.heap().size(), longer.size() + 9);
}

TEST(RowSink, ARowThatIsForgottenLeavesNoTrace) {
  Filled filled("a string");
  filled.sink.open(filled.batch.column(0), 4);
  const ByteView kept = "kept";
  filled.sink.put_text(kept, kept.data() + kept.size(), 0);
  filled.sink.put_null(1, 0);
  filled.sink.forget(1);
  const ByteView second = "second";
  filled.sink.put_text(second, second.data() + second.size(), 1);
  filled.sink.close(2);
  const Column& column = filled.batch.column(0);
  ASSERT_EQ(column.values(), 2U);
  EXPECT_EQ(column.bytes(1), "second");
  EXPECT_EQ(column.nulls(), 0U);
}

TEST(RowSink, WhatTheColumnRefusesIsNotTaken) {
  EXPECT_TRUE(Filled("a tinyint").takes("127"));
  EXPECT_FALSE(Filled("a tinyint").takes("128"));
  EXPECT_FALSE(Filled("a int").takes("2147483648"));
  EXPECT_FALSE(Filled("a int").takes("\"x\""));
  EXPECT_FALSE(Filled("a timestamp").takes("\"2025-02-30T00:00:00\""));
  EXPECT_FALSE(Filled("a boolean").takes("1"));
  EXPECT_FALSE(Filled("a date").takes("\"2025-02-30\""));
  EXPECT_TRUE(Filled("a string").takes("[1]"));
}

TEST(TreeSink, ARowThatIsForgottenTakesItsEntriesBack) {
  const columnar::Schema schema = columnar::parse_columns("a array<int>").value();
  auto shredder = Shredder::create(schema, {});
  ASSERT_TRUE(shredder.has_value());
  ASSERT_EQ(shredder->parts().size(), 1U);
  RowBatch batch(schema);
  TreeSink sink(*shredder, 0);
  sink.open(batch);
  const auto put = [&](const char* text, std::size_t row) {
    json::Tape tape;
    EXPECT_TRUE(tape.parse(text).has_value());
    return sink.put(*tape.documents().begin(), row);
  };
  EXPECT_TRUE(put("[1,2]", 0));
  EXPECT_TRUE(put("[3,4,5]", 1));
  sink.forget(1);
  EXPECT_FALSE(put("[6,\"x\"]", 1));
  sink.forget(1);
  sink.forget(1);  // a row without anything left is left alone
  EXPECT_TRUE(put("[7]", 1));
  sink.put_null(2, 0);
  const Column& column = batch.column(0);
  ASSERT_EQ(column.values(), 3U);
  EXPECT_EQ(column.fixed<std::int32_t>()[2], 7);
  EXPECT_EQ(column.repetition_levels(), (std::vector<std::uint8_t>{0, 1, 0, 0}));
  EXPECT_EQ(column.definition_levels(), (std::vector<std::uint8_t>{3, 3, 3, 0}));
}

TEST(RowSink, TypesThatNeedMoreAreNotSunk) {
  EXPECT_TRUE(is_sunk(columnar::Kind::timestamp));
  EXPECT_FALSE(is_sunk(columnar::Kind::decimal));
  EXPECT_FALSE(is_sunk(columnar::Kind::array));
}

}  // namespace
}  // namespace sluice::serde
