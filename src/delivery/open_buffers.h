// The buffers that records gather in, by partition, and which of them is the next to close.
#pragma once

#include "base/clock.h"
#include "base/strong.h"
#include "delivery/ledger.h"
#include "delivery/position.h"
#include "delivery/world.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice::delivery {

// A buffer, within one life of the core.  Ascending in the order of opening.
using BufferId = Strong<struct BufferIdTag, std::uint64_t>;

// The value of everything in a prefix that depends on the record, within one life of the core.
using PartitionId = Strong<struct PartitionIdTag, std::uint64_t>;

// What an object holds.
struct ObjectFacts {
  std::vector<ShardPositions> positions;  // by shard key
  std::uint64_t records = 0;
  std::uint64_t source_bytes = 0;
  UnixMillis oldest_arrival = UnixMillis::max();
};

// Records, by the kind of object that they go to.
struct BufferContent {
  std::array<ObjectFacts, object_kinds> parts;
  std::uint64_t records = 0;
  std::uint64_t source_bytes = 0;
  UnixMillis oldest_arrival = UnixMillis::max();
  UnixMillis newest_arrival = UnixMillis::min();

  // Memory held.
  std::size_t bytes_held() const;
};

// Records that become one object per kind; what closing has come to is the core's to note.
struct Buffer : BufferContent {
  BufferId id;
  PartitionId partition;
  std::optional<BufferContent> parked;         // what of it is parked
  std::chrono::nanoseconds opened{0};          // steady: what its interval counts from; by the core
  std::chrono::nanoseconds unparked_since{0};  // steady: the first one that is not parked
  std::uint64_t unparked_from = 0;             // taken_bytes() then
  std::size_t part = 0;                        // closing: the first that is not planned

  // Whether it holds more than what is parked.
  bool has_unparked() const { return records > (parked ? parked->records : 0); }
};

// Not thread-safe.  References to buffers last until they are taken out.
class OpenBuffers {
 public:
  // The interval of a buffer counts from its oldest record.
  OpenBuffers() = default;

  // ... and from its newest one in all buffers but that of one partition.
  static OpenBuffers by_silence_but(PartitionId partition);

  // The buffer of a partition; opened, without records, if there is none.
  Buffer& of(PartitionId partition);

  bool contains(PartitionId partition) const { return by_partition_.contains(partition); }

  bool contains(BufferId id) const { return buffers_.contains(id); }

  Buffer& at(BufferId id) { return open_at(id).buffer; }

  // Of those that are open.
  std::set<PartitionId> partitions() const;

  // How many are open, those without records too.
  std::size_t size() const { return buffers_.size(); }

  // `id` is the one used last.
  void use(BufferId id);

  // Adds records of one shard, ascending, to a part of the buffer.
  void account(BufferId id, ObjectKind kind, ShardKey shard, std::span<const SourceRecord> records);

  // Takes in one of an earlier life, all of which is parked.  Neither id nor partition may be open.
  void restore(BufferId id,
               PartitionId partition,
               const BufferContent& parked,
               std::chrono::nanoseconds now);

  // Buffers that are opened later have higher ids.
  void stay_above(BufferId id);

  // All that the buffer holds is parked now.
  void note_parked(BufferId id);

  // Takes one out, whether it has records or not.
  Buffer take(BufferId id);

  // Takes all out, in the order of opening.
  std::vector<Buffer> take_all();

  // --- of those that have records ---

  bool has_records() const { return !by_arrival_.empty(); }

  std::size_t filled() const { return by_arrival_.size(); }

  std::uint64_t records() const { return records_; }

  std::uint64_t source_bytes() const { return source_bytes_; }

  // The one whose oldest record arrived first; there must be one with records.
  BufferId oldest() const { return by_arrival_.begin()->second; }

  // max() without records.
  UnixMillis oldest_arrival() const;

  // The one whose interval began first, by arrivals; there must be one with records.
  BufferId first_due() const { return due_order().begin()->second; }

  // When it began; max() without records.
  UnixMillis due_since() const;

  // The interval of a buffer begins anew, by the steady clock, unless it counts from its oldest
  // record.
  void restart_interval(BufferId id, std::chrono::nanoseconds now);

  // The one that has had records for the longest time; there must be one with records.
  const Buffer& first_filled() const { return open_at(by_opening_.begin()->second).buffer; }

  // The one that holds the oldest record that is not parked; nullptr if there is none.
  const Buffer* first_unparked() const;

  // All of them, that with the most bytes of records first.
  std::vector<BufferId> largest_first() const;

  // Memory held.
  std::size_t bytes_held() const;

  // All that hold records that are not parked; the oldest of them first.
  std::vector<const Buffer*> unparked() const;

  // Of all records that ever came in, restored ones aside.
  std::uint64_t taken_bytes() const { return taken_bytes_; }

  // The one that was used the longest ago, `other_than` aside; there must be one.
  BufferId least_recently_used(PartitionId other_than) const;

 private:
  struct Open {
    Buffer buffer;
    std::optional<std::list<BufferId>::iterator> use;  // its place in by_use_; none: never used
  };

  Open& open_at(BufferId id);
  const Open& open_at(BufferId id) const;

  bool counts_from_newest(const Buffer& buffer) const {
    return aged_partition_ && buffer.partition != *aged_partition_;
  }

  UnixMillis interval_begin(const Buffer& buffer) const {
    return counts_from_newest(buffer) ? buffer.newest_arrival : buffer.oldest_arrival;
  }

  const std::set<std::pair<UnixMillis, BufferId>>& due_order() const {
    return aged_partition_ ? by_begin_ : by_arrival_;
  }

  std::optional<PartitionId> aged_partition_;  // by silence: the one that is not
  std::unordered_map<BufferId, Open> buffers_;
  std::unordered_map<PartitionId, Open*> by_partition_;
  std::set<std::pair<UnixMillis, BufferId>> by_arrival_;
  std::set<std::pair<UnixMillis, BufferId>> by_begin_;  // by silence: of their intervals
  std::set<std::pair<std::chrono::nanoseconds, BufferId>> by_opening_;
  std::list<BufferId> by_use_;  // the one used last is the last
  std::set<std::pair<std::uint64_t, BufferId>> by_unparked_;
  std::uint64_t taken_bytes_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t source_bytes_ = 0;
  BufferId next_{1};
};

}  // namespace sluice::delivery
