// What has landed in a bucket: its objects on the disk, read back.
#pragma once

#include "base/file_system.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::cli {

struct LandedObject {
  std::string key;  // path below the bucket's folder
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> rows;  // of a Parquet file
};

// Of all values of an integer column.
struct ValueRange {
  std::int64_t min = 0;
  std::int64_t max = 0;
};

struct Landing {
  std::vector<LandedObject> objects;  // by key
  std::uint64_t rows = 0;
  std::optional<ValueRange> range;  // none without values
};

// Reads the folder of a bucket with everything below.  Files named *.parquet are opened: their rows
// are counted, and the values of `column` (where it is one of integers) looked at one by one.
Result<Landing> read_landing(FileSystem& files,
                             const std::string& bucket_directory,
                             const std::string& column);

}  // namespace sluice::cli
