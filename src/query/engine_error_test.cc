#include "query/engine_error.h"

#include <gtest/gtest.h>

namespace sluice::query {
namespace {

TEST(EngineErrorTest, says_what_a_user_can_act_upon) {
  struct Case {
    const char* error;
    Fault fault;
    std::optional<std::uint64_t> offset;
    const char* message;
  };

  const Case cases[] = {
      {R"({"exception_type":"Binder","exception_message":"Referenced column \"heart_rat\" not f)"
       R"(ound in FROM clause!\nCandidate bindings: \"heart_rate\"","candidates":"heart_rate",")"
       R"(position":"7","error_subtype":"COLUMN_NOT_FOUND","name":"heart_rat"})",
       Fault::invalid,
       7,
       R"(column "heart_rat" does not exist; did you mean "heart_rate"?)"},
      {R"({"exception_type":"Catalog","exception_message":"Table with name x does not exist!",")"
       R"(candidates":"pg_database","position":"14","error_subtype":"MISSING_ENTRY","type":"Tab)"
       R"(le","name":"hrdata"})",
       Fault::invalid,
       14,
       R"(table "hrdata" does not exist)"},
      {R"({"exception_type":"Catalog","exception_message":"-","candidates":"year,yearweek","pos)"
       R"(ition":"7","error_subtype":"MISSING_ENTRY","type":"Scalar Function","name":"yaer"})",
       Fault::invalid,
       7,
       R"(function "yaer" does not exist; did you mean "year"?)"},
      {R"(Parser Error: {"exception_type":"Parser","exception_message":"syntax error at or near)"
       R"( \"selec\"","error_subtype":"SYNTAX_ERROR","position":"0"})",
       Fault::invalid,
       0,
       R"(syntax error at or near "selec")"},
      {R"({"exception_type":"Out of Memory","exception_message":"failed to allocate data of siz)"
       R"(e 16.0 MiB"})",
       Fault::too_large,
       std::nullopt,
       "the query needs more memory than it may use; ask for less at a time, or raise the limit"},
      {R"({"exception_type":"IO","exception_message":"Cannot open file \"x\": gone."})",
       Fault::io,
       std::nullopt,
       R"(Cannot open file "x": gone)"},
      {R"({"exception_type":"IO","exception_message":"No files found","position":"14"})",
       Fault::invalid,
       14,
       "No files found"},
      {R"({"exception_type":"INTERNAL","exception_message":"assertion"})",
       Fault::io,
       std::nullopt,
       "DuckDB failed on a mistake of its own: assertion"},
      {R"({"exception_type":"Interrupt","exception_message":"Interrupted!"})",
       Fault::cancelled,
       std::nullopt,
       "Interrupted"},
      {R"({"exception_type":"Binder","exception_message":"odd","position":"-1"})",
       Fault::invalid,
       std::nullopt,
       "odd"},
      {"no JSON at all!\nand more", Fault::invalid, std::nullopt, "no JSON at all"},
      {"{broken", Fault::invalid, std::nullopt, "{broken"},
      {"", Fault::invalid, std::nullopt, ""},
  };
  for (const Case& each : cases) {
    const FailedMessage failure = read_engine_error(each.error, true);
    EXPECT_EQ(failure.message, each.message);
    EXPECT_EQ(fault_name(failure.fault), fault_name(each.fault)) << each.error;
    EXPECT_EQ(failure.offset, each.offset) << each.error;
    EXPECT_EQ(read_engine_error(each.error, false).offset, std::nullopt) << each.error;
  }
}

TEST(EngineErrorTest, a_position_counts_lines_and_characters) {
  struct Case {
    std::string_view text;
    std::uint64_t offset;
    std::size_t line;
    std::size_t column;
  };

  const Case cases[] = {{"", 0, 1, 1},
                        {"abc", 2, 1, 3},
                        {"abc", 3, 1, 4},
                        {"abc", 99, 1, 4},
                        {"a\nbc", 2, 2, 1},
                        {"a\nbc", 3, 2, 2},
                        {"\n\n", 2, 3, 1},
                        {"'é' x", 5, 1, 5}};
  for (const Case& each : cases) {
    const TextPosition position = position_of(each.text, each.offset);
    EXPECT_EQ(position.line, each.line) << each.text << " " << each.offset;
    EXPECT_EQ(position.column, each.column) << each.text << " " << each.offset;
  }
}

}  // namespace
}  // namespace sluice::query
