// The durable log of one stream.
//
// A row of segment files in one folder; the blocks of all shards lie interleaved in the order they
// came.  One writer appends in rounds: prepare, stage any number of drafts, write, sync.  Only what
// a sync made durable is ever seen by readers, who may run on any number of threads beside the
// writer.
//
//   files     segment n: written until it is full, old or failed; then sealed with a footer
//   failures  a failed write is taken back; a failed sync is final for its segment, and the next
//             segment's header says how much of it counts
//   damage    reported with file and offset, never cut; a reader stops before it with
//             Fault::corrupt and goes on behind it through skip_damaged()
#pragma once

#include "base/clock.h"
#include "base/file_system.h"
#include "base/random.h"
#include "base/result.h"
#include "stream/block_batch.h"
#include "stream/frame.h"
#include "stream/log_position.h"
#include "stream/segment.h"
#include "stream/segment_scan.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sluice::stream {

struct LogOptions {
  std::uint64_t segment_bytes = std::uint64_t{64}
                                << 20;                  // a segment this long takes no more rounds
  std::uint64_t cache_bytes = std::uint64_t{4} << 20;   // of recently written frames
  std::uint64_t index_bytes = std::uint64_t{16} << 20;  // of footers of sealed segments
  std::chrono::milliseconds marker_after{1000};         // of idleness
  std::size_t recent_requests = 16'384;   // so many are known again when they are repeated
  std::shared_ptr<const Keyring> keys{};  // none: encrypted records cannot be read, nor written
};

// What open() found amiss.
struct RecoveryReport {
  struct TornTail {
    std::string file;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::string kept_in;  // where the cut bytes lie now; empty if that failed
  };

  std::vector<TornTail> torn;
  std::vector<Damage> damages;
};

// Where one record of a request went.
struct Placed {
  ShardIndex shard;
  Ordinal ordinal;
  UnixMillis arrival{};
};

struct AppendReceipt {
  std::vector<Placed> records;  // in request order
  LogOffset end{};              // of the frame; of a repetition not known
  bool is_repeat = false;       // the records were stored by an earlier request of the same key
};

struct LogTotals {
  std::uint64_t segments = 0;
  std::uint64_t file_bytes = 0;       // on disk, headers and footers included
  std::uint64_t records = 0;          // retained, over all shards
  std::uint64_t records_written = 0;  // since the stream began
  std::uint64_t index_bytes = 0;      // of memory, for where blocks lie
};

// First ordinal still needed, by shard; shards that are not named need nothing.
using LowMarks = std::map<ShardIndex, Ordinal>;

struct LogState;

// What the writer's side offers belongs to one thread at a time (LogWriter sees to that); the
// readers' side is thread-safe.  File system and random source must outlive it.
class StreamLog {
 public:
  // Opens or creates the log in `directory`.  Everything found whole is durable afterwards.
  // Where `memory` knows of segments or records that are not there, that is damage, and new
  // ordinals start above all that can have been given. Fault::io if the disk fails, Fault::corrupt
  // if the folder holds another stream's log.
  static Result<std::unique_ptr<StreamLog>> open(FileSystem& files,
                                                 Random& random,
                                                 std::string directory,
                                                 const StreamIncarnation& stream,
                                                 UnixMillis now,
                                                 LogMemory memory,
                                                 const LogOptions& options = {});
  ~StreamLog();

  const RecoveryReport& recovery() const;
  const StreamIncarnation& stream() const;

  // What its records are encrypted with, if they are to be; nullptr without keys.  Thread-safe.
  const BlockCipher* cipher() const;

  // ---- the writer's side

  // Gets a segment ready to take a round.  On failure nothing is staged and nothing has changed.
  Result<void> prepare(UnixMillis now);

  // What rounds that failed have left on the disk, in this life or the one before, cannot come back
  // after a crash once this has succeeded: a record is durable now or never was.
  Result<void> disown_refused(UnixMillis now);

  // The receipt of an earlier request of the draft's key, of which the last
  // LogOptions::recent_requests are known; after a restart those of the last segment and of the
  // last 4 MiB before it.  `is_durable` false: it is staged in this round and shares its fate.
  struct Repetition {
    AppendReceipt receipt;
    bool is_durable = false;
  };

  std::optional<Repetition> find_repetition(const FrameDraft& draft) const;

  // Places a draft behind what was staged before.  No I/O.  prepare() must have succeeded.
  AppendReceipt stage(FrameDraft draft, UnixMillis now);

  // The hash keys of every shard, by index: so that a repetition is known as one though its shards
  // have been split or merged since.  Before this is called they are not needed.
  void set_ranges(std::vector<HashRange> ranges);

  bool has_staged() const;

  // Writes the round with one call.  On failure the round is dropped and what reached the disk of
  // it is taken back.
  Result<void> write_staged();

  // Makes the round durable and visible.  On failure it is dropped and its segment is given up.
  Result<void> sync_staged(UnixMillis now);

  // Whether it has been idle for marker_after since frames that no marker covers or records that
  // the noted position does not know of; `closing`: whether there are any.
  bool needs_mark(UnixMillis now, bool closing = false) const;

  // Writes a synced marker unless one covers every frame.
  Result<void> mark(UnixMillis now);

  // What is to be noted of a marked log; nothing if what was noted still holds.
  std::optional<LogPosition> unnoted() const;

  // What unnoted() said is durable.
  void set_noted();

  // Closes the files of a log that is idle and marked and that nobody has read since the last call,
  // and forgets its tail: it holds no descriptor and little memory then, until it is used again.
  void rest(UnixMillis now);

  // Begins a new segment if the present one holds frames older than `age`.
  Result<void> roll_if_older(std::chrono::milliseconds age, UnixMillis now);

  // Begins a new segment if the present one's file has `bytes` or more.
  Result<void> roll_if_larger(std::uint64_t bytes, UnixMillis now);

  // Removes leading segments, at most `segments_max`, whose records all arrived before
  // `expired_before` and lie below every one of `holders`.  Returns how many.
  Result<std::size_t> trim(UnixMillis expired_before,
                           std::span<const LowMarks> holders,
                           std::size_t segments_max = ~std::size_t{0});

  // When the last record of the oldest segment arrived, if that segment could be trimmed.
  std::optional<UnixMillis> trimmable(std::span<const LowMarks> holders) const;

  // What the files have once the staged round is written.
  std::uint64_t bytes_with_staged() const;

  // Takes no more: prepare() says Fault::missing from then on.  Readers keep what they hold.
  void close();

  // ---- the readers' side

  // Records of `shard` from ordinal `from` on, of at most `bytes_max` bytes but at least one if
  // there is one.  Before the oldest retained record it starts with that one; at or behind the tip
  // the batch is empty.  Fault::corrupt, naming file and offset, where the next record is damaged.
  Result<BlockBatch> read(ShardIndex shard,
                          Ordinal from,
                          std::uint64_t bytes_max,
                          std::uint64_t records_max) const;

  // The damaged range at `from`, after a read from there said Fault::corrupt; go on at its `next`.
  // Fault::missing if nothing is damaged there.
  Result<LostRange> skip_damaged(ShardIndex shard, Ordinal from) const;

  // The first retained record that arrived at `time` or later; the tip if there is none.
  Result<Ordinal> find_by_time(ShardIndex shard, UnixMillis time) const;

  // The ordinal the shard's next record will have, counting only durable ones.
  Ordinal tip(ShardIndex shard) const;
  UnixMillis tip_arrival(ShardIndex shard) const;

  // One past the highest shard that a record, a floor or a noted position has named.
  std::uint32_t shards() const;

  // The oldest retained ordinal, or the tip if none is retained.
  Ordinal horizon(ShardIndex shard) const;

  // All damage found so far: by open() and by reads since.
  std::vector<Damage> damages() const;

  // Below the tip, but as far as is known never given to a record; see ShardPosition.
  OrdinalRange unused(ShardIndex shard) const;

  // How much of the newest bytes is held in memory; `bytes`, at most LogOptions::cache_bytes, is
  // the bound from now on.
  std::uint64_t cached_bytes() const;
  void limit_cache(std::uint64_t bytes);

  LogOffset durable_end() const;
  std::uint64_t file_bytes() const;
  LogTotals totals() const;

 private:
  explicit StreamLog(std::unique_ptr<LogState> state);

  Result<void> write_marker(UnixMillis now);

  std::unique_ptr<LogState> state_;
};

}  // namespace sluice::stream
