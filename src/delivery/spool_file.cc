// Small pieces gather in a buffer; large ones go straight to the file.
#include "delivery/spool_file.h"

#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::delivery {

namespace {

// Of a parked file, at a time.
constexpr std::size_t read_bytes_max = std::size_t{1} << 20;

// What takes a helper longer than it takes to wake it.
constexpr std::size_t helped_bytes_min = std::size_t{64} << 10;

}  // namespace

Result<std::unique_ptr<SpoolFile>> SpoolFile::create(FileSystem& files,
                                                     std::string path,
                                                     Helpers* helpers) {
  SLUICE_TRY(file, files.open(path, OpenMode::create));
  return std::unique_ptr<SpoolFile>(
      new SpoolFile(files, std::move(path), std::move(file), helpers));
}

Result<std::unique_ptr<SpoolFile>> SpoolFile::resume(FileSystem& files,
                                                     std::string path,
                                                     const ParkedSpool& parked,
                                                     Helpers* helpers) {
  SLUICE_TRY(file, files.open(path, OpenMode::write));
  std::unique_ptr<SpoolFile> spool(new SpoolFile(files, std::move(path), std::move(file), helpers));
  SLUICE_TRY_DO(spool->take_over(parked));
  return spool;
}

SpoolFile::SpoolFile(FileSystem& files,
                     std::string path,
                     std::unique_ptr<File> file,
                     Helpers* helpers)
    : files_(files), path_(std::move(path)), file_(std::move(file)), helpers_(helpers) {}

Result<void> SpoolFile::take_over(const ParkedSpool& parked) {
  SLUICE_TRY(size, file_->size());
  Bytes piece;
  while (written_ < std::min(parked.bytes, size)) {
    piece.clear();
    SLUICE_TRY_DO(file_->read_at(
        written_, std::min<std::uint64_t>(read_bytes_max, parked.bytes - written_), piece));
    if (piece.empty()) {
      break;
    }
    digest_.update(piece);
    written_ += piece.size();
  }
  if (written_ != parked.bytes || digest_.so_far().sha256 != parked.sha256) {
    return fail(Fault::corrupt,
                fmt::format("spool file {} does not begin with the {} bytes that were parked (it "
                            "has {} bytes): it was damaged; put back a whole copy",
                            path_,
                            parked.bytes,
                            size));
  }
  // Also where it seems to end here: a cut that an earlier life made may have been lost with the
  // sync that failed after it.
  return file_->truncate(written_);
}

Result<void> SpoolFile::append(ByteView bytes) {
  SLUICE_CHECK(!is_finished_);
  if (buffer_.size() + bytes.size() > buffer_bytes_max) {
    SLUICE_TRY_DO(flush());
  }
  if (bytes.size() > buffer_bytes_max) {
    return write(bytes);
  }
  buffer_.append(bytes);
  return {};
}

Result<void> SpoolFile::flush() {
  if (!buffer_.empty()) {
    SLUICE_TRY_DO(write(buffer_));
    buffer_.clear();
  }
  return {};
}

Result<void> SpoolFile::write(ByteView bytes) {
  Errand md5;  // takes as long as the rest
  md5.begin(bytes.size() < helped_bytes_min ? nullptr : helpers_,
            [this, bytes] { digest_.update_md5(bytes); });
  digest_.update_sha256(bytes);
  const auto written = file_->write_at(written_, bytes);
  md5.finish();
  SLUICE_TRY_DO(written);
  written_ += bytes.size();
  return {};
}

Result<void> SpoolFile::make_durable() {
  SLUICE_TRY_DO(flush());
  SLUICE_TRY_DO(file_->sync());
  SLUICE_TRY_DO(files_.sync_directory(parent_path(path_)));
  return check_size();
}

Result<void> SpoolFile::check_size() const {
  SLUICE_TRY(size, file_->size());
  if (size != written_) {
    return fail(Fault::corrupt,
                "spool file " + path_ + " has " + std::to_string(size) + " bytes after " +
                    std::to_string(written_) + " were written: something else writes to it");
  }
  return {};
}

Result<ParkedSpool> SpoolFile::park() {
  SLUICE_CHECK(!is_finished_);
  SLUICE_TRY_DO(make_durable());
  buffer_.shrink_to_fit();  // it may be long before more comes
  return ParkedSpool{.bytes = written_, .sha256 = digest_.so_far().sha256};
}

Result<RunningDigest::Digests> SpoolFile::finish() {
  SLUICE_CHECK(!is_finished_);
  is_finished_ = true;
  SLUICE_TRY_DO(flush());
  file_->write_behind();
  return digest_.finish();
}

Result<void> SpoolFile::sync() {
  SLUICE_CHECK(is_finished_);
  SLUICE_TRY_DO(file_->sync());
  return check_size();
}

}  // namespace sluice::delivery
