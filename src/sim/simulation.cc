// The world's course: records come, time passes or jumps, the runner steps, the process dies; then
// everything calms down, the runner drains, and the model looks.
#include "sim/simulation.h"

#include "base/random.h"
#include "sim/delivery_world.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::sim {

namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t json_seed_every = 16;
constexpr std::uint64_t dropping_seed_every = 3;
constexpr std::uint64_t actions_max = 150;
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

SimulatedLedger::Sabotage ledger_sabotage(Sabotage sabotage) {
  switch (sabotage) {
    case Sabotage::marks_move_before_the_put:
      return SimulatedLedger::Sabotage::marks_move_at_the_plan;
    case Sabotage::plans_are_forgotten:
      return SimulatedLedger::Sabotage::plans_are_forgotten;
    case Sabotage::parts_are_forgotten:
      return SimulatedLedger::Sabotage::parts_are_forgotten;
    default:
      return SimulatedLedger::Sabotage::none;
  }
}

// A third of the worlds has partitions.
PartitionRule draw_partitions(Random& random, const SimulationOptions& options, bool is_json) {
  PartitionRule rule;
  if (random.below(3) == 0) {
    rule.partitions = 1 + static_cast<std::uint32_t>(random.below(12));
    rule.may_refuse_good = random.below(2) == 0;
    rule.splits = random.below(2) == 0 && !is_json;
    rule.drops = options.seed % dropping_seed_every == 0;
  }
  return rule;
}

WorldOptions draw_world(const SimulationOptions& options, Random& random) {
  const bool is_json = options.seed % json_seed_every == 0;
  return {.seed = random.next(),
          .shards = 1 + static_cast<std::uint32_t>(random.below(4)),
          .rates = draw_rates(random),
          .is_json = is_json,
          .partitions = draw_partitions(random, options, is_json),
          .bucket = {.moves_file = random.below(2) == 0,
                     .renames_retry = options.sabotage == Sabotage::retries_get_fresh_names},
          .ledger = ledger_sabotage(options.sabotage),
          .loses_syncs = options.sabotage == Sabotage::unsynced_spool_files};
}

class Simulation {
 public:
  explicit Simulation(const SimulationOptions& options)
      : random_(options.seed),
        is_json_(options.seed % json_seed_every == 0),
        options_(draw_world(options, random_)),
        world_(options_),
        bad_percent_(random_.below(3) == 0 ? 0 : random_.below(30)),
        is_one_calm_life_(world_.faults().is_calm()) {
    draw_settings();
  }

  SimulationResult run() {
    const std::uint64_t actions = 20 + random_.below(actions_max);
    for (std::uint64_t i = 0; i < actions && world_.problem().empty(); ++i) {
      act();
    }
    SimulationResult result;
    result.problem = world_.come_to_rest(expectation_);
    result.digest = world_.faults().digest();
    result.records = world_.records_accepted();
    result.objects = world_.bucket().objects().size();
    result.lives = world_.lives();
    result.operations = world_.faults().operations();
    result.records_lost = world_.records_lost();
    result.splits = splits_;
    result.parkings = world_.ledger().times_parked();
    result.files_rotted = world_.files_rotted();
    result.is_json = is_json_;
    result.is_partitioned = options_.partitions.is_on();
    return result;
  }

 private:
  // Of the next life.
  void draw_settings() {
    constexpr std::int64_t intervals_ms[] = {0, 1'000, 60'000, 300'000};
    runner::RunnerOptions& settings = world_.settings();
    settings.size_hint_bytes = 1 + random_.below(random_.below(2) == 0 ? 300 : 20'000);
    settings.interval = milliseconds(intervals_ms[random_.below(std::size(intervals_ms))]);
    settings.waiting_objects_max = 1 + random_.below(6);
    settings.waiting_bytes_max = 1 + random_.below(50'000);
    settings.read_bytes_max = 1 + random_.below(2'000);
    settings.read_pace = milliseconds(random_.below(500));
    settings.effects_per_step = 1 + random_.below(20);
    // Half of the lives park what they gather after a few records.
    if (random_.below(2) == 0) {
      settings.replay_window.bytes_max = 1 + random_.below(2'000);
      settings.replay_window.age_max = milliseconds(1 + random_.below(100'000));
    }
    // A quarter close what they gather early, for want of memory.
    const bool is_memory_short = random_.below(4) == 0;
    world_.limit_memory(is_memory_short ? std::optional(1 + random_.below(2'000)) : std::nullopt);
    if (options_.partitions.is_on()) {
      draw_partitioning(settings);
    }
    expectation_.size_hint_max = std::max(expectation_.size_hint_max, *settings.size_hint_bytes);
    const bool is_span_known = is_one_calm_life_ && world_.source().shard_count() == 1 &&
                               settings.interval->count() > 0 && world_.lives() == 0;
    expectation_.span_ms_max =
        is_span_known ? static_cast<std::uint64_t>(settings.interval->count()) : 0;
  }

  // Every other time the rule changes too.
  void draw_partitioning(runner::RunnerOptions& settings) {
    settings.partitions_max = 1 + random_.below(options_.partitions.partitions);
    settings.overflow = options_.partitions.may_refuse_good
                            ? delivery::PartitionOverflow::refuse
                            : delivery::PartitionOverflow::close_least_recently_used;
    world_.definition().version += static_cast<std::uint32_t>(random_.below(2));
  }

  void act() {
    const std::uint64_t dice = random_.below(100);
    if (dice < 40) {
      accept_some();
    } else if (dice < 75) {
      step_some();
    } else if (dice < 86) {
      pass_time();
    } else if (dice < 89) {
      jump();
    } else if (dice < 90) {
      split();
    } else if (dice < 92) {
      world_.source().show_all();
    } else if (dice < 94) {
      world_.bucket().let_late_puts_happen();
    } else if (dice < 95) {
      world_.source().trim();
    } else if (dice < 96) {
      squeeze_disk();
    } else if (dice < 97) {
      damage();
    } else if (dice < 98) {
      change_course();
    } else if (!is_one_calm_life_) {
      world_.die(random_.below(2) == 0 ? Death::power_cut : Death::kill);
    }
    if (world_.runner() == nullptr && world_.lives() > 0 && random_.below(4) == 0) {
      world_.rot_spool();
    }
  }

  std::uint32_t draw_shard() {
    return static_cast<std::uint32_t>(random_.below(world_.source().shard_count()));
  }

  void accept_some() {
    std::uint32_t shard = draw_shard();
    while (world_.source().is_closed(shard)) {
      shard = draw_shard();
    }
    const std::uint64_t count = 1 + random_.below(random_.below(4) == 0 ? 40 : 5);
    for (std::uint64_t i = 0; i < count; ++i) {
      world_.accept(shard, random_.below(100) < bad_percent_);
      world_.clock().advance(milliseconds(random_.below(3)));
    }
  }

  // A new life may have other settings.
  void step_some() {
    if (world_.runner() == nullptr && world_.lives() > 0) {
      expectation_.span_ms_max = 0;
      if (random_.below(4) == 0) {
        draw_settings();
      }
    }
    world_.step_at_most(steps_at_once);
  }

  void pass_time() {
    const std::uint64_t magnitude = std::uint64_t{1} << random_.below(20);
    world_.clock().advance(milliseconds(random_.below(magnitude)));
    step_some();
  }

  void jump() {
    constexpr std::int64_t jump_ms_max = std::int64_t{4} * 3'600'000;
    if (expectation_.span_ms_max > 0) {
      return;
    }
    const auto by = static_cast<std::int64_t>(random_.below(2 * jump_ms_max)) - jump_ms_max;
    world_.clock().jump_to(world_.clock().now() + milliseconds(by));
  }

  void split() {
    const std::uint32_t shard = draw_shard();
    if (expectation_.span_ms_max == 0 && !world_.source().is_closed(shard)) {
      world_.source().split(shard);
      ++splits_;
    }
  }

  void squeeze_disk() {
    if (!is_one_calm_life_) {
      world_.files().set_capacity(random_.below(2) == 0 ? random_.below(4'000) : roomy_bytes);
    }
  }

  void damage() {
    const std::uint32_t shard = draw_shard();
    const std::uint64_t size = world_.source().records(shard).size();
    if (size > 0 && random_.below(3) == 0 && !world_.has_rot()) {
      world_.source().damage(
          shard, delivery::Ordinal{1 + random_.below(size)}, 1 + random_.below(5));
    }
  }

  // An orderly end, a drain, or a new table.
  void change_course() {
    runner::DeliveryRunner* const runner = world_.runner();
    if (runner == nullptr) {
      return;
    }
    switch (random_.below(3)) {
      case 0:
        runner->stop();
        break;
      case 1:
        runner->drain();
        break;
      default:
        runner->schema_changed();
        break;
    }
  }

  SeededRandom random_;  // of the course; the world has its own
  const bool is_json_;
  const WorldOptions options_;
  DeliveryWorld world_;
  const std::uint64_t bad_percent_;
  const bool is_one_calm_life_;
  Expectation expectation_;
  std::uint64_t splits_ = 0;
};

}  // namespace

SimulationResult simulate(const SimulationOptions& options) {
  return Simulation(options).run();
}

std::string repeat_command(std::uint64_t seed) {
  return fmt::format("SLUICE_SIM_FIRST_SEED={} SLUICE_SIM_SEEDS=1 sim_test", seed);
}

}  // namespace sluice::sim
