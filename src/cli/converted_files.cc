// The Parquet files that a conversion writes.
#include "cli/converted_files.h"

#include "base/check.h"
#include "cli/input_file.h"

#include <fmt/format.h>

#include <map>
#include <string_view>
#include <utility>

namespace sluice::cli {
namespace {

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

Result<ConvertedPaths> paths_in_directory(const std::string& directory,
                                          std::span<const InputPath> inputs) {
  ConvertedPaths paths;
  paths.is_one_for_each = true;
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
  SLUICE_CHECK(!settings_.paths.files.empty());
  return open();
}

Result<void> ConvertedFiles::begin_text() {
  return file_ == nullptr ? open() : Result<void>();
}

Result<void> ConvertedFiles::append(const columnar::RowBatch& rows) {
  SLUICE_CHECK(writer_.has_value());
  return writer_->append(rows);
}

Result<void> ConvertedFiles::end_text() {
  return settings_.paths.is_one_for_each ? close() : Result<void>();
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
  SLUICE_CHECK(sealed_.size() < settings_.paths.files.size());
  const std::string& path = settings_.paths.files[sealed_.size()];
  if (settings_.paths.is_one_for_each) {
    SLUICE_TRY_DO(files_.create_directories(parent_path(path)));
  }
  SLUICE_TRY(file, OutputFile::create(files_, random_, path));
  file_ = std::move(file);
  writer_.emplace(settings_.schema, settings_.writing, *file_);
  return {};
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
