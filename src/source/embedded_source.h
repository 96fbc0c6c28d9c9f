// A stream of this server as the source of a delivery stream.  Direct PUT is the same over an
// internal stream.
#pragma once

#include "delivery/world.h"
#include "source/record_bell.h"
#include "stream/ids.h"
#include "stream/streams.h"

#include <functional>
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
  // `holder` names the delivery stream among those that keep the log from being trimmed, for
  // example "delivery/<incarnation>".  What it held before stays held until the first hold().
  EmbeddedSource(stream::Streams& streams,
                 RecordBell& bell,
                 stream::StreamHandle stream,
                 std::string holder);
  ~EmbeddedSource() override;

  Result<std::vector<Shard>> shards() override;

  // Fault::missing once the stream is deleted.
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
  Result<stream::ShardIndex> index_of(delivery::ShardKey shard) const;

  stream::Streams& streams_;
  RecordBell& bell_;
  const stream::StreamHandle stream_;
  const std::string holder_;

  std::mutex mutex_;  // guards those below
  stream::LowMarks held_;
  std::optional<RecordBell::Ticket> ticket_;
};

}  // namespace sluice::source
