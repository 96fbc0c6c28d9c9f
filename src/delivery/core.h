// The batching core of a delivery stream: decides what is read next, which records make an object,
// and when it is sealed, planned, put and committed.
//
// A pure state machine: no clock, no threads, no I/O.  The caller asks next() for an effect,
// performs it and reports how it went, then asks again; a Wait says when to come back.  One effect
// at a time: what next() returned must be answered before it is called again.
//
//   effect       answer                                   meaning
//   Read         block | at_tip | read_failed | lost      records of a shard from an ordinal on
//   Route        routed | route_failed                    where does each record or part go?
//   Append       appended | append_failed                 records go to the writers of a buffer
//   Weigh        weighed | weigh_failed                   how large the objects of a buffer are
//   Park         parked | park_failed | ledger_failed     sync what buffers hold, and record it
//   Seal         sealed | seal_failed                     finish objects' spool files, synced
//   Plan         planned | ledger_failed                  record what was sealed
//   Put          put_done | put_failed                    planned objects into the bucket
//   Commit       committed | ledger_failed                plans are done, the marks move
//   Abandon      none                                     drop the object's writer and spool file
//   Unwind       none                                     drop what came after it was parked
//   AdvanceLow   none                                     records below are needed no more
//   Wait         none                                     nothing to do before `until`, or an input
//
// Records gather in a *buffer*, one per partition; without partitions one is open at a time.  Its
// accepted records become a data object, its refused ones an error object per kind.  With
// partitions, the refused records of all of them gather in one buffer of their own.  Records that a
// processor drops gather like refused ones, and are settled in the same way by a plan of their own,
// which has no object.  A buffer closes when the first of these comes true:
//   - size hint reached: the record that reaches it is in; where it is about objects, the buffer is
//   weighed at the same records however they are read, and closes when the largest of its objects
//   would have so many bytes by then;
//   - the next record, of whatever partition, arrived at least an interval after the buffer's
//   oldest: it opens the next one;
//   - every shard is read to the tip and now is at least oldest arrival + interval;
//   - another partition needs its place (PartitionOverflow::close_least_recently_used);
//   - memory is short, and it is one of the largest (relieve());
//   - drain.
// Buffers of sessions close an interval after their newest record, not their oldest, and where the
// router says that their partition has ended.
//
// A backlog is thus cut as the live stream would have been: shards are merged by arrival, to within
// merge_slack.  An interval of 0 closes at the tip at once.  Where the wall clock was set back, a
// buffer also closes an interval after it was opened, by the steady clock.
//
// An open buffer that holds the low mark back further than the replay window is *parked*: its
// records so far are settled with its spool files as they are, so that the log may go.  The next
// life goes on with what was parked; when building fails, so does this one.
//
// With `leaves_refused`, records that are refused, and those that the source leaves out, stay where
// they are: they go to no object and are not settled, so that they are read again in another life.
//
// Each record is in exactly one object.  What was planned is put and committed in the order of the
// plan numbers, retried for ever.  Buffers that close together are sealed, planned, put and
// committed together, some dozens at a time: so many files and names are synced in about the time
// of one, and a commit costs by the marks it moves, which are long where the records of many
// partitions lie between each other.  When building fails (a full disk), everything
// that is not yet planned is abandoned and read again, each time later until an object is sealed;
// an object whose plan was tried counts as planned then, since a ledger that reports a failure may
// have kept the plan.  Where the disk was full, all buffers then close when half as much has
// gathered as did not fit, and at twice as much after each commit, until it is the size hint again:
// what is delivered may be trimmed, and that makes room.
//
// Nothing allocates per record.  Not thread-safe.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "base/strong.h"
#include "delivery/backoff.h"
#include "delivery/ledger.h"
#include "delivery/open_buffers.h"
#include "delivery/position.h"
#include "delivery/world.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <variant>
#include <vector>

namespace sluice::delivery {

// Both clocks at one moment.
struct Instant {
  UnixMillis wall;
  std::chrono::nanoseconds steady;
};

inline Instant instant_of(const Clock& clock) {
  return {clock.now(), clock.steady()};
}

// What becomes of a record whose partition would be one too many.
enum class PartitionOverflow : std::uint8_t {
  refuse,  // to the error output, as Firehose does
  close_least_recently_used,
};

struct CoreOptions {
  std::uint64_t size_hint_bytes = std::uint64_t{5} << 20;  // of source records; positive
  bool sizes_objects = false;                              // ... of an object, rather
  std::chrono::milliseconds interval{300'000};

  // Reading pauses while this much is sealed and waits for the bucket.
  std::size_t waiting_objects_max = 16;
  std::uint64_t waiting_bytes_max = std::uint64_t{1} << 30;

  // The replay window: what a restart reads again for the sake of a buffer that is still open.
  std::uint64_t replay_bytes_max = std::uint64_t{256} << 20;
  std::chrono::milliseconds replay_age_max{900'000};

  // After all shards were read to the tip, new records gather this long before they are read.
  std::chrono::milliseconds read_pace{200};

  // Most records of one Append, and of those that are sorted by partition together.
  std::size_t append_records_max = 4096;

  bool leaves_refused = false;       // what is refused or left out is not settled
  bool is_routed = false;            // records are routed: taken apart, refused, dropped
  bool is_partitioned = false;       // ... and sorted by partition; otherwise all are of one
  std::size_t partitions_max = 500;  // open at a time; positive
  PartitionOverflow overflow = PartitionOverflow::refuse;

  // Partitions are sessions: buffers close by silence, but for what is refused.
  bool by_session = false;

  // Records are routed in the order of their arrival over all shards, as far as they are merged so.
  bool routes_in_order = false;
};

// One of the objects that a buffer becomes.
struct ObjectId {
  BufferId buffer;
  ObjectKind kind = ObjectKind::data;

  friend auto operator<=>(const ObjectId&, const ObjectId&) = default;
};

struct ObjectIdHash {
  std::size_t operator()(const ObjectId& id) const {
    return id.buffer.value * object_kinds + static_cast<std::size_t>(id.kind);
  }
};

struct Read {
  ShardKey shard;
  Ordinal from;
};

// Of the records of `partial`, some parts lie in objects already: what splits them has to go by the
// same rule again.  Both live until the answer.
struct Route {
  ShardKey shard;
  std::span<const SourceRecord> records;
  std::shared_ptr<const void> owner;  // keeps alive what they view
  const PartialRecords* partial = nullptr;
};

// Where a record, or a part of one, goes: to the data object of a partition; or, refused by a
// processor, to the error output, or nowhere, where its partition does not matter.
struct RecordRoute {
  PartitionId partition;
  ObjectKind kind = ObjectKind::data;

  friend auto operator<=>(const RecordRoute&, const RecordRoute&) = default;
};

// Of routed records: before the one at this place, or behind all of them, a partition has ended;
// its buffer closes.
struct PartitionEnd {
  std::size_t before = 0;
  PartitionId partition;
};

// Refused records go to the error object of `refused`, in the same step.  The spans live until the
// answer.
struct Append {
  BufferId buffer;
  PartitionId partition;
  BufferId refused;  // without partitions: the same buffer
  ShardKey shard;
  std::span<const SourceRecord> records;
  ObjectKind kind = ObjectKind::data;  // otherwise all of them are refused or dropped already
  bool is_over_limit = false;          // ... for want of a place for their partition
};

// Of an open buffer.
struct Weigh {
  BufferId buffer;
};

// The buffers, all of which have records, live until the answer.
struct Park {
  std::vector<const Buffer*> buffers;
  std::vector<ShardMark> marks;  // of the shards whose marks change
  bool is_again = false;         // the ledger failed: the same buffers as before, as they were
};

// Objects, their plan numbers one after the other.  Of what is dropped there is no file, and
// nothing to put.
struct Seal {
  struct One {
    ObjectId object;
    PlanNumber number;
    const ObjectFacts* facts = nullptr;  // lives until the answer
  };

  std::vector<One> objects;
};

// Those of the last Seal.
struct Plan {
  struct One {
    ObjectId object;
    PlanNumber number;
  };

  std::vector<One> objects;
};

// In the order of their numbers.
struct Put {
  std::vector<PlanNumber> numbers;
};

// Of objects that were put, in the order of their numbers.
struct Commit {
  std::vector<PlanNumber> numbers;
  std::vector<ShardMark> marks;  // of the shards whose marks change
};

struct Abandon {
  ObjectId object;
};

struct Unwind {
  ObjectId object;
};

struct AdvanceLow {
  ShardKey shard;
  Ordinal low;
};

struct Wait {
  std::optional<std::chrono::nanoseconds> until;  // steady; none: until an input comes
};

using Effect = std::variant<Wait,
                            Read,
                            Route,
                            Append,
                            Weigh,
                            Park,
                            Seal,
                            Plan,
                            Put,
                            Commit,
                            Abandon,
                            Unwind,
                            AdvanceLow>;

enum class StopMode : std::uint8_t {
  none,
  drain,  // deliver what was readable when asked, then end
  leave,  // end now; what is not planned stays in the log
};

class Core {
 public:
  static constexpr std::chrono::milliseconds merge_slack{1'000};

  // Takes up what an earlier life left in the ledger: its planned objects are put first.  What it
  // parked is for take_up().
  // `random` must outlive the core.
  Core(CoreOptions options, const LedgerState& state, Random& random);

  // Parked objects of one buffer, before the first next().  `partition`: of their values; none
  // without values.  Unless it `goes_on`, the buffer closes with what it holds, because its
  // definition or its schema is no longer in force.
  void take_up(std::span<const ParkedObject> objects,
               std::optional<PartitionId> partition,
               bool goes_on,
               Instant now);

  // --- shards ---

  // A shard that has a mark, in the ledger already or just added to it, becomes readable; a shard
  // is not read before those of its `parents` that are listed have been read to their ends.  Called
  // again, it updates is_closed and first: records below `shard.first` that are still awaited are
  // lost, and their number is returned.
  std::uint64_t list_shard(const Source::Shard& shard);

  // The stream of a listed shard is gone, and what was not read of it: it is not read any more, and
  // no drain waits for it.  What was read is delivered.
  void retire_shard(ShardKey shard);

  bool has_mark(ShardKey shard) const { return shards_.contains(shard); }

  // A shard whose mark was just added to the ledger; has_mark() must be false.
  void add_mark(const ShardMark& mark);

  // New records may be readable.
  void records_came() { records_came_ = true; }

  // --- the next thing to do ---

  Effect next(Instant now);

  // --- answers ---

  // Records below the ordinal asked for are passed over.  Fault::corrupt if the batch does not
  // ascend (answer taken as read_failed).  A gap is taken for lost records; `lost` counts them.
  Result<std::uint64_t> block(SourceBatch batch, Instant now);
  void at_tip(Instant now);
  void read_failed(Instant now);

  // Nothing below `next` (above the ordinal asked for) can be read any more.  Returns how many
  // records that are.
  std::uint64_t lost(Ordinal next);

  // What became of Route::records: their parts in their place, all parts of each in order, or none
  // where they stay the same; and a route for each.  What owns them keeps alive Route::owner as
  // well.  `ends` by place.
  void routed(SourceBatch records,
              std::vector<RecordRoute> routes,
              const std::vector<PartitionEnd>& ends = {});
  void route_failed(Instant now);

  // `rejected`: ascending indexes into Append::records; empty when those are refused already.
  void appended(std::span<const std::uint32_t> rejected);
  // Fault::conflict: a buffer that is parked takes no more records; it closes with what is parked.
  void append_failed(Instant now, Fault why);

  // `bytes`: of the largest object that the buffer would become now.
  void weighed(std::uint64_t bytes);
  void weigh_failed(Instant now, Fault why);

  void parked();
  void park_failed(Instant now, Fault why);
  void sealed();
  void seal_failed(Instant now, Fault why);
  void planned();

  // `count`: how many of them were put, from the first on; at least one, and the rest is asked for
  // again.
  void put_done(std::size_t count);

  // `done` of them were put; the next one was not.
  void put_failed(std::size_t done, Instant now);
  void committed();
  // Whether the change was made is not known or it was not made; the same effect comes again.
  void ledger_failed(Instant now);

  // --- the course of things ---

  // The open buffers close before the next record: their schema is no longer the table's.
  void close_open_buffers();

  // Memory is short.  Before the next record the largest open buffers close, as many as hold half
  // of the bytes; all of them where the large ones are no larger than the rest: their records lie
  // between each other, and then positions take the least room when all are settled.
  void relieve();

  // Whether something is open, and nothing that is to close still waits for its turn.
  bool can_relieve() const {
    return open_.has_records() && closing_.empty() && parking_.empty() && !is_relieving_;
  }

  // drain: `tips` are the ordinals up to which (exclusive) each listed shard is delivered.
  void stop(StopMode mode, const std::map<ShardKey, Ordinal>& tips = {});

  // Stopped, and nothing is left to do.
  bool is_done() const;

  // --- for status ---

  bool is_paused() const;
  bool is_at_tip() const;

  std::size_t objects_planned() const { return planned_.size(); }

  // What records are gathered in.
  struct Gathering {
    std::uint64_t buffers = 0;
    std::uint64_t records = 0;
    std::uint64_t source_bytes = 0;
    UnixMillis closes_at;  // the first of them at the latest, unless records are still to be read
  };

  // std::nullopt while nothing is open.
  std::optional<Gathering> gathering() const;

  // Memory held for the positions of records that are read and not committed.
  std::size_t bytes_held() const;

  // ... of which closing the open buffers would free some.
  std::size_t open_bytes_held() const { return open_.bytes_held(); }

  // How often everything that was neither planned nor parked was given up, to be read again: what
  // was routed since comes once more.
  std::uint64_t rewinds() const { return rewinds_; }

  // Those that records are gathered for, or will be, or were and are not sealed yet.
  std::set<PartitionId> partitions_in_use() const;

  // When the put that failed is tried again (steady); std::nullopt unless the last one failed.
  std::optional<std::chrono::nanoseconds> put_again_at() const;

  // Of records read or found in the ledger, not yet committed.
  std::optional<UnixMillis> oldest_undelivered() const;

  std::vector<ShardMark> marks() const;

 private:
  struct Shard {
    ShardMark mark;
    OrdinalSet skip;            // settled, or planned: not to be taken again when read again
    PartialRecords skip_parts;  // likewise
    Ordinal next{1};            // the next ordinal to read
    bool is_listed = false;
    bool is_closed = false;
    bool is_at_tip = false;
    bool is_mark_dirty = false;  // holds lost records that no commit has stored
    std::vector<ShardKey> parents;
    bool has_turn = false;  // its parents were read to their ends, and theirs before them
    std::optional<OrdinalSet::Run> unused;  // of those that are missed, not counted as lost
    Backoff reading;
    Ordinal drain_to{0};
    SourceBatch pending;              // read, not yet in a buffer
    std::vector<RecordRoute> routes;  // of the first of the pending records, once routed
    std::deque<PartitionEnd> ends;    // by their places among those
    std::size_t pending_from = 0;

    bool has_pending() const { return pending_from < pending.records.size(); }

    void drop_pending() {
      pending = {};
      pending_from = 0;
      routes.clear();
      ends.clear();
    }

    bool has_routed() const { return pending_from < routes.size(); }

    const SourceRecord& head() const { return pending.records[pending_from]; }

    bool is_skipped(const SourceRecord& record) const {
      if (skip.contains(record.ordinal)) {
        return true;
      }
      const PartialRecord* const known =
          record.parts == 1 ? nullptr : skip_parts.find(record.ordinal);
      return known != nullptr && known->held.contains(Ordinal(record.part));
    }

    void take_routed(SourceBatch records, std::vector<RecordRoute> more, std::size_t count);
    void take_routes(std::span<const RecordRoute> more);

    // Not to be taken again when read again.
    void pass_over(const ShardPositions& positions);
  };

  // Records of one window for one partition.
  struct Group {
    PartitionId partition;
    ObjectKind kind = ObjectKind::data;
    std::size_t from = 0;  // into the window: the first that is not in a buffer yet
    std::size_t end = 0;
    bool is_over_limit = false;
  };

  // The next pending records of a shard, sorted by partition, on their way into buffers.
  struct Window {
    Shard* shard = nullptr;
    std::span<const SourceRecord> records;
    bool is_sorted = false;  // by order_; one group is as it is
    std::vector<Group> groups;
    std::size_t group = 0;  // the one that is next
  };

  // A part of a buffer that closes.
  struct ClosingPart {
    std::size_t buffer = 0;  // its place
    std::size_t part = 0;
  };

  struct Planned {
    PlanNumber number;
    std::vector<ShardPositions> positions;
    std::uint64_t source_bytes = 0;
    UnixMillis oldest_arrival{};
  };

  Effect issue(Effect effect);
  template <class Expected>
  Expected answer();

  bool gathers_plans(Instant now) const;
  bool is_commit_due(Instant now) const;
  std::optional<Effect> next_settling(Instant now);
  std::optional<Effect> next_building(Instant now);
  std::vector<ClosingPart> closing_parts(std::size_t count_max) const;
  std::optional<Effect> next_append(Instant now);
  std::optional<Effect> next_route(const Shard& shard, UnixMillis bound, Instant now) const;
  std::optional<Effect> next_park(Instant now);
  std::optional<Effect> next_read(Instant now);
  Effect next_wait(Instant now) const;
  Put put_of_planned() const;
  Commit commit_of_puts() const;
  void take_marks(std::vector<ShardMark> marks);

  bool is_drained(const Shard& shard) const;
  bool is_left_out_to_its_end(const Shard& shard) const;
  bool is_ended(const Shard& shard) const;

  static bool is_readable(const Shard& shard) { return shard.is_listed && shard.has_turn; }

  bool are_parents_ended(const Shard& shard) const;
  void give_turns();
  bool is_quiet(const Shard& shard) const;
  bool is_all_drained() const;
  bool is_age_reached(Instant now) const;
  bool is_full(const Buffer& buffer) const;
  std::uint64_t weighing_step() const;
  void account(BufferId id, ObjectKind kind, ShardKey shard, std::span<const SourceRecord> records);
  void close_if_due(Instant now);
  bool close_those_older_than(UnixMillis arrival);
  void refresh_tips(Instant now);
  void drop_skipped(Shard& shard);
  void close_ended(Shard& shard);
  Shard* first_to_append(UnixMillis& bound);
  std::size_t cut(const Shard& shard, UnixMillis bound) const;
  void open_window(Shard& shard, std::size_t records);
  void sort_window(std::span<const RecordRoute> routes);
  void sort_window_by_comparing(std::span<const RecordRoute> routes);
  void finish_group();
  bool make_room(Group& group);
  const SourceRecord& take_from_window(std::size_t place);
  Append append_of(Instant now);
  std::uint64_t lose(Shard& shard, Ordinal first, Ordinal last);
  void drop_empty_parts();
  Park park_of(std::vector<const Buffer*> buffers) const;
  bool is_park_due(const Buffer& buffer, Instant now) const;
  void close(BufferId buffer);
  void close_all();
  void close_largest();
  void abandon(const Buffer& buffer, std::size_t from_part);
  void unwind(Buffer& buffer, std::size_t from_part);
  void abandon_unplanned();
  std::uint64_t unplanned_bytes() const;
  void building_failed(Instant now, Fault why, std::uint64_t bytes);

  CoreOptions options_;
  Random& random_;
  std::map<ShardKey, Shard> shards_;
  std::deque<Effect> notices_;  // Abandon and AdvanceLow, handed out before anything else
  OpenBuffers open_;
  std::optional<std::uint64_t> gathered_bytes_max_;  // in all open buffers, after a full disk
  std::deque<BufferId> weighing_;  // those to be weighed before anything else goes into buffers
  std::deque<Buffer> closing_;
  std::size_t sealed_ = 0;  // of the parts of those, from the first on: they wait for their plans
  std::uint64_t rewinds_ = 0;
  std::vector<const Buffer*> parking_;  // what the ledger failed to record, or seemed to
  bool is_closing_all_ = false;         // once parking is over
  bool are_plans_tried_ = false;        // of sealed_: they may be in the ledger already
  bool is_relieving_ = false;           // likewise
  std::optional<Window> window_;
  std::vector<std::uint32_t> order_;       // of the window's records, where it is sorted
  std::vector<SourceRecord> gathered_;     // those of an append, in that order
  std::vector<std::size_t> ends_by_slot_;  // reused: of a window's groups, as they are filled
  std::deque<Planned> planned_;
  std::size_t puts_ = 0;                   // of the first of them: put, and not committed
  std::chrono::nanoseconds put_since_{0};  // the first of those
  bool commits_again_ = false;             // the ledger failed, or seemed to: the very same plans
  PlanNumber next_plan_{1};
  Backoff routing_;
  Backoff building_;
  Backoff putting_;
  Backoff recording_;
  bool do_all_have_turns_ = false;
  bool records_came_ = true;
  std::chrono::nanoseconds tip_reached_{std::chrono::nanoseconds::min()};
  StopMode stop_ = StopMode::none;
  std::optional<Effect> outstanding_;
};

}  // namespace sluice::delivery
