// What it answers is held against jq itself in src/query/metadata_queries_test.cc; here stands what
// it takes on, and what it leaves to jq.
#include "delivery/plain_selection.h"

#include "base/random.h"
#include "delivery/partition_value.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

std::optional<PlainSelection> compiled(std::string_view query) {
  return PlainSelection::compile(read_object_construction(query).value());
}

// "value|value", "! why", or "ask jq".
std::string answer(PlainSelection& selection, std::string_view record) {
  QueryAnswers answers;
  answers.reset(selection.keys());
  if (!selection.evaluate(record, answers)) {
    EXPECT_EQ(answers.size(), 0);
    return "ask jq";
  }
  EXPECT_EQ(answers.size(), 1);
  if (answers.is_refused(0)) {
    return "! " + std::string(answers.why(0));
  }
  std::string out;
  for (std::size_t key = 0; key < selection.keys(); ++key) {
    out += (key == 0 ? "" : "|") + std::string(answers.value(0, key));
  }
  return out;
}

std::string answer_to(std::string_view query, std::string_view record) {
  auto selection = compiled(query);
  return selection ? answer(*selection, record) : "no plain selection";
}

TEST(PlainSelection, takes_on_members_of_members_and_nothing_else) {
  for (const std::string_view query : {"{a}",
                                       "{a: .a}",
                                       "{a: .a.b.c}",
                                       R"({a: .["a b"]})",
                                       R"({a: . [ "a" ] ["b"] .c ."d" . "e" # end
                                         })",
                                       R"({a: .a, "x y", z: ."q"["r"]})",
                                       "{a: .if.then}",
                                       "{a: .a[0:10]}",
                                       "{a: .a.b [ 5 : ] }",
                                       R"({a: .["a"][:04]})"}) {
    EXPECT_TRUE(compiled(query)) << query;
  }
  for (const std::string_view query : {"{a: .}",
                                       "{a: 1}",
                                       R"({a: "a"})",
                                       "{a: .a?}",
                                       "{a: .a[0]}",
                                       "{a: .[0:1]}",
                                       "{a: .a[:]}",
                                       "{a: .a[-1:]}",
                                       "{a: .a[0:1.5]}",
                                       "{a: .a[0:1e3]}",
                                       "{a: .a[0:1000000000]}",
                                       "{a: .a[0:1][0:1]}",
                                       "{a: .a[0:1].b}",
                                       "{a: .a[0:.b]}",
                                       "{a: .a.[0:1]}",
                                       R"({a: .a["b":3]})",
                                       R"({a: .["a":3]})",
                                       "{a: .a[]}",
                                       R"({a: .["a", "b"]})",
                                       R"q({a: .["\(.b)"]})q",
                                       R"({a: .a.["b"]})",
                                       R"({a: ."a""b"})",
                                       R"({a: ["a"]})",
                                       "{a: . a}",
                                       "{a: ..a}",
                                       "{a: .a | .b}",
                                       "{a: (.a)}",
                                       "{a: .a.5}",
                                       "{a: -.a}",
                                       "{a: .a, b: .b | length}"}) {
    EXPECT_FALSE(compiled(query)) << query;
  }
}

TEST(PlainSelection, answers_with_the_values_of_the_keys) {
  struct Case {
    std::string_view query;
    std::string_view record;
    std::string_view answer;
  };

  const std::string refused = "! " + std::string(value_is_null_or_empty);
  const std::string no_scalar = "! " + std::string(value_is_no_scalar);
  const Case cases[] = {
      {"{a, b: .b.c}", R"({"a": "x", "b": {"c": 7}})", "x|7"},
      {"{a}", "  {\"a\" : true }\r\n", "true"},
      {"{a}", R"({"a": 1.0, "b": [1, {"c": 2}]})", "1"},
      {"{a}", R"({"a": 1, "a": 2})", "2"},
      {"{a: .a.b}", R"({"a": {"b": 1}, "a": {"c": 2}})", refused},
      {"{a}", R"({"\u0061": "\u00e9\ud83d\ude00\n"})", "é😀\n"},
      {R"({a: .["é"]})", R"({"\u00e9": 1})", "1"},
      {"{a}", "{}", refused},
      {"{a}", "null", refused},
      {"{a}", R"({"a": null})", refused},
      {"{a}", R"({"a": ""})", refused},
      {"{a: .a.b}", R"({"a": null})", refused},
      {"{a}", R"({"a": []})", no_scalar},
      {"{a}", R"({"a": {"b": 1}})", no_scalar},
      {"{a, b}", R"({"a": [], "b": null})", no_scalar},
      {"{b, a}", R"({"a": [], "b": null})", refused},
      {"{a: .a[0:10]}", R"({"a": "2025-07-15T17:10:33"})", "2025-07-15"},
      {"{a: .a[11:13]}", R"({"a": "2025-07-15T17:10:33"})", "17"},
      {"{a: .a[2:]}", R"({"a": "äöü€😀"})", "ü€😀"},
      {"{a: .a[:9]}", R"({"a": "äöü"})", "äöü"},
      {"{a: .a[3:]}", R"({"a": "äöü"})", refused},
      {"{a: .a[2:1]}", R"({"a": "abc"})", refused},
      {"{a: .a[0:1]}", R"({"a": null})", refused},
      {"{a: .a[0:1]}", "{}", refused},
      {"{a: .a[0:1]}", R"({"a": ["x"]})", no_scalar},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(answer_to(c.query, c.record), c.answer) << c.query << " of " << c.record;
  }
  EXPECT_EQ(answer_to("{a}", "{\"a\": \"" + std::string(1024, 'x') + "\"}"),
            std::string(1024, 'x'));
  EXPECT_EQ(answer_to("{a}", "{\"a\": \"" + std::string(1025, 'x') + "\"}"),
            "! " + std::string(values_are_too_long));
  EXPECT_EQ(answer_to("{a, b}", "{\"a\": \"" + std::string(1024, 'x') + "\", \"b\": 1}"),
            "! " + std::string(values_are_too_long));
  // The keys' own order says which objection is the first.
  EXPECT_EQ(answer_to("{a, b}", "{\"a\": null, \"b\": \"" + std::string(1025, 'x') + "\"}"),
            refused);
}

TEST(PlainSelection, leaves_to_jq_what_is_not_certain) {
  struct Case {
    std::string_view query;
    std::string_view record;
  };

  const Case cases[] = {
      {"{a}", ""},
      {"{a}", " \n"},
      {"{a}", R"({"a": 1} {"a": 2})"},
      {"{a}", R"({"a": 1}, )"},
      {"{a}", R"({"a": 1)"},
      {"{a}", R"({"a": nan})"},
      {"{a}", R"({"a": 007})"},
      {"{a}", R"({"a": 12345678901234567})"},
      {"{a, b}", R"({"a": null, "b": 0.12345678901234567})"},
      {"{a}", R"({"a": 1e1000})"},
      {"{a}", "{\"a\": \"\xff\"}"},
      {"{a}", R"({"a": "\udc00"})"},
      {"{a}", "\xef\xbb\xbf{\"a\": 1}"},
      {"{a}", "[]"},
      {"{a}", "7"},
      {"{a: .a.b}", R"({"a": "x"})"},
      {"{a: .a[0:1]}", R"({"a": 12})"},
      {"{a: .a[0:1]}", R"({"a": true})"},
      {"{a: .a[0:1]}", R"({"a": {"b": 1}})"},
      {"{a, b: .b.c}", R"({"a": null, "b": []})"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(answer_to(c.query, c.record), "ask jq") << c.query << " of " << c.record;
  }
  const auto nested = [](std::size_t depth) {
    return "{\"a\": 1, \"b\": " + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_EQ(answer_to("{a}", nested(64)), "1");
  EXPECT_EQ(answer_to("{a}", nested(65)), "ask jq");
}

// Each record is read after others, which may have taught it a shape.
TEST(PlainSelection, answers_alike_whatever_came_before) {
  const std::string records[] = {
      R"({"a": "x", "b": {"c": 7}, "d": [1, {"e": null}]})",
      R"({"a": "y", "b": {"c": 8}, "d": []})",
      R"({"a": "é", "b": {"c": -1.50}, "d": [[], "\n"]})",
      R"({"a": "\u00e9", "b": {"c": 9}, "d": 1})",
      R"({"a": null, "b": {"c": 9}, "d": {}})",
      R"({"a": "z", "b": {"c": "long"}, "d": {"e": 1}} )",
      R"({"a": "z", "b": {"c": []}, "d": 1})",
      R"({"a": "z", "b": {"c": 12345678901234567}, "d": 1})",
      R"({"a": "z", "b": {"c": 1}, "d": 1}})",
      R"({"a": "z", "b": {"c": 1}, "d": 1)",
      R"({"a": "z", "b": {"c": 1}, "d": 01})",
      R"({"a": "z", "b": {"c": 1}, "d": 1, "a": 2})",
      R"({"a": 1, "b": {"c": 1}, "d": 1, "a": 2})",
      R"({"b": {"c": 1}, "a": {}})",
      R"({"b": {"c": 1}, "a": 3})",
      R"({"b": {}, "a": 3})",
      R"({"b": "x", "a": 3})",
      "{\n\"b\": {\"c\": 1},\n\"a\": 3}\n",
      "",
  };
  const std::string_view query = "{a, c: .b.c}";
  auto used = *compiled(query);
  SeededRandom random(5);
  for (int round = 0; round < 4000; ++round) {
    const std::string& record = records[random.below(std::size(records))];
    ASSERT_EQ(answer(used, record), answer_to(query, record)) << record << " in round " << round;
  }
}

}  // namespace
}  // namespace sluice::delivery
