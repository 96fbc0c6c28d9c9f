// Timelines: records arrive, time passes, puts fail, and the objects that come out are compared
// with what Firehose would have made of them.
#include "delivery/core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

namespace sluice::delivery {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::StartsWith;
using testing::UnorderedElementsAre;
using testing::UnorderedElementsAreArray;

constexpr std::int64_t epoch_ms = 1'752'400'000'000;

struct Object {
  PlanNumber number;
  ObjectKind kind;
  std::vector<ShardPositions> positions;
  std::uint64_t records;
  std::uint64_t bytes;
  std::int64_t oldest_ms;  // since the start of the test
  std::int64_t sealed_ms;

  // "1-3,5" for the only shard, "0:1-3 1:1-2" for several.
  std::string text() const {
    std::string out = kind == ObjectKind::data ? "" : "refused ";
    out += kind == ObjectKind::processing_failed ? "unrouted " : "";
    for (const ShardPositions& p : positions) {
      if (positions.size() > 1) {
        out += (out.empty() ? "" : " ") + std::to_string(p.shard.shard) + ":";
      }
      bool is_first = true;
      for (const OrdinalSet::Run& run : p.ordinals.runs()) {
        out += is_first ? "" : ",";
        out += std::to_string(run.first.value);
        out += run.last == run.first ? "" : "-" + std::to_string(run.last.value);
        is_first = false;
      }
      for (const PartialRecord& one : p.partial.all()) {
        out += is_first ? "" : ",";
        is_first = false;
        out += std::to_string(one.ordinal.value);
        for (const OrdinalSet::Run& run : one.held.runs()) {
          for (Ordinal part = run.first; part <= run.last; ++part) {
            out += "." + std::to_string(part.value);
          }
        }
        out += "/" + std::to_string(one.parts);
      }
    }
    return out;
  }
};

// A world in which everything works unless told otherwise.
class Timeline {
 public:
  explicit Timeline(CoreOptions options, LedgerState state = {}, std::uint32_t shards = 1)
      : random_(1), core_(options, state, random_), log_(shards) {
    for (std::uint32_t i = 0; i < shards; ++i) {
      if (!core_.has_mark(key(i))) {
        core_.add_mark({key(i), Ordinal{1}, {}});
      }
      core_.list_shard({key(i), Ordinal{1}, {}, false});
    }
  }

  static ShardKey key(std::uint32_t shard) { return {StreamIncarnation{9}, shard}; }

  // A record that arrives now, or at `arrival_ms`.
  void record(std::size_t bytes = 1, std::uint32_t shard = 0, std::int64_t arrival_ms = -1) {
    payloads_.push_back(std::string(bytes, 'x'));
    const std::int64_t at = arrival_ms < 0 ? wall_ms_ : arrival_ms;
    log_[shard].push_back(
        {Ordinal{log_[shard].size() + 1}, unix_millis(epoch_ms + at), payloads_.back(), "k"});
    core_.records_came();
  }

  Instant now() const {
    return {unix_millis(epoch_ms + wall_ms_),
            nanoseconds(seconds(1000)) + milliseconds(steady_ms_)};
  }

  // Everything that can be done now.
  void run() {
    for (int i = 0; i < 100'000; ++i) {
      const Effect effect = core_.next(now());
      if (const Wait* wait = std::get_if<Wait>(&effect)) {
        wait_ = *wait;
        return;
      }
      std::visit([this](const auto& e) { perform(e); }, effect);
    }
    FAIL() << "the core never comes to rest";
  }

  // Lets time pass, running whenever the core asked to be called.
  void pass(std::int64_t ms) {
    const std::int64_t end = steady_ms_ + ms;
    run();
    while (wait_.until && to_ms(*wait_.until) <= end) {
      step_to(std::max(to_ms(*wait_.until), steady_ms_));
      run();
    }
    step_to(end);
    run();
  }

  void jump_wall(std::int64_t ms) { wall_ms_ += ms; }

  std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const Object& object : committed_) {
      out.push_back(object.text());
    }
    return out;
  }

  Core& core() { return core_; }

  const std::vector<Object>& committed() const { return committed_; }

  const std::vector<Object>& planned() const { return planned_; }

  const Wait& wait() const { return wait_; }

  std::map<ShardKey, Ordinal> tips() const {
    std::map<ShardKey, Ordinal> tips;
    for (std::uint32_t i = 0; i < log_.size(); ++i) {
      tips[key(i)] = Ordinal{log_[i].size() + 1};
    }
    return tips;
  }

  // Knobs.
  std::size_t read_records_max = 1000;
  std::function<bool(const SourceRecord&)> refuse = [](const SourceRecord&) { return false; };
  std::function<RecordRoute(const SourceRecord&)> route = [](const SourceRecord&) {
    return RecordRoute{};
  };
  std::function<std::uint32_t(const SourceRecord&)> parts_of = [](const SourceRecord&) {
    return 1U;
  };
  std::function<std::vector<PartitionEnd>(std::span<const SourceRecord>)> ends =
      [](std::span<const SourceRecord>) { return std::vector<PartitionEnd>(); };
  std::vector<std::int64_t> routed_at;  // arrivals, in the order of routing
  bool routes_fail = false;
  int over_limit = 0;
  bool puts_fail = false;
  int puts_before_failures = 1'000'000;  // then puts fail
  std::vector<std::size_t> seals;        // how many objects each
  std::vector<std::size_t> commits;      // how many plans each
  bool ledger_fails = false;
  bool seals_fail = false;
  std::uint64_t seal_bytes_max = ~std::uint64_t{0};
  bool appends_fail = false;
  bool weighings_fail = false;
  std::uint64_t share_kept = 100;      // percent of the source bytes that objects have
  std::vector<std::uint64_t> weighed;  // source bytes by then, of whatever buffer
  std::uint64_t spool_bytes_max = ~std::uint64_t{0};  // of what is not planned
  bool parks_fail = false;
  std::vector<std::vector<ParkedObject>> parks;
  std::vector<ObjectId> unwound;
  std::set<std::uint32_t> unreadable;
  std::vector<ObjectId> abandoned;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> lows;
  int reads = 0;
  int puts = 0;

 private:
  std::uint64_t spooled_bytes() const {
    std::uint64_t sum = 0;
    for (const auto& [buffer, bytes] : spooled_) {
      sum += bytes;
    }
    return sum;
  }

  static std::int64_t to_ms(nanoseconds steady) {
    return std::chrono::ceil<milliseconds>(steady - seconds(1000)).count();
  }

  void step_to(std::int64_t steady_ms) {
    wall_ms_ += steady_ms - steady_ms_;
    steady_ms_ = steady_ms;
  }

  void perform(const Wait&) {}

  void perform(const Read& read) {
    ++reads;
    if (unreadable.contains(read.shard.shard)) {
      core_.read_failed(now());
      return;
    }
    const auto& records = log_[read.shard.shard];
    SourceBatch batch;
    for (std::size_t i = read.from.value - 1;
         i < records.size() && batch.records.size() < read_records_max;
         ++i) {
      batch.records.push_back(records[i]);
    }
    if (batch.records.empty()) {
      core_.at_tip(now());
      return;
    }
    const auto lost = core_.block(std::move(batch), now());
    ASSERT_TRUE(lost);
    ASSERT_EQ(*lost, 0U);
  }

  void perform(const Route& effect) {
    if (routes_fail) {
      core_.route_failed(now());
      return;
    }
    SourceBatch batch;
    std::vector<RecordRoute> routes;
    for (SourceRecord record : effect.records) {
      record.parts = parts_of(record);
      for (record.part = 1; record.part <= record.parts; ++record.part) {
        batch.records.push_back(record);
        routes.push_back(route(record));
      }
    }
    for (const SourceRecord& record : effect.records) {
      routed_at.push_back(to_count(record.arrival) - epoch_ms);
    }
    core_.routed(std::move(batch), std::move(routes), ends(effect.records));
  }

  void perform(const Append& append) {
    if (append.kind != ObjectKind::data && !appends_fail) {
      over_limit += append.is_over_limit ? static_cast<int>(append.records.size()) : 0;
      core_.appended({});
      return;
    }
    if (appends_fail) {
      core_.append_failed(now(), Fault::io);
      return;
    }
    ASSERT_FALSE(append.records.empty());
    std::uint64_t bytes = 0;
    for (const SourceRecord& record : append.records) {
      bytes += record.data.size();
    }
    if (spooled_bytes() + bytes > spool_bytes_max) {
      core_.append_failed(now(), Fault::throttled);
      return;
    }
    spooled_[append.buffer] += bytes;
    std::vector<std::uint32_t> rejected;
    for (std::uint32_t i = 0; i < append.records.size(); ++i) {
      if (refuse(append.records[i])) {
        rejected.push_back(i);
      }
    }
    core_.appended(rejected);
  }

  void perform(const Seal& seal) {
    if (seals_fail) {
      core_.seal_failed(now(), Fault::io);
      return;
    }
    seals.push_back(seal.objects.size());
    sealed_.clear();
    for (const Seal::One& one : seal.objects) {
      if (one.facts->source_bytes > seal_bytes_max) {
        core_.seal_failed(now(), Fault::too_large);
        return;
      }
      sealed_.emplace_back(one.object.buffer,
                           Object{one.number,
                                  one.object.kind,
                                  one.facts->positions,
                                  one.facts->records,
                                  one.facts->source_bytes,
                                  to_count(one.facts->oldest_arrival) - epoch_ms,
                                  wall_ms_});
    }
    core_.sealed();
  }

  void perform(const Park& park) {
    if (parks_fail) {
      core_.park_failed(now(), Fault::io);
      return;
    }
    if (ledger_fails) {
      core_.ledger_failed(now());
      return;
    }
    parks.emplace_back();
    for (const Buffer* const buffer : park.buffers) {
      for (std::size_t kind = 0; kind < object_kinds; ++kind) {
        const ObjectFacts& facts = buffer->parts[kind];
        ParkedObject object;
        object.buffer = buffer->id.value;
        object.draft.kind = static_cast<ObjectKind>(kind);
        object.draft.positions = facts.positions;
        object.draft.records = facts.records;
        object.draft.source_bytes = facts.source_bytes;
        object.draft.oldest_arrival = facts.oldest_arrival;
        if (facts.records > 0) {
          parks.back().push_back(object);
        }
      }
    }
    core_.parked();
  }

  void perform(const Unwind& unwind) { unwound.push_back(unwind.object); }

  void perform(const Weigh& weigh) {
    if (weighings_fail) {
      core_.weigh_failed(now(), Fault::io);
      return;
    }
    weighed.push_back(spooled_[weigh.buffer]);
    core_.weighed(weighed.back() * share_kept / 100);
  }

  void perform(const Plan& plan) {
    ASSERT_EQ(plan.objects.size(), sealed_.size());
    for (std::size_t i = 0; i < sealed_.size(); ++i) {
      ASSERT_EQ(plan.objects[i].number, sealed_[i].second.number);
    }
    if (ledger_fails) {
      core_.ledger_failed(now());
      return;
    }
    for (const auto& [buffer, object] : sealed_) {
      planned_.push_back(object);
      spooled_.erase(buffer);
    }
    core_.planned();
  }

  void perform(const Put& put) {
    for (std::size_t done = 0; done < put.numbers.size(); ++done) {
      ++puts;
      if (puts_fail || puts_before_failures == 0) {
        core_.put_failed(done, now());
        return;
      }
      --puts_before_failures;
    }
    core_.put_done(put.numbers.size());
  }

  void perform(const Commit& commit) {
    if (ledger_fails) {
      core_.ledger_failed(now());
      return;
    }
    commits.push_back(commit.numbers.size());
    for (const PlanNumber number : commit.numbers) {
      for (const Object& object : planned_) {
        if (object.number == number) {
          committed_.push_back(object);
        }
      }
    }
    core_.committed();
  }

  void perform(const Abandon& abandon) {
    abandoned.push_back(abandon.object);
    spooled_.erase(abandon.object.buffer);
  }

  void perform(const AdvanceLow& advance) {
    lows.emplace_back(advance.shard.shard, advance.low.value);
  }

  SeededRandom random_;
  Core core_;
  std::vector<std::vector<SourceRecord>> log_;
  std::deque<std::string> payloads_;
  std::int64_t wall_ms_ = 0;
  std::int64_t steady_ms_ = 0;
  Wait wait_;
  std::vector<std::pair<BufferId, Object>> sealed_;
  std::map<BufferId, std::uint64_t> spooled_;  // bytes that are not planned
  std::vector<Object> planned_;
  std::vector<Object> committed_;
};

CoreOptions hints(std::uint64_t bytes, milliseconds interval) {
  CoreOptions options;
  options.size_hint_bytes = bytes;
  options.interval = interval;
  return options;
}

TEST(Core, OneRecordASecondGivesAnObjectEverySixtyToSixtyTwoSeconds) {
  // The seed's own bucket: folders 60 to 62 seconds apart, because an interval starts with the
  // first record after a cut.
  for (const int period_ms : {900, 1000, 1010, 1100, 1333, 1900}) {
    Timeline line(hints(64 << 20, seconds(60)));
    for (int at = 0; at < 900'000; at += period_ms) {
      line.record(62);
      line.pass(period_ms);
    }
    ASSERT_GE(line.committed().size(), 13U) << period_ms;
    for (std::size_t i = 1; i < line.committed().size(); ++i) {
      const std::int64_t gap = line.committed()[i].oldest_ms - line.committed()[i - 1].oldest_ms;
      EXPECT_GE(gap, 60'000) << period_ms;
      EXPECT_LE(gap, 62'000) << period_ms;
      const std::int64_t held = line.committed()[i].sealed_ms - line.committed()[i].oldest_ms;
      EXPECT_GE(held, 60'000);
      EXPECT_LE(held, 60'300);
    }
  }
}

TEST(Core, TheRecordThatReachesTheSizeHintIsInTheObject) {
  Timeline line(hints(10, seconds(60)));
  for (const std::size_t bytes : {4U, 5U, 1U, 10U, 11U, 3U, 3U}) {
    line.record(bytes);
  }
  line.run();
  EXPECT_THAT(line.texts(), ElementsAre("1-3", "4", "5"));
  line.pass(60'000);
  EXPECT_THAT(line.texts(), ElementsAre("1-3", "4", "5", "6-7"));
}

CoreOptions partitioned(std::uint64_t bytes, milliseconds interval) {
  CoreOptions options = hints(bytes, interval);
  options.is_routed = true;
  options.is_partitioned = true;
  return options;
}

// Odd and even ordinals.
RecordRoute by_parity(const SourceRecord& record) {
  return {PartitionId{record.ordinal.value % 2}};
}

CoreOptions object_hints(std::uint64_t bytes) {
  CoreOptions options = hints(bytes, seconds(60));
  options.sizes_objects = true;
  return options;
}

constexpr std::uint64_t mib = std::uint64_t{1} << 20;

TEST(Core, AHintOfTheObjectIsReachedByTheObject) {
  Timeline line(object_hints(8 * mib));
  line.share_kept = 25;
  for (int i = 0; i < 80; ++i) {
    line.record(mib);
  }
  line.run();
  EXPECT_THAT(line.texts(), ElementsAre("1-32", "33-64"));
}

// A weighing is due at the record that reaches another multiple of a 64th of the hint.
TEST(Core, ObjectsAreCutAlikeHoweverTheirRecordsAreRead) {
  const auto cut = [](std::size_t read_records, bool is_live) {
    CoreOptions options = object_hints(8 * mib);
    options.append_records_max = read_records;
    Timeline line(options);
    line.share_kept = 30;
    line.read_records_max = read_records;
    SeededRandom random(5);
    for (int i = 0; i < 300; ++i) {
      line.record(1 + random.below(400'000));
      if (is_live) {
        line.pass(50);
      }
    }
    line.pass(500);
    for (std::size_t i = 1; i < line.weighed.size(); ++i) {
      const std::uint64_t step = 8 * mib / 64;
      EXPECT_NE(line.weighed[i] / step, line.weighed[i - 1] / step);
    }
    return line.texts();
  };
  const auto once = cut(1000, false);
  EXPECT_THAT(once, testing::SizeIs(testing::Ge(1U)));
  EXPECT_EQ(cut(7, false), once);
  EXPECT_EQ(cut(1, true), once);
}

TEST(Core, WhatIsNotWeighedLargeEnoughClosesByTheInterval) {
  Timeline line(object_hints(mib));
  line.share_kept = 0;
  for (int i = 0; i < 8; ++i) {
    line.record(mib);
  }
  line.run();
  EXPECT_THAT(line.texts(), IsEmpty());
  line.pass(60'000);
  EXPECT_THAT(line.texts(), ElementsAre("1-8"));
}

TEST(Core, SourceBytesAreNotWeighed) {
  Timeline line(hints(mib, seconds(60)));
  for (int i = 0; i < 4; ++i) {
    line.record(mib);
  }
  line.run();
  EXPECT_THAT(line.weighed, IsEmpty());
  EXPECT_THAT(line.texts(), ElementsAre("1", "2", "3", "4"));
}

TEST(Core, WhatCannotBeWeighedIsReadAgain) {
  Timeline line(object_hints(mib));
  line.weighings_fail = true;
  for (int i = 0; i < 3; ++i) {
    line.record(mib / 2);
  }
  line.pass(1'000);
  EXPECT_THAT(line.texts(), IsEmpty());
  EXPECT_GT(line.core().rewinds(), 0U);
  line.weighings_fail = false;
  line.pass(60'000);
  EXPECT_THAT(line.texts(), ElementsAre("1-2", "3"));
}

TEST(Core, APartitionThatClosesBeforeItIsWeighedIsNotWeighed) {
  CoreOptions options = partitioned(mib, seconds(60));
  options.sizes_objects = true;
  options.partitions_max = 1;
  options.overflow = PartitionOverflow::close_least_recently_used;
  Timeline line(options);
  line.route = by_parity;
  for (int i = 0; i < 6; ++i) {
    line.record(mib / 2);
  }
  line.run();
  line.pass(60'000);
  std::size_t records = 0;
  for (const Object& object : line.committed()) {
    records += object.records;
  }
  EXPECT_EQ(records, 6U);
}

TEST(Core, ARecordAnIntervalYoungerThanTheOldestOpensTheNextObject) {
  Timeline line(hints(1 << 20, seconds(60)));
  for (const int at : {0, 30'000, 59'999, 60'000, 119'999, 120'000, 500'000}) {
    line.record(1, 0, at);
  }
  line.jump_wall(510'000);
  line.run();
  EXPECT_THAT(line.texts(), ElementsAre("1-3", "4-5", "6"));
}

TEST(Core, ABacklogIsCutAsTheLiveStreamWouldHaveBeen) {
  // The same records once live and once as a backlog that is read in blocks of seven.
  Timeline live(hints(500, seconds(10)));
  Timeline late(hints(500, seconds(10)));
  late.read_records_max = 7;
  SeededRandom random(3);
  for (int i = 0; i < 400; ++i) {
    const std::size_t bytes = 1 + random.below(60);
    live.record(bytes);
    late.record(bytes);
    const auto gap = static_cast<std::int64_t>(random.below(3000));
    live.pass(gap);
    late.jump_wall(gap);
  }
  live.pass(60'000);
  late.pass(60'000);
  EXPECT_EQ(live.texts(), late.texts());
  EXPECT_GT(live.texts().size(), 50U);
}

// Ordinal 1 to 1, 2 to 2, ..., as long as there are so many.
RecordRoute by_turns(const SourceRecord& record, std::uint64_t partitions) {
  return {PartitionId{record.ordinal.value % partitions}};
}

CoreOptions by_session(milliseconds silence) {
  CoreOptions options = partitioned(1 << 20, silence);
  options.by_session = true;
  options.routes_in_order = true;
  return options;
}

TEST(Core, ASessionClosesBySilenceHoweverLongItLasts) {
  Timeline line(by_session(seconds(60)));
  for (int i = 0; i < 20; ++i) {
    line.record();
    line.pass(50'000);
  }
  EXPECT_THAT(line.texts(), IsEmpty());
  line.pass(9'999);
  EXPECT_THAT(line.texts(), IsEmpty());
  line.pass(1);
  EXPECT_THAT(line.texts(), ElementsAre("1-20"));
}

// Those of the other partition keep coming: nothing but the arrival of the next record tells.
TEST(Core, ABacklogOfSessionsIsCutWhereTheLiveStreamWas) {
  const auto cut = [](bool is_live) {
    Timeline line(by_session(seconds(60)));
    line.route = [](const SourceRecord& record) {
      return RecordRoute{PartitionId{record.ordinal.value % 7 == 0 ? 2U : 1U}};
    };
    for (int i = 0; i < 50; ++i) {
      line.record(1, 0, i * 10'000);
      if (is_live) {
        line.pass(10'000);
      }
    }
    line.jump_wall(is_live ? 0 : 500'000);
    line.pass(60'000);
    return line.texts();
  };
  EXPECT_EQ(cut(true), cut(false));
  EXPECT_THAT(cut(true), testing::SizeIs(8)) << "one of the steady partition, seven of the other";
}

TEST(Core, ASessionEndsWhereTheRouterSaysSo) {
  Timeline line(by_session(seconds(60)));
  line.route = [](const SourceRecord& record) {
    return RecordRoute{PartitionId{record.ordinal.value < 4 ? 1U : 2U}};
  };
  line.ends = [](std::span<const SourceRecord> records) {
    std::vector<PartitionEnd> ends;
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (records[i].ordinal == Ordinal{4}) {
        ends.push_back({i, PartitionId{1}});
      } else if (records[i].ordinal == Ordinal{6}) {
        ends.push_back({i + 1, PartitionId{2}});
      }
    }
    return ends;
  };
  for (int i = 0; i < 6; ++i) {
    line.record();
  }
  line.run();
  EXPECT_THAT(line.texts(), ElementsAre("1-3", "4-6")) << "at once";
  EXPECT_EQ(line.core().marks().front().low, Ordinal{7});
}

// With a backlog in each shard, as after a stop: reading one shard to its end first would tell the
// router of the latest records before the earliest.
TEST(Core, RecordsOfSessionsAreRoutedInTheOrderOfArrivalOverAllShards) {
  Timeline line(by_session(seconds(60)), {}, 3);
  line.parts_of = [](const SourceRecord& record) {
    return record.ordinal.value % 3 == 0 ? 2U : 1U;
  };
  for (int i = 0; i < 300; ++i) {
    line.record(1, static_cast<std::uint32_t>(i % 3), i * 1'500);
  }
  line.pass(1'000'000);
  ASSERT_EQ(line.routed_at.size(), 300U);
  std::int64_t latest = 0;
  for (const std::int64_t arrival : line.routed_at) {
    EXPECT_GE(arrival, latest - Core::merge_slack.count());
    latest = std::max(latest, arrival);
  }
  std::uint64_t records = 0;
  for (const Object& object : line.committed()) {
    records += object.records;
  }
  EXPECT_EQ(records, 399U) << "each part in one object";
  for (const ShardMark& mark : line.core().marks()) {
    EXPECT_EQ(mark.low, Ordinal{101});
  }
}

TEST(Core, WhatIsRefusedOfSessionsIsDeliveredWhileItKeepsComing) {
  Timeline line(by_session(seconds(60)));
  line.refuse = [](const SourceRecord& record) { return record.ordinal.value % 2 == 0; };
  for (int i = 0; i < 20; ++i) {
    line.record();
    line.pass(10'000);
  }
  EXPECT_THAT(line.texts(), testing::Contains(StartsWith("refused 2,4")));
  EXPECT_THAT(line.texts(), testing::Each(StartsWith("refused")));
}

TEST(Core, SaysThatRecordsAreRoutedAgainAfterAFailure) {
  Timeline line(by_session(seconds(60)));
  line.record();
  line.seals_fail = true;
  line.pass(61'000);
  EXPECT_GT(line.core().rewinds(), 0U);
  line.seals_fail = false;
  line.pass(600'000);
  EXPECT_THAT(line.texts(), ElementsAre("1"));
}

TEST(Core, ASessionOfAnEarlierLifeWaitsForItsSilenceAnew) {
  CoreOptions options = by_session(seconds(60));
  options.replay_age_max = seconds(10);
  Timeline first(options);
  first.route = [](const SourceRecord&) { return RecordRoute{PartitionId{5}}; };
  first.record();
  first.pass(11'000);
  ASSERT_EQ(first.parks.size(), 1U);
  LedgerState state;
  state.marks = first.core().marks();
  state.parked = first.parks.back();
  Timeline line(options, state);
  line.core().take_up(state.parked, PartitionId{5}, true, line.now());
  line.pass(59'999);
  EXPECT_THAT(line.texts(), IsEmpty());
  line.pass(1);
  EXPECT_THAT(line.texts(), ElementsAre("1"));
}

TEST(Core, APartitionHasObjectsOfItsOwn) {
  Timeline line(partitioned(1 << 20, seconds(60)));
  line.route = by_parity;
  for (int i = 0; i < 7; ++i) {
    line.record();
  }
  line.pass(60'000);
  EXPECT_THAT(line.texts(), UnorderedElementsAre("1,3,5,7", "2,4,6"));
  EXPECT_EQ(line.core().marks().front().low, Ordinal{8});
  EXPECT_THAT(line.core().marks().front().settled.runs(), IsEmpty());
}

// A record each for partitions that close together, those of `bytes` each.
std::vector<std::size_t> commits_of(int partitions, std::size_t bytes) {
  CoreOptions options = partitioned(std::uint64_t{1} << 30, seconds(60));
  options.partitions_max = 1'000;
  options.waiting_objects_max = 1'000;
  Timeline line(options);
  line.route = [](const SourceRecord& record) {
    return RecordRoute{PartitionId{record.ordinal.value}};
  };
  for (int partition = 0; partition < partitions; ++partition) {
    line.record(bytes);
  }
  line.pass(100'000);
  EXPECT_EQ(line.committed().size(), static_cast<std::size_t>(partitions));
  return line.commits;
}

TEST(Core, ObjectsThatCloseTogetherAreCommittedTogetherSomeDozensAtATime) {
  EXPECT_THAT(commits_of(1, 1), ElementsAre(1));
  EXPECT_THAT(commits_of(64, 1), ElementsAre(64));
  EXPECT_THAT(commits_of(130, 1), ElementsAre(64, 64, 2));
}

TEST(Core, LargeObjectsAreCommittedByThemselves) {
  EXPECT_THAT(commits_of(3, std::size_t{65} << 20), ElementsAre(1, 1, 1));
}

TEST(Core, WhatWasPutIsCommittedWhenAPutBehindItFails) {
  Timeline line(partitioned(1 << 20, seconds(60)));
  line.route = [](const SourceRecord& record) {
    return RecordRoute{PartitionId{record.ordinal.value}};
  };
  for (int partition = 0; partition < 3; ++partition) {
    line.record();
  }
  line.puts_before_failures = 2;
  line.pass(100'000);
  EXPECT_EQ(line.committed().size(), 2U);
  line.puts_before_failures = 100;
  line.pass(60'000);
  EXPECT_EQ(line.committed().size(), 3U);
}

// However far the numbers of partitions lie apart.
TEST(Core, ObjectsAreTheSameWhateverPartitionsAreCalled) {
  const auto objects = [](std::uint64_t step) {
    Timeline line(partitioned(1 << 20, seconds(60)));
    line.route = [step](const SourceRecord& record) {
      const std::uint64_t ordinal = record.ordinal.value;
      return RecordRoute{PartitionId{1 + ordinal * ordinal % 7 * step},
                         ordinal % 11 == 0 ? ObjectKind::processing_failed : ObjectKind::data};
    };
    for (int i = 0; i < 60; ++i) {
      line.record();
    }
    line.pass(60'000);
    return line.texts();
  };
  const auto near = objects(1);
  EXPECT_THAT(near, testing::SizeIs(5));  // four remainders of squares, and what is refused
  EXPECT_EQ(objects(1'000), near);
  EXPECT_EQ(objects(std::uint64_t{1} << 60), near);
}

TEST(Core, APartitionClosesByItsOwnSizeAndAge) {
  Timeline line(partitioned(10, seconds(60)));
  line.route = [](const SourceRecord& record) {
    return RecordRoute{PartitionId{record.data.size() > 2 ? 1U : 2U}};
  };
  for (const std::size_t bytes : {1U, 4U, 4U, 4U, 4U}) {
    line.record(bytes);
  }
  line.run();
  EXPECT_THAT(line.texts(), ElementsAre("2-4"));
  line.pass(30'000);
  line.record(1);
  line.pass(30'000);
  EXPECT_THAT(line.texts(), UnorderedElementsAre("2-4", "1,6", "5"));
}

TEST(Core, ARecordOfAnotherPartitionClosesABufferThatIsTooOldForIt) {
  // A backlog: the live stream would have closed the first buffer at 60 s.
  Timeline line(partitioned(1 << 20, seconds(60)));
  line.route = by_parity;
  for (const int at : {0, 30'000, 65'000, 70'000}) {
    line.record(1, 0, at);
  }
  line.jump_wall(80'000);
  line.run();
  EXPECT_THAT(line.texts(), ElementsAre("1"));
  line.pass(10'000);
  EXPECT_THAT(line.texts(), ElementsAre("1", "2,4"));
}

TEST(Core, APartitionedBacklogIsCutAsTheLiveStreamWouldHaveBeen) {
  Timeline live(partitioned(500, seconds(10)));
  Timeline late(partitioned(500, seconds(10)));
  late.read_records_max = 7;
  SeededRandom random(3);
  for (Timeline* const line : {&live, &late}) {
    line->route = [](const SourceRecord& record) { return by_turns(record, 3); };
  }
  for (int i = 0; i < 400; ++i) {
    const std::size_t bytes = 1 + random.below(60);
    live.record(bytes);
    late.record(bytes);
    const auto gap = static_cast<std::int64_t>(random.below(3000));
    live.pass(gap);
    late.jump_wall(gap);
  }
  live.pass(60'000);
  late.pass(60'000);
  EXPECT_THAT(late.texts(), UnorderedElementsAreArray(live.texts()));
  EXPECT_GT(live.texts().size(), 50U);
}

TEST(Core, RefusedRecordsOfAllPartitionsGatherInOneObjectOfEachKind) {
  Timeline line(partitioned(1 << 20, seconds(60)));
  line.route = [](const SourceRecord& record) {
    RecordRoute route = by_parity(record);
    route.kind = record.ordinal.value % 5 == 0 ? ObjectKind::processing_failed : ObjectKind::data;
    return route;
  };
  line.refuse = [](const SourceRecord& record) { return record.ordinal.value % 4 < 2; };
  for (int i = 0; i < 12; ++i) {
    line.record();
  }
  line.pass(60'000);
  EXPECT_THAT(line.texts(),
              UnorderedElementsAre("3,7,11", "2,6", "refused 1,4,8-9,12", "refused unrouted 5,10"));
}

CoreOptions routed(std::uint64_t bytes, milliseconds interval) {
  CoreOptions options = hints(bytes, interval);
  options.is_routed = true;
  return options;
}

TEST(Core, WithoutPartitionsRoutedRecordsGatherInOneBuffer) {
  Timeline line(routed(1 << 20, seconds(60)));
  line.route = [](const SourceRecord& record) {
    RecordRoute route = by_parity(record);  // does not matter
    route.kind = record.ordinal.value % 5 == 0 ? ObjectKind::processing_failed : ObjectKind::data;
    return route;
  };
  line.refuse = [](const SourceRecord& record) { return record.ordinal.value % 4 == 0; };
  for (int i = 0; i < 11; ++i) {
    line.record();
  }
  line.run();
  EXPECT_EQ(line.core().gathering()->buffers, 1U);
  line.pass(60'000);
  EXPECT_THAT(line.texts(),
              UnorderedElementsAre("1-3,6-7,9,11", "refused 4,8", "refused unrouted 5,10"));
  EXPECT_EQ(line.core().marks().front().low, Ordinal{12});
}

// One part in three, and every part of each fourth record.
RecordRoute now_and_then(const SourceRecord& record) {
  const bool is_dropped = record.ordinal.value % 4 == 0 || record.part == 3;
  return {PartitionId{}, is_dropped ? ObjectKind::dropped : ObjectKind::data};
}

TEST(Core, DroppedRecordsAreSettledByAPlanOfTheirOwn) {
  for (const bool is_partitioned : {false, true}) {
    CoreOptions options = routed(1 << 20, seconds(60));
    options.is_partitioned = is_partitioned;
    Timeline line(options);
    line.route = now_and_then;
    line.parts_of = [](const SourceRecord& record) { return record.ordinal.value == 2 ? 3U : 1U; };
    for (int i = 0; i < 5; ++i) {
      line.record();
    }
    line.pass(60'000);
    ASSERT_EQ(line.committed().size(), 2U);
    std::map<ObjectKind, std::string> texts;
    for (const Object& object : line.committed()) {
      texts[object.kind] = object.text();
    }
    EXPECT_EQ(texts[ObjectKind::data], "1,3,5,2.1.2/3");
    EXPECT_EQ(texts[ObjectKind::dropped], "refused 4,2.3/3");
    EXPECT_EQ(line.core().marks().front().low, Ordinal{6});
  }
}

TEST(Core, AStreamOfDroppedRecordsAloneMovesItsMarks) {
  Timeline line(routed(10, seconds(60)));
  line.route = [](const SourceRecord&) { return RecordRoute{{}, ObjectKind::dropped}; };
  for (int i = 0; i < 25; ++i) {
    line.record();
  }
  line.run();
  EXPECT_THAT(line.texts(), ElementsAre("refused 1-10", "refused 11-20"));
  EXPECT_EQ(line.core().marks().front().low, Ordinal{21});
  line.pass(60'000);
  EXPECT_EQ(line.core().marks().front().low, Ordinal{26});
  EXPECT_FALSE(line.core().oldest_undelivered());
}

TEST(Core, DroppedRecordsAreParkedWithTheOthers) {
  CoreOptions options = routed(1 << 20, seconds(900));
  options.replay_age_max = seconds(10);
  Timeline line(options);
  line.route = now_and_then;
  for (int i = 0; i < 4; ++i) {
    line.record();
  }
  line.pass(10'000);
  ASSERT_EQ(line.parks.size(), 1U);
  ASSERT_EQ(line.parks[0].size(), 2U);
  EXPECT_EQ(line.parks[0][1].draft.kind, ObjectKind::dropped);
  EXPECT_EQ(line.core().marks().front().low, Ordinal{5});
}

TEST(Core, ARecordOfOnePartitionTooManyGoesToTheErrorOutput) {
  CoreOptions options = partitioned(1 << 20, seconds(60));
  options.partitions_max = 2;
  Timeline line(options);
  line.route = [](const SourceRecord& record) { return by_turns(record, 3); };
  for (int i = 0; i < 6; ++i) {
    line.record();
    line.pass(300);
  }
  EXPECT_EQ(line.over_limit, 2);
  line.pass(60'000);
  EXPECT_THAT(line.texts(), UnorderedElementsAre("1,4", "2,5", "refused unrouted 3,6"));
}

TEST(Core, ANewPartitionMayCloseTheLeastRecentlyUsedOne) {
  CoreOptions options = partitioned(1 << 20, seconds(60));
  options.partitions_max = 2;
  options.overflow = PartitionOverflow::close_least_recently_used;
  Timeline line(options);
  line.route = [](const SourceRecord& record) {
    constexpr std::uint64_t partition_of[] = {1, 2, 1, 3, 1};
    return RecordRoute{PartitionId{partition_of[record.ordinal.value - 1]}};
  };
  for (int i = 0; i < 5; ++i) {
    line.record();
    line.pass(300);
  }
  EXPECT_THAT(line.texts(), ElementsAre("2"));
  EXPECT_EQ(line.core().gathering()->buffers, 2U);
  line.pass(60'000);
  EXPECT_THAT(line.texts(), UnorderedElementsAre("2", "1,3,5", "4"));
  EXPECT_EQ(line.over_limit, 0);
}

TEST(Core, WhereMemoryIsShortTheLargestCloseEarly) {
  Timeline line(partitioned(1 << 20, seconds(60)));
  line.route = [](const SourceRecord& record) {
    return RecordRoute{PartitionId{std::min<std::uint64_t>(record.ordinal.value, 8)}};
  };
  for (int i = 0; i < 20; ++i) {
    line.record();
  }
  line.run();
  ASSERT_TRUE(line.core().can_relieve());
  line.core().relieve();
  EXPECT_FALSE(line.core().can_relieve()) << "it is asked already";
  line.run();
  EXPECT_THAT(line.texts(), ElementsAre("8-20"));
  EXPECT_EQ(line.core().gathering()->buffers, 7U);
  line.pass(60'000);
  EXPECT_EQ(line.committed().size(), 8U);
}

TEST(Core, WhereMemoryIsShortAndNoneIsLargeAllCloseEarly) {
  Timeline line(partitioned(1 << 20, seconds(60)));
  line.route = by_parity;
  for (int i = 0; i < 6; ++i) {
    line.record();
  }
  line.run();
  line.core().relieve();
  line.run();
  EXPECT_THAT(line.texts(), UnorderedElementsAre("1,3,5", "2,4,6"));
  EXPECT_FALSE(line.core().can_relieve()) << "nothing is open";
}

TEST(Core, WhatClosesTogetherIsSealedPlannedAndPutTogether) {
  Timeline line(partitioned(1 << 20, seconds(60)));
  line.route = [](const SourceRecord& record) {
    return RecordRoute{PartitionId{record.ordinal.value}};
  };
  for (int i = 0; i < 100; ++i) {
    line.record();
  }
  line.pass(60'000);
  EXPECT_EQ(line.committed().size(), 100U);
  EXPECT_THAT(line.seals, ElementsAre(64U, 36U));
  EXPECT_THAT(line.commits, ElementsAre(64U, 36U));
}

TEST(Core, APartitionThatTookNoneOfItsRecordsIsNotOpen) {
  Timeline line(partitioned(1 << 20, seconds(60)));
  line.route = by_parity;
  line.refuse = [](const SourceRecord& record) { return record.ordinal.value % 2 == 1; };
  line.record();
  line.record();
  line.run();
  EXPECT_EQ(line.abandoned.size(), object_kinds);
  line.pass(60'000);
  EXPECT_THAT(line.texts(), UnorderedElementsAre("refused 1", "2"));
}

// Partition 1 gets every tenth record, partition 2 all others, which close by size; the buffer of
// the first stays open for a day.
CoreOptions pinned() {
  CoreOptions options = partitioned(100, std::chrono::hours(24));
  options.replay_bytes_max = 300;
  options.replay_age_max = std::chrono::hours(48);
  return options;
}

RecordRoute pinned_route(const SourceRecord& record) {
  return {PartitionId{record.ordinal.value % 10 == 1 ? 1U : 2U}};
}

// As far as the first parking and a little on.
void run_to_parking(Timeline& line) {
  line.route = pinned_route;
  line.read_records_max = 5;
  for (int i = 0; i < 43; ++i) {
    line.record(10);
  }
  line.run();
  ASSERT_EQ(line.parks.size(), 1U);
  ASSERT_EQ(line.parks[0].size(), 1U);  // the other buffer is young
}

TEST(Core, ABufferThatHoldsTheLowMarkBackIsParked) {
  Timeline line(pinned());
  run_to_parking(line);
  EXPECT_EQ(line.parks[0][0].draft.positions.front().ordinals.count(), 3U);
  EXPECT_GE(line.core().marks().front().low, Ordinal{24});
  EXPECT_EQ(line.lows.back().second, line.core().marks().front().low.value);
  line.pass(86'400'000);
  EXPECT_EQ(line.core().marks().front().low, Ordinal{44});
  EXPECT_THAT(line.texts(), Contains("1,11,21,31,41"));
}

// A life that begins where `first` has come to, with what it has parked.
void begin_after(Timeline& first, Timeline& second, bool goes_on) {
  second.route = pinned_route;
  second.core().take_up(first.parks[0], PartitionId{1}, goes_on, second.now());
  for (int i = 0; i < 50; ++i) {
    second.record(10, 0, 0);
  }
  second.run();
}

LedgerState state_after(Timeline& first) {
  LedgerState state;
  state.marks = first.core().marks();
  state.next_plan = PlanNumber{first.committed().size() + 1};
  return state;
}

TEST(Core, AParkedBufferGoesOnInTheNextLife) {
  Timeline first(pinned());
  run_to_parking(first);
  Timeline second(pinned(), state_after(first));
  begin_after(first, second, true);
  EXPECT_THAT(second.texts(), Not(Contains(StartsWith("1,11,21"))));
  second.pass(86'400'000);
  EXPECT_THAT(second.texts(), Contains("1,11,21,31,41"));
  EXPECT_EQ(second.core().marks().front().low, Ordinal{51});
}

TEST(Core, AParkedBufferThatCannotGoOnClosesFirst) {
  Timeline first(pinned());
  run_to_parking(first);
  Timeline second(pinned(), state_after(first));
  begin_after(first, second, false);
  EXPECT_EQ(second.texts().front(), "1,11,21");
  second.pass(86'400'000);
  EXPECT_THAT(second.texts(), Contains("31,41"));
  EXPECT_EQ(second.core().marks().front().low, Ordinal{51});
}

TEST(Core, WhenBuildingFailsAParkedBufferGoesBackToWhereItWasParked) {
  Timeline line(pinned());
  run_to_parking(line);
  line.appends_fail = true;
  line.record(10);
  line.pass(500);
  EXPECT_THAT(line.unwound, Contains(ObjectId{BufferId{1}, ObjectKind::data}));
  EXPECT_EQ(line.core().gathering()->records, 3U);
  line.appends_fail = false;
  line.pass(86'500'000);
  EXPECT_THAT(line.texts(), Contains("1,11,21,31,41"));
  EXPECT_EQ(line.core().marks().front().low, Ordinal{45});
}

TEST(Core, ParkingThatTheLedgerFailsToRecordHoldsUpEveryMarkUntilItIsRecorded) {
  Timeline line(pinned());
  line.route = pinned_route;
  for (int i = 0; i < 29; ++i) {
    line.record(10);
  }
  line.run();
  line.ledger_fails = true;
  for (int i = 0; i < 9; ++i) {
    line.record(10);
  }
  line.pass(60'000);
  EXPECT_THAT(line.parks, IsEmpty());
  line.core().close_open_buffers();  // has to wait
  line.pass(60'000);
  line.ledger_fails = false;
  line.pass(120'000);
  EXPECT_THAT(line.parks, Not(IsEmpty()));
  EXPECT_THAT(line.texts(), Contains(StartsWith("1,11,21")));
  line.pass(86'400'000);
  EXPECT_EQ(line.core().marks().front().low, Ordinal{39});
}

// A ledger that reports a failure may have done it all the same: the next life looks for the files.
TEST(Core, AStopKeepsTheFilesOfAParkingThatTheLedgerMayHaveRecorded) {
  Timeline line(pinned());
  line.route = pinned_route;
  for (int i = 0; i < 29; ++i) {
    line.record(10);
  }
  line.run();
  line.ledger_fails = true;
  for (int i = 0; i < 9; ++i) {
    line.record(10);
  }
  line.pass(60'000);
  ASSERT_THAT(line.parks, IsEmpty());
  line.core().stop(StopMode::leave);
  line.run();
  EXPECT_TRUE(line.core().is_done());
  EXPECT_THAT(line.unwound, Contains(ObjectId{BufferId{1}, ObjectKind::data}));
  EXPECT_THAT(line.abandoned, Not(Contains(ObjectId{BufferId{1}, ObjectKind::data})));
}

TEST(Core, ABufferThatCannotBeParkedIsReadAgain) {
  Timeline line(pinned());
  line.route = pinned_route;
  line.parks_fail = true;
  for (int i = 0; i < 43; ++i) {
    line.record(10);
  }
  line.pass(30'000);
  EXPECT_THAT(line.abandoned, Not(IsEmpty()));
  line.parks_fail = false;
  line.pass(86'600'000);
  EXPECT_THAT(line.texts(), Contains("1,11,21,31,41"));
  EXPECT_EQ(line.core().marks().front().low, Ordinal{44});
}

// Every third record has three parts, which go to partitions of their own.
void split_thirds(Timeline& line) {
  line.parts_of = [](const SourceRecord& record) {
    return record.ordinal.value % 3 == 0 ? 3U : 1U;
  };
  line.route = [](const SourceRecord& record) { return RecordRoute{PartitionId{record.part}}; };
}

TEST(Core, ARecordIsSettledOnceAllItsPartsAreDelivered) {
  Timeline line(partitioned(1 << 20, seconds(60)));
  split_thirds(line);
  for (int i = 0; i < 4; ++i) {
    line.record();
  }
  line.run();
  line.puts_fail = true;
  line.pass(60'000);
  EXPECT_THAT(line.texts(), IsEmpty());
  line.puts_fail = false;
  line.pass(60'000);
  EXPECT_THAT(line.texts(), ElementsAre("1-2,4,3.1/3", "3.2/3", "3.3/3"));
  EXPECT_EQ(line.core().marks().front(), (ShardMark{Timeline::key(0), Ordinal{5}, {}, {}}));
}

TEST(Core, PartsThatWereDeliveredByAnEarlierLifeAreNotDeliveredAgain) {
  LedgerState state;
  ShardMark mark{Timeline::key(0), Ordinal{3}, {}, {}};
  PartialRecord third{Ordinal{3}, 3, 0, {}};
  third.held.add(Ordinal{2});
  ASSERT_FALSE(mark.partial.add(third));
  state.marks = {mark};
  ObjectPlan planned;
  planned.number = PlanNumber{1};
  planned.positions = {{Timeline::key(0), {}, {}}};
  third.held = {};
  third.held.add(Ordinal{1});
  ASSERT_FALSE(planned.positions[0].partial.add(third));
  state.planned = {planned};
  state.next_plan = PlanNumber{2};
  Timeline line(partitioned(1 << 20, seconds(60)), state);
  split_thirds(line);
  for (int i = 0; i < 4; ++i) {
    line.record();
  }
  line.pass(60'000);
  EXPECT_THAT(line.texts(), UnorderedElementsAre("4", "3.3/3"));
  EXPECT_EQ(line.core().marks().front().low, Ordinal{5});
  EXPECT_TRUE(line.core().marks().front().partial.empty());
}

TEST(Core, PartsThatGoToOneObjectMakeAWholeRecordOfIt) {
  Timeline line(partitioned(1 << 20, seconds(60)));
  split_thirds(line);
  line.route = [](const SourceRecord&) { return RecordRoute{PartitionId{1}}; };
  for (int i = 0; i < 4; ++i) {
    line.record();
  }
  line.pass(60'000);
  EXPECT_THAT(line.texts(), ElementsAre("1-4"));
  EXPECT_EQ(line.committed()[0].records, 6U);
}

TEST(Core, AnObjectMayCloseBetweenThePartsOfARecord) {
  Timeline line(partitioned(2, seconds(60)));
  split_thirds(line);
  line.route = [](const SourceRecord&) { return RecordRoute{PartitionId{1}}; };
  for (int i = 0; i < 4; ++i) {
    line.record();
  }
  line.pass(60'000);
  EXPECT_THAT(line.texts(), ElementsAre("1-2", "3.1.2/3", "4,3.3/3"));
  EXPECT_EQ(line.core().marks().front().low, Ordinal{5});
}

TEST(Core, RoutingThatFailsIsTriedAgain) {
  Timeline line(partitioned(1 << 20, seconds(60)));
  line.route = by_parity;
  line.routes_fail = true;
  line.record();
  line.record();
  line.pass(30'000);
  EXPECT_EQ(line.core().gathering(), std::nullopt);
  line.routes_fail = false;
  line.pass(90'000);
  EXPECT_THAT(line.texts(), UnorderedElementsAre("1", "2"));
}

TEST(Core, APartitionWhoseObjectCannotBeOpenedLeavesTheOthersAlone) {
  Timeline line(partitioned(1 << 20, seconds(60)));
  line.route = by_parity;
  line.record();
  line.pass(300);
  line.appends_fail = true;
  line.record();
  line.pass(300);
  EXPECT_EQ(line.core().gathering()->records, 1U);
  line.appends_fail = false;
  line.pass(70'000);
  EXPECT_THAT(line.texts(), UnorderedElementsAre("1", "2"));
}

TEST(Core, AFailureInAPartitionThatHasRecordsReadsAllAgain) {
  Timeline line(partitioned(1 << 20, seconds(60)));
  line.route = by_parity;
  line.record();
  line.record();
  line.run();
  line.appends_fail = true;
  line.record();
  line.pass(300);
  EXPECT_EQ(line.core().gathering(), std::nullopt);
  line.appends_fail = false;
  line.pass(130'000);
  EXPECT_THAT(line.texts(), UnorderedElementsAre("1,3", "2"));
}

TEST(Core, PartitionsWithRecordsOnTheirWayAreInUse) {
  Timeline line(partitioned(1 << 20, seconds(60)));
  line.route = [](const SourceRecord& record) { return by_turns(record, 3); };
  line.record();
  line.record();
  line.run();
  EXPECT_THAT(line.core().partitions_in_use(), IsSupersetOf({PartitionId{1}, PartitionId{2}}));
  line.pass(60'000);
  EXPECT_THAT(line.core().partitions_in_use(), Not(Contains(PartitionId{1})));
}

TEST(Core, ABacklogOfSeveralShardsIsMergedByArrival) {
  Timeline line(hints(1 << 20, seconds(60)), {}, 3);
  line.read_records_max = 10;
  for (int second = 0; second < 300; ++second) {
    line.record(1, static_cast<std::uint32_t>(second % 3), second * 1000);
  }
  line.jump_wall(400'000);
  line.run();
  ASSERT_EQ(line.committed().size(), 5U);
  for (const Object& object : line.committed()) {
    EXPECT_GE(object.records, 59U);
    EXPECT_LE(object.records, 61U);
    EXPECT_EQ(object.positions.size(), 3U);
  }
}

TEST(Core, AnIntervalOfZeroClosesAtTheTipAtOnce) {
  Timeline line(hints(1 << 20, seconds(0)));
  line.record();
  line.record();
  line.run();
  EXPECT_THAT(line.texts(), ElementsAre("1-2"));
  line.record();
  line.pass(1000);
  EXPECT_THAT(line.texts(), ElementsAre("1-2", "3"));
}

TEST(Core, AShardThatIsNotReadToItsTipKeepsTheObjectOpenOnlyWhileItCanBeRead) {
  Timeline line(hints(1 << 20, seconds(60)), {}, 2);
  line.unreadable.insert(1);
  line.record(1, 0);
  line.record(1, 1);
  line.pass(60'000);
  EXPECT_THAT(line.texts(), ElementsAre("1"));  // shard 1 fails: it does not hold up shard 0
  line.unreadable.clear();
  line.pass(60'000);
  EXPECT_EQ(line.committed().size(), 2U);
  EXPECT_EQ(line.committed()[1].positions[0].shard.shard, 1U);
}

TEST(Core, AWallClockSetBackDoesNotHoldAnObjectOpen) {
  Timeline line(hints(1 << 20, seconds(60)));
  line.record();
  line.run();
  line.jump_wall(-3'600'000);
  line.pass(60'000);
  EXPECT_THAT(line.texts(), ElementsAre("1"));
}

TEST(Core, AWallClockSetForwardClosesEarlyAndLosesNothing) {
  Timeline line(hints(1 << 20, seconds(60)));
  line.record();
  line.run();
  line.jump_wall(3'600'000);
  line.record();
  line.run();
  line.pass(60'000);
  EXPECT_THAT(line.texts(), ElementsAre("1", "2"));
}

TEST(Core, RefusedRecordsMakeAnObjectOfTheirOwnThatClosesWithTheData) {
  Timeline line(hints(6, seconds(60)));
  line.refuse = [](const SourceRecord& record) { return record.data.size() == 2; };
  for (const std::size_t bytes : {1U, 2U, 1U, 2U}) {
    line.record(bytes);
  }
  line.run();
  EXPECT_THAT(line.texts(), ElementsAre("1,3", "refused 2,4"));
  EXPECT_EQ(line.committed()[0].number, PlanNumber{1});
  EXPECT_EQ(line.committed()[1].number, PlanNumber{2});
  EXPECT_EQ(line.lows.back(), std::pair(0U, std::uint64_t{5}));
}

TEST(Core, WhenAllRecordsAreRefusedThereIsNoDataObject) {
  Timeline line(hints(3, seconds(60)));
  line.refuse = [](const SourceRecord&) { return true; };
  line.record(3);
  line.run();
  EXPECT_THAT(line.texts(), ElementsAre("refused 1"));
  ASSERT_EQ(line.abandoned.size(), object_kinds - 1);
  EXPECT_EQ(line.abandoned[0].kind, ObjectKind::data);
  EXPECT_EQ(line.abandoned[1].kind, ObjectKind::processing_failed);
}

TEST(Core, EmptyRecordsAreDeliveredToo) {
  Timeline line(hints(10, seconds(60)));
  line.record(0);
  line.record(0);
  line.pass(60'000);
  EXPECT_THAT(line.texts(), ElementsAre("1-2"));
}

TEST(Core, PutsAreRetriedForEverInPlanOrder) {
  Timeline line(hints(1, seconds(60)));
  line.puts_fail = true;
  line.record();
  line.record();
  line.pass(600'000);
  EXPECT_THAT(line.texts(), IsEmpty());
  EXPECT_EQ(line.planned().size(), 2U);
  EXPECT_GT(line.puts, 20);
  EXPECT_LT(line.puts, 80);
  line.puts_fail = false;
  line.pass(30'000);
  EXPECT_THAT(line.texts(), ElementsAre("1", "2"));
  EXPECT_EQ(line.lows.back(), std::pair(0U, std::uint64_t{3}));
}

TEST(Core, TellsWhatIsOpenAndUntilWhen) {
  Timeline line(hints(1000, seconds(60)));
  line.run();
  EXPECT_FALSE(line.core().gathering().has_value());
  line.record(10);
  line.pass(5'000);
  line.record(20);
  line.pass(5'000);
  const auto open = line.core().gathering();
  ASSERT_TRUE(open.has_value());
  EXPECT_EQ(open->records, 2U);
  EXPECT_EQ(open->source_bytes, 30U);
  EXPECT_EQ(open->closes_at, line.now().wall + seconds(50));
  line.pass(60'000);
  EXPECT_FALSE(line.core().gathering().has_value());
}

TEST(Core, TellsWhenAPutThatFailedIsTriedAgain) {
  Timeline line(hints(1, seconds(60)));
  line.puts_fail = true;
  line.record();
  line.pass(60'000);
  const auto again = line.core().put_again_at();
  ASSERT_TRUE(again.has_value());
  EXPECT_GT(*again, line.now().steady);
  EXPECT_LE(*again, line.now().steady + Backoff::delay_max);
  line.puts_fail = false;
  line.pass(30'000);
  EXPECT_FALSE(line.core().put_again_at().has_value());
}

TEST(Core, ReadingPausesWhileTooMuchWaitsForTheBucket) {
  CoreOptions options = hints(1, seconds(60));
  options.waiting_objects_max = 3;
  Timeline line(options);
  line.puts_fail = true;
  for (int i = 0; i < 10; ++i) {
    line.record();
  }
  line.pass(10'000);
  EXPECT_TRUE(line.core().is_paused());
  EXPECT_EQ(line.planned().size(), 3U);
  const int reads = line.reads;
  for (int i = 0; i < 10; ++i) {
    line.record();
    line.pass(1'000);
  }
  EXPECT_EQ(line.reads, reads);
  line.puts_fail = false;
  line.pass(60'000);
  EXPECT_EQ(line.committed().size(), 20U);
}

TEST(Core, ALedgerThatFailsHoldsUpPlansAndCommitsButLosesNothing) {
  Timeline line(hints(2, seconds(60)));
  line.ledger_fails = true;
  for (int i = 0; i < 6; ++i) {
    line.record();
  }
  line.pass(100'000);
  EXPECT_THAT(line.planned(), IsEmpty());
  line.ledger_fails = false;
  line.pass(60'000);
  EXPECT_THAT(line.texts(), ElementsAre("1-2", "3-4", "5-6"));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(line.committed()[i].number, PlanNumber{i + 1});
  }
}

TEST(Core, WhatCannotBeBuiltIsReadAgain) {
  Timeline line(hints(2, seconds(60)));
  line.seals_fail = true;
  for (int i = 0; i < 5; ++i) {
    line.record();
  }
  line.pass(20'000);
  EXPECT_THAT(line.planned(), IsEmpty());
  EXPECT_FALSE(line.abandoned.empty());
  line.seals_fail = false;
  line.appends_fail = true;
  line.pass(20'000);
  line.appends_fail = false;
  line.pass(100'000);
  EXPECT_THAT(line.texts(), ElementsAre("1-2", "3-4", "5"));
  EXPECT_EQ(line.committed()[2].number, PlanNumber{3});
}

TEST(Core, AnObjectWhosePlanWasTriedIsNeverBuiltAgain) {
  Timeline line(hints(2, seconds(60)));
  line.ledger_fails = true;  // it may have kept the plan all the same
  for (int i = 0; i < 3; ++i) {
    line.record();
  }
  line.run();
  line.appends_fail = true;  // the rest is abandoned and read again, several times
  line.record();
  line.record();
  line.pass(20'000);
  line.appends_fail = false;
  line.ledger_fails = false;
  line.pass(200'000);
  EXPECT_THAT(line.texts(), ElementsAre("1-2", "3-4", "5"));
}

TEST(Core, ObjectsWhosePlansWereTriedTogetherAreNeverBuiltAgain) {
  Timeline line(partitioned(1 << 20, seconds(10)));
  line.route = [](const SourceRecord& record) {
    return RecordRoute{PartitionId{std::min<std::uint64_t>(record.ordinal.value, 4)}};
  };
  line.ledger_fails = true;  // it may have kept the plans all the same
  for (int i = 0; i < 3; ++i) {
    line.record();
  }
  line.pass(10'500);
  ASSERT_THAT(line.seals, ElementsAre(3U));
  line.record();
  line.pass(300);
  line.abandoned.clear();
  line.appends_fail = true;  // the rest is abandoned and read again
  line.record();
  line.pass(1'000);
  EXPECT_THAT(line.abandoned, Not(IsEmpty()));
  line.appends_fail = false;
  line.ledger_fails = false;
  line.pass(200'000);
  EXPECT_THAT(line.texts(), ElementsAre("1", "2", "3", "4-5"));
  EXPECT_THAT(line.seals, ElementsAre(3U, 1U));
}

TEST(Core, PlannedObjectsOfAnEarlierLifeAreCommittedFirstAndTheirRecordsSkipped) {
  OrdinalSet settled;
  settled.add(Ordinal{7}, Ordinal{8});
  OrdinalSet planned;
  planned.add(Ordinal{3}, Ordinal{4});
  LedgerState state;
  state.marks = {{Timeline::key(0), Ordinal{2}, settled}};
  ObjectPlan plan;
  plan.number = PlanNumber{12};
  plan.positions = {{Timeline::key(0), planned}};
  state.planned = {plan};
  state.next_plan = PlanNumber{13};

  Timeline line(hints(1 << 20, seconds(60)), state);
  line.puts_fail = true;
  for (int i = 0; i < 10; ++i) {
    line.record();
  }
  line.run();
  EXPECT_EQ(line.puts, 1);  // before anything is read
  line.pass(61'000);
  ASSERT_EQ(line.planned().size(), 1U);
  EXPECT_EQ(line.planned()[0].text(), "2,5-6,9-10");
  EXPECT_EQ(line.planned()[0].number, PlanNumber{13});
  line.puts_fail = false;
  line.pass(60'000);
  EXPECT_EQ(line.core().marks()[0].low, Ordinal{11});
  EXPECT_TRUE(line.core().marks()[0].settled.empty());
}

TEST(Core, DrainDeliversWhatWasReadableAndNothingThatCameLater) {
  Timeline line(hints(1 << 20, seconds(900)), {}, 2);
  line.read_records_max = 2;
  for (int i = 0; i < 5; ++i) {
    line.record(1, 0);
    line.record(1, 1);
  }
  line.core().stop(StopMode::drain, line.tips());
  for (int i = 0; i < 20; ++i) {
    line.record(1, 0);
  }
  line.run();
  EXPECT_TRUE(line.core().is_done());
  ASSERT_EQ(line.committed().size(), 1U);
  EXPECT_GE(line.committed()[0].records, 10U);
  EXPECT_LE(line.committed()[0].records, 12U);
}

TEST(Core, DrainWaitsForTheBucket) {
  Timeline line(hints(1 << 20, seconds(900)));
  line.record();
  line.puts_fail = true;
  line.core().stop(StopMode::drain, line.tips());
  line.pass(100'000);
  EXPECT_FALSE(line.core().is_done());
  line.puts_fail = false;
  line.pass(30'000);
  EXPECT_TRUE(line.core().is_done());
}

TEST(Core, WhatTheDiskHasNoRoomForIsDeliveredInSmallerObjectsThatGrowWhenThereIsRoomAgain) {
  constexpr std::size_t bytes = 10'000;
  Timeline line(hints(1'000'000, seconds(900)));
  line.spool_bytes_max = 300'000;
  for (int i = 0; i < 100; ++i) {
    line.record(bytes);
  }
  line.pass(60'000);
  EXPECT_THAT(line.texts(), ElementsAre("1-25", "26-50", "51-75"));

  line.spool_bytes_max = 10'000'000;
  for (int i = 0; i < 300; ++i) {
    line.record(bytes);
  }
  line.pass(60'000);
  EXPECT_THAT(line.texts(), ElementsAre("1-25", "26-50", "51-75", "76-125", "126-225", "226-325"));
}

TEST(Core, WhatIsTooLargeForItsFormatIsDeliveredInSmallerObjects) {
  constexpr std::size_t bytes = 10'000;
  Timeline line(hints(1'000'000, seconds(900)));
  line.seal_bytes_max = 300'000;
  for (int i = 0; i < 100; ++i) {
    line.record(bytes);
  }
  line.pass(60'000);
  EXPECT_THAT(line.texts(), ElementsAre("1-25", "26-50", "51-75"));
}

TEST(Core, AFullDiskClosesTheBuffersOfAllPartitionsEarlier) {
  constexpr std::size_t bytes = 10'000;
  CoreOptions options = hints(1'000'000, seconds(900));
  options.is_routed = true;
  options.is_partitioned = true;
  Timeline line(options);
  line.route = [](const SourceRecord& record) {
    return RecordRoute{PartitionId{record.ordinal.value % 4}};
  };
  line.spool_bytes_max = 300'000;
  for (int i = 0; i < 100; ++i) {
    line.record(bytes);
  }
  line.pass(60'000);
  std::uint64_t records = 0;
  for (const Object& object : line.committed()) {
    records += object.records;
    EXPECT_LE(object.bytes, 300'000U);
  }
  EXPECT_GE(records, 75U) << "but for the last, which wait for their interval";
}

TEST(Core, AFullDiskThatOnePartitionMeetsClosesTheBuffersOfTheOthers) {
  CoreOptions options = hints(1'000'000, seconds(900));
  options.is_routed = true;
  options.is_partitioned = true;
  Timeline line(options);
  line.route = [](const SourceRecord& record) {
    return RecordRoute{PartitionId{record.ordinal.value <= 25 ? 1U : 2U}};
  };
  line.spool_bytes_max = 255'000;
  for (int i = 0; i < 35; ++i) {
    line.record(10'000);
  }
  line.pass(60'000);
  EXPECT_THAT(line.texts(), testing::Contains("1-25"));
  line.pass(900'000);
  EXPECT_EQ(line.core().marks()[0].low, Ordinal{36});
}

TEST(Core, AFullDiskAsksForNoObjectsSmallerThanMakesSense) {
  Timeline line(hints(1'000'000, seconds(900)));
  line.spool_bytes_max = 0;
  for (int i = 0; i < 1000; ++i) {
    line.record(1000);
  }
  line.pass(600'000);
  EXPECT_THAT(line.texts(), IsEmpty());
  line.spool_bytes_max = 10'000'000;
  line.pass(600'000);
  ASSERT_FALSE(line.committed().empty());
  EXPECT_GE(line.committed()[0].bytes, 64'000U);
}

TEST(Core, StoppingLeavesWhatIsNotPlanned) {
  Timeline line(hints(2, seconds(900)));
  line.puts_fail = true;
  for (int i = 0; i < 3; ++i) {
    line.record();
  }
  line.run();
  line.core().stop(StopMode::leave);
  line.run();
  EXPECT_TRUE(line.core().is_done());
  EXPECT_EQ(line.abandoned.back().buffer, BufferId{2});
  EXPECT_EQ(line.planned().size(), 1U);
  EXPECT_EQ(line.core().marks()[0].low, Ordinal{1});
}

TEST(Core, AChangedSchemaClosesTheOpenObject) {
  Timeline line(hints(1 << 20, seconds(60)));
  line.record();
  line.run();
  line.core().close_open_buffers();
  line.record();
  line.run();
  EXPECT_THAT(line.texts(), ElementsAre("1"));
  line.pass(60'000);
  EXPECT_THAT(line.texts(), ElementsAre("1", "2"));
}

CoreOptions leaving(CoreOptions options) {
  options.leaves_refused = true;
  return options;
}

LedgerState state_after(const Timeline& line, Core& core) {
  LedgerState state;
  state.marks = core.marks();
  state.next_plan = PlanNumber(line.committed().size() + 1);
  return state;
}

TEST(Core, WhatIsLeftWhenItIsRefusedIsThereForTheNextLifeAndNothingElseIs) {
  const CoreOptions options = leaving(hints(1 << 20, seconds(900)));
  Timeline first(options);
  first.refuse = [](const SourceRecord& record) { return record.ordinal.value % 2 == 0; };
  for (int i = 0; i < 5; ++i) {
    first.record();
  }
  first.core().stop(StopMode::drain, first.tips());
  first.run();
  EXPECT_TRUE(first.core().is_done());
  EXPECT_THAT(first.texts(), ElementsAre("1,3,5"));
  Timeline second(options, state_after(first, first.core()));
  for (int i = 0; i < 5; ++i) {
    second.record();
  }
  second.core().stop(StopMode::drain, second.tips());
  second.run();
  EXPECT_TRUE(second.core().is_done());
  EXPECT_THAT(second.texts(), ElementsAre("2,4"));
}

TEST(Core, WhereAllIsRefusedAndLeftThereIsNoObjectAndAnEnd) {
  Timeline line(leaving(hints(2, seconds(900))));
  line.refuse = [](const SourceRecord&) { return true; };
  for (int i = 0; i < 5; ++i) {
    line.record();
  }
  line.core().stop(StopMode::drain, line.tips());
  line.run();
  EXPECT_TRUE(line.core().is_done());
  EXPECT_THAT(line.texts(), IsEmpty());
  EXPECT_EQ(line.core().marks()[0].low, Ordinal{1});
}

TEST(Core, PartsThatARouterRefusesAreLeftOneByOne) {
  Timeline line(leaving(partitioned(1 << 20, seconds(900))));
  line.parts_of = [](const SourceRecord&) { return 2U; };
  line.route = [](const SourceRecord& record) {
    return record.part == 2 ? RecordRoute{PartitionId{}, ObjectKind::processing_failed}
                            : RecordRoute{PartitionId{1}, ObjectKind::data};
  };
  line.record();
  line.core().stop(StopMode::drain, line.tips());
  line.run();
  EXPECT_TRUE(line.core().is_done());
  EXPECT_THAT(line.texts(), ElementsAre("1.1/2"));
}

// For what the timeline's world never does: answers given by hand.
class CoreByHand : public testing::Test {
 protected:
  CoreByHand() : core_(hints(100, seconds(60)), {}, random_) {
    core_.add_mark({key, Ordinal{1}, {}});
  }

  static SourceRecord record(std::uint64_t ordinal) {
    return {Ordinal{ordinal}, unix_millis(epoch_ms), "x", "k"};
  }

  Read expect_read(std::uint64_t from) {
    const Effect effect = core_.next(now_);
    const Read* read = std::get_if<Read>(&effect);
    EXPECT_NE(read, nullptr);
    EXPECT_EQ(read->from, Ordinal{from});
    return *read;
  }

  static constexpr ShardKey key{StreamIncarnation{9}, 0};
  SeededRandom random_{1};
  Core core_;
  Instant now_{unix_millis(epoch_ms), nanoseconds(seconds(1))};
};

TEST_F(CoreByHand, LostRangesAreSettledWithTheNextCommit) {
  core_.list_shard({key, Ordinal{1}, {}, false});
  expect_read(1);
  EXPECT_EQ(core_.lost(Ordinal{5}), 4U);
  expect_read(5);
  const auto gap = core_.block({{record(7), record(8)}, nullptr}, now_);
  ASSERT_TRUE(gap);
  EXPECT_EQ(*gap, 2U);
  ASSERT_TRUE(std::holds_alternative<Append>(core_.next(now_)));
  core_.appended({});
  core_.stop(StopMode::drain, {{key, Ordinal{9}}});
  ASSERT_TRUE(std::holds_alternative<Seal>(core_.next(now_)));
  core_.sealed();
  ASSERT_TRUE(std::holds_alternative<Plan>(core_.next(now_)));
  core_.planned();
  // No record was refused or dropped.
  for (std::size_t kind = 1; kind < object_kinds; ++kind) {
    EXPECT_TRUE(std::holds_alternative<Abandon>(core_.next(now_)));
  }
  ASSERT_TRUE(std::holds_alternative<Put>(core_.next(now_)));
  core_.put_done(1);
  const Effect effect = core_.next(now_);
  const Commit* commit = std::get_if<Commit>(&effect);
  ASSERT_NE(commit, nullptr);
  ASSERT_EQ(commit->marks.size(), 1U);
  EXPECT_EQ(commit->marks[0].low, Ordinal{9});
  core_.committed();
  const Effect advance = core_.next(now_);
  ASSERT_TRUE(std::holds_alternative<AdvanceLow>(advance));
  EXPECT_EQ(std::get<AdvanceLow>(advance).low, Ordinal{9});
  EXPECT_TRUE(core_.is_done());
}

TEST_F(CoreByHand, OrdinalsThatNoRecordHadAreNotCountedAsLost) {
  const OrdinalSet::Run unused{Ordinal{5}, Ordinal{1'000'000}};
  EXPECT_EQ(core_.list_shard({key, Ordinal{1}, {}, false, unused}), 0U);
  expect_read(1);
  const auto gap = core_.block({{record(1), record(2), record(1'000'001)}, nullptr}, now_);
  ASSERT_TRUE(gap);
  EXPECT_EQ(*gap, 2U);  // 3 and 4
}

TEST_F(CoreByHand, RecordsBelowTheFirstKeptAreLost) {
  EXPECT_EQ(core_.list_shard({key, Ordinal{4}, {}, false}), 3U);
  EXPECT_EQ(core_.list_shard({key, Ordinal{4}, {}, false}), 0U);
  expect_read(4);
}

TEST_F(CoreByHand, RepeatedRecordsArePassedOver) {
  core_.list_shard({key, Ordinal{1}, {}, false});
  expect_read(1);
  ASSERT_TRUE(core_.block({{record(1), record(2)}, nullptr}, now_));
  ASSERT_TRUE(std::holds_alternative<Append>(core_.next(now_)));
  core_.appended({});
  expect_read(3);
  ASSERT_TRUE(core_.block({{record(1), record(2), record(3)}, nullptr}, now_));
  const Effect effect = core_.next(now_);
  ASSERT_TRUE(std::holds_alternative<Append>(effect));
  EXPECT_EQ(std::get<Append>(effect).records.size(), 1U);
  EXPECT_EQ(std::get<Append>(effect).records[0].ordinal, Ordinal{3});
  core_.appended({});
  expect_read(4);
  ASSERT_TRUE(core_.block({{record(2), record(3)}, nullptr}, now_));  // nothing new: the tip
  EXPECT_TRUE(core_.is_at_tip());
}

TEST_F(CoreByHand, ABatchThatDoesNotAscendIsRefused) {
  core_.list_shard({key, Ordinal{1}, {}, false});
  expect_read(1);
  const auto answer = core_.block({{record(2), record(1)}, nullptr}, now_);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().fault(), Fault::corrupt);
  const Effect effect = core_.next(now_);
  ASSERT_TRUE(std::holds_alternative<Wait>(effect));
  EXPECT_TRUE(std::get<Wait>(effect).until.has_value());
}

TEST_F(CoreByHand, AChildIsReadAfterItsParentsHaveEnded) {
  constexpr ShardKey child{StreamIncarnation{9}, 1};
  core_.add_mark({child, Ordinal{1}, {}});
  core_.list_shard({child, Ordinal{1}, {key}, false});
  core_.list_shard({key, Ordinal{1}, {}, false});
  EXPECT_EQ(expect_read(1).shard, key);
  core_.at_tip(now_);
  EXPECT_TRUE(std::holds_alternative<Wait>(core_.next(now_)));
  core_.list_shard({key, Ordinal{1}, {}, true});  // closed: it is read to its end once more
  EXPECT_EQ(expect_read(1).shard, key);
  core_.at_tip(now_);
  EXPECT_EQ(expect_read(1).shard, child);
}

TEST_F(CoreByHand, WhileDrainingAShardWaitsForThoseThatItsEmptyParentWasSplitOff) {
  constexpr ShardKey empty{StreamIncarnation{9}, 1};
  constexpr ShardKey child{StreamIncarnation{9}, 2};
  for (const ShardKey& added : {empty, child}) {
    core_.add_mark({added, Ordinal{1}, {}});
  }
  core_.list_shard({key, Ordinal{1}, {}, true});
  core_.list_shard({empty, Ordinal{1}, {key}, true});
  core_.list_shard({child, Ordinal{1}, {empty}, false});
  core_.stop(StopMode::drain, {{key, Ordinal{3}}, {empty, Ordinal{1}}, {child, Ordinal{2}}});
  EXPECT_EQ(expect_read(1).shard, key);
  EXPECT_TRUE(core_.block({{record(1)}, nullptr}, now_));
  const Effect effect = core_.next(now_);
  ASSERT_TRUE(std::holds_alternative<Append>(effect));
  EXPECT_EQ(std::get<Append>(effect).shard, key);
  core_.appended({});
  EXPECT_EQ(expect_read(2).shard, key);
}

TEST(Core, RecordsThatTheSourceLeavesOutAreNotSettledWhereRefusedOnesAreLeft) {
  const ShardKey key{StreamIncarnation{9}, 0};
  const Instant now{unix_millis(epoch_ms), nanoseconds(seconds(1))};
  SeededRandom random{1};
  Core core(leaving(hints(100, seconds(60))), {}, random);
  core.add_mark({key, Ordinal{1}, {}});
  core.list_shard({key, Ordinal{1}, {}, true});
  core.stop(StopMode::drain, {{key, Ordinal{9}}});
  ASSERT_TRUE(std::holds_alternative<Read>(core.next(now)));
  const SourceRecord third{Ordinal{3}, unix_millis(epoch_ms), "x", ""};
  const auto gap = core.block({{third}, nullptr}, now);
  ASSERT_TRUE(gap);
  EXPECT_EQ(*gap, 0U) << "nothing is lost";
  ASSERT_TRUE(std::holds_alternative<Append>(core.next(now)));
  core.appended({});
  const Effect effect = core.next(now);
  ASSERT_TRUE(std::holds_alternative<Read>(effect));
  EXPECT_EQ(std::get<Read>(effect).from, Ordinal{4});
  core.at_tip(now);  // 4 to 8 are left out
  ASSERT_TRUE(std::holds_alternative<Seal>(core.next(now)));
  core.sealed();
  ASSERT_TRUE(std::holds_alternative<Plan>(core.next(now)));
  core.planned();
  Effect put = core.next(now);
  while (std::holds_alternative<Abandon>(put)) {  // what it drops
    put = core.next(now);
  }
  ASSERT_TRUE(std::holds_alternative<Put>(put));
  core.put_done(1);
  ASSERT_TRUE(std::holds_alternative<Commit>(core.next(now)));
  core.committed();
  ASSERT_TRUE(std::holds_alternative<Wait>(core.next(now)));
  EXPECT_TRUE(core.is_done());
  EXPECT_EQ(core.marks()[0].low, Ordinal{1});
  EXPECT_EQ(core.marks()[0].settled.count(), 1U);
  EXPECT_TRUE(core.marks()[0].settled.contains(Ordinal{3}));
}

}  // namespace
}  // namespace sluice::delivery
