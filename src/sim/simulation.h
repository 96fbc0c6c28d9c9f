// One seeded run of a delivery stream in a world that misbehaves.
//
// A run is decided by its seed alone, bit for bit: a failing seed fails again.
#pragma once

#include <cstdint>
#include <string>

namespace sluice::sim {

// What is broken on purpose, to prove that the model notices.
enum class Sabotage : std::uint8_t {
  none,
  marks_move_before_the_put,
  plans_are_forgotten,
  parts_are_forgotten,
  retries_get_fresh_names,
  unsynced_spool_files,  // syncs report success and do nothing
};

struct SimulationOptions {
  std::uint64_t seed = 1;
  Sabotage sabotage = Sabotage::none;
};

struct SimulationResult {
  std::string problem;       // empty: the model agrees
  std::uint64_t digest = 0;  // over everything the world was asked
  std::uint64_t records = 0;
  std::uint64_t objects = 0;
  std::uint64_t lives = 0;
  std::uint64_t operations = 0;
  std::uint64_t records_lost = 0;  // damaged before they were read
  std::uint64_t splits = 0;        // of shards
  std::uint64_t parkings = 0;      // of open objects
  std::uint64_t files_rotted = 0;  // sealed, by one bit
  bool is_json = false;            // real converter and Parquet
  bool is_partitioned = false;
};

SimulationResult simulate(const SimulationOptions& options);

// The command that repeats a run.
std::string repeat_command(std::uint64_t seed);

}  // namespace sluice::sim
