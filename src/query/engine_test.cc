// Engines with the real library, where it is found: without it these tests say so and are skipped.
// The program they run in is its own worker, so this file holds main().
#include "query/engine.h"

#include "query/engine_fixture.h"
#include "query/jq_worker.h"
#include "query/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sluice::query {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(EngineTest, answers_with_columns_types_and_rows) {
  const auto done = ask(
      "SELECT 1 AS a, 'x' AS \"b c\", NULL AS a, 1.50 AS d, [1, NULL] AS e, 'a longer text than "
      "twelve bytes' AS f;  -- a comment at the end");
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(done->rows, 1);
  EXPECT_THAT(gathered.rows, ElementsAre("1|x|∅|1.50|[1, NULL]|a longer text than twelve bytes"));
  std::vector<std::string> described;
  for (const auto& column : gathered.columns) {
    described.push_back(column.name + " " + column.type);
  }
  EXPECT_THAT(
      described,
      ElementsAre(
          "a INTEGER", "b c VARCHAR", "a_1 INTEGER", "d DECIMAL(3,2)", "e INTEGER[]", "f VARCHAR"));
}

TEST_F(EngineTest, nested_values_are_json_when_asked_for) {
  base.nested_as_json = true;
  ASSERT_TRUE(ask("SELECT [1, NULL], {'a': 'x', 'b': MAP {'k': 2}}, 'plain'"));
  EXPECT_THAT(gathered.rows, ElementsAre(R"([1,null]|{"a":"x","b":{"k":2}}|plain)"));
}

TEST_F(EngineTest, hands_over_large_results_in_order) {
  const auto done = ask("SELECT range, repeat('x', 100) FROM range(300000)");
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(done->rows, 300'000);
  EXPECT_GT(gathered.bytes, 30'000'000);
  EXPECT_THAT(gathered.rows[999], StartsWith("999|x"));
}

TEST_F(EngineTest, knows_every_kind_of_question) {
  base.setup = {"CREATE SCHEMA hr_data",
                "CREATE VIEW hr_data.heart_rate AS SELECT 60 AS heart_rate"};
  const char* questions[] = {"VALUES (1), (2)",
                             "FROM hr_data.heart_rate",
                             "WITH a AS (SELECT 1) SELECT * FROM a",
                             "SHOW ALL TABLES",
                             "DESCRIBE hr_data.heart_rate",
                             "SUMMARIZE hr_data.heart_rate",
                             "/* why /* not */ -- at all\n explain SELECT 1",
                             "EXPLAIN ANALYZE SELECT 1",
                             "(SELECT 1)",
                             "SELECT 1 WHERE false"};
  for (const char* question : questions) {
    const auto done = ask(question);
    EXPECT_TRUE(done) << question << ": " << done.error().message();
    EXPECT_FALSE(gathered.columns.empty()) << question;
  }
}

TEST_F(EngineTest, says_where_the_statement_is_wrong) {
  base.setup = {"CREATE SCHEMA hr_data",
                "CREATE VIEW hr_data.heart_rate AS SELECT 60 AS heart_rate, 'x' AS timestamp"};

  struct Case {
    const char* sql;
    const char* message;
  };

  const Case cases[] = {
      {"SELECT heart_rat FROM hr_data.heart_rate",
       "line 1:8: column \"heart_rat\" does not exist; did you mean \"heart_rate\"?"},
      {"SELECT\n  'é', heart_rat FROM hr_data.heart_rate",
       "line 2:8: column \"heart_rat\" does not exist; did you mean \"heart_rate\"?"},
      {"EXPLAIN SELECT heart_rat FROM hr_data.heart_rate",
       "line 1:16: column \"heart_rat\" does not exist; did you mean \"heart_rate\"?"},
      {"SELECT * FROM hr_data.heart_rat",
       "line 1:15: table \"heart_rat\" does not exist; did you mean \"heart_rate\"?"},
      {"SELECT * FROM heart_rate",
       "line 1:15: table \"heart_rate\" does not exist; did you mean \"hr_data.heart_rate\"?"},
      {"SELECT pulse FROM hr_data.heart_rate", "line 1:8: column \"pulse\" does not exist"},
      {"SELECT * FROM nothing_like_it", "line 1:15: table \"nothing_like_it\" does not exist"},
      {"SELEC 1", "line 1:1: syntax error at or near \"SELEC\""},
      {"SELECT 1 FROM range(10", "line 1:23: syntax error at end of input"},
      {"SELECT nowhere(1)", "line 1:8: function \"nowhere\" does not exist"},
      {"SELECT CAST('x' AS INTEGER)", "line 1:8: Could not convert string 'x' to INT32"},
      {"SELECT CAST(x AS INTEGER) FROM (VALUES ('1'), ('x')) t(x)",
       "line 1:8: Could not convert string 'x' to INT32"},
      {"", "there is no statement"},
      {" -- nothing\n", "there is no statement"},
      {"SELECT 1; SELECT 2", "there is more than one statement; ask one at a time"},
      {"SELECT ?", "there are parameters (?, $1), and no values for them"},
  };
  for (const Case& each : cases) {
    EXPECT_THAT(refused(each.sql, Fault::invalid), StartsWith(each.message)) << each.sql;
  }
}

TEST_F(EngineTest, does_nothing_but_answer_questions) {
  const std::string target = (folder / "out.csv").string();
  base.readable = {folder.string()};
  const std::string statements[] = {"CREATE TABLE t AS SELECT 1",
                                    "COPY (SELECT 1) TO '" + target + "'",
                                    "EXPLAIN ANALYZE COPY (SELECT 1) TO '" + target + "'",
                                    "ATTACH '" + target + "' AS x",
                                    "INSTALL httpfs",
                                    "LOAD httpfs",
                                    "SET memory_limit='10GB'",
                                    "PRAGMA database_list",
                                    "CALL pragma_version()",
                                    "EXPORT DATABASE '" + target + "'",
                                    "SET enable_external_access=true",
                                    "CREATE SECRET (TYPE s3)"};
  for (const std::string& statement : statements) {
    EXPECT_THAT(refused(statement, Fault::invalid), HasSubstr("only questions are answered"))
        << statement;
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(EngineTest, reads_nothing_outside_of_what_it_was_given) {
  const auto inside = folder / "inside";
  std::filesystem::create_directories(inside);
  std::ofstream(inside / "a.csv") << "a\n1\n";
  std::ofstream(folder / "outside.csv") << "a\n2\n";
  std::filesystem::create_symlink(folder / "outside.csv", inside / "link.csv");
  base.readable = {inside.string()};
  const std::string within = inside.string();

  ASSERT_TRUE(ask("SELECT * FROM read_csv('" + within + "/a.csv')"));
  EXPECT_THAT(gathered.rows, ElementsAre("1"));

  const std::string attempts[] = {
      "SELECT * FROM read_csv('/etc/passwd', sep=':')",
      "SELECT * FROM read_text('/etc/passwd')",
      "SELECT * FROM read_blob('/proc/self/environ')",
      "SELECT * FROM '" + (folder / "outside.csv").string() + "'",
      "SELECT * FROM read_csv('" + within + "/../outside.csv')",
      "SELECT * FROM read_csv('" + within + "/link.csv')",
      "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
      "SELECT * FROM read_csv('s3://bucket/x.csv')",
      "SELECT * FROM sniff_csv('/etc/passwd')",
      "SELECT * FROM parquet_metadata('/etc/passwd')",
      "SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')"};
  for (const std::string& attempt : attempts) {
    const auto done = ask(attempt);
    EXPECT_FALSE(done) << attempt;
  }
  EXPECT_FALSE(ask("SELECT getenv('PATH')"));
  // A pattern finds no more than a name does.
  const auto listed = ask("SELECT * FROM glob('/etc/*')");
  EXPECT_TRUE(!listed || gathered.rows.empty());
}

TEST_F(EngineTest, ends_an_endless_query_at_its_limit) {
  limits.time = std::chrono::milliseconds(300);
  EXPECT_EQ(
      refused("SELECT count(*) FROM range(1000000000000) a, range(1000000) b", Fault::unavailable),
      "the query took longer than its limit of 0.3 s");
}

TEST_F(EngineTest, ends_a_query_nobody_wants_any_more) {
  int asked = 0;
  keep_on = [&] { return ++asked < 3; };
  refused("SELECT count(*) FROM range(1000000000000) a, range(1000000) b", Fault::cancelled);
}

TEST_F(EngineTest, ends_with_the_error_of_its_sink) {
  Script script;
  script.sql = "SELECT * FROM range(1000000)";
  gathered.rows_max = 5;
  const auto done = engine->run(script, limits, gathered, [] { return true; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message(), "enough");
}

TEST_F(EngineTest, refuses_a_query_that_eats_all_memory) {
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "under these sanitizers the child's address space cannot be bounded";
#endif
  limits.memory_bytes = std::uint64_t{64} << 20;
  EXPECT_THAT(refused("SELECT list(range) FROM range(1000000000)", Fault::too_large),
              HasSubstr("more memory"));
  const auto hungry = ask("SELECT length(repeat('x', 4000000000))");
  EXPECT_FALSE(hungry);
  EXPECT_THAT(refused("SELECT repeat('x', 70000000)", Fault::too_large), HasSubstr("64 MiB"));
  // The next one is none the worse for it.
  EXPECT_TRUE(ask("SELECT 1"));
}

TEST_F(EngineTest, writes_a_result_as_parquet) {
  base.parquet_to = (folder / "out.parquet").string();
  const auto done = ask("SELECT range AS n FROM range(10)");
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(done->rows, 10);
  ASSERT_EQ(gathered.columns.size(), 1);
  EXPECT_EQ(gathered.columns[0].name, "n");
  EXPECT_TRUE(gathered.rows.empty());
  base.parquet_to.clear();
  base.readable = {folder.string()};
  ASSERT_TRUE(ask("SELECT sum(n) FROM read_parquet('" + (folder / "out.parquet").string() + "')"));
  EXPECT_THAT(gathered.rows, ElementsAre("45"));
  EXPECT_TRUE(std::filesystem::exists(folder / "out.parquet"));
}

TEST_F(EngineTest, says_what_to_install_when_there_is_no_library) {
  const auto found = Engine::find("/nowhere/libduckdb.so");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().fault(), Fault::missing);
}

TEST_F(EngineTest, refuses_a_library_that_is_none) {
  std::ofstream(folder / "libduckdb.so") << "nothing";
  const auto other = Engine::find(folder / "libduckdb.so");
  ASSERT_TRUE(other);
  const auto done = other->run(
      {.setup = {}, .sql = "SELECT 1", .readable = {}, .parquet_to = {}, .nested_as_json = false},
      limits,
      gathered,
      [] { return true; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault(), Fault::unavailable);
}

}  // namespace
}  // namespace sluice::query

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  if (const auto code = sluice::query::run_if_worker(arguments)) {
    return *code;
  }
  if (const auto code = sluice::query::run_if_jq_worker(arguments)) {
    return *code;
  }
  ::testing::InitGoogleTest(&count, words);
  return RUN_ALL_TESTS();
}
