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
  // What a running process sees.
  ByteView visible() const { return visible_; }

  // What a power cut would leave at least.
  ByteView durable() const { return durable_; }

  // A gap before `offset` reads as zeros.
  void write(std::uint64_t offset, ByteView bytes);

  void truncate(std::uint64_t size);

  // Everything written so far becomes durable.
  void sync();

  // A sync that failed, as a kernel does it: of the changes since the last one a random prefix
  // became durable, the others never will, although they stay visible.
  void fail_sync(Random& random);

  // Power cut: of the changes since the last sync a random prefix survives, the last of them torn
  // at a random byte.
  void crash(Random& random);

  // Overwrites bytes that must be there, durable at once, whatever is synced later.
  void corrupt(std::uint64_t offset, ByteView bytes);

 private:
  struct Change {
    bool is_truncate;
    std::uint64_t offset;  // the new size of a truncate
    Bytes bytes;
  };

  void settle_some(Random& random);

  Bytes visible_;
  Bytes durable_;
  std::vector<Change> pending_;  // since the last sync, oldest first
};

}  // namespace sluice
