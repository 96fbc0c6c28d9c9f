// sluice heartrate simulate: what watches that are not there send.
#include "base/clock.h"
#include "base/digest.h"
#include "cli/command.h"
#include "cli/environment.h"
#include "cli/heartrate_commands.h"
#include "cli/interruption.h"
#include "cli/quantity.h"
#include "heartrate/simulated_group.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <string>

namespace sluice::cli {
namespace {

using heartrate::SampleTime;

constexpr const char* form_records = "records";
constexpr const char* form_packets = "packets";
constexpr const char* fields_seed = "seed";
constexpr const char* fields_all = "all";
constexpr const char* plan_intervals = "intervals";
constexpr const char* plan_easy = "easy";
constexpr const char* plan_rest = "rest";

constexpr const char* default_start = "2025-07-13T15:55:19";

struct Options {
  std::int64_t watches = 1;
  std::uint64_t seed = 1;
  std::int64_t duration_s = 900;
  std::string start;
  std::string plan = plan_intervals;
  double drift_ppm = 0;
  std::string form = form_records;
  std::string fields = fields_seed;
  double speed = 0;  // 0: as fast as it goes
  bool has_dropouts = false;
  bool is_real_time = false;
};

constexpr std::int64_t duration_s_max = 365L * 24 * 3600;
constexpr double drift_ppm_max = 10'000;
constexpr double speed_max = 1'000'000;

std::unexpected<Error> refuse(std::string message) {
  return fail(Fault::invalid, std::move(message));
}

Result<SampleTime> parse_start(const std::string& text) {
  const auto time = heartrate::parse_sample_time(text);
  if (!time) {
    return refuse(fmt::format("cannot read --start {}; write it as 2025-07-13T15:55:19, in UTC",
                              printable(text)));
  }
  return *time;
}

heartrate::TrainingPlan plan_of(const std::string& name) {
  if (name == plan_easy) {
    return heartrate::TrainingPlan::easy;
  }
  return name == plan_rest ? heartrate::TrainingPlan::rest : heartrate::TrainingPlan::intervals;
}

// Holds each event back until its time has come.
class Pace {
 public:
  Pace(const Clock& clock, SampleTime start, double speed)
      : clock_(clock), start_(start), speed_(speed), begin_(clock.steady()) {}

  // False after an interruption.
  bool wait_for(SampleTime time) const {
    if (speed_ == 0) {
      return !Interruption::has_happened();
    }
    const auto due =
        begin_ + std::chrono::duration_cast<std::chrono::nanoseconds>(
                     std::chrono::duration<double, std::micro>(time - start_) / speed_);
    while (clock_.steady() < due) {
      if (!pause_unless_interrupted(
              std::chrono::ceil<std::chrono::milliseconds>(due - clock_.steady()))) {
        return false;
      }
    }
    return true;
  }

 private:
  const Clock& clock_;
  SampleTime start_;
  double speed_;
  std::chrono::nanoseconds begin_;
};

// One run of the command.
class Simulating {
 public:
  Simulating(const Options& options, Terminal& terminal) : options_(options), terminal_(terminal) {}

  ExitCode run();

 private:
  Result<heartrate::GroupOptions> group_options() const;
  ExitCode print_all(heartrate::SimulatedGroup& group, const Pace& pace);
  bool print(SampleTime time, const std::string& line, const Pace& pace);

  bool is_paced() const { return options_.is_real_time || options_.speed > 0; }

  const Options& options_;
  Terminal& terminal_;
  SystemClock clock_;
  Interruption interruption_;
};

Result<heartrate::GroupOptions> Simulating::group_options() const {
  constexpr auto watches_max = static_cast<std::int64_t>(heartrate::group_watches_max);
  if (options_.watches < 1 || options_.watches > watches_max) {
    return refuse(fmt::format(
        "cannot simulate {} watches; take --watches from 1 to {}", options_.watches, watches_max));
  }
  if (options_.duration_s < 1 || options_.duration_s > duration_s_max) {
    return refuse(fmt::format(
        "cannot simulate {} s; take --duration from 1 to {}", options_.duration_s, duration_s_max));
  }
  if (!(options_.drift_ppm >= 0 && options_.drift_ppm <= drift_ppm_max)) {
    return refuse(fmt::format("cannot let clocks drift by {} ppm; take --drift from 0 to {}",
                              options_.drift_ppm,
                              drift_ppm_max));
  }
  if (!(options_.speed >= 0 && options_.speed <= speed_max)) {
    return refuse(fmt::format(
        "cannot run {} times as fast; take --speed up to {}", options_.speed, speed_max));
  }
  heartrate::GroupOptions out;
  if (options_.start.empty() && options_.is_real_time) {
    out.start = clock_.now();
  } else {
    SLUICE_TRY(start, parse_start(options_.start.empty() ? default_start : options_.start));
    out.start = start;
  }
  out.watches = static_cast<std::size_t>(options_.watches);
  out.seed = options_.seed;
  out.duration = std::chrono::seconds(options_.duration_s);
  out.plan = plan_of(options_.plan);
  out.clock_drift_ppm_max = options_.drift_ppm;
  out.has_dropouts = options_.has_dropouts;
  return out;
}

// False when it is time to end: after an interruption, or when nobody reads any more.
bool Simulating::print(SampleTime time, const std::string& line, const Pace& pace) {
  if (!pace.wait_for(time)) {
    return false;
  }
  terminal_.print(line);
  return !is_paced() || terminal_.flush();
}

ExitCode Simulating::print_all(heartrate::SimulatedGroup& group, const Pace& pace) {
  bool goes_on = true;
  if (options_.form == form_records) {
    const auto fields =
        options_.fields == fields_all ? heartrate::BeatFields::all : heartrate::BeatFields::seed;
    while (goes_on) {
      const auto beat = group.next_beat();
      if (!beat) {
        break;
      }
      goes_on = print(beat->time, heartrate::to_record(*beat, fields), pace);
    }
  } else {
    while (goes_on) {
      const auto event = group.next();
      if (!event) {
        break;
      }
      if (const auto* const packet = std::get_if<heartrate::Notification>(&event->what)) {
        goes_on = print(packet->time,
                        fmt::format("{} {} {}\n",
                                    heartrate::to_text(packet->time),
                                    event->sensor.address,
                                    to_hex(packet->packet)),
                        pace);
      }
    }
  }
  return Interruption::has_happened() ? ExitCode::interrupted : ExitCode::ok;
}

ExitCode Simulating::run() {
  const auto options = group_options();
  if (!options) {
    terminal_.complain("heartrate simulate", options.error().message());
    return ExitCode::usage;
  }
  heartrate::SimulatedGroup group(heartrate::make_group(*options));
  return print_all(group, Pace(clock_, options->start, options_.is_real_time ? 1 : options_.speed));
}

CLI::Validator one_of(std::vector<std::string> names) {
  return CLI::IsMember(std::move(names)).description("");
}

}  // namespace

void add_heartrate_simulate(CLI::App& group, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& app = *group.add_subcommand("simulate", "print what simulated watches send");
  app.add_option("--watches", options->watches, "how many, each with a heart of its own (1)")
      ->type_name("N");
  app.add_option(
         "--seed", options->seed, "where chance starts; the same number gives the same output (1)")
      ->type_name("N");
  app.add_option("--duration", options->duration_s, "length of the session in seconds (900)")
      ->type_name("S");
  app.add_option("--start",
                 options->start,
                 "time of the first record, UTC (2025-07-13T15:55:19; now with --real-time)")
      ->type_name("TIME");
  app.add_option("--plan", options->plan, "the training: intervals (default), easy or rest")
      ->type_name("PLAN")
      ->check(one_of({plan_intervals, plan_easy, plan_rest}));
  app.add_flag("--dropouts",
               options->has_dropouts,
               "lose skin contact, notifications and the link now and then");
  app.add_option("--drift",
                 options->drift_ppm,
                 "the watches' clocks run up to so many millionths fast or slow (0)")
      ->type_name("PPM");
  app.add_option("--as", options->form, "records (default) or packets: time, device and bytes")
      ->type_name("FORM")
      ->check(one_of({form_records, form_packets}));
  app.add_option("--fields",
                 options->fields,
                 "of a record: seed is timestamp and heart_rate (default); or all there is")
      ->type_name("FIELDS")
      ->check(one_of({fields_seed, fields_all}));
  CLI::Option* const real_time =
      app.add_flag("--real-time", options->is_real_time, "print each record when its time comes");
  app.add_option("--speed", options->speed, "so many times as fast (as fast as it goes)")
      ->type_name("X")
      ->excludes(real_time);
  app.footer(
      "Examples:\n"
      "  sluice heartrate simulate --duration 60 --seed 7\n"
      "  sluice heartrate simulate | sluice put --stream hr-kinesis-stream -\n"
      "  sluice heartrate simulate --watches 20 --dropouts --fields all --real-time\n");
  app.callback([options, &chosen] {
    chosen = [options](Terminal& terminal) { return Simulating(*options, terminal).run(); };
  });
}

}  // namespace sluice::cli
