// The files below a folder.
#pragma once

#include "base/file_system.h"
#include "base/result.h"

#include <string>
#include <vector>

namespace sluice::cli {

// Paths of all files below `folder`, at any depth, relative to it, sorted by name folder for
// folder.
Result<std::vector<std::string>> files_below(const FileSystem& files, const std::string& folder);

}  // namespace sluice::cli
