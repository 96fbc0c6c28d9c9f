// What is written down of a log outside of its files, so that the loss of its last files is
// noticed, can be counted, and never makes a number come back.
//
// Noted when a segment is begun, before it takes records, when a log falls idle, and at shutdown.
#pragma once

#include "base/result.h"
#include "stream/ids.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace sluice::stream {

struct OrdinalRange {
  Ordinal first = first_ordinal;
  Ordinal next = first_ordinal;

  std::uint64_t count() const { return next - first; }

  friend bool operator==(const OrdinalRange&, const OrdinalRange&) = default;
};

struct ShardPosition {
  Ordinal next = first_ordinal;  // all records below were durable

  // Passed over when a loss was found, so that numbers that may have been given are not given
  // again: as far as is known no record ever had one of these.  Of the latest loss.
  OrdinalRange unused{};

  friend bool operator==(const ShardPosition&, const ShardPosition&) = default;
};

struct LogPosition {
  std::uint64_t segment = 1;  // it was there, with its header; those that were begun later may be
  std::vector<ShardPosition> shards{};  // by index; a shard that is not there had no record

  friend bool operator==(const LogPosition&, const LogPosition&) = default;
};

// What others know of a log that is opened.
struct LogMemory {
  // An entry for every shard of the stream: new ordinals start there at least.
  std::vector<Ordinal> floors{};

  // The last one noted; empty: the log is new, or nobody knows.
  std::optional<LogPosition> position{};

  // Makes a position durable; empty: nothing is noted.  Called on the writer's thread.
  std::function<Result<void>(const LogPosition& position)> note{};
};

}  // namespace sluice::stream
