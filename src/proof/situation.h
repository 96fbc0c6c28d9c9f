// Gathers what a question of explain.h is answered from: the store of a data directory, and what a
// running server adds.
#pragma once

#include "base/result.h"
#include "proof/explain.h"

#include <string>

namespace sluice::proof {

// All but `live` and `endpoint`.  Reads, locks nothing.  Fault::missing when there is no such data
// directory.
Result<Situation> read_situation(const std::string& data_directory);

}  // namespace sluice::proof
