// Files as a tree.
//
//   bucket/
//   └── 2025/
//       ├── a.parquet    1.2 KiB  12 rows
//       └── b.parquet      900 B  3 rows
#pragma once

#include "cli/terminal.h"

#include <string>
#include <vector>

namespace sluice::cli {

struct TreeFile {
  std::string path;  // "2025/a.parquet"
  std::string size;  // shown behind the name, right-aligned
  std::string note;  // behind the size
};

// `files` sorted by path.  Names longer than `name_columns_max` lose their middle.  Each line is
// indented by two blanks.
std::string tree_text(const std::string& root,
                      const std::vector<TreeFile>& files,
                      std::size_t name_columns_max,
                      const Paint& paint);

// "part-0123456789.parquet" cut to 16 columns: "part-01….parquet"; the extension stays.
std::string shorten_middle(const std::string& name, std::size_t columns_max);

}  // namespace sluice::cli
