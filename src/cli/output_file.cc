// A file that appears whole or not at all.
#include "cli/output_file.h"

#include "base/check.h"

#include <fmt/format.h>

#include <utility>

namespace sluice::cli {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;
constexpr std::size_t name_letters = 8;

std::string file_name(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);
}

}  // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::create(FileSystem& files,
                                                       Random& random,
                                                       const std::string& path) {
  const std::string doing = fmt::format("cannot write {}", path);
  // Listing works on folders only.
  if (file_name(path).empty() || files.list(path)) {
    return fail(Fault::invalid, fmt::format("{}: it is a folder; name a file in it", doing));
  }
  const std::string temporary = join_path(
      parent_path(path),
      fmt::format(".{}.{}.tmp", file_name(path), random_alphanumeric(random, name_letters)));
  auto file = files.open(temporary, OpenMode::create);
  if (!file) {
    return std::unexpected(std::move(file).error().within(doing));
  }
  std::unique_ptr<OutputFile> out(new OutputFile(files, path, temporary));
  out->file_ = std::move(*file);
  return out;
}

OutputFile::~OutputFile() {
  if (!is_committed_) {
    file_.reset();
    // Nothing better can be done about a failure here.
    static_cast<void>(files_.remove(temporary_path_));
  }
}

Result<void> OutputFile::append(ByteView bytes) {
  SLUICE_CHECK(!is_committed_);
  buffer_.append(bytes);
  return buffer_.size() < buffer_bytes ? Result<void>() : write_buffer();
}

Result<void> OutputFile::commit() {
  SLUICE_CHECK(!is_committed_);
  SLUICE_TRY_DO(write_buffer());
  SLUICE_TRY_DO(file_->sync());
  file_.reset();
  SLUICE_TRY_DO(files_.rename(temporary_path_, path_));
  is_committed_ = true;
  return files_.sync_directory(parent_path(path_));
}

Result<void> OutputFile::write_buffer() {
  SLUICE_CHECK(file_ != nullptr);
  SLUICE_TRY_DO(file_->write_at(written_, buffer_));
  written_ += buffer_.size();
  buffer_.clear();
  return {};
}

}  // namespace sluice::cli
