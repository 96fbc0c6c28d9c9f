#include "delivery/jq_text.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

// The string at the front, or what is wrong with it.
std::string string_of(std::string_view text) {
  JqText jq(text);
  const auto string = jq.take_string();
  return string ? *string : string.error().message();
}

TEST(JqText, strings_have_the_escapes_of_json) {
  struct Case {
    std::string_view text;
    std::string value;
  };

  const Case cases[] = {
      {R"("")", ""},
      {R"("plain" rest)", "plain"},
      {"\"two\nlines\r\"", "two\nlines\r"},
      {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
      {R"("é\u00e9\u20AC")", "éé€"},
      {R"("\ud83d\ude00!")", "😀!"},
      {R"("open)", "line 1, column 6: a string is not closed"},
      {R"("\)", "line 1, column 2: this is no escape of JSON"},
      {R"("\x")", "line 1, column 2: this is no escape of JSON"},
      {R"("a\u12")", "line 1, column 3: this is no escape of JSON"},
      {R"("\ud83d")", "line 1, column 2: this escape is half of a surrogate pair"},
      {R"("\ud83d\u0041")", "line 1, column 2: this escape is half of a surrogate pair"},
      {R"("\ude00")", "line 1, column 2: this escape is half of a surrogate pair"},
      {R"q("a\(.b)")q",
       "line 1, column 3: a string with an expression in it, \\(...), has no fixed value"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(string_of(c.text), c.value) << c.text;
  }
}

TEST(JqText, names_may_have_modules_and_fields_have_none) {
  const auto name = [](std::string_view text) { return std::string(JqText(text).take_name()); };
  const auto field = [](std::string_view text) { return std::string(JqText(text).take_field()); };
  EXPECT_EQ(name("customer_id: 1"), "customer_id");
  EXPECT_EQ(name("geo::cell_1::x"), "geo::cell_1::x");
  EXPECT_EQ(name("a::1"), "a");
  EXPECT_EQ(name("a::"), "a");
  EXPECT_EQ(name("a:b"), "a");
  EXPECT_EQ(name("1a"), "");
  EXPECT_EQ(name(""), "");
  EXPECT_EQ(field("a::b"), "a");
  EXPECT_EQ(field("é"), "");
}

TEST(JqText, comments_are_blanks_and_carriage_returns_are_none) {
  const auto rest = [](std::string_view text) {
    JqText jq(text);
    jq.skip_blanks();
    return std::string(text.substr(jq.position()));
  };
  EXPECT_EQ(rest(" \t\n# a comment # still\n  a"), "a");
  EXPECT_EQ(rest("# to the end"), "");
  EXPECT_EQ(rest(" \r\n"), "\r\n");
  EXPECT_EQ(rest("# one\r a"), "\r a");
}

// The expression at the front, or what is wrong with it.
std::string expression_of(std::string_view text) {
  JqText jq(text);
  const auto expression = jq.take_expression();
  return expression ? std::string(*expression) : expression.error().message();
}

TEST(JqText, an_expression_ends_at_a_comma_or_brace_of_its_own_depth) {
  struct Case {
    std::string_view text;
    std::string_view value;
  };

  const Case cases[] = {
      {" .a , .b", ".a"},
      {".a}", ".a"},
      {".a | [.b, {c: 1, d: (2, 3)}] | .[0:4] # why\n, x", ".a | [.b, {c: 1, d: (2, 3)}] | .[0:4]"},
      {R"q("a, } \" \\" , x)q", R"q("a, } \" \\")q"},
      {R"q("x\(.a, "y\("z" | {q: 1})}")w, }" , x)q", R"q("x\(.a, "y\("z" | {q: 1})}")w, }")q"},
      {R"q(@base64 "\(.a)" | a::b(1;2) , x)q", R"q(@base64 "\(.a)" | a::b(1;2))q"},
      {"-1.5e+3 // $__loc__ , x", "-1.5e+3 // $__loc__"},
      {"(if .a != 1 then 2 else 3 end)", "(if .a != 1 then 2 else 3 end)"},
      {"", "line 1, column 1: a value is missing"},
      {" , x", "line 1, column 2: a value is missing"},
      {"(.a", "line 1, column 4: a '(' is not closed"},
      {"\"\\(.a", "line 1, column 6: a '\\(' is not closed"},
      {"\"\\(.a)", "line 1, column 7: a string is not closed"},
      {"\"\\(\"a\")", "line 1, column 8: a string is not closed"},
      {"\"\\([1 )\"", "line 1, column 7: nothing is open that this ')' could close"},
      {"(.a]", "line 1, column 4: nothing is open that this ']' could close"},
      {".a)", "line 1, column 3: nothing is open that this ')' could close"},
      {".a: 1", "line 1, column 3: no ':' may stand here; put the value in parentheses"},
      {".a; 1", "line 1, column 3: no ';' may stand here; put the value in parentheses"},
      {".a\n  & .b", "line 2, column 3: jq has no use for this here"},
      {".é", "line 1, column 2: jq has no use for this here"},
      {".a\r\n", "line 1, column 3: jq 1.6 takes no carriage return"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(expression_of(c.text), c.value) << c.text;
  }
}

TEST(JqText, nesting_is_bounded) {
  const auto nested = [](std::size_t depth, const std::string& open, const std::string& close) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) {
      text += open;
    }
    text += "1";
    for (std::size_t i = 0; i < depth; ++i) {
      text += close;
    }
    return expression_of(text);
  };
  for (const auto& [open, close] : {std::pair("(", ")"), std::pair("\"\\(", ")\"")}) {
    EXPECT_EQ(nested(jq_depth_max, open, close).find("deeply"), std::string::npos);
    EXPECT_NE(nested(jq_depth_max + 1, open, close).find("nested too deeply"), std::string::npos);
  }
}

}  // namespace
}  // namespace sluice::delivery
