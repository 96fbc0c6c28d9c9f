#include "serde/row_runner.h"

#include <gtest/gtest.h>

namespace sluice::serde {
namespace {

// That all give the same rows: row_runner_test.cc.
TEST(RowRunnerAvx2, HasLoopsOfItsOwn) {
  const RowRunner portable = row_runner(json::InstructionSet::portable);
  const RowRunner avx2 = row_runner(json::InstructionSet::avx2);
  EXPECT_EQ(avx2.run_lines != portable.run_lines, SLUICE_HAS_AVX == 1);
  EXPECT_EQ(avx2.run_records != portable.run_records, SLUICE_HAS_AVX == 1);
}

}  // namespace
}  // namespace sluice::serde
