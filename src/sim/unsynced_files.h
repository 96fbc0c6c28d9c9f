// A disk whose syncs say yes and do nothing: sabotage, to prove that the model notices.
#pragma once

#include "base/file_system.h"

#include <memory>
#include <string>

namespace sluice::sim {

// `files` must outlive the result and the files it opens.
std::unique_ptr<FileSystem> make_unsynced_files(FileSystem& files);

}  // namespace sluice::sim
