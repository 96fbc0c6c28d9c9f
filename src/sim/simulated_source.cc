// Reads are cut, repeated and delayed at random; what is accepted stays in memory for the model.
#include "sim/simulated_source.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace sluice::sim {

using delivery::Ordinal;
using delivery::ShardKey;

SimulatedSource::SimulatedSource(std::uint32_t shards, Random& random, Faults& faults)
    : random_(random), faults_(faults), logs_(shards) {}

Result<std::vector<delivery::Source::Shard>> SimulatedSource::shards() {
  SLUICE_TRY_DO(faults_.before("shards", 0));
  std::vector<Shard> shards;
  for (std::uint32_t i = 0; i < logs_.size(); ++i) {
    std::vector<ShardKey> parents;
    if (logs_[i].parent) {
      parents.push_back(key(*logs_[i].parent));
    }
    shards.push_back({key(i), logs_[i].first, std::move(parents), logs_[i].is_closed});
  }
  return shards;
}

Result<delivery::SourceBatch> SimulatedSource::read(ShardKey shard,
                                                    Ordinal from,
                                                    std::size_t bytes_max) {
  SLUICE_TRY_DO(faults_.before("read", from.value));
  const Log& log = logs_[shard.shard];
  SLUICE_CHECK(from.value > 0);
  // Now and then some records are read that were read before.
  const std::uint64_t wanted = std::max(from, log.first).value;
  std::uint64_t first = wanted;
  if (random_.below(8) == 0 && first > log.first.value) {
    first -= random_.below(std::min<std::uint64_t>(first - log.first.value, 4) + 1);
  }
  const std::size_t count_max = 1 + random_.below(40);
  delivery::SourceBatch batch;
  std::size_t bytes = 0;
  for (std::uint64_t ordinal = first; ordinal <= log.visible; ++ordinal) {
    const SimulatedRecord& record = log.records[ordinal - 1];
    if (record.is_damaged) {
      if (ordinal == from.value) {
        return fail(Fault::corrupt, "simulated damage");
      }
      if (ordinal > from.value) {
        break;
      }
      continue;  // of what is repeated, nobody misses it
    }
    const bool is_asked_for = ordinal >= from.value;
    if (is_asked_for && ordinal - wanted >= count_max) {
      break;
    }
    bytes += record.data.size();
    if (is_asked_for && bytes > bytes_max && !batch.records.empty() &&
        batch.records.back().ordinal >= from) {
      break;
    }
    batch.records.push_back({Ordinal{ordinal}, record.arrival, record.data, "key"});
  }
  // The records may move when more are accepted: the batch owns copies.
  auto owner = std::make_shared<std::vector<Bytes>>();
  owner->reserve(batch.records.size());
  for (delivery::SourceRecord& record : batch.records) {
    owner->emplace_back(record.data);
    record.data = owner->back();
  }
  batch.owner = std::move(owner);
  if (batch.records.empty() || batch.records.back().ordinal < from) {
    batch = {};
  }
  SLUICE_TRY_DO(faults_.after("read", batch.records.size()));
  return batch;
}

Result<Ordinal> SimulatedSource::end_of_damage(ShardKey shard, Ordinal from) {
  SLUICE_TRY_DO(faults_.before("end_of_damage", from.value));
  const Log& log = logs_[shard.shard];
  std::uint64_t ordinal = from.value;
  while (ordinal <= log.records.size() && log.records[ordinal - 1].is_damaged) {
    ++ordinal;
  }
  return Ordinal{ordinal};
}

Result<Ordinal> SimulatedSource::tip(ShardKey shard) {
  SLUICE_TRY_DO(faults_.before("tip", shard.shard));
  return Ordinal{logs_[shard.shard].records.size() + 1};
}

Result<Ordinal> SimulatedSource::first_at(ShardKey shard, UnixMillis) {
  SLUICE_TRY_DO(faults_.before("first_at", shard.shard));
  return logs_[shard.shard].first;
}

void SimulatedSource::hold(ShardKey shard, Ordinal low) {
  if (faults_.is_dead()) {
    return;
  }
  Log& log = logs_[shard.shard];
  faults_.note("hold", low.value);
  log.held = std::max(log.held, low);
}

std::string SimulatedSource::sequence_number(ShardKey shard, Ordinal ordinal, UnixMillis) {
  return std::to_string(shard.shard) + "-" + std::to_string(ordinal.value);
}

Ordinal SimulatedSource::accept(std::uint32_t shard, SimulatedRecord record) {
  const Ordinal ordinal = accept_unseen(shard, std::move(record));
  if (random_.below(4) != 0) {
    logs_[shard].visible = logs_[shard].records.size();
  }
  if (wake_) {
    wake_();
  }
  return ordinal;
}

Ordinal SimulatedSource::accept_unseen(std::uint32_t shard, SimulatedRecord record) {
  Log& log = logs_[shard];
  SLUICE_CHECK(!log.is_closed);
  log.records.push_back(std::move(record));
  return Ordinal{log.records.size()};
}

void SimulatedSource::split(std::uint32_t shard) {
  SLUICE_CHECK(!logs_[shard].is_closed);
  logs_[shard].is_closed = true;
  logs_[shard].visible = logs_[shard].records.size();
  Log child;
  child.parent = shard;
  logs_.resize(logs_.size() + 2, child);
  faults_.note("split", shard);
  if (wake_) {
    wake_();
  }
}

void SimulatedSource::damage(std::uint32_t shard, Ordinal first, std::uint64_t count) {
  auto& records = logs_[shard].records;
  const std::uint64_t end = std::min<std::uint64_t>(first.value - 1 + count, records.size());
  for (std::uint64_t i = first.value - 1; i < end; ++i) {
    records[i].is_damaged = true;
  }
}

void SimulatedSource::show_all() {
  for (Log& log : logs_) {
    log.visible = log.records.size();
  }
  if (wake_) {
    wake_();
  }
}

void SimulatedSource::trim() {
  for (Log& log : logs_) {
    log.first = std::max(log.first, log.held);
  }
}

}  // namespace sluice::sim
