// Translates between the stream's words and delivery's.
#include "source/embedded_source.h"

#include "base/check.h"
#include "stream/sequence_number.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace sluice::source {

namespace {

// Bounds the index of a batch; its bytes are bounded by the caller.
constexpr std::uint64_t batch_records_max = 16'384;

delivery::Ordinal to_delivery(stream::Ordinal ordinal) {
  return delivery::Ordinal{ordinal.value};
}

stream::Ordinal to_stream(delivery::Ordinal ordinal) {
  return stream::Ordinal{ordinal.value};
}

}  // namespace

delivery::StreamIncarnation delivery_incarnation(const stream::StreamIncarnation& stream) {
  return delivery::StreamIncarnation{stream.random};
}

EmbeddedSource::EmbeddedSource(stream::Streams& streams,
                               RecordBell& bell,
                               stream::StreamHandle stream,
                               std::string holder)
    : streams_(streams), bell_(bell), stream_(std::move(stream)), holder_(std::move(holder)) {
  SLUICE_CHECK(stream_ != nullptr);
  SLUICE_CHECK(!holder_.empty());
}

EmbeddedSource::~EmbeddedSource() {
  on_records({});
}

Result<stream::ShardIndex> EmbeddedSource::index_of(delivery::ShardKey shard) const {
  if (shard.stream != delivery_incarnation(stream_->incarnation())) {
    return fail(Fault::missing,
                fmt::format("stream {:016x} is not the one that is read: it was deleted and "
                            "another bears its name",
                            shard.stream.value));
  }
  if (stream_->is_deleted()) {
    return fail(Fault::missing, fmt::format("stream {} was deleted", stream_->definition()->name));
  }
  if (shard.shard >= stream_->definition()->shards.size()) {
    return fail(Fault::missing,
                fmt::format("stream {} has no shard {}", stream_->definition()->name, shard.shard));
  }
  return stream::ShardIndex{shard.shard};
}

Result<std::vector<delivery::Source::Shard>> EmbeddedSource::shards() {
  if (stream_->is_deleted()) {
    return fail(Fault::missing, fmt::format("stream {} was deleted", stream_->definition()->name));
  }
  const auto definition = stream_->definition();
  const delivery::StreamIncarnation incarnation = delivery_incarnation(definition->incarnation);
  std::vector<Shard> shards;
  shards.reserve(definition->shards.size());
  for (const stream::ShardDefinition& known : definition->shards) {
    Shard shard;
    shard.key = {incarnation, known.index.value};
    shard.first = to_delivery(stream_->log().horizon(known.index));
    for (const auto& parent : {known.parent, known.adjacent_parent}) {
      if (parent) {
        shard.parents.push_back({incarnation, parent->value});
      }
    }
    shard.is_closed = known.closed.has_value();
    shards.push_back(std::move(shard));
  }
  return shards;
}

Result<delivery::SourceBatch> EmbeddedSource::read(delivery::ShardKey shard,
                                                   delivery::Ordinal from,
                                                   std::size_t bytes_max) {
  SLUICE_TRY(index, index_of(shard));
  SLUICE_TRY(blocks, stream_->log().read(index, to_stream(from), bytes_max, batch_records_max));
  delivery::SourceBatch batch;
  batch.records.reserve(blocks.records);
  blocks.for_each([&batch](const stream::RecordView& record) {
    batch.records.push_back(
        {to_delivery(record.ordinal), record.arrival, record.data, record.partition_key});
  });
  batch.owner = std::make_shared<const stream::BlockBatch>(std::move(blocks));
  return batch;
}

Result<delivery::Ordinal> EmbeddedSource::end_of_damage(delivery::ShardKey shard,
                                                        delivery::Ordinal from) {
  SLUICE_TRY(index, index_of(shard));
  SLUICE_TRY(lost, stream_->log().skip_damaged(index, to_stream(from)));
  return to_delivery(lost.next);
}

Result<delivery::Ordinal> EmbeddedSource::tip(delivery::ShardKey shard) {
  SLUICE_TRY(index, index_of(shard));
  return to_delivery(stream_->log().tip(index));
}

Result<delivery::Ordinal> EmbeddedSource::first_at(delivery::ShardKey shard, UnixMillis time) {
  SLUICE_TRY(index, index_of(shard));
  SLUICE_TRY(ordinal, stream_->log().find_by_time(index, time));
  return to_delivery(ordinal);
}

void EmbeddedSource::hold(delivery::ShardKey shard, delivery::Ordinal low) {
  if (shard.stream != delivery_incarnation(stream_->incarnation())) {
    return;  // of an earlier stream of this name: nothing is left to hold
  }
  const std::lock_guard lock(mutex_);
  held_[stream::ShardIndex{shard.shard}] = to_stream(low);
  streams_.hold(stream_, holder_, held_);
}

std::string EmbeddedSource::sequence_number(delivery::ShardKey shard,
                                            delivery::Ordinal ordinal,
                                            UnixMillis arrival) {
  const auto definition = stream_->definition();
  const UnixMillis created = shard.shard < definition->shards.size()
                                 ? definition->shards[shard.shard].created
                                 : definition->created;
  return stream::sequence_text(stream::record_sequence(
      stream::ShardIndex{shard.shard}, created, to_stream(ordinal), arrival));
}

void EmbeddedSource::on_records(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  if (ticket_) {
    bell_.forget(*ticket_);
    ticket_.reset();
  }
  if (wake) {
    ticket_ = bell_.listen(stream_->incarnation(), std::move(wake));
  }
}

void EmbeddedSource::release() {
  const std::lock_guard lock(mutex_);
  held_.clear();
  streams_.release(stream_, holder_);
}

}  // namespace sluice::source
