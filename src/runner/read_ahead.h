// Reads a source one step ahead of who takes its records, where there is that much to read.
//
// Following a stream at its tip nothing is read ahead, so that records are not later for it and no
// memory is held.  With a backlog, the next records of a shard are read by a helper while the last
// are worked on.
#pragma once

#include "base/errand.h"
#include "base/result.h"
#include "delivery/position.h"
#include "delivery/world.h"

#include <cstddef>
#include <list>

namespace sluice::runner {

// Not thread-safe.
class ReadAhead {
 public:
  // `source` and `helpers`, if any, must outlive it.
  ReadAhead(delivery::Source& source, Helpers* helpers) : source_(source), helpers_(helpers) {}

  // As Source::read(); what was read ahead may be fewer records than there are by now.
  Result<delivery::SourceBatch> read(delivery::ShardKey shard,
                                     delivery::Ordinal from,
                                     std::size_t bytes_max);

  // Gives up what was read ahead; then nothing is being read.
  void forget() { slots_.clear(); }

 private:
  // What is read, or was, and not asked for yet.  Its address does not change.
  struct Slot {
    delivery::ShardKey shard;
    delivery::Ordinal from;
    std::size_t bytes_max = 0;
    Result<delivery::SourceBatch> batch;
    Errand errand;
  };

  Result<delivery::SourceBatch> take_or_read(delivery::ShardKey shard,
                                             delivery::Ordinal from,
                                             std::size_t bytes_max);
  void read_on(delivery::ShardKey shard, const delivery::SourceBatch& read, std::size_t bytes_max);

  delivery::Source& source_;
  Helpers* const helpers_;
  std::list<Slot> slots_;  // at most one a shard; the oldest first
};

}  // namespace sluice::runner
