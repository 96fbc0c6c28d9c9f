// The world's course: records come, time passes or jumps, the runner steps, the process dies; then
// everything calms down, the runner drains, and the model looks.
#include "sim/simulation.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/memory_file_system.h"
#include "base/random.h"
#include "runner/delivery_runner.h"
#include "sim/dialect.h"
#include "sim/faults.h"
#include "sim/model.h"
#include "sim/simulated_bucket.h"
#include "sim/simulated_ledger.h"
#include "sim/simulated_source.h"
#include "sim/unsynced_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace sluice::sim {

namespace {

using std::chrono::milliseconds;

constexpr std::int64_t start_ms = 1'752'400'000'000;
constexpr std::uint64_t json_seed_every = 16;
constexpr std::uint64_t actions_max = 150;
constexpr std::uint64_t final_steps_max = 20'000;
constexpr std::size_t steps_at_once = 40;
constexpr std::uint64_t roomy_bytes = std::uint64_t{1} << 40;

FaultRates draw_rates(Random& random) {
  FaultRates rates;
  if (random.below(8) == 0) {
    return rates;  // a world without faults
  }
  rates.fails = random.below(40);
  rates.loses_answer = random.below(40);
  rates.dies = random.below(3) == 0 ? 0 : random.below(12);
  return rates;
}

class FixedSchemas final : public delivery::Schemas {
 public:
  explicit FixedSchemas(Faults& faults) : faults_(faults) {}

  Result<delivery::TableSchema> find(const std::string&,
                                     const std::string&,
                                     const std::string&) override {
    SLUICE_TRY_DO(faults_.before("schema", 0));
    SLUICE_TRY(schema, columnar::parse_columns(json_columns));
    return delivery::TableSchema{schema, "1"};
  }

 private:
  Faults& faults_;
};

SimulatedLedger::Sabotage ledger_sabotage(Sabotage sabotage) {
  switch (sabotage) {
    case Sabotage::marks_move_before_the_put:
      return SimulatedLedger::Sabotage::marks_move_at_the_plan;
    case Sabotage::plans_are_forgotten:
      return SimulatedLedger::Sabotage::plans_are_forgotten;
    default:
      return SimulatedLedger::Sabotage::none;
  }
}

class World {
 public:
  explicit World(const SimulationOptions& options)
      : options_(options),
        random_(options.seed),
        chance_(random_.next()),
        runner_random_(random_.next()),
        clock_(unix_millis(start_ms)),
        unsynced_(options.sabotage == Sabotage::unsynced_spool_files ? make_unsynced_files(files_)
                                                                     : nullptr),
        is_json_(options.seed % json_seed_every == 0),
        dialect_(is_json_ ? make_json_dialect() : make_plain_dialect()),
        faults_(chance_, draw_rates(random_)),
        schemas_(faults_),
        source_(1 + static_cast<std::uint32_t>(random_.below(4)), chance_, faults_),
        bucket_(files_,
                clock_,
                chance_,
                faults_,
                {random_.below(2) == 0, options.sabotage == Sabotage::retries_get_fresh_names}),
        ledger_(faults_, ledger_sabotage(options.sabotage)) {
    bad_percent_ = random_.below(3) == 0 ? 0 : random_.below(30);
    is_single_life_calm_ = faults_.is_calm();
    draw_settings();
    set_file_faults(true);
  }

  SimulationResult run() {
    const std::uint64_t actions = 20 + random_.below(actions_max);
    for (std::uint64_t i = 0; i < actions && problem_.empty(); ++i) {
      act();
    }
    if (problem_.empty()) {
      come_to_rest();
    }
    if (problem_.empty()) {
      problem_ = find_fault(source_, ledger_, bucket_, *dialect_, expectation_);
    }
    SimulationResult result;
    result.problem = problem_;
    result.digest = faults_.digest();
    result.records = accepted_;
    result.objects = bucket_.objects().size();
    result.lives = lives_;
    result.operations = faults_.operations();
    result.records_lost = records_lost_;
    result.is_json = is_json_;
    return result;
  }

 private:
  void draw_settings() {
    constexpr std::int64_t intervals_ms[] = {0, 1'000, 60'000, 300'000};
    settings_.size_hint_bytes = 1 + random_.below(random_.below(2) == 0 ? 300 : 20'000);
    settings_.interval = milliseconds(intervals_ms[random_.below(std::size(intervals_ms))]);
    settings_.waiting_objects_max = 1 + random_.below(6);
    settings_.waiting_bytes_max = 1 + random_.below(50'000);
    settings_.read_bytes_max = 1 + random_.below(2'000);
    settings_.read_pace = milliseconds(random_.below(500));
    settings_.effects_per_step = 1 + random_.below(20);
    expectation_.size_hint_max = std::max(expectation_.size_hint_max, *settings_.size_hint_bytes);
    const bool is_span_known = is_single_life_calm_ && source_.shard_count() == 1 &&
                               settings_.interval->count() > 0 && lives_ == 0;
    expectation_.span_ms_max =
        is_span_known ? static_cast<std::uint64_t>(settings_.interval->count()) : 0;
  }

  void set_file_faults(bool is_on) {
    if (!is_on) {
      files_.set_fault_hook({});
      return;
    }
    files_.set_fault_hook([this](MemoryFileSystem::Operation operation, const std::string&) {
      return faults_.before("file", static_cast<std::uint64_t>(operation));
    });
  }

  // --- what happens ---

  void act() {
    const std::uint64_t dice = random_.below(100);
    if (dice < 40) {
      accept_some();
    } else if (dice < 75) {
      step_some();
    } else if (dice < 87) {
      pass_time();
    } else if (dice < 90) {
      jump();
    } else if (dice < 92) {
      source_.show_all();
    } else if (dice < 94) {
      bucket_.let_late_puts_happen();
    } else if (dice < 95) {
      source_.trim();
    } else if (dice < 96) {
      squeeze_disk();
    } else if (dice < 97) {
      damage();
    } else if (dice < 98) {
      change_course();
    } else if (!is_single_life_calm_) {
      faults_.die();
      end_life();
    }
  }

  void accept_some() {
    const auto shard = static_cast<std::uint32_t>(random_.below(source_.shard_count()));
    const std::uint64_t count = 1 + random_.below(random_.below(4) == 0 ? 40 : 5);
    for (std::uint64_t i = 0; i < count; ++i) {
      SimulatedRecord record;
      record.arrival = clock_.now();
      record.is_bad = random_.below(100) < bad_percent_;
      record.data =
          dialect_->record({shard, source_.records(shard).size() + 1}, record.is_bad, random_);
      source_.accept(shard, std::move(record));
      ++accepted_;
      clock_.advance(milliseconds(random_.below(3)));
    }
  }

  void pass_time() {
    const std::uint64_t magnitude = std::uint64_t{1} << random_.below(20);
    clock_.advance(milliseconds(random_.below(magnitude)));
    step_some();
  }

  void jump() {
    constexpr std::int64_t jump_ms_max = 4 * 3'600'000;
    if (expectation_.span_ms_max > 0) {
      return;
    }
    const auto by = static_cast<std::int64_t>(random_.below(2 * jump_ms_max)) - jump_ms_max;
    clock_.jump_to(clock_.now() + milliseconds(by));
  }

  void squeeze_disk() {
    if (is_single_life_calm_) {
      return;
    }
    files_.set_capacity(random_.below(2) == 0 ? random_.below(4'000) : roomy_bytes);
  }

  void damage() {
    const auto shard = static_cast<std::uint32_t>(random_.below(source_.shard_count()));
    const std::uint64_t size = source_.records(shard).size();
    if (size > 0 && random_.below(3) == 0) {
      source_.damage(shard, delivery::Ordinal{1 + random_.below(size)}, 1 + random_.below(5));
    }
  }

  // An orderly end, a drain, or a new table.
  void change_course() {
    if (!runner_) {
      return;
    }
    switch (random_.below(3)) {
      case 0:
        runner_->stop();
        break;
      case 1:
        runner_->drain();
        break;
      default:
        runner_->schema_changed();
        break;
    }
  }

  // --- lives ---

  void begin_life() {
    delivery::DeliveryStream definition;
    definition.name = "simulated";
    definition.incarnation = 7;
    definition.s3.bucket_arn = "arn:aws:s3:::simulated";
    dialect_->apply_to(definition);
    if (lives_ > 0 && random_.below(4) == 0) {
      draw_settings();
    }
    if (lives_ > 0) {
      expectation_.span_ms_max = 0;
    }
    auto runner = runner::DeliveryRunner::create(
        std::move(definition),
        {source_,
         bucket_,
         ledger_,
         schemas_,
         unsynced_ ? *unsynced_ : files_,
         clock_,
         runner_random_,
         runner::spool_directory("/data", 7),
         [this](const delivery::WriterRequest& request) { return dialect_->make_writer(request); },
         {}},
        settings_);
    SLUICE_CHECK(runner.has_value());
    runner_ = std::move(*runner);
    ++lives_;
  }

  // The process is dead: memory is gone, and after a power cut what was not synced too.
  void end_life() {
    if (runner_) {
      records_lost_ += runner_->status().records_lost;
      runner_.reset();
    }
    set_file_faults(false);
    if (random_.below(2) == 0) {
      files_.crash(chance_);
    } else {
      files_.kill();
    }
    set_file_faults(true);
    ledger_.restart();
    faults_.revive();
  }

  // One step of the runner; true if it wants to go on at once.
  bool step() {
    if (!runner_) {
      begin_life();
    }
    next_ = runner_->step();
    if (faults_.is_dead()) {
      end_life();
      return false;
    }
    const runner::RunnerStatus status = runner_->status();
    if (status.state == runner::RunnerState::broken) {
      problem_ = "broken: " + status.last_error;
      return false;
    }
    if (status.state == runner::RunnerState::ended) {
      records_lost_ += status.records_lost;
      runner_.reset();
      return false;
    }
    return next_.when == runner::NextStep::When::now;
  }

  void step_some() {
    for (std::size_t i = 0; i < steps_at_once && step(); ++i) {
    }
  }

  // Lets the runner deliver and end.
  void drain_life() {
    runner_->drain();
    for (std::uint64_t i = 0; i < final_steps_max; ++i) {
      step();
      if (!runner_ || !problem_.empty()) {
        return;
      }
      if (next_.when == runner::NextStep::When::at && next_.at > clock_.steady()) {
        clock_.advance(std::chrono::ceil<milliseconds>(next_.at - clock_.steady()));
      }
    }
    problem_ = "the drain does not end: " + runner_->status().last_error;
    runner_.reset();
  }

  void come_to_rest() {
    faults_.calm();
    files_.set_capacity(roomy_bytes);
    bucket_.let_late_puts_happen();
    source_.show_all();
    if (runner_) {
      drain_life();  // it may have been told to drain before the last records came
    }
    begin_life();
    drain_life();
    const auto left = files_.list(runner::spool_directory("/data", 7));
    if (problem_.empty() && left && !left->empty()) {
      problem_ = fmt::format("{} file(s) are left in the spool folder", left->size());
    }
  }

  const SimulationOptions options_;
  SeededRandom random_;         // of the course
  SeededRandom chance_;         // of the faults
  SeededRandom runner_random_;  // of the runner
  ManualClock clock_;
  MemoryFileSystem files_;
  const std::unique_ptr<FileSystem> unsynced_;  // sabotage
  const bool is_json_;
  const std::unique_ptr<Dialect> dialect_;
  Faults faults_;
  FixedSchemas schemas_;
  SimulatedSource source_;
  SimulatedBucket bucket_;
  SimulatedLedger ledger_;
  std::uint64_t bad_percent_ = 0;
  bool is_single_life_calm_ = false;
  runner::RunnerOptions settings_;
  Expectation expectation_;
  std::unique_ptr<runner::DeliveryRunner> runner_;
  runner::NextStep next_;
  std::string problem_;
  std::uint64_t accepted_ = 0;
  std::uint64_t lives_ = 0;
  std::uint64_t records_lost_ = 0;
};

}  // namespace

SimulationResult simulate(const SimulationOptions& options) {
  return World(options).run();
}

std::string repeat_command(std::uint64_t seed) {
  return fmt::format("SLUICE_SIM_FIRST_SEED={} SLUICE_SIM_SEEDS=1 sim_test", seed);
}

}  // namespace sluice::sim
