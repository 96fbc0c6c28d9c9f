// Reads a source one step ahead of who takes its records, where there is that much to read, and
// routes what it has read.
//
// Following a stream at its tip nothing is read ahead, so that records are not later for it and no
// memory is held.  With a backlog, the next records of a shard are read, and routed, by a helper
// while the last are worked on.
#pragma once

#include "base/clock.h"
#include "base/errand.h"
#include "base/result.h"
#include "delivery/position.h"
#include "delivery/router.h"
#include "delivery/world.h"

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <set>

namespace sluice::runner {

// What a router has said ahead.
struct RoutedAhead {
  delivery::Routed routed;
  std::chrono::nanoseconds took{0};
};

// Not thread-safe.
class ReadAhead {
 public:
  // Without `helpers` nothing is read ahead, and without `router` nothing is routed, which is
  // called by helpers.  All of them must outlive it.
  ReadAhead(delivery::Source& source,
            Helpers* helpers,
            delivery::Router* router,
            const Clock& clock)
      : source_(source), helpers_(helpers), router_(router), clock_(clock) {}

  // As Source::read(); what was read ahead may be fewer records than there are by now.
  Result<delivery::SourceBatch> read(delivery::ShardKey shard,
                                     delivery::Ordinal from,
                                     std::size_t bytes_max);

  // What was said ahead of these records, if they are the ones that read() has returned last of
  // their shard; they are routed once.
  std::optional<RoutedAhead> take_routed(const delivery::Route& route);

  // Adds the partitions of what is routed ahead and not taken yet; then nothing is being routed.
  void add_partitions(std::set<delivery::PartitionId>& in_use);

  // Gives up what was read ahead; then nothing is being read.
  void forget();

 private:
  // Of the records of a shard that were read ahead.
  struct Answer {
    delivery::Ordinal first;
    delivery::Ordinal last;
    std::size_t records = 0;
    RoutedAhead ahead;
  };

  // What is read, or was, and not asked for yet.  Its address does not change.
  struct Slot {
    delivery::ShardKey shard;
    delivery::Ordinal from;
    std::size_t bytes_max = 0;
    Result<delivery::SourceBatch> batch;
    std::optional<Answer> answer;
    Errand errand;
  };

  Result<delivery::SourceBatch> take_or_read(delivery::ShardKey shard,
                                             delivery::Ordinal from,
                                             std::size_t bytes_max);
  void read_on(delivery::ShardKey shard, const delivery::SourceBatch& read, std::size_t bytes_max);
  void route(Slot& slot) const;

  delivery::Source& source_;
  Helpers* const helpers_;
  delivery::Router* const router_;
  const Clock& clock_;
  std::map<delivery::ShardKey, Answer> answers_;  // to what read() has returned
  std::list<Slot> slots_;                         // at most one a shard; the oldest first
};

}  // namespace sluice::runner
