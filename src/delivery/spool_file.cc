// Small pieces gather in a buffer; large ones go straight to the file.
#include "delivery/spool_file.h"

#include "base/check.h"

#include <utility>

namespace sluice::delivery {

Result<std::unique_ptr<SpoolFile>> SpoolFile::create(FileSystem& files, std::string path) {
  SLUICE_TRY(file, files.open(path, OpenMode::create));
  return std::unique_ptr<SpoolFile>(new SpoolFile(files, std::move(path), std::move(file)));
}

SpoolFile::SpoolFile(FileSystem& files, std::string path, std::unique_ptr<File> file)
    : files_(files), path_(std::move(path)), file_(std::move(file)) {}

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
  digest_.update(bytes);
  SLUICE_TRY_DO(file_->write_at(written_, bytes));
  written_ += bytes.size();
  return {};
}

Result<RunningDigest::Digests> SpoolFile::finish() {
  SLUICE_CHECK(!is_finished_);
  is_finished_ = true;
  SLUICE_TRY_DO(flush());
  SLUICE_TRY_DO(file_->sync());
  SLUICE_TRY_DO(files_.sync_directory(parent_path(path_)));
  SLUICE_TRY(size, file_->size());
  if (size != written_) {
    return fail(Fault::corrupt,
                "spool file " + path_ + " has " + std::to_string(size) + " bytes after " +
                    std::to_string(written_) + " were written: something else writes to it");
  }
  return digest_.finish();
}

}  // namespace sluice::delivery
