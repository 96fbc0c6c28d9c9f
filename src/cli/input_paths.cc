// The inputs that words of a command line stand for.
#include "cli/input_paths.h"

#include "query/glob.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::string_view pattern_letters = "*?[{";

std::string file_name(std::string_view path) {
  return std::string(path.substr(path.find_last_of('/') + 1));
}

// "in/*/a.json" -> "in/"; "*.json" -> "".
std::string_view plain_folder(std::string_view pattern) {
  return pattern.substr(0,
                        pattern.substr(0, pattern.find_first_of(pattern_letters)).rfind('/') + 1);
}

// "**/a" -> "{**/,}a".
std::string with_no_folder(std::string_view pattern) {
  std::string out;
  for (std::size_t at = 0; at < pattern.size();) {
    const bool is_start = at == 0 || pattern[at - 1] == '/';
    if (is_start && pattern.substr(at).starts_with("**/")) {
      out += "{**/,}";
      at += 3;
    } else {
      out += pattern[at++];
    }
  }
  return out;
}

// One pattern against the files below the folder that it begins in.
class Search {
 public:
  Search(const FileSystem& files, std::string_view pattern)
      : files_(files), pattern_(pattern), folder_(plain_folder(pattern)) {}

  Result<std::vector<InputPath>> run() {
    const std::string_view rest = std::string_view(pattern_).substr(folder_.size());
    SLUICE_TRY(glob, query::Glob::parse(with_no_folder(rest)));
    takes_hidden_ = rest.starts_with('.') || rest.find("/.") != std::string_view::npos;
    const auto folders = static_cast<std::size_t>(std::ranges::count(rest, '/'));
    const bool is_deep = rest.find("**") != std::string_view::npos;
    walk(glob, "", is_deep ? std::numeric_limits<std::size_t>::max() : folders);
    if (found_.empty()) {
      return fail(Fault::missing, fmt::format("no file matches {}", pattern_));
    }
    std::ranges::sort(found_, {}, &InputPath::path);
    return std::move(found_);
  }

 private:
  // A folder that cannot be listed has nothing that could be read.
  void walk(const query::Glob& glob, const std::string& below, std::size_t levels) {
    const std::string folder = folder_ + below;
    const auto entries = files_.list(folder.empty() ? "." : folder);
    if (!entries) {
      return;
    }
    for (const DirectoryEntry& entry : *entries) {
      const std::string path = below + entry.name;
      if (entry.name.starts_with('.') && !takes_hidden_) {
        continue;
      }
      if (!entry.is_directory && glob.matches(path)) {
        found_.push_back({folder_ + path, path});
      } else if (entry.is_directory && levels > 0) {
        walk(glob, path + "/", levels - 1);
      }
    }
  }

  const FileSystem& files_;
  std::string pattern_;
  std::string folder_;  // with its '/'; empty: the one the process is in
  bool takes_hidden_ = false;
  std::vector<InputPath> found_;
};

}  // namespace

Result<std::vector<InputPath>> find_inputs(const FileSystem& files,
                                           std::span<const std::string> words) {
  std::vector<InputPath> found;
  for (const std::string& word : words) {
    if (word.find_first_of(pattern_letters) == std::string::npos || files.exists(word)) {
      found.push_back({word, file_name(word)});
      continue;
    }
    SLUICE_TRY(matches, Search(files, word).run());
    found.insert(found.end(), matches.begin(), matches.end());
  }
  std::set<std::string_view> seen;
  for (const InputPath& input : found) {
    if (!seen.insert(input.path).second) {
      return fail(Fault::invalid,
                  fmt::format("{} is named twice; its rows would come twice", input.path));
    }
  }
  return found;
}

}  // namespace sluice::cli
