// A source of several shards that is late, repeats itself, fails, loses records to damage, splits
// its shards, and trims what nobody holds.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "delivery/world.h"
#include "sim/faults.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::sim {

struct SimulatedRecord {
  UnixMillis arrival{};
  Bytes data;
  bool is_bad = false;      // the converter has to refuse it
  bool is_damaged = false;  // cannot be read any more
};

// Outlives the lives of the process.
class SimulatedSource final : public delivery::Source {
 public:
  static constexpr delivery::StreamIncarnation incarnation{77};

  SimulatedSource(std::uint32_t shards, Random& random, Faults& faults);

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

  void on_records(std::function<void()> wake) override { wake_ = std::move(wake); }

  // Accepts a record of an open shard; its ordinal is returned.
  delivery::Ordinal accept(std::uint32_t shard, SimulatedRecord record);

  // The same, and it does not become visible by itself.
  delivery::Ordinal accept_unseen(std::uint32_t shard, SimulatedRecord record);

  // Closes an open shard, all of which becomes visible; two new ones take its place.
  void split(std::uint32_t shard);

  // Records [first, first + count) cannot be read any more.
  void damage(std::uint32_t shard, delivery::Ordinal first, std::uint64_t count);

  // Some of the newest records become visible only now.
  void show_all();

  // Drops records below what is held.
  void trim();

  std::uint32_t shard_count() const { return static_cast<std::uint32_t>(logs_.size()); }

  const std::vector<SimulatedRecord>& records(std::uint32_t shard) const {
    return logs_[shard].records;
  }

  bool is_closed(std::uint32_t shard) const { return logs_[shard].is_closed; }

  // The shard that it was split off; none for those of the beginning.
  std::optional<std::uint32_t> parent(std::uint32_t shard) const { return logs_[shard].parent; }

  static delivery::ShardKey key(std::uint32_t shard) { return {incarnation, shard}; }

 private:
  struct Log {
    std::vector<SimulatedRecord> records;  // by ordinal - 1
    std::size_t visible = 0;
    delivery::Ordinal first{1};
    delivery::Ordinal held{1};
    bool is_closed = false;
    std::optional<std::uint32_t> parent;
  };

  Random& random_;
  Faults& faults_;
  std::vector<Log> logs_;
  std::function<void()> wake_;
};

}  // namespace sluice::sim
