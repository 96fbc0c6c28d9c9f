// A file that appears whole or not at all.
#pragma once

#include "base/bytes.h"
#include "base/file_system.h"
#include "base/random.h"
#include "base/result.h"
#include "parquet/byte_sink.h"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

namespace sluice::cli {

// Collects bytes in a temporary file beside its path; commit() puts it in place, also of an older
// file, durably.  Without commit() nothing is left.  "-" is standard output; that and whatever else
// is no regular file (a device, a pipe) is written to as the bytes come.  Not thread-safe.
class OutputFile final : public parquet::ByteSink {
 public:
  // A symbolic link stands for the file it leads to.  Fails where the folder is missing or cannot
  // be written, and for a folder and a write-protected file.
  static Result<std::unique_ptr<OutputFile>> create(FileSystem& files,
                                                    Random& random,
                                                    const std::string& path);

  ~OutputFile() override;

  Result<void> append(ByteView bytes) override;

  // Everything is on the disk afterwards, under its temporary name, and the file closed: many may
  // wait for their commit().  Nothing may be appended afterwards.
  Result<void> seal();

  // seal() where it has not been called, rename, sync of the folder.
  Result<void> commit();

  std::uint64_t bytes() const { return written_ + buffer_.size(); }

 private:
  using Stream = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

  OutputFile(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

  static Result<std::unique_ptr<OutputFile>> open_stream(FileSystem& files,
                                                         const std::string& path);
  Result<void> write_buffer();

  FileSystem& files_;
  std::string path_;
  std::string temporary_path_;
  std::unique_ptr<File> file_;  // or
  Stream stream_{nullptr, nullptr};
  Bytes buffer_;
  std::uint64_t written_ = 0;
  bool is_sealed_ = false;
  bool is_committed_ = false;
};

}  // namespace sluice::cli
