// Ten thousand worlds: whatever fails, every accepted record is in exactly one object.
//
//   SLUICE_SIM_SEEDS        how many seeds to run
//   SLUICE_SIM_FIRST_SEED   the first of them
//
// A seed that fails is printed with the command that runs it again.  The other tests prove that the
// model can fail, and that a seed is one run.
#include "sim/simulation.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace sluice::sim {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::uint64_t seeds_default = 1'500;
#else
constexpr std::uint64_t seeds_default = 10'000;
#endif
#else
constexpr std::uint64_t seeds_default = 10'000;
#endif

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(Simulation, EveryAcceptedRecordIsInExactlyOneObjectWhateverFails) {
  const std::uint64_t first = number_from_environment("SLUICE_SIM_FIRST_SEED", 1);
  const std::uint64_t seeds = number_from_environment("SLUICE_SIM_SEEDS", seeds_default);
  SimulationResult sum;
  std::uint64_t json = 0;
  std::uint64_t failures = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    SimulationOptions options;
    options.seed = seed;
    const SimulationResult result = simulate(options);
    if (!result.problem.empty()) {
      ADD_FAILURE() << "seed " << seed << ": " << result.problem
                    << "\n  again: " << repeat_command(seed);
      if (++failures == 10) {
        break;
      }
    }
    sum.records += result.records;
    sum.objects += result.objects;
    sum.lives += result.lives;
    sum.operations += result.operations;
    sum.records_lost += result.records_lost;
    json += result.is_json ? 1 : 0;
  }
  std::printf(
      "%llu seeds (%llu with the real converter): %llu records in %llu objects, %llu lives, "
      "%llu operations, %llu times a record was found damaged\n",
      static_cast<unsigned long long>(seeds),
      static_cast<unsigned long long>(json),
      static_cast<unsigned long long>(sum.records),
      static_cast<unsigned long long>(sum.objects),
      static_cast<unsigned long long>(sum.lives),
      static_cast<unsigned long long>(sum.operations),
      static_cast<unsigned long long>(sum.records_lost));
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
      {Sabotage::retries_get_fresh_names, "retries get fresh names"},
      {Sabotage::unsynced_spool_files, "spool files are not synced"},
  };
  constexpr std::uint64_t seeds = 50;
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
