// What writer, readers and recovery of one log share.  Internal to this folder's log_*.cc.
#pragma once

#include "base/file_system.h"
#include "base/random.h"
#include "stream/log.h"
#include "stream/recent_requests.h"
#include "stream/segment.h"
#include "stream/tail_cache.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sluice::stream {

// One file of the log.  What is not const is guarded by LogState::mutex; the writer alone changes
// it and may read it without.
struct Segment {
  const std::uint64_t number;
  const std::string path;
  const SegmentPlace place;
  ShardStates start;      // changed by recovery only
  const bool gap_before;  // records between the segment before and this one are lost

  LogOffset end{};           // of the durable frames
  std::uint32_t digest = 0;  // of the durable frames
  std::uint64_t file_bytes = 0;

  // Loaded when needed, dropped when indexes take too much room; of the active segment never null.
  std::shared_ptr<SegmentIndex> index{};
  std::shared_ptr<File> file{};  // null: not open, see open_file()
  std::uint64_t last_use = 0;
};

using SegmentPtr = std::shared_ptr<Segment>;

// A block of the round, not yet durable.
struct StagedRound {
  Bytes bytes;
  std::vector<SegmentIndex::Block> blocks;
  LogOffset end;
  std::uint32_t digest = 0;
  bool is_marker = false;
  std::uint64_t records = 0;
};

struct LogState {
  LogState(FileSystem& the_files,
           Random& the_random,
           std::string the_directory,
           const StreamIncarnation& the_stream,
           const LogOptions& the_options)
      : files(the_files),
        random(the_random),
        directory(std::move(the_directory)),
        stream(the_stream),
        options(the_options),
        cache(the_options.cache_bytes),
        recent(the_options.recent_requests) {
    if (options.keys != nullptr) {
      cipher.emplace(*options.keys, stream, random);
    }
  }

  FileSystem& files;
  Random& random;
  const std::string directory;
  const StreamIncarnation stream;
  const LogOptions options;
  std::optional<BlockCipher> cipher;  // never changed
  RecoveryReport recovery;

  mutable std::mutex mutex;          // guards those below and what Segment says
  std::vector<SegmentPtr> segments;  // by number; at least one after recovery
  ShardStates durable;               // where every shard stands
  std::vector<OrdinalRange> unused;  // by shard; may be shorter than `durable`
  LogOffset durable_end;
  TailCache cache;
  std::vector<Damage> damages;
  std::uint64_t use_count = 0;         // how often a segment was looked into
  std::uint64_t use_count_before = 0;  // when StreamLog::rest() looked last

  // The writer's own.
  SegmentPtr active;      // takes the next round; nullptr: the next round begins a new segment
  ShardStates tentative;  // `durable` with the staged round
  StagedRound round;
  RecentRequests recent;          // staged with the round
  std::vector<HashRange> ranges;  // by shard, closed ones included
  bool is_closed = false;         // its stream is deleted
  bool is_marked = true;          // no frame without a marker behind it
  bool is_noted = true;           // no record that the noted position does not know of
  std::uint64_t segment_noted = 0;
  std::function<Result<void>(const LogPosition&)> note;
  UnixMillis last_write{};
  UnixMillis active_since{};  // arrival of the active segment's first record, zero without any
};

// An index with the state of the shards at its segment's end.
struct LoadedIndex {
  std::shared_ptr<SegmentIndex> index;
  ShardStates finish;
  std::shared_ptr<File> file;
  std::vector<Damage> damages;
};

// The index of a sealed segment: its footer, or if that is unusable a scan of the whole file.
// `next` is the start of the segment behind it, if known.  Takes no lock.
Result<LoadedIndex> load_index(FileSystem& files,
                               const StreamIncarnation& stream,
                               const Segment& segment,
                               LogOffset end,
                               const std::optional<ShardStates>& next);

// Drops the indexes of sealed segments that were not used for the longest time, down to
// LogOptions::index_bytes; `keep` and the last segment keep theirs.  The lock is held.
void drop_old_indexes(LogState& log, const SegmentPtr& keep);

// Begins a new segment behind the last one and makes it the active one.
Result<void> begin_segment(LogState& log, UnixMillis now);

// Writes the footer of the active segment, which takes no more.
void seal_active(LogState& log);

// The segment's file, opened if it was not.  Between prepare() and the end of its round the active
// segment's stays open, and the writer may use it without the lock.  Takes the lock.
Result<std::shared_ptr<File>> open_file(LogState& log, Segment& segment);

// Finds out what is in the folder, cuts a torn tail and fills `log`.
Result<void> recover_log(LogState& log, UnixMillis now, const LogMemory& memory);

}  // namespace sluice::stream
