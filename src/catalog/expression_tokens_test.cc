// What the words of an expression are.
#include "catalog/expression_tokens.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sluice::catalog {
namespace {

std::string shown(std::string_view text) {
  const auto tokens = read_tokens(text);
  if (!tokens) {
    return tokens.error().message();
  }
  std::string out;
  for (const Token& token : *tokens) {
    constexpr std::string_view letters = "wqtns.";
    out += fmt::format("{}{}{} ",
                       letters[static_cast<std::size_t>(token.kind)],
                       token.position,
                       token.text.empty() ? "" : ":" + token.text);
  }
  return out;
}

TEST(ExpressionTokens, AreReadWithTheirPositions) {
  struct Case {
    const char* text;
    const char* tokens;
  };

  for (const Case& row : {Case{"", ".1 "},
                          {" a\t", "w2:a .4 "},
                          {"a=1", "w1:a s2:= n3:1 .4 "},
                          {"a != 'it''s'", "w1:a s3:<> t6:it's .13 "},
                          {"\"a b\" <= -1.5", "q1:a b s7:<= n10:-1.5 .14 "},
                          {"`a``b`>=+.5", "q1:a`b s7:>= n9:+.5 .12 "},
                          {"(a,b)", "s1:( w2:a s3:, w4:b s5:) .6 "},
                          {"größe<>''", "w1:größe s8:<> t10 .12 "},
                          {"'open", "position 1: ' is not closed"},
                          {"a = 1.2.3", "position 5: 1.2.3 is no number"},
                          {"a = 12x", "position 5: 12x is no number"},
                          {"a ; b", "position 3: ; cannot stand here"},
                          {"a - b", "position 3: - cannot stand here"},
                          {"\xff", "the expression is not UTF-8"}}) {
    EXPECT_EQ(shown(row.text), row.tokens) << row.text;
  }
}

}  // namespace
}  // namespace sluice::catalog
