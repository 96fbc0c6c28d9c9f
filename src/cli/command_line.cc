// The command line.
#include "cli/command_line.h"

#include "base/check.h"
#include "cli/command.h"
#include "cli/help_text.h"
#include "cli/proof_commands.h"
#include "cli/usage_error.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace sluice::cli {
namespace {

constexpr std::string_view footer_text =
    "Examples:\n"
    "  sluice demo\n"
    "  sluice serve --data-dir ./data --config examples/heart-rate.toml\n"
    "  sluice put --stream hr-kinesis-stream run.ndjson\n"
    "  sluice convert in.json out.parquet --schema 'timestamp string, heart_rate int'\n"
    "  sluice inspect run.parquet\n"
    "  sluice query \"SELECT max(heart_rate) FROM hr_data.heart_rate\"\n"
    "  sluice ddl hr_data.heart_rate --bucket my-real-bucket\n"
    "\n"
    "`sluice COMMAND --help` says more about a command.\n"
    "\n";

// The innermost command that was named.
const CLI::App& called_command(const CLI::App& app) {
  const CLI::App* called = &app;
  while (!called->get_subcommands().empty()) {
    called = called->get_subcommands().back();
  }
  return *called;
}

// "heartrate simulate"; empty for the program itself.
std::string path_of(const CLI::App& command) {
  std::string path;
  for (const CLI::App* at = &command; at->get_parent() != nullptr; at = at->get_parent()) {
    path = path.empty() ? at->get_name() : at->get_name() + " " + path;
  }
  return path;
}

ExitCode explain(const CLI::ParseError& error, const CLI::App& app, Terminal& terminal) {
  const CLI::App& called = called_command(app);
  const std::string path = path_of(called);
  if (dynamic_cast<const CLI::CallForHelp*>(&error) != nullptr) {
    terminal.print(called.help());
    return ExitCode::ok;
  }
  if (dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr) {
    terminal.print(fmt::format("{}\n", error.what()));
    return ExitCode::ok;
  }
  terminal.complain(path,
                    fmt::format("{}; see `sluice {}--help`",
                                what_is_wrong(error, called),
                                path.empty() ? path : path + " "));
  return ExitCode::usage;
}

// "help serve" and "version" as many type them.
std::vector<std::string> with_words_for_options(std::span<const std::string> arguments) {
  std::vector<std::string> words(arguments.begin(), arguments.end());
  if (!words.empty() && words.front() == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  } else if (words.size() == 1 && words.front() == "version") {
    words.front() = "--version";
  }
  return words;
}

ExitCode parse_and_run(CLI::App& app,
                       std::span<const std::string> arguments,
                       const Action& chosen,
                       Terminal& terminal) {
  try {
    std::vector<std::string> words = with_words_for_options(arguments);
    // The parser takes its words from the back.
    std::reverse(words.begin(), words.end());
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return explain(error, app, terminal);
  }
  SLUICE_CHECK(chosen != nullptr);
  return chosen(terminal);
}

}  // namespace

std::string_view version() {
  return SLUICE_VERSION;
}

ExitCode run(std::span<const std::string> arguments, Terminal& terminal) {
  CLI::App app(
      "lands a stream of records as Parquet files, exactly once, behind\n"
      "the wire protocols of Kinesis, Firehose, Glue, Athena and S3",
      "sluice");
  Action chosen;
  app.formatter(std::make_shared<HelpText>());
  app.set_help_flag("-h,--help", "print this page");
  app.set_version_flag("--version", fmt::format("sluice {}", version()), "print the version");
  app.footer(std::string(footer_text) + std::string(exit_codes_help));
  app.require_subcommand(1);
  add_demo(app, chosen);
  add_serve(app, chosen);
  add_check(app, chosen);
  add_put(app, chosen);
  add_convert(app, chosen);
  add_inspect(app, chosen);
  add_heartrate(app, chosen);
  add_query(app, chosen);
  add_ddl(app, chosen);
  add_verify(app, chosen);
  add_recover(app, chosen);
  add_explain(app, chosen);
  add_replay(app, chosen);
  add_backfill(app, chosen);
  if (arguments.empty()) {
    terminal.print(app.help());
    return terminal.flush() ? ExitCode::ok : ExitCode::failed;
  }
  const ExitCode code = parse_and_run(app, arguments, chosen, terminal);
  if (!terminal.flush()) {
    terminal.complain("", "cannot write to standard output; look at the disk or pipe behind it");
    return code == ExitCode::ok ? ExitCode::failed : code;
  }
  return code;
}

}  // namespace sluice::cli
