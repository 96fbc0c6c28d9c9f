// Tokens of SQL: what is one, and what has no end.
#include "query/trino_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::query {
namespace {

using Kind = Token::Kind;

std::string kinds(std::string_view sql) {
  static constexpr std::string_view letters = " cwqbsn?o";
  std::string out;
  for (const Token& token : tokenize(sql).value()) {
    out.push_back(letters[static_cast<std::size_t>(token.kind)]);
  }
  return out;
}

TEST(TrinoTokens, each_kind_is_told_apart) {
  struct Case {
    std::string_view sql;
    std::string_view kinds;
  };

  for (const Case& one : std::initializer_list<Case>{
           {"select 1", "w n"},
           {"a.b", "wow"},
           {"1.5e-3+.5", "non"},
           {"1e", "nw"},
           {"'it''s'", "s"},
           {"'--' -- '", "s c"},
           {"\"a\"\"b\".`c`", "qob"},
           {"/* ' \" */x", "cw"},
           {"a||b<>c->d", "wowowow"},
           {"x=?", "wo?"},
           {"größe", "w"},
           {"a--b\nc", "wc w"},
           {"", ""},
       }) {
    EXPECT_EQ(kinds(one.sql), one.kinds) << one.sql;
  }
}

TEST(TrinoTokens, what_has_no_end_is_named_with_its_place) {
  EXPECT_EQ(tokenize("select\n  'abc").error().message(),
            "line 2:3: the string that begins here has no closing '");
  EXPECT_EQ(tokenize("ä \"x").error().message(),
            "line 1:3: the name that begins here has no closing quote");
  EXPECT_EQ(tokenize("1 /* x").error().message(),
            "line 1:3: the comment that begins here has no closing */");
  EXPECT_EQ(tokenize(std::string_view("a\0b", 3)).error().message(),
            "line 1:2: there is a control character here");
  EXPECT_EQ(tokenize(std::string(sql_bytes_max + 1, 'a')).error().fault(), Fault::too_large);
}

TEST(TrinoTokens, values_are_what_the_quotes_hold) {
  EXPECT_EQ(tokenize("'it''s'")->front().value(), "it's");
  EXPECT_EQ(tokenize("\"a\"\"b\"")->front().value(), "a\"b");
  EXPECT_EQ(tokenize("plain")->front().value(), "plain");
  EXPECT_EQ(quote_text("it's"), "'it''s'");
  EXPECT_EQ(quote_name("a\"b"), "\"a\"\"b\"");
}

TEST(TrinoTokens, keywords_are_known_in_any_case) {
  EXPECT_TRUE(tokenize("SeLeCt")->front().is_word("SELECT"));
  EXPECT_FALSE(tokenize("selects")->front().is_word("SELECT"));
  EXPECT_FALSE(tokenize("\"select\"")->front().is_word("SELECT"));
}

}  // namespace
}  // namespace sluice::query
