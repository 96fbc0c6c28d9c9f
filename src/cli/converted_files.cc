// The Parquet files that a conversion writes.
#include "cli/converted_files.h"

#include "base/check.h"
#include "cli/input_file.h"
#include "columnar/row_picker.h"

#include <fmt/format.h>

#include <map>
#include <string_view>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::string_view part_prefix = "part-";

// "2025/a.json.gz" -> "2025/a".
std::string_view without_endings(std::string_view name) {
  for (const std::string_view ending : {".gz", ".gzip", ".zst", ".zstd"}) {
    if (name.ends_with(ending)) {
      name.remove_suffix(ending.size());
      break;
    }
  }
  for (const std::string_view ending : {".json", ".ndjson", ".jsonl", ".txt"}) {
    if (name.ends_with(ending)) {
      name.remove_suffix(ending.size());
      break;
    }
  }
  return name;
}

}  // namespace

std::string ConvertedPaths::file(std::size_t index) const {
  return kind == Kind::parts
             ? join_path(directory, fmt::format("{}{:05}.parquet", part_prefix, index))
             : files.at(index);
}

Result<ConvertedPaths> paths_of_parts(const FileSystem& files, const std::string& directory) {
  // A folder that is not there yet has nothing in it.
  const auto entries = files.list(directory).value_or(std::vector<DirectoryEntry>());
  for (const DirectoryEntry& entry : entries) {
    if (entry.name.starts_with(part_prefix) && entry.name.ends_with(".parquet")) {
      return fail(Fault::invalid,
                  fmt::format("{} has parts already ({}): name another folder, or remove them",
                              directory,
                              entry.name));
    }
  }
  return ConvertedPaths{ConvertedPaths::Kind::parts, {}, directory};
}

Result<ConvertedPaths> paths_in_directory(const std::string& directory,
                                          std::span<const InputPath> inputs) {
  ConvertedPaths paths;
  paths.kind = ConvertedPaths::Kind::one_for_each;
  std::map<std::string, std::string_view> made_of;
  for (const InputPath& input : inputs) {
    const std::string_view name =
        input.path == standard_input ? "stdin" : without_endings(input.below);
    std::string file = join_path(directory, fmt::format("{}.parquet", name));
    const auto [other, is_new] = made_of.try_emplace(file, input.path);
    if (!is_new) {
      return fail(Fault::invalid,
                  fmt::format("{} and {} would both become {}; a pattern with ** keeps the folders",
                              other->second,
                              input.path,
                              file));
    }
    paths.files.push_back(std::move(file));
  }
  return paths;
}

Result<void> ConvertedFiles::begin() {
  return open();
}

Result<void> ConvertedFiles::begin_text() {
  return is_one_for_each() && file_ == nullptr ? open() : Result<void>();
}

Result<void> ConvertedFiles::begin_rows(const columnar::RowBatch& rows) {
  if (!writer_) {
    SLUICE_TRY_DO(open());
  }
  left_ = &rows;
  return writer_->begin_rows(rows);
}

Result<std::size_t> ConvertedFiles::next_parts() {
  while (left_ != nullptr) {
    SLUICE_TRY(has_rows, writer_->next_rows());
    if (has_rows) {
      return writer_->lanes();
    }
    const std::size_t taken = writer_->rows_taken();
    const std::size_t behind = left_->rows() - taken;
    if (writer_->is_full()) {
      SLUICE_TRY_DO(close());
    }
    if (behind == 0) {
      left_ = nullptr;
      break;
    }
    columnar::RowBatch rest(settings_.schema);
    columnar::RowPicker(*left_).append(taken, behind, rest);
    behind_ = std::move(rest);
    SLUICE_TRY_DO(begin_rows(*behind_));
  }
  behind_.reset();
  return 0;
}

Result<void> ConvertedFiles::end_text() {
  return is_one_for_each() ? close() : Result<void>();
}

Result<void> ConvertedFiles::finish() {
  return file_ == nullptr ? Result<void>() : close();
}

Result<void> ConvertedFiles::commit() {
  SLUICE_CHECK(file_ == nullptr);
  for (const auto& file : sealed_) {
    SLUICE_TRY_DO(file->commit());
  }
  return {};
}

Result<void> ConvertedFiles::open() {
  const std::string path = settings_.paths.file(sealed_.size());
  if (settings_.paths.kind != ConvertedPaths::Kind::one) {
    SLUICE_TRY_DO(files_.create_directories(parent_path(path)));
  }
  SLUICE_TRY(file, OutputFile::create(files_, random_, path));
  file_ = std::move(file);
  writer_.emplace(settings_.schema, settings_.writing, *file_);
  // Options that do not go with the schema are refused by the first rows, be they none.
  return writer_->append(columnar::RowBatch(settings_.schema));
}

Result<void> ConvertedFiles::close() {
  SLUICE_TRY_DO(writer_->finish());
  bytes_ += writer_->bytes_written();
  writer_.reset();
  SLUICE_TRY_DO(file_->seal());
  sealed_.push_back(std::move(file_));
  return {};
}

}  // namespace sluice::cli
