// One process per data directory.
#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

// The process that has a lock.
struct LockHolder {
  std::string process;  // its id
  std::string doing;    // as it noted; empty: it did not

  friend bool operator==(const LockHolder&, const LockHolder&) = default;
};

// Holds an exclusive lock on a file until it is destroyed or the process ends, however it ends.
class FileLock {
 public:
  // Creates `path` if needed.  Fault::conflict, naming the holder's process id, when another
  // process holds it.
  static Result<FileLock> acquire(const std::string& path);

  // Who holds the lock of this file, by the kernel's list; std::nullopt when nobody does or the
  // kernel does not say.  Takes no lock, not even for a moment.
  static std::optional<LockHolder> holder_of(const std::string& path);

  // What holder_of() tells others that this process is doing: one word.  Best effort.
  void note(std::string_view doing) const;

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

}  // namespace sluice
