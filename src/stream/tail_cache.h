// The most recently written bytes of a log, so that readers at the tip need no disk.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <deque>
#include <memory>

namespace sluice::stream {

// Bytes somebody may go on reading while the log forgets them.
using SharedBytes = std::shared_ptr<const Bytes>;

// Not thread-safe.  Holds whole chunks in the order they were written, the oldest dropped first.
class TailCache {
 public:
  explicit TailCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // `bytes` were written to segment `segment` at `offset`; (segment, offset) never goes back.  A
  // chunk above the bound alone is not kept.
  void add(std::uint64_t segment, std::uint64_t offset, SharedBytes bytes);

  struct Hit {
    SharedBytes chunk;
    std::size_t position = 0;  // of the wanted byte within the chunk
  };

  // The chunk that holds the byte at `offset` of `segment`; an empty pointer if none does.
  Hit find(std::uint64_t segment, std::uint64_t offset) const;

  void clear();

  // Another bound from now on.
  void limit(std::size_t bytes_max);

  std::size_t bytes() const { return bytes_; }

 private:
  struct Chunk {
    std::uint64_t segment;
    std::uint64_t offset;
    SharedBytes bytes;
  };

  void drop_above_bound();

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::deque<Chunk> chunks_;
};

}  // namespace sluice::stream
