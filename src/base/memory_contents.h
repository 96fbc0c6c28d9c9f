// The bytes of one file on a disk that forgets: what a process sees, and what a power cut leaves.
#pragma once

#include "base/bytes.h"
#include "base/random.h"

#include <cstdint>
#include <vector>

namespace sluice {

// Value type; not thread-safe.
class MemoryContents {
 public:
  static constexpr std::uint64_t sector_bytes_min = 16;
  static constexpr std::uint64_t sector_bytes_max = 512;

  // What a running process sees.
  ByteView visible() const { return visible_; }

  // What a power cut would leave at least.
  ByteView durable() const { return durable_; }

  // A gap before `offset` reads as zeros.
  void write(std::uint64_t offset, ByteView bytes);

  void truncate(std::uint64_t size);

  // Everything written so far becomes durable.
  void sync();

  // A sync that failed, as a kernel does it: of the changes since the last one some became durable,
  // as crash() says, the others never will, although they stay visible.
  void fail_sync(Random& random);

  // Power cut.  Of the changes since the last sync survives, at random, either
  //   - a prefix, the last of them torn at any byte, or
  //   - what a disk leaves that writes in an order of its own: each sector as it was after any of
  //     the changes, whatever the others are, and the size as after any of them.  What was never
  //     written there reads as zeros.
  // Sectors have 16 to 512 bytes: small ones do to small files what large ones do to large files.
  void crash(Random& random);

  // Overwrites bytes that must be there, durable at once, whatever is synced later.
  void corrupt(std::uint64_t offset, ByteView bytes);

  // The same, of one bit (0 to 7) of a byte.
  void flip(std::uint64_t offset, unsigned bit);

 private:
  struct Change {
    bool is_truncate = false;
    std::uint64_t offset = 0;  // the new size of a truncate
    Bytes bytes;
  };

  void settle_some(Random& random);
  void settle_prefix(Random& random);
  void settle_sectors(Random& random);
  std::vector<std::uint64_t> changed_sectors(std::uint64_t sector_bytes) const;
  Bytes sector_after(std::size_t changes, std::uint64_t offset, std::uint64_t bytes) const;

  Bytes visible_;
  Bytes durable_;
  std::vector<Change> pending_;  // since the last sync, oldest first
};

}  // namespace sluice
