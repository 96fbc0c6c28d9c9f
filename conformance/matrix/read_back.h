// A file as our own reader sees it, for comparison with what others see.
#pragma once

#include "base/file_system.h"

#include <string>

namespace sluice::matrix {

// A line of JSON:
//   {"file":PATH,"leaves":[{"physical":"INT32","entries":[[REPETITION,DEFINITION,VALUE],...]},...]}
// or {"file":PATH,"error":WHY}.  Entries of all row groups; VALUE is null below the highest level,
// else "true", digits of integers, floats as in matrix/expected.h, everything else in hexadecimal.
std::string read_back(FileSystem& files, const std::string& path);

}  // namespace sluice::matrix
