// sluice query: questions in SQL about the tables of a data directory.
#include "cli/asking.h"
#include "cli/command.h"
#include "cli/line_editor.h"
#include "cli/query_prompt.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>

namespace sluice::cli {
namespace {

struct Options {
  std::string sql;
  QuestionOptions question;
  std::string format = "table";
  std::uint64_t memory_mib = 1024;
  unsigned timeout_s = 1800;
  bool lists_tables = false;
};

// Empty, or what is wrong with options that are right one by one.
std::string what_is_wrong(const Options& options) {
  const auto format = parse_result_format(options.format);
  if (!format) {
    return fmt::format("--format: there is no format {}; take table, csv, json or parquet",
                       options.format);
  }
  const std::string& output = options.question.output;
  if (*format == ResultFormat::parquet && (output.empty() || output == "-")) {
    return "a Parquet file needs a name: -o FILE";
  }
  if (options.sql.empty() && !output.empty() && !options.lists_tables) {
    return "-o takes the result of one question; give it on the command line";
  }
  return "";
}

ExitCode prompt(const QuestionOptions& options, const query::Engine& engine, Terminal& terminal) {
  const bool is_interactive = ::isatty(STDIN_FILENO) == 1 && terminal.is_out_terminal();
  std::unique_ptr<LineEditor> editor;
  PromptWorld world;
  world.ask = [&](const std::string& sql) { return ask(options, engine, sql, terminal); };
  world.list_tables = [&](const std::string& part) {
    return list_tables(options.data_directory, part, terminal);
  };
  if (is_interactive) {
    editor = std::make_unique<LineEditor>(query_history_path());
    world.read_line = [&](const std::string& text) { return editor->read(text); };
    world.remember = [&](const std::string& statement) { editor->remember(statement); };
  } else {
    world.read_line = [](const std::string&) -> Result<std::optional<std::string>> {
      std::string line;
      return std::getline(std::cin, line) ? std::optional(line) : std::nullopt;
    };
    world.remember = [](const std::string&) {};
  }
  return run_prompt(world, is_interactive, terminal);
}

ExitCode run_query(Options& options, Terminal& terminal) {
  const std::string wrong = what_is_wrong(options);
  if (!wrong.empty()) {
    terminal.complain("query", wrong);
    return ExitCode::usage;
  }
  QuestionOptions& question = options.question;
  if (question.output == "-") {
    question.output.clear();
  }
  question.format = *parse_result_format(options.format);
  constexpr std::uint64_t mib = std::uint64_t{1} << 20;
  question.limits.memory_bytes = options.memory_mib * mib;
  question.limits.time = std::chrono::seconds(options.timeout_s);
  if (options.lists_tables) {
    return list_tables(question.data_directory, options.sql, terminal);
  }
  const auto engine = query::Engine::find();
  if (!engine) {
    terminal.complain("query", engine.error().message());
    return ExitCode::failed;
  }
  return options.sql.empty() ? prompt(question, *engine, terminal)
                             : ask(question, *engine, options.sql, terminal);
}

}  // namespace

void add_query(CLI::App& parent, Action& chosen) {
  CLI::App& app = *parent.add_subcommand("query", "ask in SQL what has landed");
  const auto options = std::make_shared<Options>();
  app.add_option("SQL", options->sql, "the question; without it there is a prompt");
  app.add_option(
         "--data-dir", options->question.data_directory, "of the server, running or not (./data)")
      ->type_name("DIR");
  app.add_option("--database", options->question.database, "for tables named without one")
      ->type_name("NAME");
  app.add_option("--format", options->format, "table, csv, json (an object a line) or parquet")
      ->type_name("FORMAT");
  app.add_option("-o,--output", options->question.output, "a file instead of standard output")
      ->type_name("FILE");
  app.add_option("--memory-mb", options->memory_mib, "what a question may use (1024)")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{32}, std::uint64_t{1} << 20));
  app.add_option("--timeout", options->timeout_s, "seconds a question may take (1800)")
      ->type_name("S")
      ->check(CLI::Range(1U, 86'400U));
  app.add_option("--threads", options->question.limits.threads, "at work for a question (2)")
      ->type_name("N")
      ->check(CLI::Range(1U, 256U));
  app.add_flag("--tables", options->lists_tables, "list the tables, or those with SQL in the name");
  app.footer(
      "Tables are those of the catalog, as DATABASE.TABLE, with the columns their keys\n"
      "imply (year, month, day, ...): filters on these leave files unread.  Times are\n"
      "UTC.\n"
      "\n"
      "Examples:\n"
      "  sluice query \"SELECT day, avg(heart_rate) FROM hr_data.heart_rate GROUP BY 1\"\n"
      "  sluice query -o may.csv --format csv \"FROM hr_data.heart_rate WHERE month = 5\"\n"
      "  sluice query --tables\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return run_query(*options, terminal); };
  });
}

}  // namespace sluice::cli
