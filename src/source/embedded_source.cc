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
constexpr std::uint64_t batch_records_max = 262'144;

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

EmbeddedSource::EmbeddedSource(stream::Streams& streams, RecordBell& bell, Reader reader)
    : streams_(streams),
      bell_(bell),
      reader_(std::move(reader)),
      stream_(streams_.find(reader_.stream, reader_.kind)) {
  SLUICE_CHECK(!reader_.holder.empty());
}

EmbeddedSource::~EmbeddedSource() {
  on_records({});
}

// The stream as it stands; Fault::missing if there is none.
Result<stream::StreamHandle> EmbeddedSource::present() const {
  const std::lock_guard lock(mutex_);
  const bool is_missing = stream_ == nullptr || stream_->is_deleted();
  if (is_missing && reader_.kind == stream::StreamKind::internal) {
    return fail(Fault::missing,
                fmt::format("the stream {} of its direct puts could not be opened; the start has "
                            "said why",
                            reader_.stream));
  }
  if (is_missing) {
    return fail(Fault::missing,
                fmt::format("its source stream {} does not exist; create it again, and delivery "
                            "goes on with the new one, or delete the delivery stream",
                            reader_.stream));
  }
  return stream_;
}

Result<EmbeddedSource::Place> EmbeddedSource::place_of(delivery::ShardKey shard) const {
  SLUICE_TRY(stream, present());
  if (shard.stream != delivery_incarnation(stream->incarnation())) {
    return fail(Fault::missing,
                fmt::format("stream {:016x} is not the one that is read: it was deleted and "
                            "another bears its name",
                            shard.stream.value));
  }
  if (shard.shard >= stream->definition()->shards.size()) {
    return fail(Fault::missing,
                fmt::format("stream {} has no shard {}", reader_.stream, shard.shard));
  }
  return Place{.stream = std::move(stream), .shard = stream::ShardIndex{shard.shard}};
}

// Goes on with the stream that bears the name now.
void EmbeddedSource::adopt(stream::StreamHandle found) {
  const std::lock_guard lock(mutex_);
  if (stream_ != nullptr) {
    former_.emplace(delivery_incarnation(stream_->incarnation()), stream_->definition());
  }
  stream_ = std::move(found);
  held_.clear();
  listen();
}

// Under the lock: asks the bell for news of the stream, if anybody wants them.
void EmbeddedSource::listen() {
  if (ticket_) {
    bell_.forget(*ticket_);
    ticket_.reset();
  }
  if (wake_ && stream_ != nullptr) {
    ticket_ = bell_.listen(stream_->incarnation(), wake_);
  }
}

Result<std::vector<delivery::Source::Shard>> EmbeddedSource::shards() {
  auto known = present();
  if (!known) {
    stream::StreamHandle found = streams_.find(reader_.stream, reader_.kind);
    if (found == nullptr) {
      return std::unexpected(std::move(known).error());
    }
    adopt(found);
    known = std::move(found);
  }
  const stream::StreamHandle& stream = *known;
  const auto definition = stream->definition();
  const delivery::StreamIncarnation incarnation = delivery_incarnation(definition->incarnation);
  std::vector<Shard> shards;
  shards.reserve(definition->shards.size());
  for (const stream::ShardDefinition& known_shard : definition->shards) {
    Shard shard;
    shard.key = {incarnation, known_shard.index.value};
    shard.first = to_delivery(stream->log().horizon(known_shard.index));
    for (const auto& parent : {known_shard.parent, known_shard.adjacent_parent}) {
      if (parent) {
        shard.parents.push_back({incarnation, parent->value});
      }
    }
    shard.is_closed = known_shard.closed.has_value();
    if (const auto unused = stream->log().unused(known_shard.index); unused.count() > 0) {
      shard.unused = {.first = to_delivery(unused.first), .last = to_delivery(unused.next) - 1};
    }
    shards.push_back(std::move(shard));
  }
  return shards;
}

Result<delivery::SourceBatch> EmbeddedSource::read(delivery::ShardKey shard,
                                                   delivery::Ordinal from,
                                                   std::size_t bytes_max) {
  SLUICE_TRY(place, place_of(shard));
  SLUICE_TRY(blocks,
             place.stream->log().read(place.shard, to_stream(from), bytes_max, batch_records_max));
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
  SLUICE_TRY(place, place_of(shard));
  SLUICE_TRY(lost, place.stream->log().skip_damaged(place.shard, to_stream(from)));
  return to_delivery(lost.next);
}

Result<delivery::Ordinal> EmbeddedSource::tip(delivery::ShardKey shard) {
  SLUICE_TRY(place, place_of(shard));
  return to_delivery(place.stream->log().tip(place.shard));
}

Result<delivery::Ordinal> EmbeddedSource::first_at(delivery::ShardKey shard, UnixMillis time) {
  SLUICE_TRY(place, place_of(shard));
  SLUICE_TRY(ordinal, place.stream->log().find_by_time(place.shard, time));
  return to_delivery(ordinal);
}

void EmbeddedSource::hold(delivery::ShardKey shard, delivery::Ordinal low) {
  const std::lock_guard lock(mutex_);
  if (stream_ == nullptr || shard.stream != delivery_incarnation(stream_->incarnation())) {
    return;  // of an earlier stream of this name: nothing is left to hold
  }
  held_[stream::ShardIndex{shard.shard}] = to_stream(low);
  streams_.hold(stream_, reader_.holder, held_);
}

std::string EmbeddedSource::sequence_number(delivery::ShardKey shard,
                                            delivery::Ordinal ordinal,
                                            UnixMillis arrival) {
  std::shared_ptr<const stream::StreamDefinition> definition;
  {
    const std::lock_guard lock(mutex_);
    const auto former = former_.find(shard.stream);
    SLUICE_CHECK(former != former_.end() || stream_ != nullptr);
    definition = former != former_.end() ? former->second : stream_->definition();
  }
  const UnixMillis created = shard.shard < definition->shards.size()
                                 ? definition->shards[shard.shard].created
                                 : definition->created;
  return stream::sequence_text(stream::record_sequence(
      stream::ShardIndex{shard.shard}, created, to_stream(ordinal), arrival));
}

void EmbeddedSource::on_records(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
  listen();
}

void EmbeddedSource::release() {
  const std::lock_guard lock(mutex_);
  held_.clear();
  if (stream_ != nullptr) {
    streams_.release(stream_, reader_.holder);
  }
}

}  // namespace sluice::source
