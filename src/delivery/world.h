// What delivery needs from the world: records, a place to put objects, and schemas.  Implemented by
// other rooms (and by the simulator), so that delivery builds and tests without network or disk.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "columnar/type.h"
#include "delivery/ledger.h"
#include "delivery/position.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sluice::delivery {

// A record as its source holds it, or a part of it where it was split; views into the batch that
// carries it.
struct SourceRecord {
  Ordinal ordinal;
  UnixMillis arrival;
  ByteView data;
  ByteView partition_key;
  std::uint32_t part = 1;           // of parts, from 1
  std::uint32_t parts = 1;          // 1: whole
  std::uint32_t split_version = 0;  // of the definition that split it
};

// Consecutive records of one shard, ascending; keeps what they view alive.
struct SourceBatch {
  std::vector<SourceRecord> records;
  std::shared_ptr<const void> owner;
};

// Where records come from.  Only what is durable is seen.  Thread-safe.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  struct Shard {
    ShardKey key;
    Ordinal first;                  // the oldest record kept, or the next to come
    std::vector<ShardKey> parents;  // to be read to their ends before this one
    bool is_closed = false;         // no more records will come

    // Passed over after a loss: no record ever had these, as far as is known.
    std::optional<OrdinalSet::Run> unused{};
  };

  // Fault::missing while the stream does not exist.  One that was created anew under the same name
  // takes its place, with shards of another incarnation.
  virtual Result<std::vector<Shard>> shards() = 0;

  // Records from `from` on, at least one if there is any, at most about `bytes_max`.  Empty at the
  // tip.  Fault::corrupt: a damaged range begins at `from`, named in the message; `lost` tells
  // where reading can go on.
  virtual Result<SourceBatch> read(ShardKey shard, Ordinal from, std::size_t bytes_max) = 0;

  // The first readable ordinal after the damage at `from`.
  virtual Result<Ordinal> end_of_damage(ShardKey shard, Ordinal from) = 0;

  // The ordinal that the next durable record will get.
  virtual Result<Ordinal> tip(ShardKey shard) = 0;

  // The first ordinal that arrived at `time` or later; the tip if there is none.
  virtual Result<Ordinal> first_at(ShardKey shard, UnixMillis time) = 0;

  // Records from `low` on must be kept for this reader.
  virtual void hold(ShardKey shard, Ordinal low) = 0;

  // The sequence number that clients know the record by.
  virtual std::string sequence_number(ShardKey shard, Ordinal ordinal, UnixMillis arrival) = 0;

  // Calls `wake` (from any thread, briefly) whenever new records may be readable; one listener.
  // An empty function ends that, and returns only when no call is under way.
  virtual void on_records(std::function<void()> wake) = 0;
};

// Where objects go.  put() may be called again with the same plan after a failure or a crash, also
// when an earlier call had taken effect unseen: it then succeeds and leaves one object.
class Sink {
 public:
  // A sealed file and what it becomes.
  struct Sealed {
    const ObjectPlan& plan;
    std::string spool_path;
  };

  // How many were put, from the first on, and why the next one was not; without a failure as many
  // as the sink puts at a time, at least one.
  struct Outcome {
    std::size_t done = 0;
    Result<void> next{};
  };

  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  // Durable when it returns success.  `spool_path` is the sealed file; a sink on the same file
  // system may move it away.  Any Fault may be retried.
  virtual Result<void> put(const ObjectPlan& plan, const std::string& spool_path) = 0;

  // Puts several, which may cost little more than one; there is at least one.  Also of those behind
  // one that failed, some may have been put.
  virtual Outcome put_all(std::span<const Sealed> sealed) {
    Outcome outcome;
    for (const Sealed& one : sealed) {
      outcome.next = put(one.plan, one.spool_path);
      if (!outcome.next) {
        break;
      }
      ++outcome.done;
    }
    return outcome;
  }
};

// A table's columns as of one version.
struct TableSchema {
  columnar::Schema schema;
  std::string version;
};

// The catalog, as far as format conversion needs it.  Thread-safe.
class Schemas {
 public:
  Schemas() = default;
  Schemas(const Schemas&) = delete;
  Schemas& operator=(const Schemas&) = delete;
  virtual ~Schemas() = default;

  // `version` empty or "LATEST": the newest.  Fault::missing when there is no such table.
  virtual Result<TableSchema> find(const std::string& database,
                                   const std::string& table,
                                   const std::string& version) = 0;
};

}  // namespace sluice::delivery
