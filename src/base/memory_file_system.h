// A disk that forgets what was not synced and fails when told to: for tests and the simulator.
#pragma once

#include "base/file_system.h"
#include "base/random.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

// Keeps, beside what a running process sees, what would survive a power cut.  crash() throws the
// rest away: unsynced bytes vanish, are torn or overtake each other at random, unsynced names go
// back or survive at random.  A rename is atomic, also between two folders, and safe once the
// folder of the new name is synced.  Paths start at one root, relative ones too.  Thread-safe.
class MemoryFileSystem final : public FileSystem {
 public:
  MemoryFileSystem();
  ~MemoryFileSystem() override;

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> remove_directory(const std::string& path) override;
  Result<void> create_directories(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<std::vector<DirectoryEntry>> list(const std::string& path) const override;
  bool exists(const std::string& path) const override;
  Result<std::uint64_t> free_bytes(const std::string& path) const override;

  enum class Operation : std::uint8_t {
    open,
    read,
    write,
    sync,
    truncate,
    rename,
    remove,
    sync_directory
  };

  // Asked before each operation; an Error it returns is what the caller sees.  Empty: no faults.
  // Listing asks as a read, removing a folder as a remove, creating one as a sync of the folder
  // above it.  A write that fails leaves a random prefix of its bytes; of what a failing sync had
  // to save a random part is durable, and the rest never will be.  The hook is called without the
  // lock: it may crash() or kill().
  using FaultHook = std::function<Result<void>(Operation operation, const std::string& path)>;
  void set_fault_hook(FaultHook hook);

  // A hook by which the `nth` operation from now on (from 1) fails once, as the kernel says it with
  // `error_number`: EIO, ENOSPC.
  static FaultHook fail_nth(std::uint64_t nth, int error_number);

  // Writes fail with Fault::throttled once all files together would pass `bytes`.
  void set_capacity(std::uint64_t bytes);

  // Power cut.  Files keep what was synced; of the unsynced writes of each file any part may
  // survive, torn, and sector by sector in an order of the disk's own (memory_contents.h).  Open
  // File objects keep failing afterwards.
  void crash(Random& random);

  // kill -9: the page cache survives, open File objects do not.
  void kill();

  // Changes bytes behind everybody's back, durable at once.
  void corrupt(const std::string& path, std::uint64_t offset, ByteView bytes);

  // One bit of a file.
  struct Bit {
    std::string path;
    std::uint64_t offset = 0;
    unsigned bit = 0;  // 0 to 7
  };

  // The same, of one bit.
  void flip(const Bit& bit);

  // Bit rot: flips a bit of the synced bytes of the files below `folder`, any of them, and says
  // which.  std::nullopt if there are no such bytes.
  std::optional<Bit> rot(const std::string& folder, Random& random);

 private:
  struct State;
  class OpenFile;
  std::shared_ptr<State> state_;
};

}  // namespace sluice
