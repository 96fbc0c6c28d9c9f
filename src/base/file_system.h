// The disk behind one interface, so that tests and the simulator can own it.
//
// Paths are absolute or relative to the process.  All calls block; none retries by itself except on
// EINTR.  Durability is explicit: bytes are safe after File::sync, a name (created, renamed,
// removed) after sync_directory of the folder that holds it.
#pragma once

#include "base/bytes.h"
#include "base/digest.h"
#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

// An open regular file.  Reads may run beside each other and beside one writer.
class File {
 public:
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  virtual ~File() = default;

  // Reads up to `count` bytes at `offset` and appends them to `out`; fewer only at the end of file.
  virtual Result<void> read_at(std::uint64_t offset, std::size_t count, Bytes& out) const = 0;

  // Writes all of `bytes` at `offset`, extending the file where needed.  On failure any part of
  // the range may have been written.
  virtual Result<void> write_at(std::uint64_t offset, ByteView bytes) = 0;

  // Makes everything written so far durable (fdatasync).  A failure is final: what was written
  // since the last success may be lost, whatever a later call says.
  virtual Result<void> sync() = 0;

  // Begins to bring what was written to the disk, and does not wait: sync() has less to do then.
  virtual void write_behind() {}

  virtual Result<void> truncate(std::uint64_t size) = 0;
  virtual Result<std::uint64_t> size() const = 0;
};

enum class OpenMode : std::uint8_t {
  read,            // must exist
  write,           // must exist; read and write
  create,          // must not exist; read and write
  write_or_create  // either; read and write
};

struct DirectoryEntry {
  std::string name;
  bool is_directory = false;
};

// Thread-safe.
class FileSystem {
 public:
  FileSystem() = default;
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;
  virtual ~FileSystem() = default;

  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;

  // Replaces `to` if it exists.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;

  virtual Result<void> remove(const std::string& path) = 0;

  // Removes an empty folder.
  virtual Result<void> remove_directory(const std::string& path) = 0;

  // Creates the folder and those above it, and makes each new name durable.
  virtual Result<void> create_directories(const std::string& path) = 0;

  virtual Result<void> sync_directory(const std::string& path) = 0;

  // Sorted by name; no "." and "..".
  virtual Result<std::vector<DirectoryEntry>> list(const std::string& path) const = 0;

  virtual bool exists(const std::string& path) const = 0;

  // Bytes that an unprivileged writer may still use on the file system holding `path`.
  virtual Result<std::uint64_t> free_bytes(const std::string& path) const = 0;
};

// The operating system's files.
std::unique_ptr<FileSystem> make_posix_file_system();

// Writes `bytes` to `path` so that a reader sees the old content or all of the new one, also after
// a power cut: temporary file beside it, sync, rename, sync of the folder.
Result<void> replace_file(FileSystem& files, const std::string& path, ByteView bytes);

// The whole file.
Result<Bytes> read_file(FileSystem& files, const std::string& path);

// Of all bytes of the file, which is read piece by piece.
Result<Sha256Digest> sha256_of(const File& file);

// "a/b" and "c" -> "a/b/c".
std::string join_path(std::string_view left, std::string_view right);

// The folder that holds `path`: "a/b/c" -> "a/b", "c" -> ".".
std::string parent_path(std::string_view path);

}  // namespace sluice
