// One delivery stream at work: performs what the core (delivery/core.h) asks for against a source,
// a bucket, a ledger, a catalog and a folder of spool files.
//
// Driven from outside by step(), which does a bounded amount of work and says when it wants to be
// called again, so that a thread pool (runner_pool.h) and the simulator drive it alike.
//
//   start      loads the ledger, removes spool files that it does not name, puts and commits what
//              was planned, goes on with what was parked, and reads on at the low marks; a sealed
//              file that rotted meanwhile is built again from the log, bit for bit, or its plan
//              waits
//   drain()    delivers what was readable at that moment, then ends; sessions are not cut short by
//              it: then it is as stop()
//   stop()     ends; what is not planned stays in the log and is read again by the next life
//   discard()  ends and removes the spool folder: the delivery stream was deleted
//
// The destructor touches no file: dropping a runner in mid-work is like a crash.  Of one that has
// ended it touches nothing of its world, so that another runner may be at work there.
//
// Nothing that fails ends a runner but a ledger that contradicts the log: then the state is
// `broken`, and last_error says why.
#pragma once

#include "base/clock.h"
#include "base/errand.h"
#include "base/file_system.h"
#include "base/random.h"
#include "base/result.h"
#include "delivery/core.h"
#include "delivery/definition.h"
#include "delivery/ledger.h"
#include "delivery/object_key.h"
#include "delivery/object_writer.h"
#include "delivery/router.h"
#include "delivery/world.h"
#include "runner/memory_budget.h"
#include "runner/read_ahead.h"
#include "runner/replay_window.h"
#include "runner/shared_router.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace sluice::runner {

enum class RunnerState : std::uint8_t {
  starting,  // the ledger or the shards could not be loaded yet
  running,
  draining,
  ended,   // drained, stopped or discarded: step() does nothing any more
  broken,  // the ledger contradicts the log; a person has to look
};

// "starting", "running", ...
std::string_view runner_state_name(RunnerState state);

// What went into the delivered objects of one kind.
struct DeliveredContent {
  std::uint64_t records = 0;
  std::uint64_t source_bytes = 0;  // of those records, as they came
};

// What a delivery stream has done in this process, and how it stands.
struct RunnerStatus {
  RunnerState state = RunnerState::starting;
  std::uint64_t records_read =
      0;  // taken into objects; read again after a failure they count again
  std::uint64_t bytes_read = 0;
  std::uint64_t objects_delivered = 0;
  std::uint64_t records_delivered = 0;  // in data objects
  std::uint64_t bytes_delivered = 0;    // of objects, as stored
  std::uint64_t records_rejected = 0;   // delivered to the error output
  std::uint64_t records_dropped = 0;    // by a processor, on purpose
  std::uint64_t records_lost = 0;       // damaged or trimmed before they could be read
  std::array<DeliveredContent, delivery::object_kinds> content{};  // by kind
  std::uint64_t put_failures = 0;
  std::uint64_t records_over_limit = 0;  // refused for want of a place for their partition; read
                                         // again after a failure they count again
  std::uint64_t batches_routed = 0;      // to partitions
  std::chrono::nanoseconds routing_time{0};
  std::optional<UnixMillis> behind_since;  // arrival of the last record read of the shard that has
                                           // more to read; of several the earliest
  std::uint64_t spool_files_damaged = 0;   // sealed, and not what their plans say any more
  std::uint64_t spool_files_rebuilt = 0;   // of those, from the log
  std::uint64_t backlog_records = 0;       // in the source, not committed; as of the last step
  std::uint64_t objects_planned = 0;       // wait for the bucket
  std::uint64_t open_partitions = 0;       // gathering records; without partitions 1 or 0
  std::uint64_t open_records = 0;          // in objects that are still open
  std::uint64_t open_bytes = 0;            // of those records
  std::optional<UnixMillis> open_until;    // when they close at the latest
  std::optional<UnixMillis> put_again_at;  // the bucket took nothing at the last try
  bool is_paused = false;                  // reads nothing until the bucket takes what waits
  std::optional<UnixMillis> oldest_undelivered;  // arrival; freshness is its age
  std::string last_error;                        // empty: nothing is failing
  std::optional<UnixMillis> last_error_at;
  std::optional<UnixMillis> last_delivered_at;
};

// When step() wants to be called again.
struct NextStep {
  enum class When : std::uint8_t { now, at, woken, never };
  When when = When::now;
  std::chrono::nanoseconds at{0};  // Clock::steady(), for When::at; a wake-up may come before
};

// Opens the writer of an object.  Default: delivery::make_object_writer().
using WriterFactory =
    std::function<Result<std::unique_ptr<delivery::ObjectWriter>>(const delivery::WriterRequest&)>;

// Goes on with a parked one.  Default: delivery::resume_object_writer().
using WriterResumer = std::function<Result<std::unique_ptr<delivery::ObjectWriter>>(
    const delivery::WriterRequest&, const delivery::ParkedWriter&)>;

// A warning for the log.  Called by step().
using Report = std::function<void(const std::string& message)>;

// Told of every object that is committed, its plan (there is none of what is dropped).  Called by
// step().
using OnDelivered = std::function<void(const delivery::ObjectPlan& plan)>;

// Told of every record that is refused and stays where it is, again where it is read again.  Called
// by step().
using OnLeft = std::function<void(
    delivery::ShardKey shard, const delivery::SourceRecord& record, const serde::Rejection& why)>;

// What a runner works on.  Everything must outlive it.
struct RunnerWorld {
  delivery::Source& source;
  delivery::Sink& sink;
  delivery::Ledger& ledger;
  delivery::Schemas& schemas;
  FileSystem& files;
  const Clock& clock;
  Random& random;               // called by step() only
  std::string spool_directory;  // "<data>/spool/<incarnation, 16 hex digits>"; the runner's own
  WriterFactory writers;        // empty: the default
  Report report;                // empty: silent
  OnDelivered on_delivered = {};
  // None: records go as they are.  But for interrupt() and can_be_slow() called by step() only, or,
  // one call at a time, by helpers.
  delivery::Router* router = nullptr;
  WriterResumer resume = {};  // empty: the default

  // Set: refused records go to no error output and are not settled (CoreOptions::leaves_refused).
  OnLeft on_left = {};

  // A put may take as long as a network does.
  bool has_slow_sink = false;

  // What open objects take of memory together with those of other runners: near its end the largest
  // close early.  None: they take what they take.
  MemoryBudget* memory = nullptr;

  // Read ahead and encode beside the thread that steps.  None: that does everything.
  Helpers* helpers = nullptr;
};

// "<data directory>/spool/<incarnation, 16 hex digits>".
std::string spool_directory(std::string_view data_directory, std::uint64_t incarnation);

struct RunnerOptions {
  // Overrides what the definition says, for settings Firehose has not (and for tests).
  std::optional<std::uint64_t> size_hint_bytes{};
  bool sizes_objects = false;  // the hint is of the object, not of source records
  std::optional<std::chrono::milliseconds> interval{};

  std::size_t waiting_objects_max = 16;
  std::uint64_t waiting_bytes_max = std::uint64_t{1} << 30;
  std::size_t read_bytes_max = std::size_t{1} << 20;      // of one read
  std::size_t pending_bytes_max = std::size_t{32} << 20;  // of the reads of all shards together
  std::chrono::milliseconds read_pace{200};
  std::chrono::milliseconds refresh_interval{5'000};  // how often shards are listed again
  std::size_t effects_per_step = 16;
  ReplayWindow replay_window{};
  std::size_t partitions_max = 500;  // open at a time, with a router
  delivery::PartitionOverflow overflow = delivery::PartitionOverflow::refuse;
  bool by_session = false;  // the router's partitions are sessions; `interval` is their silence
};

// step() is called by one thread at a time (any); everything else is thread-safe.  stop() and
// discard() cut a step short that waits for its router.
class DeliveryRunner {
 public:
  // The definition must be valid.  Fault::invalid if its prefixes or zone are not.
  static Result<std::unique_ptr<DeliveryRunner>> create(delivery::DeliveryStream definition,
                                                        RunnerWorld world,
                                                        RunnerOptions options = {});
  ~DeliveryRunner();
  DeliveryRunner(const DeliveryRunner&) = delete;
  DeliveryRunner& operator=(const DeliveryRunner&) = delete;

  const std::string& name() const { return definition_.name; }

  // Whether a step may take seconds, or longer, for what its records are or where its objects go:
  // then it should not share a thread with others.
  bool can_be_slow() const {
    return world_.has_slow_sink || (world_.router != nullptr && world_.router->can_be_slow());
  }

  // Has the figures of its status count on from those of an earlier runner of this delivery stream.
  // Before the first step.
  void count_on_from(const RunnerStatus& earlier);

  NextStep step();

  // Called (from any thread, briefly) when step() should be called soon: records came, or one of
  // the calls below was made.  Set once, before the first step; returns after an empty one only
  // when no call is under way.
  void on_wake(std::function<void()> wake);

  // The table changed: the open object closes, the next one takes the new schema.
  void schema_changed();

  void drain();
  void stop();
  void discard();

  RunnerStatus status() const;

 private:
  enum class Wish : std::uint8_t { none, drain, stop, discard };

  // A writer, or the sealed file it became, of one object.
  struct Building {
    std::string spool_name;
    std::unique_ptr<delivery::ObjectWriter> writer;
    std::optional<delivery::PartitionId> partition_id;  // none: of no partition
    delivery::PartitionValues partition;                // its values, as of the last look
    std::string schema_version;
    std::optional<delivery::ParkedObject> parked;  // as the ledger has it, or is about to
    std::optional<delivery::ObjectPlan> plan;      // once sealed
  };

  DeliveryRunner(delivery::DeliveryStream definition,
                 delivery::ObjectKeys keys,
                 RunnerWorld world,
                 RunnerOptions options);

  void wake();
  void wish(Wish wish);
  void cut_short();

  NextStep advance();
  NextStep wait_for(const delivery::Wait& wait);
  Result<void> start();
  Result<void> sweep_spool(const delivery::LedgerState& state);
  Result<void> take_up_parked(const std::vector<delivery::ParkedObject>& parked);
  Result<bool> goes_on(const delivery::ParkedObject& object);
  void take_news();
  Result<void> list_shards();
  Result<std::vector<delivery::Source::Shard>> present_shards();
  Result<void> take_up(const delivery::Source::Shard& shard);
  Result<delivery::ShardMark> first_mark(const delivery::Source::Shard& shard);
  Result<void> begin_drain();
  NextStep finish();

  // What can fail, each with its own standing error.
  enum class Doing : std::uint8_t {
    starting,
    finding,
    listing,
    reading,
    routing,
    building,
    recording,
    putting
  };
  static constexpr std::size_t doings = 8;

  struct Failure {
    std::string message;  // empty: the last try went well
    UnixMillis at{};
  };

  void perform(const delivery::Wait&) {}

  void perform(const delivery::Read& read);
  void perform(const delivery::Route& route);
  void perform(const delivery::Append& append);
  void perform(const delivery::Weigh& weigh);
  void perform(const delivery::Park& park);
  void perform(const delivery::Unwind& unwind);
  void perform(const delivery::Seal& seal);
  void perform(const delivery::Plan& plan);
  void perform(const delivery::Put& put);
  void perform(const delivery::Commit& commit);
  void perform(const delivery::Abandon& abandon);
  void perform(const delivery::AdvanceLow& advance);
  void skip_damage(const delivery::Read& read, const Error& damage);

  Result<void> append(const delivery::Append& append, std::vector<std::uint32_t>& rejected);
  Result<void> append_refused(const delivery::Append& append);
  void leave(delivery::ShardKey shard, std::span<const delivery::SourceRecord> records);
  Building& building_for(delivery::ObjectId object);
  Result<std::uint64_t> weigh(delivery::BufferId buffer);
  Result<Building*> writer_for(delivery::ObjectId object);
  Result<std::unique_ptr<delivery::ObjectWriter>> open_writer(delivery::ObjectId object,
                                                              Building& building);
  Result<std::optional<delivery::TableSchema>> schema_of(delivery::ObjectKind kind,
                                                         const std::string& version = {});
  Result<std::vector<delivery::ParkedObject>> park_files(const delivery::Park& park);
  Result<delivery::ParkedObject> park_file(const delivery::Buffer& buffer,
                                           delivery::ObjectKind kind);
  Result<delivery::ObjectPlan> draft_of(delivery::ObjectKind kind,
                                        const delivery::ObjectFacts& facts,
                                        Building& building);
  void rewind_router();
  std::size_t read_bytes() const;
  Result<bool> are_in_ledger(const std::vector<delivery::ParkedObject>& parked);
  Result<void> seal_all(const delivery::Seal& seal);
  Result<delivery::ObjectPlan> finish_object(const delivery::Seal::One& one);
  delivery::Sink::Outcome put_all(const delivery::Put& put);
  Result<bool> is_in_ledger(delivery::PlanNumber number);
  void count_committed(const delivery::ObjectPlan& plan, UnixMillis now);

  Result<void> make_sound(const delivery::ObjectPlan& plan);
  Result<bool> is_damaged(const delivery::ObjectPlan& plan) const;
  Result<void> rebuild(const delivery::ObjectPlan& plan);
  Result<void> build_again(const delivery::ObjectPlan& plan, const std::string& spool_name);
  Result<delivery::SourceBatch> route_again(delivery::ShardKey shard, delivery::SourceBatch batch);
  Result<void> append_again(const delivery::ShardPositions& positions,
                            delivery::ObjectWriter& writer);

  std::string spool_path(const std::string& name) const;
  void remove_spool(const std::string& name);
  void remove_leftovers();
  void count_lost(const delivery::ShardKey& shard, std::uint64_t records, std::string_view why);
  void failed(Doing doing, const Error& error);
  std::string without_spool_names(std::string message) const;
  void succeeded(Doing doing);
  void count_backlog();
  NextStep mind_memory(NextStep next);
  UnixMillis wall_time_of(std::chrono::nanoseconds steady) const;
  void publish();

  const delivery::DeliveryStream definition_;
  const delivery::ObjectKeys keys_;
  RunnerWorld world_;
  const RunnerOptions options_;

  // Of step() alone.
  std::optional<delivery::Core> core_;
  delivery::Backoff starting_;
  std::unique_ptr<SharedRouter> shared_router_;  // where helpers route: the world's is this one
  ReadAhead read_ahead_;
  delivery::SharedReader reader_;  // of the writers
  std::unordered_map<delivery::ObjectId, Building, delivery::ObjectIdHash> building_;
  std::map<delivery::PlanNumber, delivery::ObjectPlan> plans_;
  std::set<delivery::PlanNumber> unchecked_;  // of an earlier life, their files not looked at yet
  std::set<delivery::PlanNumber> damaged_;
  std::set<std::string> leftovers_;  // spool files that could not be removed yet
  std::map<delivery::ShardKey, delivery::Ordinal> needed_tips_;  // by the ledger; until checked
  std::set<delivery::ShardKey> listed_;

  // The last record read of a shard: its arrival and the ordinal behind it.
  struct ReadUpTo {
    delivery::Ordinal next;
    UnixMillis arrival;
  };

  std::map<delivery::ShardKey, ReadUpTo> read_up_to_;
  std::chrono::nanoseconds refresh_at_{std::chrono::nanoseconds::min()};
  std::chrono::nanoseconds backlog_at_{std::chrono::nanoseconds::min()};
  MemoryBudget::Share memory_;
  std::chrono::nanoseconds memory_at_{std::chrono::nanoseconds::min()};
  std::array<Failure, doings> failures_;
  Wish wish_taken_ = Wish::none;
  std::uint64_t rewinds_ = 0;  // of the core that the router knows of
  // Why records were refused that are routed but not appended yet.
  using Piece = std::tuple<delivery::ShardKey, delivery::Ordinal, std::uint32_t>;  // ..., its part
  std::map<Piece, delivery::RouteRefusal> refusals_;
  std::vector<delivery::Rejected> rejections_;   // reused
  std::vector<delivery::SourceRecord> refused_;  // reused
  RunnerStatus current_;

  std::atomic<bool> records_came_{true};
  std::atomic<bool> schema_changed_{false};
  std::atomic<Wish> wish_{Wish::none};

  mutable std::mutex mutex_;  // guards those below
  std::function<void()> wake_;
  RunnerStatus published_;
};

}  // namespace sluice::runner
