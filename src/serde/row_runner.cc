// The portable loops, and the choice between them and those of an instruction set.
#include "serde/row_runner.h"

#include "serde/row_loop.h"

namespace sluice::serde {

RowRunner row_runner(json::InstructionSet set) {
  switch (set) {
#if SLUICE_HAS_AVX
    case json::InstructionSet::avx512:
      return avx512_row_runner;
    case json::InstructionSet::avx2:
      return avx2_row_runner;
#endif
    default:
      return {&RowLoop<json::Portable>::run_lines, &RowLoop<json::Portable>::run_records};
  }
}

}  // namespace sluice::serde
