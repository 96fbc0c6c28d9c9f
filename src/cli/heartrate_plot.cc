// sluice heartrate plot: a recorded session as a picture.
#include "cli/command.h"
#include "cli/heartrate_commands.h"
#include "cli/quantity.h"
#include "cli/session_options.h"
#include "heartrate/plot.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>

namespace sluice::cli {
namespace {

constexpr const char* command_name = "heartrate plot";

struct Options {
  SessionOptions sessions;
  std::string output;
};

// The one that was asked for, or the longest.
const NumberedSession& session_to_plot(const Sessions& sessions) {
  return *std::ranges::max_element(
      sessions.chosen, {}, [](const NumberedSession& one) { return one.figures.duration; });
}

// A name that promises another kind of picture would be a lie that other programs trip over.
Result<void> check_output(const std::string& path) {
  if (path == standard_output || path.ends_with(".svg")) {
    return {};
  }
  return fail(Fault::invalid,
              fmt::format("cannot write {}: pictures are SVG, in files that end in .svg; `-o - | "
                          "rsvg-convert -o run.png` makes a PNG",
                          printable(path)));
}

ExitCode plot(const Options& options, Terminal& terminal) {
  if (const auto output = check_output(options.output); !output) {
    terminal.complain(command_name, output.error().message());
    return ExitCode::usage;
  }
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
  const NumberedSession& one = session_to_plot(*sessions);
  const Bytes picture =
      heartrate::plot_session(one.session, one.figures, {settings->zones, settings->pause});
  if (const auto written = write_output(*files, options.output, picture, terminal); !written) {
    terminal.complain(command_name, written.error().message());
    return ExitCode::failed;
  }
  if (options.output != standard_output) {
    terminal.print(fmt::format("{}  session {} of {}, {}\n",
                               terminal.paint()(Ink::bold, printable(options.output)),
                               one.number,
                               sessions->count,
                               heartrate::clock_text(one.figures.duration)));
  }
  if (sessions->chosen.size() > 1) {
    terminal.complain(
        command_name,
        fmt::format("session {} is the longest of {}; --session N plots another, a larger --gap "
                    "joins them",
                    one.number,
                    sessions->chosen.size()));
  }
  report_left_out(sessions->left_out, command_name, terminal);
  return sessions->is_incomplete() ? ExitCode::failed : ExitCode::ok;
}

}  // namespace

void add_heartrate_plot(CLI::App& group, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& app = *group.add_subcommand("plot", "draw a recorded session as SVG");
  options->sessions.choice = Choice::one;
  add_session_arguments(app, options->sessions);
  add_zone_arguments(app, options->sessions);
  app.add_option(
         "-o,--output", options->output, "file to write, ending in .svg; - for standard output")
      ->type_name("FILE")
      ->required();
  app.footer(
      "Shows the heart rate over time on its zones, and RR intervals where there are\n"
      "any.  Of several sessions the longest is drawn.\n"
      "\n"
      "Examples:\n"
      "  sluice heartrate plot run.ndjson --age 47 -o run.svg\n"
      "  sluice heartrate plot s3://garmin-hr-s3-bucket/ --session 3 -o third.svg\n"
      "  sluice heartrate plot run.ndjson -o - | rsvg-convert -z 2 -o run.png\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return plot(*options, terminal); };
  });
}

}  // namespace sluice::cli
