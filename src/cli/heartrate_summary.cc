// sluice heartrate summary: the figures of recorded sessions.
#include "cli/command.h"
#include "cli/heartrate_commands.h"
#include "cli/session_options.h"
#include "cli/session_report.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace sluice::cli {
namespace {

constexpr const char* command_name = "heartrate summary";

struct Options {
  SessionOptions sessions;
  bool is_json = false;
};

ExitCode summarize_sessions(const Options& options, Terminal& terminal) {
  const auto settings = check_session_options(options.sessions);
  if (!settings) {
    terminal.complain(command_name, settings.error().message());
    return ExitCode::usage;
  }
  const auto files = make_posix_file_system();
  const auto sessions = load_sessions(*files, options.sessions, *settings);
  if (!sessions) {
    terminal.complain(command_name, sessions.error().message());
    return exit_code_of(sessions.error().fault());
  }
  terminal.print(options.is_json ? sessions_json(*sessions, *settings)
                                 : sessions_text(*sessions, *settings, terminal.paint()));
  report_left_out(sessions->left_out, command_name, terminal);
  return sessions->is_incomplete() ? ExitCode::failed : ExitCode::ok;
}

}  // namespace

void add_heartrate_summary(CLI::App& group, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& app = *group.add_subcommand("summary", "show the figures of recorded sessions");
  add_session_arguments(app, options->sessions);
  add_zone_arguments(app, options->sessions);
  app.add_flag("--json", options->is_json, "print one JSON object");
  app.footer(
      "A rate holds until the next record.  rMSSD, SDNN (n - 1) and pNN50 are of all\n"
      "RR intervals; differences are not taken where intervals are missing.  Files\n"
      "without heart-rate records are skipped.\n"
      "\n"
      "Examples:\n"
      "  sluice heartrate summary run.ndjson --age 47\n"
      "  sluice heartrate summary s3://garmin-hr-s3-bucket/heart_rate_data/2025/07/\n"
      "  sluice heartrate summary data/buckets --gap 600 --json | jq .sessions[].mean\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return summarize_sessions(*options, terminal); };
  });
}

}  // namespace sluice::cli
