#include "serde/row_runner.h"

#include <gtest/gtest.h>

namespace sluice::serde {
namespace {

// That both give the same rows: row_runner_test.cc.
TEST(RowRunnerAvx2, IsTakenWhereTheMachineHasItAndOnlyThere) {
  const RowRunner best = row_runner(json::best_instruction_set());
  const RowRunner portable = row_runner(json::InstructionSet::portable);
  const bool is_wide = json::best_instruction_set() != json::InstructionSet::portable;
  EXPECT_EQ(best.run_lines != portable.run_lines, is_wide);
  EXPECT_EQ(best.run_records != portable.run_records, is_wide);
}

}  // namespace
}  // namespace sluice::serde
