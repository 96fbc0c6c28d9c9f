// The Parquet files that a conversion writes: one for everything, or one for each text.
//
// All of them appear together at the end, or none.
#pragma once

#include "base/file_system.h"
#include "base/random.h"
#include "base/result.h"
#include "cli/input_paths.h"
#include "cli/output_file.h"
#include "columnar/column.h"
#include "columnar/type.h"
#include "parquet/file_writer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sluice::cli {

// Where the rows go.
struct ConvertedPaths {
  std::vector<std::string> files;  // in the order of the texts, or a single one
  bool is_one_for_each = false;
};

// A file in `directory` for each input, with ".parquet" instead of ".json", ".ndjson.gz" and the
// like; below patterns the folders stay.  Fault::invalid when two inputs would become one file.
Result<ConvertedPaths> paths_in_directory(const std::string& directory,
                                          std::span<const InputPath> inputs);

// Not thread-safe.  Without commit() nothing is left but folders.
class ConvertedFiles {
 public:
  struct Settings {
    columnar::Schema schema;
    parquet::WriterOptions writing;
    ConvertedPaths paths;
  };

  // Borrows both.
  ConvertedFiles(FileSystem& files, Random& random, Settings settings)
      : files_(files), random_(random), settings_(std::move(settings)) {}

  // Opens the first file, so that a place that cannot be written is known before the work begins.
  Result<void> begin();

  // Called once a text, in order; each needs begin() before the first.
  Result<void> begin_text();
  Result<void> append(const columnar::RowBatch& rows);
  Result<void> end_text();

  // Everything is on the disk afterwards, but not in place.
  Result<void> finish();

  Result<void> commit();

  std::uint64_t bytes() const { return bytes_; }

  std::size_t count() const { return sealed_.size(); }

 private:
  Result<void> open();
  Result<void> close();

  FileSystem& files_;
  Random& random_;
  Settings settings_;
  std::unique_ptr<OutputFile> file_;
  std::optional<parquet::FileWriter> writer_;  // borrows file_
  std::vector<std::unique_ptr<OutputFile>> sealed_;
  std::uint64_t bytes_ = 0;
};

}  // namespace sluice::cli
