#include "server/backfill_source.h"

#include <algorithm>
#include <utility>

namespace sluice::server {

using delivery::Ordinal;
using delivery::ShardKey;

std::uint64_t BackfillCounts::all_refused() const {
  std::uint64_t count = 0;
  for (const auto& [code, of_code] : refused) {
    count += of_code;
  }
  return count;
}

BackfillSource::BackfillSource(std::shared_ptr<delivery::Source> stream,
                               std::function<void()> release,
                               UnixMillis from,
                               UnixMillis to)
    : stream_(std::move(stream)), release_(std::move(release)), from_(from), to_(to) {}

BackfillCounts BackfillSource::counts() const {
  const std::lock_guard lock(mutex_);
  BackfillCounts counts;
  for (const auto& [shard, part] : parts_) {
    counts.records += part.end - part.first;
  }
  for (const auto& [code, shards] : left_) {
    for (const auto& [shard, ordinals] : shards) {
      counts.refused[code] += ordinals.count();
    }
  }
  for (const auto& [shard, ordinals] : lost_) {
    counts.lost += ordinals.count();
  }
  return counts;
}

void BackfillSource::note_left(ShardKey shard,
                               const delivery::SourceRecord& record,
                               const serde::Rejection& why) {
  const std::lock_guard lock(mutex_);
  left_[why.code][shard].add(record.ordinal);
}

// Found once: records that come later arrived later.
Result<BackfillSource::Part> BackfillSource::part_of(ShardKey shard) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = parts_.find(shard); known != parts_.end()) {
      return known->second;
    }
  }
  SLUICE_TRY(first, stream_->first_at(shard, from_));
  SLUICE_TRY(end, stream_->first_at(shard, to_));
  const std::lock_guard lock(mutex_);
  return parts_.emplace(shard, Part{first, std::max(first, end)}).first->second;
}

Result<std::vector<delivery::Source::Shard>> BackfillSource::shards() {
  SLUICE_TRY(shards, stream_->shards());
  for (Shard& shard : shards) {
    SLUICE_TRY(part, part_of(shard.key));
    shard.first = std::max(shard.first, part.first);
    shard.is_closed = true;
  }
  return shards;
}

Result<delivery::SourceBatch> BackfillSource::read(ShardKey shard,
                                                   Ordinal from,
                                                   std::size_t bytes_max) {
  SLUICE_TRY(part, part_of(shard));
  if (from >= part.end) {
    return delivery::SourceBatch{};
  }
  SLUICE_TRY(batch, stream_->read(shard, from, bytes_max));
  std::erase_if(batch.records, [&part](const delivery::SourceRecord& record) {
    return record.ordinal >= part.end;
  });
  return batch;
}

Result<Ordinal> BackfillSource::end_of_damage(ShardKey shard, Ordinal from) {
  SLUICE_TRY(part, part_of(shard));
  SLUICE_TRY(end, stream_->end_of_damage(shard, from));
  const std::lock_guard lock(mutex_);
  if (from < std::min(end, part.end)) {
    lost_[shard].add(from, std::min(end, part.end) - 1);
  }
  return end;
}

Result<Ordinal> BackfillSource::tip(ShardKey shard) {
  SLUICE_TRY(part, part_of(shard));
  return part.end;
}

Result<Ordinal> BackfillSource::first_at(ShardKey shard, UnixMillis time) {
  SLUICE_TRY(part, part_of(shard));
  SLUICE_TRY(first, stream_->first_at(shard, time));
  return std::clamp(first, part.first, part.end);
}

void BackfillSource::hold(ShardKey shard, Ordinal low) {
  stream_->hold(shard, low);
}

std::string BackfillSource::sequence_number(ShardKey shard, Ordinal ordinal, UnixMillis arrival) {
  return stream_->sequence_number(shard, ordinal, arrival);
}

void BackfillSource::on_records(std::function<void()> wake) {
  if (!wake) {
    release_();
  }
}

}  // namespace sluice::server
