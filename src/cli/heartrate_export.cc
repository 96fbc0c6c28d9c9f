// sluice heartrate export: recorded sessions as files of other programs.
#include "cli/command.h"
#include "cli/heartrate_commands.h"
#include "cli/quantity.h"
#include "cli/session_options.h"
#include "heartrate/csv.h"
#include "heartrate/fit_activity.h"
#include "heartrate/tcx.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

namespace sluice::cli {
namespace {

constexpr const char* command_name = "heartrate export";

struct Options {
  SessionOptions sessions;
  std::string format;
  std::string output;
};

// Turns sessions into one kind of file.
using Exporter =
    Result<heartrate::Exported> (*)(const std::vector<heartrate::SessionToExport>& sessions);

// By name, or by the ending of the output's.
Result<Exporter> exporter_for(const Options& options) {
  const std::size_t dot = options.output.rfind('.');
  const std::string format = !options.format.empty()    ? options.format
                             : dot == std::string::npos ? ""
                                                        : options.output.substr(dot + 1);
  if (format == "csv") {
    return [](const auto& sessions) -> Result<heartrate::Exported> {
      return heartrate::to_csv(sessions);
    };
  }
  if (format == "tcx") {
    return [](const auto& sessions) -> Result<heartrate::Exported> {
      return heartrate::to_tcx(sessions);
    };
  }
  if (format == "fit") {
    return [](const auto& sessions) -> Result<heartrate::Exported> {
      return heartrate::to_fit(sessions);
    };
  }
  return fail(Fault::invalid,
              fmt::format("cannot tell the format of {}; add --format csv, tcx or fit",
                          printable(options.output)));
}

std::string success_text(const Sessions& sessions, const Options& options, const Paint& paint) {
  std::uint64_t records = 0;
  for (const NumberedSession& one : sessions.chosen) {
    records += one.figures.records;
  }
  return fmt::format("{}  {} of {}\n",
                     paint(Ink::bold, printable(options.output)),
                     counted(records, "record", "records"),
                     counted(sessions.chosen.size(), "session", "sessions"));
}

ExitCode export_sessions(const Options& options, Terminal& terminal) {
  const auto settings = check_session_options(options.sessions);
  const auto exporter = exporter_for(options);
  if (!settings || !exporter) {
    terminal.complain(command_name, (settings ? exporter.error() : settings.error()).message());
    return ExitCode::usage;
  }
  const auto files = make_posix_file_system();
  const auto sessions = load_sessions(*files, options.sessions, *settings);
  if (!sessions) {
    terminal.complain(command_name, sessions.error().message());
    return exit_code_of(sessions.error().fault());
  }
  std::vector<heartrate::SessionToExport> chosen;
  for (const NumberedSession& one : sessions->chosen) {
    chosen.push_back({one.number, &one.session, &one.figures});
  }
  const auto exported = (*exporter)(chosen);
  if (!exported) {
    terminal.complain(command_name, exported.error().message());
    return ExitCode::failed;
  }
  if (const auto written = write_output(*files, options.output, exported->bytes, terminal);
      !written) {
    terminal.complain(command_name, written.error().message());
    return ExitCode::failed;
  }
  if (options.output != standard_output) {
    terminal.print(success_text(*sessions, options, terminal.paint()));
  }
  for (const std::string& remark : exported->remarks) {
    terminal.complain(command_name, remark);
  }
  report_left_out(sessions->left_out, command_name, terminal);
  return sessions->is_incomplete() ? ExitCode::failed : ExitCode::ok;
}

}  // namespace

void add_heartrate_export(CLI::App& group, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& app = *group.add_subcommand("export", "write recorded sessions as FIT, TCX or CSV");
  add_session_arguments(app, options->sessions);
  app.add_option("-o,--output", options->output, "file to write; - for standard output")
      ->type_name("FILE")
      ->required();
  app.add_option("--format", options->format, "fit, tcx or csv (as FILE ends)")->type_name("NAME");
  app.footer(
      "CSV holds all that a record has.  FIT holds times, rates and RR intervals\n"
      "exactly, in fields of its own where FIT's are coarser.  TCX has no place for\n"
      "intervals.\n"
      "What a format cannot take is said on standard error.\n"
      "\n"
      "Examples:\n"
      "  sluice heartrate export run.ndjson -o run.fit\n"
      "  sluice heartrate export run.ndjson -o - --format csv | head\n"
      "  sluice heartrate export s3://garmin-hr-s3-bucket/ --session 3 -o third.tcx\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return export_sessions(*options, terminal); };
  });
}

}  // namespace sluice::cli
