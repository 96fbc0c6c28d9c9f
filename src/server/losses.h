// What the disk has destroyed of streams: clients read past it, and every record that is gone is
// named in the log and counted, once.
#pragma once

#include "stream/streams.h"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::server {

// Ordinals of one shard.  Value type.
class OrdinalSet {
 public:
  // How many of the range are new.
  std::uint64_t add(const stream::OrdinalRange& range);

 private:
  std::map<stream::Ordinal, stream::Ordinal> ranges_;  // first, next; apart from each other
};

// Thread-safe.
class Losses {
 public:
  using Report = std::function<void(const std::string& line)>;

  // `report` takes a line for the operator, on any thread.
  explicit Losses(Report report) : report_(std::move(report)) {}

  // As StreamLog::read, but behind a damaged range it goes on with the first record that is whole.
  // Fault::io where the disk fails: what cannot be read at the moment is not lost.
  Result<stream::BlockBatch> read(const stream::Stream& stream,
                                  stream::ShardIndex shard,
                                  stream::Ordinal from,
                                  std::uint64_t bytes_max,
                                  std::uint64_t records_max);

  // Records lost, as far as read() has met them since the start.
  std::uint64_t of(const stream::StreamIncarnation& stream) const;

 private:
  void note(const stream::Stream& stream, const stream::LostRange& lost, std::string_view damage);

  const Report report_;
  mutable std::mutex mutex_;
  std::map<std::pair<stream::StreamIncarnation, stream::ShardIndex>, OrdinalSet> known_;
  std::map<stream::StreamIncarnation, std::uint64_t> totals_;
};

}  // namespace sluice::server
