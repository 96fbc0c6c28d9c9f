// Passes everything on but syncs.
#include "sim/unsynced_files.h"

#include <utility>
#include <vector>

namespace sluice::sim {

namespace {

class UnsyncedFile final : public File {
 public:
  explicit UnsyncedFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

  Result<void> read_at(std::uint64_t offset, std::size_t count, Bytes& out) const override {
    return file_->read_at(offset, count, out);
  }

  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    return file_->write_at(offset, bytes);
  }

  Result<void> sync() override { return {}; }

  Result<void> truncate(std::uint64_t size) override { return file_->truncate(size); }

  Result<std::uint64_t> size() const override { return file_->size(); }

 private:
  std::unique_ptr<File> file_;
};

class UnsyncedFiles final : public FileSystem {
 public:
  explicit UnsyncedFiles(FileSystem& files) : files_(files) {}

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    SLUICE_TRY(file, files_.open(path, mode));
    return std::make_unique<UnsyncedFile>(std::move(file));
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    return files_.rename(from, to);
  }

  Result<void> remove(const std::string& path) override { return files_.remove(path); }

  Result<void> remove_directory(const std::string& path) override {
    return files_.remove_directory(path);
  }

  Result<void> create_directories(const std::string& path) override {
    return files_.create_directories(path);
  }

  Result<void> sync_directory(const std::string&) override { return {}; }

  Result<std::vector<DirectoryEntry>> list(const std::string& path) const override {
    return files_.list(path);
  }

  bool exists(const std::string& path) const override { return files_.exists(path); }

  Result<std::uint64_t> free_bytes(const std::string& path) const override {
    return files_.free_bytes(path);
  }

 private:
  FileSystem& files_;
};

}  // namespace

std::unique_ptr<FileSystem> make_unsynced_files(FileSystem& files) {
  return std::make_unique<UnsyncedFiles>(files);
}

}  // namespace sluice::sim
