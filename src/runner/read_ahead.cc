#include "runner/read_ahead.h"

#include <algorithm>
#include <utility>

namespace sluice::runner {

namespace {

// Shards that are read ahead at a time; more than that are read when they are asked for.
constexpr std::size_t slots_max = 4;

// How much is read at a time may change from one read to the next, a little.
bool are_alike(std::size_t bytes, std::size_t others) {
  return bytes / 2 <= others && others / 2 <= bytes;
}

}  // namespace

Result<delivery::SourceBatch> ReadAhead::read(delivery::ShardKey shard,
                                              delivery::Ordinal from,
                                              std::size_t bytes_max) {
  auto batch = take_or_read(shard, from, bytes_max);
  if (helpers_ != nullptr && batch && !batch->records.empty()) {
    read_on(shard, *batch, bytes_max);
  }
  return batch;
}

// What was read ahead is of use if it has records: a failure may have passed, and what is empty
// may not be any more.
Result<delivery::SourceBatch> ReadAhead::take_or_read(delivery::ShardKey shard,
                                                      delivery::Ordinal from,
                                                      std::size_t bytes_max) {
  const auto slot = std::ranges::find(slots_, shard, &Slot::shard);
  if (slot != slots_.end()) {
    const bool fits = slot->from == from && are_alike(slot->bytes_max, bytes_max);
    if (fits) {
      slot->errand.finish();
    }
    std::list<Slot> taken;
    taken.splice(taken.begin(), slots_, slot);
    if (fits && slot->batch && !slot->batch->records.empty()) {
      return std::move(slot->batch);
    }
  }
  return source_.read(shard, from, bytes_max);
}

// Only where there are as many records again: the batch was cut by its bytes, then.
void ReadAhead::read_on(delivery::ShardKey shard,
                        const delivery::SourceBatch& read,
                        std::size_t bytes_max) {
  const delivery::Ordinal next = read.records.back().ordinal + 1;
  const auto tip = source_.tip(shard);
  if (!tip || *tip < next || tip->value - next.value < read.records.size()) {
    return;
  }
  if (slots_.size() == slots_max) {
    slots_.pop_front();
  }
  Slot& slot = slots_.emplace_back(shard, next, bytes_max, delivery::SourceBatch{}, Errand{});
  slot.errand.begin(helpers_, [this, &slot] {
    slot.batch = source_.read(slot.shard, slot.from, slot.bytes_max);
  });
}

}  // namespace sluice::runner
