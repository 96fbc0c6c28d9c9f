// A file that does nothing but take up room, until the disk is nearly full: then it goes, and the
// ledger, seals and trimming, which are what makes room again, have its bytes to work with.
//
// It is a part of the floor below which producers are refused: what it holds counts for them as
// free.
#pragma once

#include "base/file_system.h"
#include "base/result.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sluice::stream {

// Its name in a data directory.
inline constexpr std::string_view reserve_file_name = "reserve";

struct DiskReserveOptions {
  std::string directory;    // it lies there
  std::uint64_t bytes = 0;  // its size; 0: there is none
  std::uint64_t floor = 0;  // it is taken when so much is free; more than its size
  std::function<void(const std::string& line)> report{};  // of its coming and going, for the log
};

// keep() is for one thread at a time; the rest is thread-safe.  The file system must outlive it.
class DiskReserve {
 public:
  // Looks for the file that an earlier life has left; one of another size is none, and goes.
  DiskReserve(FileSystem& files, DiskReserveOptions options);

  // Gives the room back when less is free than it holds, and takes it when the floor is free.  What
  // fails is reported once, and tried again by the next call.
  void keep();

  // What the file takes up; 0 while there is none.
  std::uint64_t held_bytes() const { return held_bytes_; }

 private:
  Result<void> change();
  Result<void> take();
  Result<void> write();
  void report(const std::string& line) const;

  FileSystem& files_;
  const DiskReserveOptions options_;
  const std::string path_;
  bool has_failed_ = false;
  std::atomic<std::uint64_t> held_bytes_ = 0;
};

}  // namespace sluice::stream
