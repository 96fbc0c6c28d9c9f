// The portable loops, and the choice between them and those of an instruction set.
#include "serde/row_runner.h"

#include "serde/row_loop.h"

namespace sluice::serde {

RowRunner row_runner(json::InstructionSet set) {
#if SLUICE_HAS_AVX2
  if (set == json::InstructionSet::avx2) {
    return avx2_row_runner;
  }
#endif
  static_cast<void>(set);
  return {&RowLoop<json::Portable>::run_lines, &RowLoop<json::Portable>::run_records};
}

}  // namespace sluice::serde
