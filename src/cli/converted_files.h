// The Parquet files that a conversion writes: one for everything, one for each text, or parts of a
// size.
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
  enum class Kind : std::uint8_t { one, one_for_each, parts };

  Kind kind = Kind::one;
  std::vector<std::string> files;  // the one, or in the order of the texts
  std::string directory = {};      // of parts: part-00000.parquet and so on in it

  std::string file(std::size_t index) const;
};

// A file in `directory` for each input, with ".parquet" instead of ".json", ".ndjson.gz" and the
// like; below patterns the folders stay.  Fault::invalid when two inputs would become one file.
Result<ConvertedPaths> paths_in_directory(const std::string& directory,
                                          std::span<const InputPath> inputs);

// Parts of an earlier run would stand among the new ones: Fault::invalid where there are any.
Result<ConvertedPaths> paths_of_parts(const FileSystem& files, const std::string& directory);

// How large a part is say settings.writing.file_bytes_max and the size of row groups, whatever the
// batches.  Not thread-safe, append_part() excepted.  Without
// commit() nothing is left but folders.
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

  // Called once a text, in order, after begin().
  Result<void> begin_text();

  // As ConversionOutput has them.
  Result<void> begin_rows(const columnar::RowBatch& rows);
  Result<std::size_t> next_parts();

  Result<void> append_part(std::size_t part) { return writer_->append_lane(part); }

  Result<void> end_text();

  // Everything is on the disk afterwards, but not in place.
  Result<void> finish();

  Result<void> commit();

  std::uint64_t bytes() const { return bytes_; }

  std::size_t count() const { return sealed_.size(); }

 private:
  bool is_one_for_each() const {
    return settings_.paths.kind == ConvertedPaths::Kind::one_for_each;
  }

  Result<void> open();
  Result<void> close();

  FileSystem& files_;
  Random& random_;
  Settings settings_;
  std::unique_ptr<OutputFile> file_;
  std::optional<parquet::FileWriter> writer_;  // borrows file_
  const columnar::RowBatch* left_ = nullptr;   // to be appended: the caller's or behind_
  std::optional<columnar::RowBatch> behind_;   // what the last file did not take
  std::vector<std::unique_ptr<OutputFile>> sealed_;
  std::uint64_t bytes_ = 0;
};

}  // namespace sluice::cli
