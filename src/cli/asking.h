// One question of `sluice query`, from its text to what is printed; and the list of tables.
#pragma once

#include "cli/exit_code.h"
#include "cli/result_text.h"
#include "cli/terminal.h"
#include "query/engine.h"
#include "query/question.h"

#include <string>

namespace sluice::cli {

struct QuestionOptions {
  std::string data_directory = "./data";
  std::string database;  // for names without one
  ResultFormat format = ResultFormat::table;
  std::string output;  // a file; empty: standard output
  query::EngineLimits limits;
};

// Asks, prints the result, and on standard error what was left out and how long it took.  What is
// wrong has been said when it returns.  Ctrl-C ends the question and nothing else.
ExitCode ask(const QuestionOptions& options,
             const query::Engine& engine,
             const std::string& sql,
             Terminal& terminal);

// Every table with its columns, and where it lies; those whose name has `part` in it.
ExitCode list_tables(const std::string& data_directory, std::string_view part, Terminal& terminal);

}  // namespace sluice::cli
