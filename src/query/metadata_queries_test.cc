// Plain selections against jq itself: a table of what is odd, and random records, many of them
// broken.  Neither is told what the answer is: they must agree.
#include "query/metadata_queries.h"

#include "base/random.h"
#include "delivery/object_construction.h"
#include "query/jq_second_opinion.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::query {
namespace {

TEST(MetadataQueries, selections_and_jq_agree_about_what_is_odd) {
  SecondOpinion opinion("{a, b: .b.c}");
  const std::string values[] = {"0",
                                "-0",
                                "-0.0",
                                "0e5",
                                "1.0",
                                "1e0",
                                "1E+2",
                                "1.5e-3",
                                "100000000000000000",
                                "1000000000000000",
                                "10000000000000000",
                                "123456789012345",
                                "1234567890123456",
                                "12345678901234567",
                                "9007199254740991",
                                "9007199254740992",
                                "9007199254740993",
                                "1752574233123456",
                                "-1752574233120000",
                                "18446744073709551615",
                                "0.1",
                                "0.30000000000000004",
                                "0.0001",
                                "0.00001",
                                "0.000012345",
                                "123456.789",
                                "1e1000",
                                "-1e1000",
                                "1e-1000",
                                "5e-324",
                                "2.2250738585072014e-308",
                                "1e290",
                                "1e-290",
                                "1e291",
                                "123456789012345e276",
                                "1e99999999999999999999",
                                "0e99999999999999999999",
                                "00",
                                "01",
                                "1.",
                                ".5",
                                "+1",
                                "nan",
                                "NaN",
                                "Infinity",
                                "0x10",
                                "null",
                                "true",
                                "false",
                                "tru",
                                "True",
                                "\"\"",
                                "\"x\"",
                                "'x'",
                                R"("\u0000")",
                                R"("\u00e9\u00E9é")",
                                R"("\ud83d\ude00")",
                                R"("\ud83d")",
                                R"("\ude00")",
                                R"("\ud83d\u0041")",
                                R"("\/\b\f\n\r\t\"\\")",
                                R"("\x41")",
                                "\"\x7f\"",
                                "\"\x1f\"",
                                "\"\x01\"",
                                "\"\t\"",
                                "\"\xff\"",
                                "\"\xc0\x80\"",
                                "\"\xed\xa0\x80\"",
                                "\"\xf4\x90\x80\x80\"",
                                "\"\xe2\x82\"",
                                "\"\xef\xbf\xbe\"",
                                "[]",
                                "[1,]",
                                "[,1]",
                                "[1 2]",
                                "{}",
                                "{\"c\": 1,}",
                                "{\"c\" 1}",
                                "{1: 2}",
                                "\"" + std::string(1024, 'x') + "\"",
                                "\"" + std::string(1025, 'x') + "\""};
  const std::string records[] = {R"({"a": V, "b": {"c": 1}})",
                                 R"({"a": 1, "b": {"c": V}})",
                                 R"({"a": 1, "b": V})",
                                 R"({"a": 1, "b": {"c": 2}, "d": V})",
                                 R"({"a": 1, "b": {"c": 2}, "a": V})",
                                 R"({"a": V, "b": {"c": 2}, "a": 1})",
                                 R"({"b": {"c": V}, "b": {}, "a": 1})",
                                 R"({"\u0061": V, "b": {"\u0063": 2}})",
                                 R"({"b": {"c": 2}, "d": [[V, {"a": V}]]})",
                                 R"({"a": 1, "b": {"c": 2}} V)",
                                 R"({"a": 1, "b": {"c": 2}}V)",
                                 R"(V{"a": 1, "b": {"c": 2}})",
                                 "\xef\xbb\xbf{\"a\": V, \"b\": null}",
                                 "V"};
  for (const std::string& frame : records) {
    for (const std::string& value : values) {
      std::string record = frame;
      for (std::size_t at = record.find('V'); at != std::string::npos;
           at = record.find('V', at + value.size())) {
        record.replace(at, 1, value);
      }
      // Once as the first of its kind, once read by the shape of the one before.
      ASSERT_EQ(opinion.disagreement_about(record), "") << record;
      ASSERT_EQ(opinion.disagreement_about(record), "") << record;
    }
  }
  EXPECT_GT(opinion.answered(), 500);
}

// Records that are objects more often than not, and JSON more often than not.
class RandomRecords {
 public:
  explicit RandomRecords(Random& random) : random_(random) {}

  std::string record() {
    std::string text = random_.below(10) == 0 ? value(0) : object(0);
    if (random_.below(4) == 0) {
      text += pick({" ", "\n", "\r\n", "}", ",", "{}", "\xef\xbb\xbf"});
    }
    if (random_.below(3) == 0) {
      damage(text);
    }
    return text;
  }

 private:
  std::string pick(std::initializer_list<std::string_view> from) {
    return std::string(from.begin()[random_.below(from.size())]);
  }

  std::string blank() { return random_.below(3) == 0 ? pick({" ", "\t", "\n", "  "}) : ""; }

  std::string key() {
    return "\"" + pick({"a", "a", "b", "b", "c", "c", "é", "\\u00e9", "\\u0061", "a b", ""}) + "\"";
  }

  std::string object(int depth) {
    std::string text = "{";
    const std::uint64_t members = random_.below(5);
    for (std::uint64_t i = 0; i < members; ++i) {
      text += (i == 0 ? "" : ",") + blank() + key() + blank() + ":" + blank() + value(depth + 1) +
              blank();
    }
    return text + "}";
  }

  std::string number() {
    std::string text = random_.below(4) == 0 ? "-" : "";
    text += std::to_string(random_.next() >> random_.below(64));
    if (random_.below(2) == 0) {
      text += "." + std::to_string(random_.next() >> random_.below(64));
    }
    if (random_.below(3) == 0) {
      text += pick({"e", "E", "e-", "E+"}) + std::to_string(random_.below(330));
    }
    return text;
  }

  std::string value(int depth) {
    switch (random_.below(depth < 4 ? 10 : 7)) {
      case 0:
      case 1:
        return number();
      case 2:
        return std::to_string(random_.below(200));
      case 3:
        return pick({"null", "true", "false", "nan", "-", "1e400", "0.10", "1e15", "1e16"});
      case 4:
      case 5:
      case 6:
        return "\"" +
               pick({"", "x", "runner-7", "é", "\\n", "\\u0041", "\\ud83d\\ude00", "\\udc00"}) +
               pick({"", "", "tail", "\\\\", "\xff"}) + "\"";
      case 7:
        return "[" + value(depth + 1) + blank() + "," + value(depth + 1) + "]";
      default:
        return object(depth + 1);
    }
  }

  // RS ends libjq: it is no part of a record that jq is asked about in a test.
  void damage(std::string& text) {
    const std::size_t at = random_.below(text.size() + 1);
    switch (random_.below(3)) {
      case 0:
        text.resize(at);
        break;
      case 1:
        text.insert(at,
                    pick({"\"", "{", "}", "[", "]", ",", ":", "0", "-", "\\", "\x80", "e", "."}));
        break;
      default:
        text.erase(std::min(at, text.size() - 1), 1);
        break;
    }
  }

  Random& random_;
};

TEST(MetadataQueries, selections_and_jq_agree_about_random_records) {
  for (const std::string_view query :
       {"{a}", "{a, c: .b.c}", "{a: .a[1:3], c: .b.c[:2]}", R"({"é", x: .a.a["b"][2:], y: .a})"}) {
    SecondOpinion opinion(query);
    SeededRandom random(query.size());
    RandomRecords records(random);
    for (int i = 0; i < 10'000; ++i) {
      const std::string record = records.record();
      ASSERT_EQ(opinion.disagreement_about(record), "") << record << " after " << i;
    }
    EXPECT_GT(opinion.answered(), 1'000) << query;
  }
}

// The keys that are found without running a query are those that its objects have.
TEST(MetadataQueries, keys_are_found_as_jq_makes_them) {
  const auto no_memory = [](void*) { std::abort(); };
  const std::string_view queries[] = {
      R"({a: 1, "b c": 2, "\u00e9\n\"": 3, if: 4, true: 5})",
      "{\"two\nlines\": 1, geo::cell: 2, \"\\ud83d\\ude00\": 3,}",
      R"q({a: "}, \("{" | {x: ","} | .x)", b: ({q: 1} | .q)} # {c: 1})q",
      "{a: 1 # , b: 2\n, c: 3}"};
  for (const std::string_view query : queries) {
    const auto members = delivery::read_object_construction(query);
    ASSERT_TRUE(members) << query;
    std::vector<std::string> keys;
    for (const delivery::ConstructedMember& member : *members) {
      keys.push_back(member.key);
    }
    // Every key has a value, and the object has no more members than those.
    auto program = JqProgram::compile(std::string(query), keys, no_memory);
    ASSERT_TRUE(program) << query;
    delivery::QueryAnswers answers;
    answers.reset(keys.size());
    program->evaluate("{}", answers);
    ASSERT_FALSE(answers.is_refused(0)) << answers.why(0);
    auto count =
        JqProgram::compile("{count: (" + std::string(query) + "\n| length)}", {"count"}, no_memory);
    ASSERT_TRUE(count) << query;
    answers.reset(1);
    count->evaluate("{}", answers);
    EXPECT_EQ(answers.value(0, 0), std::to_string(keys.size())) << query;
  }
}

TEST(MetadataQueries, a_query_that_is_no_object_construction_is_refused) {
  const auto made = make_metadata_queries()("[.a]");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().fault(), Fault::invalid);
}

TEST(MetadataQueries, a_query_knows_its_keys) {
  const auto made = make_metadata_queries()(R"({customer: .id, "b c", year})");
  ASSERT_TRUE(made);
  const auto keys = (*made)->keys();
  EXPECT_EQ(std::vector<std::string>(keys.begin(), keys.end()),
            (std::vector<std::string>{"customer", "b c", "year"}));
}

}  // namespace
}  // namespace sluice::query
