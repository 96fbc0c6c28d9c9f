// Inputs to sessions.
#include "cli/session_options.h"

#include "base/random.h"
#include "cli/output_file.h"
#include "cli/quantity.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace sluice::cli {
namespace {

constexpr double seconds_max = 1e12;  // longer than the years 1 to 9999

// Files named on the terminal; --json lists them all.
constexpr std::size_t left_out_shown_max = 5;

Result<std::chrono::microseconds> duration_of(double seconds, const char* option) {
  if (!(seconds > 0) || seconds > seconds_max) {
    return fail(Fault::invalid,
                fmt::format("cannot take {} {}; give seconds above 0", option, seconds));
  }
  return std::chrono::microseconds(std::llround(seconds * 1e6));
}

Result<std::optional<std::size_t>> number_of(const SessionOptions& options) {
  const bool takes_all = options.choice == Choice::one_or_all;
  if (!options.session || (*options.session == "all" && takes_all)) {
    return std::optional<std::size_t>();
  }
  const std::string& session = *options.session;
  std::size_t number = 0;
  const char* end = session.data() + session.size();
  const auto [parsed, error] = std::from_chars(session.data(), end, number);
  if (error != std::errc() || parsed != end || number == 0) {
    return fail(Fault::invalid,
                fmt::format("cannot take --session {}; give {}a number from 1, as "
                            "'sluice heartrate summary' counts them",
                            printable(session),
                            takes_all ? "'all' or " : ""));
  }
  return number;
}

Result<heartrate::Zones> zones_of_text(std::string_view text) {
  std::vector<std::int32_t> bounds;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (;;) {
    std::int32_t bound = 0;
    const auto [parsed, error] = std::from_chars(at, end, bound);
    if (error != std::errc() || (parsed != end && *parsed != ',')) {
      return fail(
          Fault::invalid,
          fmt::format("cannot take --zones {}; give rates such as 100,120,140", printable(text)));
    }
    bounds.push_back(bound);
    if (parsed == end) {
      return heartrate::Zones::from_bounds(std::move(bounds));
    }
    at = parsed + 1;
  }
}

Result<heartrate::Zones> zones_of(const SessionOptions& options) {
  if (!options.zones.empty() && options.age) {
    return fail(Fault::invalid, "--zones and --age both say where zones begin; give one");
  }
  if (options.age) {
    return heartrate::Zones::from_age(*options.age);
  }
  return options.zones.empty() ? heartrate::Zones() : zones_of_text(options.zones);
}

std::string text_of(const LeftOut& one) {
  const std::string file = one.file == "-" ? "standard input" : printable(one.file);
  return one.records == 0 ? fmt::format("{}: {}", file, printable(one.why))
                          : fmt::format("{}: {} left out ({})",
                                        file,
                                        counted(one.records, "record", "records"),
                                        printable(one.why));
}

}  // namespace

bool Sessions::is_incomplete() const {
  return std::ranges::any_of(left_out,
                             [](const LeftOut& one) { return one.is_named && one.records == 0; });
}

void add_session_arguments(CLI::App& app, SessionOptions& options) {
  app.add_option("INPUT",
                 options.source.inputs,
                 "recordings, Parquet files, folders, patterns, s3://BUCKET/PREFIX, or - for "
                 "standard input")
      ->required();
  app.add_option("--data-dir",
                 options.source.data_directory,
                 "where the buckets of s3:// inputs lie (./data)")
      ->type_name("DIR");
  app.add_option("--gap", options.gap_s, "a longer silence ends a session (300)")->type_name("S");
  if (options.choice == Choice::one) {
    app.add_option("--session", options.session, "which, as summary numbers them (the longest)")
        ->type_name("N");
  } else {
    app.add_option("--session", options.session, "one session by its number (all)")
        ->type_name("N|all");
  }
}

void add_zone_arguments(CLI::App& app, SessionOptions& options) {
  app.add_option("--pause", options.pause_s, "a longer silence is a pause, in no zone (30)")
      ->type_name("S");
  app.add_option("--zones", options.zones, "rates at which zones begin: 100,120,140")
      ->type_name("BPM,...");
  app.add_option("--age", options.age, "zones from 50, 60, 70, 80 and 90 % of 220 - age")
      ->type_name("YEARS");
}

Result<SessionSettings> check_session_options(const SessionOptions& options) {
  SessionSettings settings;
  SLUICE_TRY(gap, duration_of(options.gap_s, "--gap"));
  settings.gap = gap;
  SLUICE_TRY(pause, duration_of(options.pause_s, "--pause"));
  settings.pause = pause;
  SLUICE_TRY(number, number_of(options));
  settings.number = number;
  SLUICE_TRY(zones, zones_of(options));
  settings.zones = std::move(zones);
  settings.are_zones_given = !options.zones.empty() || options.age;
  return settings;
}

Result<Sessions> load_sessions(FileSystem& files,
                               const SessionOptions& options,
                               const SessionSettings& settings) {
  SLUICE_TRY(input, read_beats(files, options.source));
  Sessions sessions;
  sessions.left_out = std::move(input.left_out);
  auto all = heartrate::split_sessions(std::move(input.recordings), settings.gap);
  sessions.count = all.size();
  if (all.empty()) {
    return fail(Fault::missing,
                sessions.left_out.empty() ? "there are no heart-rate records"
                                          : fmt::format("there are no heart-rate records: {}",
                                                        text_of(sessions.left_out.front())));
  }
  if (settings.number && *settings.number > all.size()) {
    return fail(Fault::missing,
                fmt::format("there is no session {}; the input has {}",
                            *settings.number,
                            counted(all.size(), "session", "sessions")));
  }
  for (std::size_t index = 0; index < all.size(); ++index) {
    if (!settings.number || *settings.number == index + 1) {
      auto figures = heartrate::figures_of(all[index], settings.zones, settings.pause);
      sessions.chosen.push_back({index + 1, std::move(all[index]), std::move(figures)});
    }
  }
  return sessions;
}

Result<void> write_output(FileSystem& files,
                          const std::string& path,
                          const Bytes& bytes,
                          Terminal& terminal) {
  if (path == standard_output) {
    terminal.print(bytes);
    return {};
  }
  SystemRandom random;
  SLUICE_TRY(output, OutputFile::create(files, random, path));
  SLUICE_TRY_DO(output->append(bytes));
  return output->commit();
}

void report_left_out(const std::vector<LeftOut>& left_out,
                     const char* command,
                     Terminal& terminal) {
  // Other files in a folder are no news; one line stands for all of them.
  const auto is_bystander = [](const LeftOut& one) { return one.is_foreign && !one.is_named; };
  const auto bystanders = std::ranges::count_if(left_out, is_bystander);
  std::size_t shown = 0;
  bool has_shown_bystanders = false;
  for (const LeftOut& one : left_out) {
    if (bystanders > 1 && is_bystander(one)) {
      if (!std::exchange(has_shown_bystanders, true)) {
        terminal.complain(command,
                          fmt::format("skipped {} files without heart-rate records, the first {}",
                                      bystanders,
                                      printable(one.file)));
      }
    } else if (shown++ < left_out_shown_max) {
      terminal.complain(command, "skipped " + text_of(one));
    }
  }
  if (shown > left_out_shown_max) {
    terminal.complain(command,
                      fmt::format("skipped {}; 'sluice heartrate summary --json' names them all",
                                  counted(shown - left_out_shown_max, "more file", "more files")));
  }
}

}  // namespace sluice::cli
