// A stream of this server as the source of a delivery stream.  Direct PUT is the same over an
// internal stream.
//
// The source is known by its name: when its stream is deleted, the next one of that name takes its
// place, at the next call of shards().
#pragma once

#include "delivery/world.h"
#include "source/record_bell.h"
#include "stream/ids.h"
#include "stream/streams.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sluice::source {

// The number that marks and plans know a stream by.
delivery::StreamIncarnation delivery_incarnation(const stream::StreamIncarnation& stream);

// Thread-safe.  Streams and bell must outlive it.
class EmbeddedSource final : public delivery::Source {
 public:
  struct Reader {
    std::string stream;
    stream::StreamKind kind = stream::StreamKind::data;

    // Names the delivery stream among those that keep the log from being trimmed, for example
    // "delivery/<incarnation>".  What it held before stays held until the first hold().
    std::string holder;
  };

  EmbeddedSource(stream::Streams& streams, RecordBell& bell, Reader reader);
  ~EmbeddedSource() override;

  Result<std::vector<Shard>> shards() override;

  // Fault::missing once the stream is deleted, or for a shard that is not its own.
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
  void on_records(std::function<void()> wake) override;

  // Nothing is kept for this delivery stream any more: it was deleted.
  void release();

 private:
  struct Place {
    stream::StreamHandle stream;
    stream::ShardIndex shard;
  };

  Result<Place> place_of(delivery::ShardKey shard) const;
  Result<stream::StreamHandle> present() const;
  void adopt(stream::StreamHandle found);
  void listen();

  stream::Streams& streams_;
  RecordBell& bell_;
  const Reader reader_;

  mutable std::mutex mutex_;     // guards those below
  stream::StreamHandle stream_;  // nullptr: none of that name was there yet
  stream::LowMarks held_;
  std::function<void()> wake_;
  std::optional<RecordBell::Ticket> ticket_;

  // Those that were deleted, for records of theirs that were read before; an entry for each time
  // that somebody deletes the stream.
  std::map<delivery::StreamIncarnation, std::shared_ptr<const stream::StreamDefinition>> former_;
};

}  // namespace sluice::source
