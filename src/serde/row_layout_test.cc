// Which lines have a layout, and when layouts are given up.
#include "serde/row_layout.h"

#include "json/tape.h"
#include "serde/row_program.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::serde {
namespace {

RowProgram program_of(const std::string& record, const char* columns, RowSources sources) {
  std::vector<RowSink> sinks;
  for (const columnar::Field& column : columnar::parse_columns(columns).value().columns) {
    sinks.emplace_back(column.type, true);
  }
  json::Tape tape;
  EXPECT_TRUE(tape.parse(record).has_value());
  json::Shape shape;
  EXPECT_TRUE(shape.learn(record, *tape.documents().begin()));
  RowProgram program;
  EXPECT_TRUE(program.compile(shape, sources, sinks, {}));
  return program;
}

constexpr const char* columns = "at timestamp, n int, t string";

RowProgram usual_program() {
  return program_of(R"({"at":"2025-07-15T17:10:33.123456","n":12,"t":"words"})",
                    columns,
                    {.fields = {{0}, {1}, {2}}, .trees = {}, .nulls = {}});
}

TEST(RowLayout, ALineTellsWhereItsValuesLie) {
  RowProgram program = usual_program();
  const std::string line = R"({"at":"2025-07-15T17:10:33.123456","n":120,"t":"abc"})"
                           "\n";
  program.layouts().learn(program, line);
  const RowLayout& layout = program.layouts().of(line.size());
  ASSERT_EQ(layout.line_bytes, line.size());
  ASSERT_EQ(layout.values.size(), 3U);
  std::string found;
  for (const RowLayout::Value& value : layout.values) {
    found += line.substr(value.offset, value.bytes) + "|";
  }
  EXPECT_EQ(found, "2025-07-15T17:10:33.123456|120|abc|");
  EXPECT_EQ(layout.values[1].least, 100);
  EXPECT_EQ(layout.values[2].sink, 2U);
  std::string around = line;
  for (std::size_t at = 0; at < line.size(); ++at) {
    around[at] = layout.fixed[at] == 0 ? '_' : line[at];
  }
  EXPECT_EQ(around,
            R"({"at":"__________________________","n":___,"t":"___"})"
            "\n");
  EXPECT_EQ(program.layouts().line_bytes_min(), line.size());
}

TEST(RowLayout, ARecordHasOneWithALineEndOrWithout) {
  for (const std::string end : {"", "\n"}) {
    RowProgram program = usual_program();
    const std::string record = R"({"at":"2025-07-15T17:10:33.123456","n":120,"t":"abc"})" + end;
    program.layouts().learn(program, record);
    const RowLayout& layout = program.layouts().of(record.size());
    EXPECT_EQ(layout.line_bytes, record.size());
    EXPECT_EQ(layout.values.size(), 3U);
  }
}

TEST(RowLayout, LinesWithValuesOfOtherKindsHaveNone) {
  for (const std::string line :
       {R"({"at":"2025-07-15T17:10:33.1","n":12,"t":"words"})",
        R"({"at":"2025-07-15T17:10:33.123456Z","n":12,"t":"words"})",
        R"({"at":"2025-07-15T17:10:33.123456","n":-1,"t":"words"})",
        R"({"at":"2025-07-15T17:10:33.123456","n":1.5,"t":"words"})",
        R"({"at":"2025-07-15T17:10:33.123456","n":1e5,"t":"words"})",
        R"({"at":"2025-07-15T17:10:33.123456","n":1234567890123456,"t":""})",
        R"({"at":"2025-07-15T17:10:33.123456","n":1 ,"t":"words"})",
        "{\"at\":\"2025-07-15T17:10:33.123456\",\"n\":1,\"t\":\"\xc3\xa9\"}",
        R"({"at":"2025-07-15T17:10:33.123456","n":"1","t":"words"})",
        R"({"at":"2025-07-15T17:10:33.123456","n":1,"t":"a\\b"})",
        R"({"at":"2025-07-15T17:10:33.123456","n":1,"t":null})",
        R"({"at":"2025-07-15T17:10:33.123456","n":1,"t":"words"} )"}) {
    RowProgram program = usual_program();
    program.layouts().learn(program, line + "\n");
    EXPECT_TRUE(program.layouts().is_empty()) << line;
  }
}

TEST(RowLayout, LongLinesAndThoseThatLackAValueHaveNone) {
  RowProgram program = usual_program();
  program.layouts().learn(
      program,
      R"({"at":"2025-07-15T17:10:33.123456","n":12,"t":")" + std::string(300, 'x') + "\"}\n");
  EXPECT_TRUE(program.layouts().is_empty());
  RowProgram lacking = program_of(
      R"({"n":12})",
      columns,
      {.fields = {{RowSources::no_value}, {0}, {RowSources::no_value}}, .trees = {}, .nulls = {}});
  lacking.layouts().learn(lacking,
                          R"({"n":12})"
                          "\n");
  EXPECT_TRUE(lacking.layouts().is_empty());
}

TEST(RowLayout, GuessingStopsWhenItDoesNotPayAndIsTriedAgain) {
  RowProgram program = usual_program();
  RowLayouts& layouts = program.layouts();
  const std::string odd = R"({"at":"2025-07-15T17:10:33.1","n":12,"t":"words"})"
                          "\n";
  int misses = 0;
  while (layouts.are_wanted() && misses < 1000) {
    layouts.learn(program, odd);
    ++misses;
  }
  EXPECT_LT(misses, 20);
  layouts.begin();
  EXPECT_TRUE(layouts.are_wanted());
  while (layouts.are_wanted()) {
    layouts.learn(program, odd);
  }
  layouts.begin();
  EXPECT_FALSE(layouts.are_wanted());
  layouts.begin();
  EXPECT_TRUE(layouts.are_wanted());
}

TEST(RowLayout, AShortLineIsForgottenWhenItHidesTheEndsOfLongerOnes) {
  RowProgram program = usual_program();
  RowLayouts& layouts = program.layouts();
  const auto line_of = [](std::size_t text_bytes) {
    return R"({"at":"2025-07-15T17:10:33.123456","n":12,"t":")" + std::string(text_bytes, 'x') +
           "\"}\n";
  };
  const std::string longer = line_of(100);
  layouts.learn(program, line_of(1));
  while (layouts.are_wanted()) {
    layouts.learn(program, longer);
  }
  layouts.begin();
  EXPECT_TRUE(layouts.is_empty());
  EXPECT_EQ(layouts.reach(), 0U);
  layouts.learn(program, longer);
  EXPECT_EQ(layouts.line_bytes_min(), longer.size());
  EXPECT_GE(layouts.reach(), longer.size());
}

TEST(RowLayout, GuessingGoesOnWhileMostLinesAreOfKnownLayouts) {
  RowProgram program = usual_program();
  RowLayouts& layouts = program.layouts();
  for (int miss = 0; miss < 1000; ++miss) {
    layouts.settle(100);
    layouts.learn(program,
                  R"({"at":"2025-07-15T17:10:33.1","n":12,"t":"words"})"
                  "\n");
    ASSERT_TRUE(layouts.are_wanted());
  }
}

}  // namespace
}  // namespace sluice::serde
