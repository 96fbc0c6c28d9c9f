#include "serde/row_runner.h"

#include <gtest/gtest.h>

namespace sluice::serde {
namespace {

TEST(RowRunnerAvx512, HasLoopsOfItsOwn) {
  const RowRunner avx2 = row_runner(json::InstructionSet::avx2);
  const RowRunner avx512 = row_runner(json::InstructionSet::avx512);
  EXPECT_EQ(avx512.run_lines != avx2.run_lines, SLUICE_HAS_AVX == 1);
  EXPECT_EQ(avx512.run_records != avx2.run_records, SLUICE_HAS_AVX == 1);
}

}  // namespace
}  // namespace sluice::serde
