#include "serde/row_program.h"

#include "json/tape.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::serde {
namespace {

std::vector<RowSink> sinks_of(const char* columns) {
  std::vector<RowSink> sinks;
  for (const columnar::Field& column : columnar::parse_columns(columns).value().columns) {
    sinks.emplace_back(column.type, true);
  }
  return sinks;
}

struct Compiled {
  RowProgram program;
  bool is_compiled = false;
};

Compiled compile(const std::string& record, const char* columns, const RowSources& sources) {
  json::Tape tape;
  EXPECT_TRUE(tape.parse(record).has_value());
  json::Shape shape;
  EXPECT_TRUE(shape.learn(record, *tape.documents().begin()));
  auto shredder =
      Shredder::create(columnar::parse_columns("t array<int>, m map<string,int>").value(), {});
  EXPECT_TRUE(shredder.has_value());
  std::vector<TreeSink> trees;
  for (std::size_t part = 0; part < sources.trees.size(); ++part) {
    trees.emplace_back(*shredder, part);
  }
  Compiled out;
  out.is_compiled = out.program.compile(shape, sources, sinks_of(columns), trees);
  return out;
}

std::vector<Action> actions_of(const RowProgram& program) {
  std::vector<Action> actions;
  for (const RowProgram::Step& step : program.steps()) {
    actions.push_back(step.action);
  }
  return actions;
}

TEST(RowProgram, EachValueGetsTheActionOfItsColumn) {
  const Compiled given = compile(
      R"({"at":"x","n":1,"d":1.5,"b":true,"t":"y","l":2,"z":"z","list":[1],"null":null,"s":null,"m":1})",
      "at timestamp, n int, d double, b boolean, t string, l bigint",
      {.fields = {{0}, {1}, {2}, {3}, {4}, {5}}, .trees = {{7}, {10}}, .nulls = {9}});
  ASSERT_TRUE(given.is_compiled);
  EXPECT_EQ(actions_of(given.program),
            (std::vector<Action>{Action::timestamp,
                                 Action::int32,
                                 Action::real,
                                 Action::flag,
                                 Action::text,
                                 Action::int64,
                                 Action::skip_text,
                                 Action::list_int32,
                                 Action::skip,
                                 Action::null,
                                 Action::tree}));
  EXPECT_TRUE(given.program.steps()[7].may_be_container);
  EXPECT_TRUE(given.program.absent().empty());
}

TEST(RowProgram, AValueForSeveralSinksReachesAllAndOneWithoutAValueIsAbsent) {
  const Compiled given =
      compile(R"({"a":1})",
              "x int, y bigint, none int",
              {.fields = {{0}, {0}, {RowSources::no_value, 2}}, .trees = {{0}}, .nulls = {}});
  ASSERT_TRUE(given.is_compiled);
  ASSERT_EQ(actions_of(given.program), std::vector<Action>{Action::several});
  const auto targets = given.program.targets(given.program.steps()[0].sink);
  ASSERT_EQ(targets.size(), 3U);
  EXPECT_EQ(targets[1].sink, 1U);
  EXPECT_FALSE(targets[1].is_tree);
  EXPECT_TRUE(targets[2].is_tree);
  ASSERT_EQ(given.program.absent().size(), 1U);
  EXPECT_EQ(given.program.absent()[0].sink, 2U);
  EXPECT_EQ(given.program.absent()[0].definition, 2U);
}

TEST(RowProgram, ANullStructureThatOthersWantTooMakesNoProgram) {
  EXPECT_FALSE(
      compile(R"({"a":null})", "x int", {.fields = {{0}}, .trees = {}, .nulls = {0}}).is_compiled);
}

TEST(RowProgram, LiteralsCanBeReadInWholeStepsAndTheTailHasALineEnd) {
  const RowProgram program =
      compile(R"({"a":1 })", "a int", {.fields = {{0}}, .trees = {}, .nulls = {}}).program;
  const RowProgram::Step& tail = program.line_tail();
  EXPECT_EQ(program.literals().substr(tail.literal, tail.literal_bytes), " }\n");
  EXPECT_EQ(program.tail().literal_bytes, 2U);
  EXPECT_GE(program.literals().size(), tail.literal + tail.literal_bytes + json::wide_step);
}

}  // namespace
}  // namespace sluice::serde
