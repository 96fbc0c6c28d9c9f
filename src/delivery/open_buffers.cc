// One table that owns the buffers and an index for each question.
#include "delivery/open_buffers.h"

#include "base/check.h"

#include <algorithm>

namespace sluice::delivery {

namespace {

ShardPositions& positions_of(ObjectFacts& facts, ShardKey shard) {
  const auto at = std::lower_bound(
      facts.positions.begin(),
      facts.positions.end(),
      shard,
      [](const ShardPositions& positions, ShardKey key) { return positions.shard < key; });
  if (at != facts.positions.end() && at->shard == shard) {
    return *at;
  }
  return *facts.positions.insert(at, ShardPositions{shard, {}});
}

bool is_follower(const SourceRecord& record, const SourceRecord& before) {
  return record.parts == 1 && before.parts == 1 && record.ordinal == before.ordinal + 1;
}

// Consecutive ordinals are added as one run.
void add_records(ShardPositions& positions, std::span<const SourceRecord> records) {
  std::size_t first = 0;
  for (std::size_t i = 1; i <= records.size(); ++i) {
    if (i < records.size() && is_follower(records[i], records[i - 1])) {
      continue;
    }
    const SourceRecord& last = records[i - 1];
    if (last.parts == 1) {
      positions.ordinals.add(records[first].ordinal, last.ordinal);
    } else if (PartialRecord one{last.ordinal, last.parts, last.split_version, {}};
               one.held.add(Ordinal(last.part)), positions.partial.add(one)) {
      positions.ordinals.add(last.ordinal);
    }
    first = i;
  }
}

}  // namespace

std::size_t BufferContent::bytes_held() const {
  std::size_t bytes = 0;
  for (const ObjectFacts& part : parts) {
    for (const ShardPositions& positions : part.positions) {
      bytes += positions.bytes_held();
    }
  }
  return bytes;
}

OpenBuffers OpenBuffers::by_silence_but(PartitionId partition) {
  OpenBuffers buffers;
  buffers.aged_partition_ = partition;
  return buffers;
}

OpenBuffers::Open& OpenBuffers::open_at(BufferId id) {
  const auto found = buffers_.find(id);
  SLUICE_CHECK(found != buffers_.end());
  return found->second;
}

const OpenBuffers::Open& OpenBuffers::open_at(BufferId id) const {
  const auto found = buffers_.find(id);
  SLUICE_CHECK(found != buffers_.end());
  return found->second;
}

Buffer& OpenBuffers::of(PartitionId partition) {
  if (const auto known = by_partition_.find(partition); known != by_partition_.end()) {
    return known->second->buffer;
  }
  Open& open = buffers_[next_];
  open.buffer.id = next_;
  open.buffer.partition = partition;
  by_partition_.emplace(partition, &open);
  ++next_;
  return open.buffer;
}

void OpenBuffers::use(BufferId id) {
  Open& open = open_at(id);
  if (open.use) {
    by_use_.splice(by_use_.end(), by_use_, *open.use);
  } else {
    open.use = by_use_.insert(by_use_.end(), id);
  }
}

void OpenBuffers::account(BufferId id,
                          ObjectKind kind,
                          ShardKey shard,
                          std::span<const SourceRecord> records) {
  if (records.empty()) {
    return;
  }
  Buffer& buffer = at(id);
  ObjectFacts& part = buffer.parts[static_cast<std::size_t>(kind)];
  add_records(positions_of(part, shard), records);
  std::uint64_t bytes = 0;
  UnixMillis oldest = UnixMillis::max();
  UnixMillis newest = UnixMillis::min();
  for (const SourceRecord& record : records) {
    bytes += record.data.size();
    oldest = std::min(oldest, record.arrival);
    newest = std::max(newest, record.arrival);
  }
  part.records += records.size();
  part.source_bytes += bytes;
  part.oldest_arrival = std::min(part.oldest_arrival, oldest);
  if (buffer.records == 0) {
    by_opening_.emplace(buffer.opened, id);
  }
  const UnixMillis began = interval_begin(buffer);
  buffer.newest_arrival = std::max(buffer.newest_arrival, newest);
  if (oldest < buffer.oldest_arrival || buffer.records == 0) {
    by_arrival_.erase({buffer.oldest_arrival, id});
    buffer.oldest_arrival = std::min(buffer.oldest_arrival, oldest);
    by_arrival_.emplace(buffer.oldest_arrival, id);
  }
  if (aged_partition_ && (interval_begin(buffer) != began || buffer.records == 0)) {
    by_begin_.erase({began, id});
    by_begin_.emplace(interval_begin(buffer), id);
  }
  if (!buffer.has_unparked()) {
    buffer.unparked_from = taken_bytes_;
    by_unparked_.emplace(buffer.unparked_from, id);
  }
  taken_bytes_ += bytes;
  buffer.records += records.size();
  buffer.source_bytes += bytes;
  records_ += records.size();
  source_bytes_ += bytes;
}

void OpenBuffers::restore(BufferId id,
                          PartitionId partition,
                          const BufferContent& parked,
                          std::chrono::nanoseconds now) {
  SLUICE_CHECK(!contains(id) && !contains(partition) && parked.records > 0);
  Open& open = buffers_[id];
  Buffer& buffer = open.buffer;
  static_cast<BufferContent&>(buffer) = parked;
  buffer.id = id;
  buffer.partition = partition;
  buffer.parked = parked;
  buffer.opened = now;
  by_partition_.emplace(partition, &open);
  by_arrival_.emplace(buffer.oldest_arrival, id);
  if (aged_partition_) {
    by_begin_.emplace(interval_begin(buffer), id);
  }
  by_opening_.emplace(buffer.opened, id);
  // In the order of opening: nothing is used yet.
  open.use = by_use_.insert(std::ranges::upper_bound(by_use_, id), id);
  records_ += buffer.records;
  source_bytes_ += buffer.source_bytes;
  stay_above(id);
}

void OpenBuffers::stay_above(BufferId id) {
  next_ = std::max(next_, id + 1);
}

void OpenBuffers::note_parked(BufferId id) {
  Buffer& buffer = at(id);
  buffer.parked = static_cast<const BufferContent&>(buffer);
  by_unparked_.erase({buffer.unparked_from, id});
}

const Buffer* OpenBuffers::first_unparked() const {
  return by_unparked_.empty() ? nullptr : &open_at(by_unparked_.begin()->second).buffer;
}

std::vector<const Buffer*> OpenBuffers::unparked() const {
  std::vector<const Buffer*> unparked;
  unparked.reserve(by_unparked_.size());
  for (const auto& [from, id] : by_unparked_) {
    unparked.push_back(&open_at(id).buffer);
  }
  return unparked;
}

std::vector<BufferId> OpenBuffers::largest_first() const {
  std::vector<std::pair<std::uint64_t, BufferId>> sizes;
  sizes.reserve(by_arrival_.size());
  for (const auto& [arrival, id] : by_arrival_) {
    sizes.emplace_back(open_at(id).buffer.source_bytes, id);
  }
  std::ranges::sort(sizes, [](const auto& left, const auto& right) {
    return left.first != right.first ? left.first > right.first : left.second < right.second;
  });
  std::vector<BufferId> ids;
  ids.reserve(sizes.size());
  for (const auto& [bytes, id] : sizes) {
    ids.push_back(id);
  }
  return ids;
}

std::size_t OpenBuffers::bytes_held() const {
  std::size_t bytes = 0;
  for (const auto& [id, open] : buffers_) {
    bytes += open.buffer.bytes_held();
    bytes += open.buffer.parked ? open.buffer.parked->bytes_held() : 0;
  }
  return bytes;
}

Buffer OpenBuffers::take(BufferId id) {
  const auto found = buffers_.find(id);
  SLUICE_CHECK(found != buffers_.end());
  Buffer buffer = std::move(found->second.buffer);
  if (found->second.use) {
    by_use_.erase(*found->second.use);
  }
  by_arrival_.erase({buffer.oldest_arrival, id});
  by_begin_.erase({interval_begin(buffer), id});
  by_opening_.erase({buffer.opened, id});
  by_unparked_.erase({buffer.unparked_from, id});
  by_partition_.erase(buffer.partition);
  records_ -= buffer.records;
  source_bytes_ -= buffer.source_bytes;
  buffers_.erase(found);
  return buffer;
}

std::vector<Buffer> OpenBuffers::take_all() {
  std::vector<BufferId> ids;
  ids.reserve(buffers_.size());
  for (const auto& [id, open] : buffers_) {
    ids.push_back(id);
  }
  std::ranges::sort(ids);
  std::vector<Buffer> all;
  all.reserve(ids.size());
  for (const BufferId id : ids) {
    all.push_back(take(id));
  }
  return all;
}

std::set<PartitionId> OpenBuffers::partitions() const {
  std::set<PartitionId> partitions;
  for (const auto& [partition, open] : by_partition_) {
    partitions.insert(partition);
  }
  return partitions;
}

UnixMillis OpenBuffers::oldest_arrival() const {
  return by_arrival_.empty() ? UnixMillis::max() : by_arrival_.begin()->first;
}

UnixMillis OpenBuffers::due_since() const {
  return due_order().empty() ? UnixMillis::max() : due_order().begin()->first;
}

void OpenBuffers::restart_interval(BufferId id, std::chrono::nanoseconds now) {
  Buffer& buffer = at(id);
  if (!counts_from_newest(buffer) || buffer.records == 0 || buffer.opened == now) {
    return;
  }
  by_opening_.erase({buffer.opened, id});
  buffer.opened = now;
  by_opening_.emplace(now, id);
}

BufferId OpenBuffers::least_recently_used(PartitionId other_than) const {
  const auto found = std::ranges::find_if(
      by_use_, [&](BufferId id) { return open_at(id).buffer.partition != other_than; });
  SLUICE_CHECK(found != by_use_.end());
  return *found;
}

}  // namespace sluice::delivery
