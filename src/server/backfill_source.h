// A part of a stream as the source of a backfill: what arrived from one time on and before another.
//
// Its shards are those of the stream, with their positions; each ends where the second time is
// reached.  The stream keeps what is not delivered of them for as long as the backfill runs.
#pragma once

#include "delivery/world.h"
#include "serde/record_reader.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sluice::server {

// How far a backfill is.
struct BackfillCounts {
  std::uint64_t records = 0;                     // between the two times
  std::map<std::string, std::uint64_t> refused;  // of those, by error code
  std::uint64_t lost = 0;                        // of those: damaged

  std::uint64_t all_refused() const;
};

// Thread-safe.
class BackfillSource final : public delivery::Source {
 public:
  // `release`: nothing need be kept for it any more.
  BackfillSource(std::shared_ptr<delivery::Source> stream,
                 std::function<void()> release,
                 UnixMillis from,
                 UnixMillis to);

  // Of shards that were listed.
  BackfillCounts counts() const;

  // A record was refused: it stays in the stream.
  void note_left(delivery::ShardKey shard,
                 const delivery::SourceRecord& record,
                 const serde::Rejection& why);

  Result<std::vector<Shard>> shards() override;
  Result<delivery::SourceBatch> read(delivery::ShardKey shard,
                                     delivery::Ordinal from,
                                     std::size_t bytes_max) override;
  Result<delivery::Ordinal> end_of_damage(delivery::ShardKey shard,
                                          delivery::Ordinal from) override;
  Result<delivery::Ordinal> tip(delivery::ShardKey shard) override;
  Result<delivery::Ordinal> first_at(delivery::ShardKey shard, UnixMillis time) override;
  void hold(delivery::ShardKey shard, delivery::Ordinal low) override;
  std::string sequence_number(delivery::ShardKey shard,
                              delivery::Ordinal ordinal,
                              UnixMillis arrival) override;

  // No records come.  An empty function ends the reading, and what the stream keeps for it.
  void on_records(std::function<void()> wake) override;

 private:
  // Of a shard, those between the times: [first, end).
  struct Part {
    delivery::Ordinal first;
    delivery::Ordinal end;
  };

  Result<Part> part_of(delivery::ShardKey shard);

  const std::shared_ptr<delivery::Source> stream_;
  const std::function<void()> release_;
  const UnixMillis from_;
  const UnixMillis to_;

  mutable std::mutex mutex_;  // guards those below
  std::map<delivery::ShardKey, Part> parts_;
  std::map<std::string, std::map<delivery::ShardKey, delivery::OrdinalSet>> left_;  // by code
  std::map<delivery::ShardKey, delivery::OrdinalSet> lost_;
};

}  // namespace sluice::server
