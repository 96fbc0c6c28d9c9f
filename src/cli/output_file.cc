// A file that appears whole or not at all.
#include "cli/output_file.h"

#include "base/check.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{1} << 20;
constexpr std::size_t name_letters = 8;

std::string file_name(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);
}

// What the file gets: the older file's permissions, or what the user lets new files have.
std::filesystem::perms permissions_for(const std::string& path) {
  std::error_code failed;
  const auto older = std::filesystem::status(path, failed);
  if (std::filesystem::is_regular_file(older)) {
    return older.permissions();
  }
  const mode_t mask = ::umask(0);
  ::umask(mask);
  constexpr mode_t new_file = 0666;
  return std::filesystem::perms(new_file & ~mask);
}

}  // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::open_stream(FileSystem& files,
                                                            const std::string& path) {
  const bool is_standard = path == "-";
  std::FILE* const file = is_standard ? stdout : std::fopen(path.c_str(), "wbe");
  if (file == nullptr) {
    return fail_errno(errno, fmt::format("cannot write {}", path));
  }
  std::unique_ptr<OutputFile> out(new OutputFile(files, path));
  out->stream_ = Stream(file, is_standard ? std::fflush : std::fclose);
  return out;
}

Result<std::unique_ptr<OutputFile>> OutputFile::create(FileSystem& files,
                                                       Random& random,
                                                       const std::string& given_path) {
  std::error_code failed;
  const auto status = std::filesystem::status(given_path, failed);
  const bool is_there = std::filesystem::exists(status);
  if (given_path == "-" || (is_there && std::filesystem::is_other(status))) {
    return open_stream(files, given_path);
  }
  const auto target = std::filesystem::canonical(given_path, failed);
  const std::string path = is_there && !failed ? target.string() : given_path;
  const std::string doing = fmt::format("cannot write {}", given_path);
  // Listing works on folders only.
  if (file_name(path).empty() || files.list(path)) {
    return fail(Fault::invalid, fmt::format("{}: it is a folder; name a file in it", doing));
  }
  using std::filesystem::perms;
  constexpr perms any_write = perms::owner_write | perms::group_write | perms::others_write;
  if (is_there && (status.permissions() & any_write) == perms::none) {
    return fail(Fault::invalid,
                fmt::format("{}: it is write-protected; chmod u+w it or name another", doing));
  }
  std::unique_ptr<OutputFile> out(new OutputFile(files, path));
  out->temporary_path_ = join_path(
      parent_path(path),
      fmt::format(".{}.{}.tmp", file_name(path), random_alphanumeric(random, name_letters)));
  auto file = files.open(out->temporary_path_, OpenMode::create);
  if (!file) {
    return std::unexpected(std::move(file).error().within(doing));
  }
  out->file_ = std::move(*file);
  return out;
}

OutputFile::~OutputFile() {
  const bool is_there = stream_ == nullptr && (file_ != nullptr || is_sealed_);
  if (!is_committed_ && is_there) {
    file_.reset();
    // Nothing better can be done about a failure here.
    static_cast<void>(files_.remove(temporary_path_));
  }
}

Result<void> OutputFile::append(ByteView bytes) {
  SLUICE_CHECK(!is_sealed_);
  buffer_.append(bytes);
  return buffer_.size() < buffer_bytes ? Result<void>() : write_buffer();
}

Result<void> OutputFile::seal() {
  SLUICE_CHECK(!is_sealed_);
  SLUICE_TRY_DO(write_buffer());
  is_sealed_ = true;
  buffer_ = Bytes();
  if (stream_ != nullptr) {
    if (std::fflush(stream_.get()) != 0) {
      return fail_errno(errno, fmt::format("cannot write {}", path_));
    }
    return {};
  }
  SLUICE_TRY_DO(file_->sync());
  file_.reset();
  return {};
}

Result<void> OutputFile::commit() {
  SLUICE_CHECK(!is_committed_);
  if (!is_sealed_) {
    SLUICE_TRY_DO(seal());
  }
  if (stream_ != nullptr) {
    is_committed_ = true;
    return {};
  }
  // Where there are no permissions there is nothing to set.
  std::error_code ignored;
  std::filesystem::permissions(temporary_path_, permissions_for(path_), ignored);
  SLUICE_TRY_DO(files_.rename(temporary_path_, path_));
  is_committed_ = true;
  return files_.sync_directory(parent_path(path_));
}

Result<void> OutputFile::write_buffer() {
  if (stream_ != nullptr) {
    if (std::fwrite(buffer_.data(), 1, buffer_.size(), stream_.get()) != buffer_.size()) {
      return fail_errno(errno, fmt::format("cannot write {}", path_));
    }
  } else {
    SLUICE_CHECK(file_ != nullptr);
    SLUICE_TRY_DO(file_->write_at(written_, buffer_));
  }
  written_ += buffer_.size();
  buffer_.clear();
  return {};
}

}  // namespace sluice::cli
