// A hundred thousand worlds: whatever fails, every accepted record is in exactly one object.
//
//   SLUICE_SIM_SEEDS        how many seeds to run
//   SLUICE_SIM_FIRST_SEED   the first of them
//
// A seed that fails is printed with the command that runs it again.  The other tests prove that the
// model can fail, and that a seed is one run.
#include "sim/simulation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace sluice::sim {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::uint64_t seeds_default = 1'500;
#else
constexpr std::uint64_t seeds_default = 100'000;
#endif
#else
constexpr std::uint64_t seeds_default = 100'000;
#endif

constexpr std::size_t failures_max = 10;  // of one thread, which then stops

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// What the seeds of one thread came to.
struct Sum {
  SimulationResult results;
  std::uint64_t json = 0;
  std::uint64_t partitioned = 0;
  std::map<std::uint64_t, std::string> problems;  // by seed
};

void add(const SimulationResult& result, SimulationResult& sum) {
  sum.records += result.records;
  sum.objects += result.objects;
  sum.lives += result.lives;
  sum.operations += result.operations;
  sum.records_lost += result.records_lost;
  sum.splits += result.splits;
  sum.parkings += result.parkings;
  sum.files_rotted += result.files_rotted;
}

// Takes seeds below `end` until there are no more.
void run_seeds(std::atomic<std::uint64_t>& next, std::uint64_t end, Sum& sum) {
  for (std::uint64_t seed = next++; seed < end; seed = next++) {
    SimulationOptions options;
    options.seed = seed;
    const SimulationResult result = simulate(options);
    add(result, sum.results);
    sum.json += result.is_json ? 1 : 0;
    sum.partitioned += result.is_partitioned ? 1 : 0;
    if (!result.problem.empty()) {
      sum.problems[seed] = result.problem;
      if (sum.problems.size() == failures_max) {
        return;
      }
    }
  }
}

TEST(Simulation, EveryAcceptedRecordIsInExactlyOneObjectWhateverFails) {
  const std::uint64_t first = number_from_environment("SLUICE_SIM_FIRST_SEED", 1);
  const std::uint64_t seeds = number_from_environment("SLUICE_SIM_SEEDS", seeds_default);
  std::atomic<std::uint64_t> next = first;
  std::vector<Sum> sums(std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::jthread> threads;
  for (Sum& sum : sums) {
    threads.emplace_back([&] { run_seeds(next, first + seeds, sum); });
  }
  threads.clear();
  Sum all;
  for (const Sum& sum : sums) {
    add(sum.results, all.results);
    all.json += sum.json;
    all.partitioned += sum.partitioned;
    for (const auto& [seed, problem] : sum.problems) {
      ADD_FAILURE() << "seed " << seed << ": " << problem << "\n  again: " << repeat_command(seed);
    }
  }
  std::printf(
      "%llu seeds (%llu with the real converter, %llu with partitions): %llu records in %llu "
      "objects, %llu lives, "
      "%llu splits of shards, %llu parkings, %llu operations, %llu times a record was found "
      "damaged, %llu sealed files rotted\n",
      static_cast<unsigned long long>(seeds),
      static_cast<unsigned long long>(all.json),
      static_cast<unsigned long long>(all.partitioned),
      static_cast<unsigned long long>(all.results.records),
      static_cast<unsigned long long>(all.results.objects),
      static_cast<unsigned long long>(all.results.lives),
      static_cast<unsigned long long>(all.results.splits),
      static_cast<unsigned long long>(all.results.parkings),
      static_cast<unsigned long long>(all.results.operations),
      static_cast<unsigned long long>(all.results.records_lost),
      static_cast<unsigned long long>(all.results.files_rotted));
}

TEST(Simulation, OneSeedIsOneRunBitForBit) {
  for (std::uint64_t seed = 1; seed <= 64; ++seed) {
    SimulationOptions options;
    options.seed = seed;
    const SimulationResult first = simulate(options);
    const SimulationResult second = simulate(options);
    EXPECT_EQ(first.digest, second.digest) << seed;
    EXPECT_EQ(first.operations, second.operations) << seed;
    EXPECT_EQ(first.objects, second.objects) << seed;
  }
}

TEST(Simulation, TheModelNoticesWhatIsBrokenOnPurpose) {
  struct Case {
    Sabotage sabotage;
    const char* name;
  };

  constexpr Case cases[] = {
      {Sabotage::marks_move_before_the_put, "marks move before the put"},
      {Sabotage::plans_are_forgotten, "plans are forgotten"},
      {Sabotage::parts_are_forgotten, "delivered parts are forgotten"},
      {Sabotage::retries_get_fresh_names, "retries get fresh names"},
      {Sabotage::unsynced_spool_files, "spool files are not synced"},
  };
  constexpr std::uint64_t seeds = 100;
  for (const Case& c : cases) {
    std::uint64_t caught = 0;
    std::string problem;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const SimulationResult result = simulate({seed, c.sabotage});
      if (!result.problem.empty()) {
        ++caught;
        problem = result.problem;
      }
    }
    EXPECT_GT(caught, 0U) << c.name;
    std::printf("%s: noticed in %llu of %llu seeds (%s)\n",
                c.name,
                static_cast<unsigned long long>(caught),
                static_cast<unsigned long long>(seeds),
                problem.c_str());
  }
}

}  // namespace
}  // namespace sluice::sim
