// A delivery stream in a world of memory: its source, bucket, ledger, disk and clock, and the lives
// of the process that delivers.
//
// What happens in it is decided outside: at random by simulation.cc, by hand in tests.  What it is
// made of outlives the lives; the runner does not.
#pragma once

#include "base/clock.h"
#include "base/memory_file_system.h"
#include "base/random.h"
#include "delivery/definition.h"
#include "runner/delivery_runner.h"
#include "sim/dialect.h"
#include "sim/faults.h"
#include "sim/model.h"
#include "sim/simulated_bucket.h"
#include "sim/simulated_ledger.h"
#include "sim/simulated_router.h"
#include "sim/simulated_source.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace sluice::sim {

// How a process ends that did not mean to.
enum class Death : std::uint8_t {
  kill,      // the page cache survives
  power_cut  // what was not synced may be gone
};

struct WorldOptions {
  std::uint64_t seed = 1;
  std::uint32_t shards = 1;
  FaultRates rates{};
  bool is_json = false;  // the real converter and Parquet
  PartitionRule partitions{};
  SimulatedBucket::Options bucket{};
  SimulatedLedger::Sabotage ledger = SimulatedLedger::Sabotage::none;
  bool loses_syncs = false;      // sabotage: spool files are not synced
  std::optional<Death> death{};  // where faults end a life; none: either, by chance
  int disk_error = 0;            // what a failing disk says: EIO, ENOSPC; 0: either, by chance
};

// Not thread-safe.
class DeliveryWorld {
 public:
  explicit DeliveryWorld(const WorldOptions& options);
  ~DeliveryWorld();
  DeliveryWorld(const DeliveryWorld&) = delete;
  DeliveryWorld& operator=(const DeliveryWorld&) = delete;

  // --- what it is made of ---

  ManualClock& clock() { return clock_; }

  MemoryFileSystem& files() { return files_; }

  Faults& faults() { return faults_; }

  SimulatedSource& source() { return source_; }

  SimulatedBucket& bucket() { return bucket_; }

  const SimulatedLedger& ledger() const { return ledger_; }

  // --- of the next life ---

  runner::RunnerOptions& settings() { return settings_; }

  // What open objects may take of memory; none: what they need.
  void limit_memory(std::optional<std::uint64_t> bytes) { memory_bytes_max_ = bytes; }

  delivery::DeliveryStream& definition() { return definition_; }

  // The version of the program: records that are bad for one may be good for another.
  void replace_dialect(std::unique_ptr<Dialect> dialect) { dialect_ = std::move(dialect); }

  // --- what happens ---

  // A record that comes now.
  delivery::Ordinal accept(std::uint32_t shard, bool is_bad = false);

  // One step of the runner, which is made if there is none; true if it wants to go on at once.
  bool step();

  // As often as it wants to at once.
  void step_until_idle();

  // While it lives, and at most so often.
  void step_at_most(std::size_t steps);

  // Ends the life, if there is one, without a warning.
  void die(Death death);

  // Bit rot in a sealed file that waits for its put.  Between two lives: a file is looked at when
  // it is found.  False if there is none that can be built again: a data object of one shard.
  bool rot_spool();

  // Such a file waits for its put still: its records must stay readable.
  bool has_rot() const;

  // Lets the present life, or a new one, deliver what is there and end.
  void drain();

  // Nothing fails any more, and everything is delivered; the model looks.  Empty: all is right.
  std::string come_to_rest(const Expectation& expectation);

  // --- how it stands ---

  runner::DeliveryRunner* runner() { return runner_.get(); }

  // What has gone wrong already; empty: nothing.
  const std::string& problem() const { return problem_; }

  std::uint64_t lives() const { return lives_; }

  std::uint64_t records_accepted() const { return accepted_; }

  std::uint64_t records_lost() const { return records_lost_; }

  std::uint64_t files_rotted() const { return files_rotted_; }

 private:
  class FixedSchemas;

  void set_file_faults(bool is_on);
  void begin_life();
  void bury();

  bool can_be_rebuilt(const delivery::ObjectPlan& plan) const;

  const std::optional<Death> death_;
  const PartitionRule partitions_;
  const int disk_error_;
  SeededRandom random_;  // of the world's own making
  SeededRandom runner_random_;
  ManualClock clock_;
  MemoryFileSystem files_;
  const std::unique_ptr<FileSystem> unsynced_;
  std::unique_ptr<Dialect> dialect_;
  Faults faults_;
  const std::unique_ptr<FixedSchemas> schemas_;
  SimulatedSource source_;
  SimulatedBucket bucket_;
  SimulatedLedger ledger_;
  delivery::DeliveryStream definition_;
  runner::RunnerOptions settings_;
  std::optional<SimulatedRouter> router_;
  std::optional<std::uint64_t> memory_bytes_max_;
  std::optional<runner::MemoryBudget> memory_;
  std::unique_ptr<runner::DeliveryRunner> runner_;
  runner::NextStep next_;
  std::string problem_;
  std::uint64_t lives_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t records_lost_ = 0;
  std::uint64_t files_rotted_ = 0;
  std::set<delivery::PlanNumber> rotted_;
};

}  // namespace sluice::sim
