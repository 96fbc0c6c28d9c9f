// The beats behind the inputs of a command: recordings, Parquet files, folders, buckets.
#pragma once

#include "base/file_system.h"
#include "base/result.h"
#include "cli/recorded_beats.h"

#include <string>
#include <vector>

namespace sluice::cli {

struct BeatSource {
  // Each a file, a folder with all below, a pattern ("runs/2025-*.ndjson"), "s3://bucket/prefix"
  // (a bucket of the data directory on the disk; the prefix may end within a name), or "-" for
  // lines on standard input.
  std::vector<std::string> inputs;
  std::string data_directory;
};

// A file that is no recording, or records of one that are no beats.
struct LeftOut {
  std::string file;
  std::uint64_t records = 0;  // 0: all of the file
  std::string why;
  bool is_named = false;    // asked for by name, not found in a folder or by a pattern
  bool is_foreign = false;  // whole, and of another kind: nothing in it is a heart-rate record
};

struct BeatInput {
  std::vector<std::vector<heartrate::Beat>> recordings;  // one a file, files in order of name
  std::vector<LeftOut> left_out;
};

// What cannot be read is left out with its reason; fails only for too many beats and for an
// interruption (Fault::cancelled).
Result<BeatInput> read_beats(FileSystem& files, const BeatSource& source);

}  // namespace sluice::cli
