// One process per data directory.
#pragma once

#include "base/result.h"

#include <string>

namespace sluice {

// Holds an exclusive lock on a file until it is destroyed or the process ends, however it ends.
class FileLock {
 public:
  // Creates `path` if needed.  Fault::conflict, naming the holder's process id, when another
  // process holds it.
  static Result<FileLock> acquire(const std::string& path);

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
