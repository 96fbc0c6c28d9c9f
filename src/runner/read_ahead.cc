#include "runner/read_ahead.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace sluice::runner {

namespace {

// Shards that are read ahead at a time; more than that are read when they are asked for.
constexpr std::size_t slots_max = 4;

const delivery::PartialRecords no_parts;

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
  answers_.erase(shard);
  const auto slot = std::ranges::find(slots_, shard, &Slot::shard);
  if (slot != slots_.end()) {
    const bool fits = slot->from == from && are_alike(slot->bytes_max, bytes_max);
    if (fits) {
      slot->errand.finish();
    }
    std::list<Slot> taken;
    taken.splice(taken.begin(), slots_, slot);
    if (fits && slot->batch && !slot->batch->records.empty()) {
      if (slot->answer) {
        answers_.emplace(shard, *std::move(slot->answer));
      }
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
  Slot& slot =
      slots_.emplace_back(shard, next, bytes_max, delivery::SourceBatch{}, std::nullopt, Errand{});
  slot.errand.begin(helpers_, [this, &slot] {
    slot.batch = source_.read(slot.shard, slot.from, slot.bytes_max);
    route(slot);
  });
}

// A failure is left to who asks for the same again.
void ReadAhead::route(Slot& slot) const {
  if (router_ == nullptr || !slot.batch || slot.batch->records.empty()) {
    return;
  }
  const std::vector<delivery::SourceRecord>& records = slot.batch->records;
  const auto begun = clock_.steady();
  if (auto routed = router_->route({slot.shard, records, slot.batch->owner, &no_parts})) {
    slot.answer = {records.front().ordinal,
                   records.back().ordinal,
                   records.size(),
                   {*std::move(routed), clock_.steady() - begun}};
  }
}

// A source's records do not change: these are the same ones if their ordinals are.
std::optional<RoutedAhead> ReadAhead::take_routed(const delivery::Route& route) {
  auto found = answers_.extract(route.shard);
  if (found.empty() || !route.partial->empty()) {
    return std::nullopt;
  }
  Answer& answer = found.mapped();
  const bool is_of_these = answer.records == route.records.size() &&
                           answer.first == route.records.front().ordinal &&
                           answer.last == route.records.back().ordinal;
  return is_of_these ? std::optional(std::move(answer.ahead)) : std::nullopt;
}

void ReadAhead::add_partitions(std::set<delivery::PartitionId>& in_use) {
  const auto add = [&in_use](const Answer& answer) {
    for (const delivery::RecordRoute& route : answer.ahead.routed.routes) {
      in_use.insert(route.partition);
    }
  };
  for (const auto& [shard, answer] : answers_) {
    add(answer);
  }
  for (Slot& slot : slots_) {
    slot.errand.finish();
    if (slot.answer) {
      add(*slot.answer);
    }
  }
}

void ReadAhead::forget() {
  slots_.clear();
  answers_.clear();
}

}  // namespace sluice::runner
