// Hostile queries, each with small limits: a test says what becomes of the record, and that the
// next one gets its answer.
#include "query/jq_evaluator.h"

#include "delivery/partition_value.h"
#include "query/confinement.h"
#include "query/metadata_queries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iterator>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace sluice::query {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr JqLimits small = {.memory_bytes = std::uint64_t{48} << 20,
                            .batch_time = milliseconds(100),
                            .record_time = milliseconds(50)};

// The answers as text, those of records that are refused behind an exclamation mark.
std::vector<std::string> answers_of(delivery::MetadataQuery& query,
                                    const std::vector<std::string>& records) {
  const std::vector<ByteView> views(records.begin(), records.end());
  delivery::QueryAnswers answers;
  const auto done = query.evaluate(views, answers);
  if (!done) {
    return {done.error().message()};
  }
  EXPECT_EQ(answers.size(), records.size());
  std::vector<std::string> texts;
  for (std::size_t record = 0; record < answers.size(); ++record) {
    texts.push_back(answers.is_refused(record) ? "! " + std::string(answers.why(record)) : "");
    for (std::size_t key = 0; key < answers.keys() && !answers.is_refused(record); ++key) {
      texts.back() += (key == 0 ? "" : "|") + std::string(answers.value(record, key));
    }
  }
  return texts;
}

std::vector<std::string> ask(std::string_view query,
                             const std::vector<std::string>& records,
                             JqLimits limits = small) {
  const auto made = make_metadata_queries(limits)(query);
  return made ? answers_of(**made, records) : std::vector{made.error().message()};
}

// What a query that is not plain makes of one record.
std::string answer(std::string_view query, const std::string& record) {
  return ask(query, {record}).at(0);
}

TEST(JqEvaluator, answers_what_no_plain_selection_can) {
  EXPECT_THAT(ask(R"({id: (.id | tostring), year: .ts | strftime("%Y"), "fixed": "x"})",
                  {R"({"id": 7, "ts": 1752574233})", R"({"id": "a", "ts": 0})"}),
              ElementsAre("7|2025|x", "a|1970|x"));
  EXPECT_EQ(answer(R"({day: .t[0:10]})", R"({"t": "2025-07-15T17:10:33"})"), "2025-07-15");
  EXPECT_EQ(answer(R"({kind: (if .rate > 100 then "high" else "low" end)})", R"({"rate": 89})"),
            "low");
  EXPECT_EQ(answer(R"({zone: (.z | test("^Asia/"))})", R"({"z": "Asia/Calcutta"})"), "true");
}

TEST(JqEvaluator, an_interrupt_ends_what_would_take_for_ever) {
  JqLimits patient;
  patient.batch_time = std::chrono::hours(1);
  patient.record_time = std::chrono::hours(1);
  const auto made = make_metadata_queries(patient)("{a: (def f: f; f)}");
  ASSERT_TRUE(made) << made.error().message();
  delivery::MetadataQuery& query = **made;
  EXPECT_TRUE(query.can_be_slow());
  std::vector<std::string> answers;
  std::thread asking([&] { answers = answers_of(query, {"{}", "{}"}); });
  query.interrupt();
  asking.join();
  EXPECT_THAT(answers, ElementsAre("the evaluation was interrupted"));
  EXPECT_THAT(answers_of(query, {"{}"}), ElementsAre("the evaluation was interrupted"));
}

TEST(JqEvaluator, many_records_go_in_batches_and_come_back_in_order) {
  JqLimits limits;
  limits.batch_records = 7;
  limits.batch_bytes = 200;
  std::vector<std::string> records;
  std::vector<std::string> expected;
  for (int i = 0; i < 300; ++i) {
    records.push_back(R"({"a": )" + std::to_string(i) + R"(, "pad": ")" +
                      std::string(i % 100 == 0 ? 1000 : 5, 'x') + R"("})");
    expected.push_back(std::to_string(i + 1));
  }
  EXPECT_EQ(ask("{a: (.a + 1)}", records, limits), expected);
}

TEST(JqEvaluator, a_query_that_jq_refuses_is_refused_when_it_is_made) {
  const auto made = make_metadata_queries()("{a: .a | nosuchthing}");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().fault(), Fault::invalid);
  EXPECT_THAT(made.error().message(),
              AllOf(StartsWith("jq refuses the query: "), HasSubstr("nosuchthing/0")));
  for (const std::string_view query : {"{a: }", "{a: if}", "{a: .a as $x}", "{a: $x}"}) {
    const auto wrong = make_metadata_queries()(query);
    ASSERT_FALSE(wrong) << query;
    EXPECT_EQ(wrong.error().fault(), Fault::invalid) << query;
  }
}

struct Case {
  std::string_view value;  // a jq expression
  std::string_view record;
  std::string_view answer;
};

// Holds the value that each expression has for its record against what it must be: in one child,
// with a query that picks the expression by the record.
void expect_answers(std::span<const Case> cases) {
  std::string query = "{a: (.case as $case | .record | ";
  std::vector<std::string> records;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    query +=
        "if $case == " + std::to_string(i) + " then (" + std::string(cases[i].value) + ") else ";
    records.push_back("{\"case\": " + std::to_string(i) +
                      ", \"record\": " + std::string(cases[i].record) + "}");
  }
  query += "null";
  for (std::size_t i = 0; i < cases.size(); ++i) {
    query += " end";
  }
  const auto answers = ask(query + ")}", records);
  ASSERT_EQ(answers.size(), cases.size()) << answers.at(0);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(answers[i], cases[i].answer) << cases[i].value << " of " << cases[i].record;
  }
}

TEST(JqEvaluator, a_record_without_one_good_answer_is_refused_with_the_reason) {
  const std::string null_or_empty = "! " + std::string(delivery::value_is_null_or_empty);
  const std::string no_scalar = "! " + std::string(delivery::value_is_no_scalar);
  const std::string too_long = "! " + std::string(delivery::values_are_too_long);
  const Case cases[] = {
      {".a[]", R"({"a": [1, 2]})", "! the query gives more than one result"},
      {".a[]", R"({"a": []})", "! the query gives no result"},
      {"repeat(1)", "{}", "! the query gives more than one result"},
      {"range(1e18)", "{}", "! the query gives more than one result"},
      {".a[0]", R"({"a": "x"})", "! Cannot index string with number"},
      {"(1, error(\"late\"))", "{}", "! late"},
      {"error(\"\")", "{}", "! an error without words"},
      {"error({b: 1})", "{}", R"(! {"b":1})"},
      {".a", R"({"a": null})", null_or_empty},
      {".a", R"({"a": ""})", null_or_empty},
      {"nan", "{}", null_or_empty},
      {"[.a]", R"({"a": 1})", no_scalar},
      {"{b: .a}", R"({"a": 1})", no_scalar},
      {"\"x\" * 1024 | length", "{}", "1024"},
      {"\"x\" * 1025", "{}", too_long},
      {"error(\"é\" * 1000) | 1", "{}", "! "},
  };
  std::string long_error = "! ";
  for (int i = 0; i < 256; ++i) {
    long_error += "é";
  }
  long_error += "…";
  std::vector<Case> all(std::begin(cases), std::end(cases));
  all.back().answer = long_error;
  expect_answers(all);
}

TEST(JqEvaluator, a_record_that_is_not_one_json_value_is_refused) {
  EXPECT_THAT(
      ask("{a: (.a | .)}", {"", " \n", R"({"a": 1} {"a": 2})", "{},", "{", R"({"a": 1})"}),
      ElementsAre("! the record holds no JSON",
                  "! the record holds no JSON",
                  "! the record holds more than one JSON value",
                  "! the record is no JSON: Expected value before ',' at line 1, column 3",
                  "! the record is no JSON: Unfinished JSON term at EOF at line 1, column 1",
                  "1"));
}

TEST(JqEvaluator, a_query_learns_nothing_of_the_machine) {
  ::setenv("SLUICE_TEST_SECRET", "hidden", 1);
  const std::string null_or_empty = "! " + std::string(delivery::value_is_null_or_empty);
  const Case cases[] = {
      {"env | length", "{}", "0"},
      {"$ENV | length", "{}", "0"},
      {"env.SLUICE_TEST_SECRET", "{}", null_or_empty},
      {"input", "{}", "! break"},
      {"[inputs] | length", "{}", "0"},
      {"input_filename", "{}", null_or_empty},
      {"$__loc__.line", "{}", "1"},
      {"$__loc__.file", "{}", "<top-level>"},
      {"\"x\" | debug", "{}", "x"},
      {"\"x\" | stderr", "{}", "x"},
      {"halt", "{}", "! the query halts"},
      {"\"x\" | halt_error", "{}", "! the query halts"},
      {"now > 1700000000", "{}", "true"},
      {"0 | localtime | mktime", "{}", "0"},
      {"get_search_list | length", "{}", "0"},
  };
  expect_answers(cases);
  EXPECT_THAT(
      ask(R"({a: (.a | modulemeta | length)})", {R"({"a": "/etc/passwd"})", R"({"a": "passwd"})"}),
      ElementsAre(HasSubstr("! "), HasSubstr("! ")));
}

TEST(JqEvaluator, modules_cannot_be_read) {
  for (const std::string_view query : {R"(import "a" as a; {b: a::b})",
                                       R"(include "a"; {b})",
                                       R"({b: (import "a" as a; .)})",
                                       R"({b: (include "a"; .)})"}) {
    const auto made = make_metadata_queries()(query);
    ASSERT_FALSE(made) << query;
    EXPECT_EQ(made.error().fault(), Fault::invalid) << query;
  }
}

TEST(JqEvaluator, a_record_that_takes_too_long_is_refused_and_the_others_are_answered) {
  EXPECT_THAT(ask("{a: (if .loop then (def f: f; f) else .a end)}",
                  {R"({"a": 1})", R"({"loop": true})", R"({"a": 3})", R"({"a": 4})"}),
              ElementsAre("1", "! the query took longer than 0.05 s for this record", "3", "4"));
}

TEST(JqEvaluator, a_record_that_wants_too_much_memory_is_refused_and_the_others_are_answered) {
  EXPECT_THAT(
      ask(R"({a: (if .big then (reduce range(22) as $i ("12345678"; . + .) | length) else .a end)})",
          {R"({"a": 1})", R"({"big": true})", R"({"a": 3})"},
          {.memory_bytes = small.memory_bytes}),
      ElementsAre("1",
                  // Sanitizers map more than any bound.
                  confines_memory() ? "! the query needs more than 48 MiB of memory for this record"
                                    : "33554432",
                  "3"));
}

TEST(JqEvaluator, a_record_that_ends_jq_is_refused_and_the_others_are_answered) {
  // The value nests so deep that libjq's way of giving it back overflows its stack.
  const auto answers =
      ask("{a: (if .deep then (reduce range(300000) as $i (1; [.]) | length) else .a end)}",
          {R"({"a": 1})", R"({"deep": true})", R"({"a": 3})"},
          {.memory_bytes = std::uint64_t{256} << 20,
           .batch_time = milliseconds(4000),
           .record_time = milliseconds(4000)});
  ASSERT_EQ(answers.size(), 3);
  EXPECT_EQ(answers[0], "1");
  EXPECT_THAT(answers[1], StartsWith("! jq ended with "));
  EXPECT_EQ(answers[2], "3");
}

TEST(JqEvaluator, every_record_may_be_the_one_and_then_each_gets_less_time) {
  JqLimits limits = small;
  limits.patience = 3;  // the batch, and two records
  limits.impatient_record_time = milliseconds(20);
  EXPECT_THAT(ask("{a: (if .a then .a else (def f: f; f) end)}",
                  {"{}", "{}", "{}", "{}", R"({"a": 5})"},
                  limits),
              ElementsAre("! the query took longer than 0.05 s for this record",
                          "! the query took longer than 0.05 s for this record",
                          "! the query took longer than 0.02 s for this record",
                          "! the query took longer than 0.02 s for this record",
                          "5"));
}

TEST(JqEvaluator, a_plain_selection_asks_only_about_what_it_is_not_sure_of) {
  EXPECT_THAT(ask("{a: .a.b}",
                  {R"({"a": {"b": 1}})",
                   R"({"a": {"b": 12345678901234567890}})",
                   R"({"a": 7})",
                   R"({"a": {"b": "x"}})",
                   R"({"a": {"b": 1e1000}} )",
                   "nonsense"}),
              ElementsAre("1",
                          "12345678901234567000",
                          "! Cannot index number with string \"b\"",
                          "x",
                          "1.7976931348623157e+308",
                          "! the record is no JSON: Invalid literal at EOF at line 1, column 8"));
}

TEST(JqEvaluator, a_child_that_has_waited_for_long_ends_and_nobody_notices) {
  JqLimits limits;
  limits.idle_time = milliseconds(1);
  const auto made = make_metadata_queries(limits)("{a: (.a + 1)}");
  ASSERT_TRUE(made);
  for (int round = 0; round < 10; ++round) {
    EXPECT_THAT(answers_of(**made, {R"({"a": 1})", R"({"a": 2})"}), ElementsAre("2", "3"));
  }
}

TEST(JqEvaluator, goes_on_after_a_failure) {
  const auto made = make_metadata_queries(small)("{a: (if .loop then (def f: f; f) else .a end)}");
  ASSERT_TRUE(made);
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(answers_of(**made, {R"({"loop": true})"}),
                ElementsAre(StartsWith("! the query took longer")));
    EXPECT_THAT(answers_of(**made, {R"({"a": 1})", R"({"a": 2})"}), ElementsAre("1", "2"));
  }
  EXPECT_THAT(answers_of(**made, {}), ElementsAre());
}

}  // namespace
}  // namespace sluice::query
