// The inputs that words of a command line stand for: paths, "-", and patterns.
//
// A pattern is a word with one of * ? [ { that is no file's name: query/glob.h has the rules.  It
// comes quoted, or the shell would have replaced it.  "**/" also stands for no folder at all; names
// that begin with a point match only where the pattern says so.
#pragma once

#include "base/file_system.h"
#include "base/result.h"

#include <span>
#include <string>
#include <vector>

namespace sluice::cli {

struct InputPath {
  std::string path;
  // Behind the folder in which a pattern begins: "2025/07/a.json" of "in/2025/07/a.json" for
  // "in/**/*.json"; else the name of the file.
  std::string below;

  friend bool operator==(const InputPath&, const InputPath&) = default;
};

// In the order of the words, what a pattern matches sorted by path.  Files are not looked at.
// Fault::missing for a pattern that matches nothing, Fault::invalid for one that is none and for an
// input that comes twice.
Result<std::vector<InputPath>> find_inputs(const FileSystem& files,
                                           std::span<const std::string> words);

}  // namespace sluice::cli
