#include "cli/sql_text.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

TEST(SqlTextTest, a_statement_ends_at_a_semicolon_of_its_own) {
  struct Case {
    std::string_view text;
    std::size_t end;
  };

  constexpr std::size_t none = std::string_view::npos;
  const Case cases[] = {{"", none},
                        {"SELECT 1", none},
                        {"SELECT 1;", 9},
                        {"SELECT 1; SELECT 2;", 9},
                        {"SELECT ';'", none},
                        {"SELECT ';';", 11},
                        {"SELECT 'it''s;' ;", 17},
                        {"SELECT \";\";", 11},
                        {"SELECT 1 -- ;\n;", 15},
                        {"SELECT 1 -- ;", none},
                        {"SELECT /* ; */ 1;", 17},
                        {"SELECT /* ;", none},
                        {"SELECT $$ ; $$;", 15},
                        {"SELECT $a$ ; $$ ; $a$;", 22},
                        {"SELECT $1;", 10},
                        {"SELECT 'open;", none}};
  for (const Case& each : cases) {
    EXPECT_EQ(statement_end(each.text), each.end) << each.text;
  }
}

TEST(SqlTextTest, comments_alone_are_no_statement) {
  for (const char* text : {"", " \n", ";", "-- x", "/* x */ ;\n -- y", "/* open"}) {
    EXPECT_TRUE(is_blank_sql(text)) << text;
  }
  for (const char* text : {"x", "-- x\ny", "/* x */ 1"}) {
    EXPECT_FALSE(is_blank_sql(text)) << text;
  }
}

TEST(SqlTextTest, a_caret_stands_below_the_character) {
  EXPECT_EQ(pointed_at("SELECT x", {1, 8, 7}, 80), "SELECT x\n       ^\n");
  EXPECT_EQ(pointed_at("SELECT\n\té, x", {2, 5, 11}, 80), " é, x\n    ^\n");
  EXPECT_EQ(pointed_at("SELECT (", {1, 9, 8}, 80), "SELECT (\n        ^\n");
  EXPECT_EQ(pointed_at("", {1, 1, 0}, 80), "\n^\n");
  // Far along a long line, its beginning is left out.
  const std::string far =
      pointed_at(std::string(100, 'a') + "x" + std::string(100, 'b'), {1, 101, 100}, 40);
  const std::string line = far.substr(0, far.find('\n'));
  const std::string caret = far.substr(far.find('\n') + 1);
  EXPECT_EQ(line.at(caret.find('^')), 'x');
  EXPECT_LE(line.size(), 42);
}

}  // namespace
}  // namespace sluice::cli
