#include "server/losses.h"

#include "base/count_text.h"
#include "stream/sequence_number.h"
#include "stream/shard_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace sluice::server {
namespace {

using stream::Ordinal;

// A bound between the numbers of the records before `ordinal` and those from it on, whatever the
// times are that they bear.
std::string sequence_bound(const stream::ShardDefinition& shard, Ordinal ordinal) {
  return stream::sequence_text(
      stream::record_sequence(shard.index, shard.created, ordinal, UnixMillis{}));
}

}  // namespace

std::uint64_t OrdinalSet::add(const stream::OrdinalRange& range) {
  Ordinal first = range.first;
  Ordinal next = range.next;
  if (next <= first) {
    return 0;
  }
  std::uint64_t fresh = next - first;
  auto at = ranges_.upper_bound(first);
  if (at != ranges_.begin() && std::prev(at)->second >= first) {
    --at;
  }
  while (at != ranges_.end() && at->first <= next) {
    const Ordinal shared_first = std::max(at->first, range.first);
    const Ordinal shared_next = std::min(at->second, range.next);
    fresh -= shared_first < shared_next ? shared_next - shared_first : 0;
    first = std::min(first, at->first);
    next = std::max(next, at->second);
    at = ranges_.erase(at);
  }
  ranges_.emplace(first, next);
  return fresh;
}

Result<stream::BlockBatch> Losses::read(const stream::Stream& stream,
                                        stream::ShardIndex shard,
                                        Ordinal from,
                                        std::uint64_t bytes_max,
                                        std::uint64_t records_max) {
  while (true) {
    auto batch = stream.log().read(shard, from, bytes_max, records_max);
    if (batch || batch.error().fault() != Fault::corrupt) {
      return batch;
    }
    SLUICE_TRY(lost, stream.log().skip_damaged(shard, from));
    note(stream, lost, batch.error().message());
    from = lost.next;
  }
}

void Losses::note(const stream::Stream& stream,
                  const stream::LostRange& lost,
                  std::string_view damage) {
  std::uint64_t fresh = 0;
  {
    const std::lock_guard lock(mutex_);
    OrdinalSet& known = known_[{stream.incarnation(), lost.shard}];
    known.add(stream.log().unused(lost.shard));  // no records: nothing to lose
    fresh = known.add({.first = lost.first, .next = lost.next});
    totals_[stream.incarnation()] += fresh;
  }
  if (fresh == 0 || !report_) {
    return;
  }
  const auto definition = stream.definition();
  const stream::ShardDefinition& shard = definition->shards[lost.shard.value];
  report_(
      fmt::format("stream {}: LOST {} of {}, sequence numbers from {} to below {}: "
                  "{}; readers go on behind {}",
                  definition->name,
                  counted(fresh, "record", "records"),
                  stream::shard_id(lost.shard),
                  sequence_bound(shard, lost.first),
                  sequence_bound(shard, lost.next),
                  damage,
                  fresh == 1 ? "it" : "them"));
}

std::uint64_t Losses::of(const stream::StreamIncarnation& stream) const {
  const std::lock_guard lock(mutex_);
  const auto found = totals_.find(stream);
  return found == totals_.end() ? 0 : found->second;
}

}  // namespace sluice::server
