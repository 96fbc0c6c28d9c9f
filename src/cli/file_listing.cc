// The files below a folder.
#include "cli/file_listing.h"

#include <fmt/format.h>

namespace sluice::cli {
namespace {

constexpr std::size_t folders_deep_max = 64;

Result<void> collect(const FileSystem& files,
                     const std::string& root,
                     const std::string& below,
                     std::size_t depth,
                     std::vector<std::string>& out) {
  if (depth > folders_deep_max) {
    return fail(Fault::too_large, fmt::format("{} nests too deep", join_path(root, below)));
  }
  SLUICE_TRY(entries, files.list(below.empty() ? root : join_path(root, below)));
  for (const DirectoryEntry& entry : entries) {
    std::string path = below.empty() ? entry.name : join_path(below, entry.name);
    if (entry.is_directory) {
      SLUICE_TRY_DO(collect(files, root, path, depth + 1, out));
    } else {
      out.push_back(std::move(path));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> files_below(const FileSystem& files, const std::string& folder) {
  std::vector<std::string> out;
  SLUICE_TRY_DO(collect(files, folder, "", 0, out));
  return out;
}

}  // namespace sluice::cli
