// All streams of one data directory.
//
//   streams/<incarnation, 32 hex digits>/<segment, 20 digits>.log
//
// Definitions live in a DefinitionStore, records in the logs.  Creating makes the folder first and
// the definition second; deleting leaves a file `deleted` in the folder before the definition goes,
// so that a crash between never brings back half a stream.
#pragma once

#include "base/clock.h"
#include "base/file_system.h"
#include "base/random.h"
#include "base/result.h"
#include "stream/definition.h"
#include "stream/group_commit.h"
#include "stream/log.h"
#include "stream/reshard.h"
#include "stream/shortage.h"
#include "stream/space_rules.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::stream {

// One stream.  Thread-safe.  A handle outlives the stream's deletion; puts then fail.
class Stream {
 public:
  Stream(StreamDefinition definition,
         ShardRouter router,
         std::shared_ptr<StreamLog> log,
         SpaceRule rule);

  std::shared_ptr<const StreamDefinition> definition() const;

  const StreamIncarnation& incarnation() const { return incarnation_; }

  // For reading; only Streams changes it.
  const StreamLog& log() const { return *log_; }

  bool is_deleted() const { return deleted_; }

  const SpaceRule& space_rule() const { return rule_; }

  // Of room below the rule's cap.
  const Shortage& shortage() const { return shortage_; }

 private:
  friend class Streams;

  const StreamIncarnation incarnation_;
  const std::shared_ptr<StreamLog> log_;
  const SpaceRule rule_;
  Shortage shortage_;
  std::atomic<bool> deleted_ = false;

  std::shared_ptr<const ShardRouter> router() const;
  std::vector<LowMarks> holders() const;

  // Held while a request is queued, and while shards change: a request is queued for the shards
  // that are open then, or not at all.  Before mutex_.
  std::mutex routing_mutex_;

  mutable std::mutex mutex_;  // guards those below
  std::shared_ptr<const StreamDefinition> definition_;
  std::shared_ptr<const ShardRouter> router_;
  std::map<std::string, LowMarks, std::less<>> holders_;
};

using StreamHandle = std::shared_ptr<Stream>;

struct NewStream {
  std::string name;
  std::uint32_t shards = 1;
  StreamMode mode = StreamMode::provisioned;
  StreamKind kind = StreamKind::data;
  std::uint32_t retention_hours = retention_hours_default;
  std::uint32_t record_bytes_max = record_bytes_default;
  std::map<std::string, std::string> tags{};
};

// What opening found that a person should know.
struct StreamsReport {
  struct Found {
    std::string stream;
    RecoveryReport recovery;
  };

  std::vector<Found> recovered;              // streams with torn tails or damage
  std::vector<std::string> failed;           // streams that could not be opened, and why
  std::vector<std::string> unknown_folders;  // hold records but have no definition; left alone
};

// Thread-safe.  All that it is given must outlive it; it installs itself as the writer's
// maintenance, so it must be opened before the writer starts and destroyed after that stopped.
class Streams {
 public:
  // The ordinals a stream's new records must start at, by shard: above every mark ever written.
  using Floors = std::function<std::vector<Ordinal>(const StreamDefinition& definition)>;

  struct World {
    FileSystem& files;
    const Clock& clock;
    Random& random;  // thread-safe, unless everything runs on one thread
    DefinitionStore& definitions;
    LogWriter& writer;

    // So many beside the caller's open logs side by side at start, where most of the time goes into
    // waiting for the disk.  Each may hold a segment in memory.
    std::size_t opening_threads = 0;

    // What the logs hold of their newest bytes in memory, together.
    std::uint64_t cache_bytes_max = std::uint64_t{128} << 20;

    SpaceRules space{};
    std::function<void(const std::string& line)> report{};  // who is held back, and no more
  };

  // `directory` is the data directory.  A stream that cannot be opened is reported and left out;
  // its name stays taken.
  static Result<std::unique_ptr<Streams>> open(World world,
                                               const std::string& directory,
                                               const LogOptions& options = {},
                                               const Floors& floors = {});
  ~Streams();

  const StreamsReport& report() const { return report_; }

  // Fault::conflict if the name is taken, Fault::invalid for a bad name or bad numbers.
  Result<StreamHandle> create(NewStream request);

  // Its records, files and holders go.  Requests still queued fail with Fault::missing.
  Result<void> remove(const StreamHandle& stream);

  // nullptr if there is none.  Streams of the two kinds may share a name.
  StreamHandle find(std::string_view name, StreamKind kind = StreamKind::data) const;
  StreamHandle find(const StreamIncarnation& incarnation) const;

  // Sorted by name; internal ones are left out.
  std::vector<StreamHandle> list() const;

  // Internal ones too; in no order that means anything.
  std::vector<StreamHandle> all() const;

  // Split and merge shards, durably; see stream/reshard.h, whose failures they have, and
  // Fault::missing for a stream that was deleted.  Requests that were queued before go to the
  // parents, those after to the children.  They block for a round of the writer.
  Result<void> split(const StreamHandle& stream, ShardIndex shard, HashKey second_first);
  Result<void> merge(const StreamHandle& stream, ShardIndex left, ShardIndex right);
  Result<void> scale(const StreamHandle& stream, std::uint32_t target);

  // Changes a definition through `change`, durably, unless that fails.  Name, kind, incarnation and
  // shards must stay.
  Result<void> update(const StreamHandle& stream,
                      const std::function<Result<void>(StreamDefinition&)>& change);

  // Routes and queues one request as one frame; the records are copied before this returns.
  // Fault::too_large for a record above the stream's bound, Fault::invalid for none at all,
  // Fault::unavailable where records are to be encrypted and there is no key, and what
  // LogWriter::submit says; `done` is called only if this succeeds, as LogWriter has it.
  Result<void> put(const StreamHandle& stream,
                   std::span<const PutRecord> records,
                   const RequestKey& request,
                   AppendDone done);

  // The shards that the records would go to now; Fault::too_large as put().
  Result<std::vector<ShardIndex>> route(const StreamHandle& stream,
                                        std::span<const PutRecord> records) const;

  // Keeps records from `needed` on (by shard) until the holder moves or lets go.
  void hold(const StreamHandle& stream, std::string_view holder, const LowMarks& needed);
  void release(const StreamHandle& stream, std::string_view holder);

  // Retention does nothing before this: call it once every holder has spoken after a start.
  void begin_trimming();

  // Told on the writing thread when a stream has new durable records.  Set before the writer
  // starts.
  void set_listener(std::function<void(const StreamHandle& stream)> listener);

  // Retention and idle markers; the writer calls it on its thread.  Goes over the streams for some
  // milliseconds; true if there are more, with which the next call goes on.  What fails is tried
  // again when it is the stream's turn again.
  bool maintain(UnixMillis now);

  // Writes closing markers.  The writer must have stopped.
  void close();

  // Over all streams.
  LogTotals totals() const;

  // What the rule on the whole data directory bounds, as last counted; 0 without such a rule.
  std::uint64_t total_bytes() const { return total_bytes_; }

  const Shortage& total_shortage() const { return total_shortage_; }

  const SpaceRules& space() const { return world_.space; }

 private:
  Streams(World world, const std::string& directory, const LogOptions& options);

  using NameKey = std::pair<StreamKind, std::string>;
  using Reshard =
      std::function<Result<StreamDefinition>(const StreamDefinition&, const ReshardMoment&)>;

  std::string folder_of(const StreamIncarnation& incarnation) const;
  Result<void> load(const Floors& floors);
  Result<void> load_defined(const std::vector<StreamDefinition>& definitions,
                            const std::map<StreamIncarnation, LogPosition>& positions,
                            const Floors& floors);
  void take_loaded(const StreamDefinition& definition, const Result<StreamHandle>& stream);
  Result<StreamHandle> load_stream(const StreamDefinition& definition, LogMemory memory);
  Result<void> sweep_folder(const std::string& name);
  Result<void> remove_folder(const std::string& folder);
  UnixMillis shard_creation(UnixMillis now) const;
  void add(const StreamHandle& stream);
  void note_creations(const StreamDefinition& definition);
  Result<void> reshard(const StreamHandle& stream, const Reshard& change);
  Result<void> reshard_now(Stream& stream, const Reshard& change);
  Result<void> adopt(Stream& stream, StreamDefinition definition);
  void maintain_stream(const StreamHandle& stream, UnixMillis now);
  void mark(std::span<const StreamHandle> streams, UnixMillis now);

  // In streams_space.cc.
  Result<void> admit(const StreamLog& log, std::uint64_t bytes);
  Result<void> admit_to_stream(Stream& stream, std::uint64_t bytes);
  Result<void> admit_to_total(std::uint64_t bytes);
  void keep_room(Stream& stream, UnixMillis now);
  void keep_total_room();
  void count_total();
  bool trim_oldest(Stream& stream);
  bool trim_oldest_of_all();
  void report(const std::string& line) const;

  World world_;
  const std::string root_;  // data directory + "/streams"
  const LogOptions options_;
  StreamsReport report_;
  std::function<void(const StreamHandle&)> listener_;
  std::atomic<bool> trimming_ = false;
  std::vector<StreamHandle> due_;  // maintain() has not come to them yet
  std::uint64_t cache_share_ = 0;  // of each of them
  Shortage total_shortage_;
  std::atomic<std::uint64_t> total_bytes_ = 0;  // changed by the writing thread

  std::mutex change_mutex_;          // one create, remove or update at a time
  UnixMillis last_creation_{};       // of any shard; changed only by one who creates
  mutable std::shared_mutex mutex_;  // guards those below
  std::map<NameKey, StreamHandle> by_name_;
  std::map<StreamIncarnation, StreamHandle> by_incarnation_;
  std::set<NameKey> unopened_;  // defined, but their logs could not be opened
};

}  // namespace sluice::stream
