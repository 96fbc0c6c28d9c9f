// What `summary`, `export` and `plot` of `sluice heartrate` have in common: inputs, and how their
// beats become sessions.
#pragma once

#include "base/file_system.h"
#include "base/result.h"
#include "cli/beat_input.h"
#include "cli/command.h"
#include "heartrate/figures.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

// What --session may ask for.
enum class Choice : std::uint8_t {
  one,        // a number; without it the command chooses
  one_or_all  // a number or "all"; without it all
};

// As written on the command line.
struct SessionOptions {
  BeatSource source{{}, "./data"};
  double gap_s = 300;
  double pause_s = 30;
  Choice choice = Choice::one_or_all;
  std::optional<std::string> session;
  std::string zones;  // "100,120,140"; empty: not given
  std::optional<std::int32_t> age;
};

// The options checked.
struct SessionSettings {
  std::chrono::microseconds gap{0};
  std::chrono::microseconds pause{0};
  std::optional<std::size_t> number;  // of the one session asked for, from 1
  heartrate::Zones zones;
  bool are_zones_given = false;
};

struct NumberedSession {
  std::size_t number = 0;  // from 1, among all of the input
  heartrate::Session session;
  heartrate::SessionFigures figures;
};

struct Sessions {
  std::vector<NumberedSession> chosen;
  std::size_t count = 0;  // of all
  std::vector<LeftOut> left_out;

  // Something that was asked for by name could not be read.
  bool is_incomplete() const;
};

// Adds the arguments, --session as options.choice has it; `options` must outlive the parsing.
void add_session_arguments(CLI::App& app, SessionOptions& options);

// For those that give figures: --zones, --age.
void add_zone_arguments(CLI::App& app, SessionOptions& options);

// Fault::invalid says which option is wrong.
Result<SessionSettings> check_session_options(const SessionOptions& options);

// Reads the inputs.  Fault::missing when they hold no beats at all, or not the session asked for.
Result<Sessions> load_sessions(FileSystem& files,
                               const SessionOptions& options,
                               const SessionSettings& settings);

// Where a path to write to is asked for.
inline constexpr std::string_view standard_output = "-";

// Puts a file in place, whole or not at all; or prints it, for standard_output.
Result<void> write_output(FileSystem& files,
                          const std::string& path,
                          const Bytes& bytes,
                          Terminal& terminal);

// Says on standard error what was left out, the first few by name.
void report_left_out(const std::vector<LeftOut>& left_out, const char* command, Terminal& terminal);

}  // namespace sluice::cli
