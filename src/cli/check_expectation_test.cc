// Tests of a configuration: how they are read, and what differs.
#include "cli/check_expectation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(CheckExpectation, AStarStandsForAnyText) {
  const struct {
    const char* text;
    const char* pattern;
    bool is_like;
  } cases[] = {
      {"", "", true},
      {"", "*", true},
      {"a", "", false},
      {"", "a", false},
      {"abc", "abc", true},
      {"abc", "a*", true},
      {"abc", "*c", true},
      {"abc", "a*c", true},
      {"abc", "a*b", false},
      {"abc", "*b*", true},
      {"abc", "**", true},
      {"aXbXc", "a*X*c", true},
      {"a/1/b-2.parquet", "a/*/b-*.parquet", true},
      {"a/1/b-2.parquet", "a/*/c-*.parquet", false},
      {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "*a*a*a*a*a*a*a*c", false},
  };

  for (const auto& one : cases) {
    EXPECT_EQ(is_like(one.text, one.pattern), one.is_like) << one.text << " " << one.pattern;
  }
}

TEST(CheckExpectation, AnArrivalIsATimeInUtc) {
  EXPECT_EQ(parse_arrival("1970-01-01T00:00:01Z"), unix_millis(1000));
  EXPECT_EQ(parse_arrival("2025-07-13T15:55:19.123Z"), unix_millis(1'752'422'119'123));
  for (const char* text : {"",
                           "now",
                           "2025-07-13",
                           "2025-07-13T15:55:19",
                           "2025-02-30T00:00:00Z",
                           "2025-07-13T15:55:19Zx",
                           "2025-07-13T25:00:00Z"}) {
    EXPECT_FALSE(parse_arrival(text)) << text;
  }
}

TEST(CheckExpectation, ATestSaysWhatIsPutAndWhatMustCome) {
  const auto tests = parse_expectations(R"({"tests": [
    {"name": "one", "delivery_stream": "d", "arrival": "1970-01-01T00:00:01Z",
     "records": ["text\n", {"a":  1}], "keys": ["k*"], "rows": [{"a": 1}], "texts": [],
     "errors": [{"code": "c"}, {"message": "m"}]},
    {"records": []}]})",
                                        "t.json");
  ASSERT_TRUE(tests) << tests.error().message();
  ASSERT_EQ(tests->size(), 2U);
  const Expectation& one = tests->front();
  EXPECT_EQ(one.name, "one");
  EXPECT_EQ(one.delivery_stream, "d");
  EXPECT_EQ(one.arrival, unix_millis(1000));
  EXPECT_THAT(one.records, ElementsAre("text\n", "{\"a\":  1}"));
  EXPECT_THAT(one.keys.value(), ElementsAre("k*"));
  EXPECT_THAT(one.rows.value(), ElementsAre("{\"a\":1}"));
  EXPECT_THAT(one.texts.value(), IsEmpty());
  ASSERT_EQ(one.errors.value().size(), 2U);
  EXPECT_EQ(one.errors->front().code, "c");
  EXPECT_EQ(one.errors->front().message, "*");
  EXPECT_EQ(tests->back().name, "test 2");
  EXPECT_FALSE(tests->back().rows.has_value());
}

TEST(CheckExpectation, AMistakeIsNamedWithItsTest) {
  const struct {
    const char* text;
    const char* why;
  } cases[] = {
      {"", "t.json: "},
      {"[]", R"(t.json: there must be {"tests": [...]})"},
      {R"({"tests": []})", "there must be"},
      {R"({"tests": [1]})", "t.json: test 1: it must be an object"},
      {R"({"tests": [{"records": []}, {}]})", "t.json: test 2: records must be a list"},
      {R"({"tests": [{"records": [1]}]})", "a record must be a text or an object"},
      {R"({"tests": [{"records": [], "row": []}]})", "row is not known here"},
      {R"({"tests": [{"records": [], "rows": {}}]})", "rows must be a list"},
      {R"({"tests": [{"records": [], "rows": ["{}"]}]})", "each of rows must be an object"},
      {R"({"tests": [{"records": [], "keys": [1]}]})", "each of keys must be a string"},
      {R"({"tests": [{"records": [], "name": 1}]})", "name must be text"},
      {R"({"tests": [{"records": [], "arrival": "noon"}]})", "noon is no time"},
      {R"({"tests": [{"records": [], "errors": {}}]})", "errors must be a list"},
      {R"({"tests": [{"records": [], "errors": ["x"]}]})", "each of errors must be an object"},
      {R"({"tests": [{"records": [], "errors": [{"colour": "x"}]}]})", "a code and a message"},
  };

  for (const auto& one : cases) {
    const auto tests = parse_expectations(one.text, "t.json");
    ASSERT_FALSE(tests) << one.text;
    EXPECT_THAT(tests.error().message(), HasSubstr(one.why)) << one.text;
  }
}

Rehearsal with_rows(std::vector<std::string> rows) {
  Rehearsal out;
  out.objects.push_back({.kind = delivery::ObjectKind::data,
                         .key = "k/*.parquet",
                         .records = rows.size(),
                         .bytes = 1,
                         .rows = std::move(rows),
                         .text = {},
                         .refused = {}});
  return out;
}

TEST(CheckExpectation, RowsAreEqualByTheirValues) {
  const struct {
    const char* expected;
    const char* found;
    bool is_equal;
  } cases[] = {
      {R"({"a":1,"b":"x"})", R"({"b":"x","a":1})", true},
      {R"({"a":1})", R"({"a":1,"b":null})", true},
      {R"({"a":1})", R"({"a":1,"b":0})", false},
      {R"({"a":null})", R"({"a":null})", true},
      {R"({"a":null})", R"({"b":1})", false},
      {R"({"a":1.0})", R"({"a":1})", true},
      {R"({"a":1.5})", R"({"a":1})", false},
      {R"({"a":"1"})", R"({"a":1})", false},
      {R"({"a":9007199254740993})", R"({"a":9007199254740992})", false},
      {R"({"a":[1,2]})", R"({"a":[1,2]})", true},
      {R"({"a":[1,2]})", R"({"a":[2,1]})", false},
      {R"({"a":[1]})", R"({"a":[1,null]})", false},
      {R"({"a":{"b":[{}]}})", R"({"a":{"b":[{"c":null}]}})", true},
      {R"({"a":true})", R"({"a":false})", false},
  };

  for (const auto& one : cases) {
    Expectation expected;
    expected.rows = std::vector<std::string>{one.expected};
    EXPECT_EQ(differences(expected, with_rows({one.found})).empty(), one.is_equal)
        << one.expected << " " << one.found;
  }
}

TEST(CheckExpectation, EachDifferenceIsASentence) {
  Rehearsal found = with_rows({R"({"a":1})", R"({"a":2})"});
  found.objects.push_back({.kind = delivery::ObjectKind::format_conversion_failed,
                           .key = "e/*",
                           .records = 1,
                           .bytes = 1,
                           .rows = {},
                           .text = {},
                           .refused = {{"Code", "what is wrong", "raw"}}});
  Expectation expected;
  EXPECT_THAT(differences(expected, found), IsEmpty());
  expected.keys = std::vector<std::string>{"k/*", "e/*", "f/*"};
  expected.rows = std::vector<std::string>{R"({"a":1})"};
  expected.errors = std::vector{ExpectedError{"Code", "*right"}};
  expected.texts.emplace();
  EXPECT_THAT(differences(expected, found),
              ElementsAre("key 3 is missing: f/*",
                          R"(row 2 is not expected: {"a":2})",
                          "error 1 is Code: what is wrong, expected is Code: *right"));
}

}  // namespace
}  // namespace sluice::cli
