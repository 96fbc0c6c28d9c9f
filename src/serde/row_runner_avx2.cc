// The loops for machines with AVX2.  Only the functions of RowLoop are compiled for them: what else
// is inline stays code for any machine, whichever file the linker takes it from.
#include "json/shape.h"
#include "json/wide.h"
#include "serde/row_layout.h"
#include "serde/row_program.h"
#include "serde/row_runner.h"
#include "serde/row_sinks.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#if SLUICE_HAS_AVX
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2"))), apply_to = function)
#endif
#include "serde/row_loop.h"
#if SLUICE_HAS_AVX
#pragma clang attribute pop

namespace sluice::serde {

const RowRunner avx2_row_runner = {&RowLoop<json::Avx2>::run_lines,
                                   &RowLoop<json::Avx2>::run_records};

}  // namespace sluice::serde
#endif
