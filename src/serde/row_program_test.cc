#include "serde/row_program.h"

#include "json/tape.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::serde {
namespace {

std::vector<RowSink> sinks_of(const char* columns) {
  std::vector<RowSink> sinks;
  for (const columnar::Field& column : columnar::parse_columns(columns).value().columns) {
    sinks.emplace_back(column.type);
  }
  return sinks;
}

RowProgram program_of(const std::string& record,
                      const char* columns,
                      const std::vector<std::uint32_t>& sources) {
  json::Tape tape;
  EXPECT_TRUE(tape.parse(record).has_value());
  json::Shape shape;
  EXPECT_TRUE(shape.learn(record, *tape.documents().begin()));
  RowProgram program;
  program.compile(shape, sources, sinks_of(columns));
  return program;
}

TEST(RowProgram, EachValueGetsTheActionOfItsColumn) {
  const RowProgram program = program_of(
      R"({"at":"x","n":1,"d":1.5,"b":true,"t":"y","l":2,"skipped":"z","list":[1],"null":null})",
      "at timestamp, n int, d double, b boolean, t string, l bigint",
      {0, 1, 2, 3, 4, 5});
  std::vector<Action> actions;
  for (const RowProgram::Step& step : program.steps()) {
    actions.push_back(step.action);
  }
  EXPECT_EQ(actions,
            (std::vector<Action>{Action::timestamp,
                                 Action::int32,
                                 Action::real,
                                 Action::flag,
                                 Action::text,
                                 Action::int64,
                                 Action::skip_text,
                                 Action::skip,
                                 Action::skip}));
  EXPECT_TRUE(program.steps()[7].may_be_array);
  EXPECT_TRUE(program.absent().empty());
}

TEST(RowProgram, AValueForSeveralColumnsIsSharedAndAColumnWithoutOneIsAbsent) {
  const RowProgram program = program_of(
      R"({"a":1})", "x int, y bigint, z string, none int", {0, 0, 0, RowProgram::no_value});
  ASSERT_EQ(program.steps().size(), 1U);
  ASSERT_EQ(program.steps()[0].action, Action::shared);
  const auto columns = program.columns(program.steps()[0].column);
  EXPECT_EQ(std::vector<std::uint32_t>(columns.begin(), columns.end()),
            (std::vector<std::uint32_t>{0, 1, 2}));
  ASSERT_EQ(program.absent().size(), 1U);
  EXPECT_EQ(program.absent()[0], 3U);
}

TEST(RowProgram, LiteralsCanBeReadInWholeStepsAndTheTailHasALineEnd) {
  const RowProgram program = program_of(R"({"a":1 })", "a int", {0});
  const RowProgram::Step& tail = program.line_tail();
  EXPECT_EQ(program.literals().substr(tail.literal, tail.literal_bytes), " }\n");
  EXPECT_EQ(program.tail().literal_bytes, 2U);
  EXPECT_GE(program.literals().size(), tail.literal + tail.literal_bytes + json::wide_step);
}

}  // namespace
}  // namespace sluice::serde
