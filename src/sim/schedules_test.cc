// Courses of events that once were thought of as dangerous, each by itself.
#include "delivery/object_writer.h"
#include "sim/delivery_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::sim {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;

constexpr Expectation one_object_each{.size_hint_max = 1'000'000};

WorldOptions of_one_shard() {
  return {.seed = 1};
}

// Everything that comes becomes an object at once.
void deliver_at_once(DeliveryWorld& world) {
  world.settings().size_hint_bytes = 1'000'000;
  world.settings().interval = std::chrono::milliseconds(0);
}

void accept(DeliveryWorld& world, std::uint64_t records) {
  for (std::uint64_t record = 0; record < records; ++record) {
    world.accept(0);
  }
  world.source().show_all();
}

std::vector<std::string> keys_of(DeliveryWorld& world) {
  std::vector<std::string> keys;
  for (const auto& [key, object] : world.bucket().objects()) {
    keys.push_back(key);
  }
  return keys;
}

// How often each line of an object stands in the bucket, by "shard:ordinal".
std::map<std::string, int> lines_of(DeliveryWorld& world) {
  std::map<std::string, int> lines;
  for (const auto& [key, object] : world.bucket().objects()) {
    ByteView rest = object.bytes;
    while (!rest.empty()) {
      const ByteView line = rest.substr(0, rest.find('\n'));
      ++lines[std::string(line.substr(0, line.rfind(':')))];
      rest.remove_prefix(line.size() + 1);
    }
  }
  return lines;
}

TEST(Schedule, APrefixChangedBetweenPlanAndRestartLeavesThePlannedObjectItsName) {
  DeliveryWorld world(of_one_shard());
  deliver_at_once(world);
  world.definition().s3.prefix = "before/";
  world.faults().strike({.operation = "put"});
  accept(world, 3);
  world.step_until_idle();
  ASSERT_TRUE(world.faults().has_struck());
  ASSERT_THAT(keys_of(world), SizeIs(0));
  world.definition().s3.prefix = "after/";
  accept(world, 2);
  EXPECT_EQ(world.come_to_rest(one_object_each), "");
  EXPECT_THAT(keys_of(world), ElementsAre(StartsWith("after/"), StartsWith("before/")));
}

TEST(Schedule, APrefixChangedBetweenCommitAndRestartMovesNothingThatWasDelivered) {
  DeliveryWorld world(of_one_shard());
  deliver_at_once(world);
  world.definition().s3.prefix = "before/";
  world.faults().strike({.operation = "commit", .is_after = true});
  accept(world, 3);
  world.step_until_idle();
  ASSERT_TRUE(world.faults().has_struck());
  world.definition().s3.prefix = "after/";
  EXPECT_EQ(world.come_to_rest(one_object_each), "");
  EXPECT_THAT(keys_of(world), ElementsAre(StartsWith("before/")));
}

// Ten records in three partitions, struck at `operation`, and the partitions cut anew before the
// next life.
std::string change_partitions_at(const std::string& operation, bool is_after) {
  WorldOptions options = of_one_shard();
  options.partitions = {.partitions = 3};
  DeliveryWorld world(options);
  deliver_at_once(world);
  world.faults().strike({.operation = operation, .is_after = is_after});
  accept(world, 10);
  world.step_until_idle();
  EXPECT_TRUE(world.faults().has_struck());
  ++world.definition().version;
  accept(world, 10);
  return world.come_to_rest(one_object_each);
}

TEST(Schedule, PartitionsCutAnewBetweenPlanPutCommitAndRestartLoseAndRepeatNothing) {
  for (const char* const operation : {"route", "record_plans", "put", "commit"}) {
    EXPECT_EQ(change_partitions_at(operation, false), "") << operation;
  }
  for (const char* const operation : {"record_plans", "put", "commit"}) {
    EXPECT_EQ(change_partitions_at(operation, true), "") << operation << ", after";
  }
}

// One record a minute goes to a partition whose object is open for a day, a thousand to others; the
// process is killed every hour.
TEST(Schedule, AnObjectPinnedOpenForADayHoldsNeitherTheLogNorARestartBack) {
  constexpr std::uint64_t window_bytes = 20'000;
  WorldOptions options = of_one_shard();
  options.partitions = {.partitions = 50};
  DeliveryWorld world(options);
  world.settings().size_hint_bytes = 3'000;
  world.settings().interval = std::chrono::hours(24);
  world.settings().replay_window.bytes_max = window_bytes;
  world.settings().read_bytes_max = 2'000;
  std::uint64_t most_held = 0;
  for (int hour = 0; hour < 26; ++hour) {
    accept(world, 1'000);
    world.step_until_idle();
    const std::uint64_t low = world.ledger().marks().begin()->second.low.value;
    most_held = std::max(most_held, world.records_accepted() + 1 - low);
    world.die(hour % 2 == 0 ? Death::kill : Death::power_cut);
    world.clock().advance(std::chrono::hours(1));
  }
  EXPECT_GT(world.ledger().times_parked(), 10U);
  // A record has at least four bytes; what a buffer may lag behind is one window, and half of one
  // where another buffer was parked.
  EXPECT_LT(most_held, 2 * window_bytes / 4);
  EXPECT_EQ(world.come_to_rest(one_object_each), "");
}

// The plain dialect of a later version of the program, to which no record is bad.
class Lenient final : public Dialect {
 public:
  Bytes record(Named name, bool is_bad, Random& random) const override {
    return plain_->record(name, is_bad, random);
  }

  Result<std::vector<Named>> read(delivery::ObjectKind kind, ByteView object) const override {
    return plain_->read(kind, object);
  }

  void apply_to(delivery::DeliveryStream&) const override {}

  Result<std::unique_ptr<delivery::ObjectWriter>> make_writer(
      const delivery::WriterRequest& request) const override {
    SLUICE_TRY(writer, plain_->make_writer(request));
    return std::make_unique<Taking>(std::move(writer));
  }

  Result<std::unique_ptr<delivery::ObjectWriter>> resume_writer(
      const delivery::WriterRequest& request, const delivery::ParkedWriter& parked) const override {
    SLUICE_TRY(writer, plain_->resume_writer(request, parked));
    return std::make_unique<Taking>(std::move(writer));
  }

 private:
  class Taking final : public delivery::ObjectWriter {
   public:
    explicit Taking(std::unique_ptr<delivery::ObjectWriter> writer) : writer_(std::move(writer)) {}

    Result<void> append(delivery::ShardKey shard,
                        std::span<const delivery::SourceRecord> records,
                        std::vector<delivery::Rejected>&) override {
      return writer_->append_refused(shard, records, {});
    }

    Result<void> append_refused(delivery::ShardKey shard,
                                std::span<const delivery::SourceRecord> records,
                                std::span<const delivery::Rejected> why) override {
      return writer_->append_refused(shard, records, why);
    }

    Result<std::uint64_t> weigh() override { return writer_->weigh(); }

    Result<delivery::ParkedWriter> park() override { return writer_->park(); }

    Result<delivery::SealedFile> finish(const delivery::SealFacts& facts) override {
      return writer_->finish(facts);
    }

    Result<void> sync() override { return writer_->sync(); }

    std::size_t bytes_held() const override { return writer_->bytes_held(); }

   private:
    std::unique_ptr<delivery::ObjectWriter> writer_;
  };

  std::unique_ptr<Dialect> plain_ = make_plain_dialect();
};

// At every place where the process may die, the record is in one object: the one that was planned
// for it, or that of the version which met it first.
TEST(Schedule, ARecordWhoseRuleChangesWithTheVersionIsInOneObject) {
  std::uint64_t refused = 0;
  std::uint64_t taken = 0;
  for (std::uint64_t place = 1;; ++place) {
    DeliveryWorld world({.seed = 1, .death = Death::kill});
    deliver_at_once(world);
    world.faults().strike({.nth = place});
    world.accept(0);
    world.accept(0, true);
    world.accept(0);
    world.source().show_all();
    world.step_until_idle();
    if (!world.faults().has_struck()) {
      break;
    }
    world.replace_dialect(std::make_unique<Lenient>());
    world.faults().calm();
    world.drain();
    ASSERT_EQ(world.problem(), "");
    ASSERT_THAT(lines_of(world),
                UnorderedElementsAre(Pair("0:1", 1), Pair("!0:2", 1), Pair("0:3", 1)))
        << place;
    const bool is_refused = world.bucket().objects().size() == 2;
    ++(is_refused ? refused : taken);
  }
  EXPECT_GT(refused, 5U);
  EXPECT_GT(taken, 5U);
}

TEST(Schedule, ACrashBeforeTheFirstCommitRepeatsNothing) {
  for (const char* const operation : {"add_mark", "record_plans", "put", "commit"}) {
    for (const bool is_after : {false, true}) {
      DeliveryWorld world(of_one_shard());
      deliver_at_once(world);
      world.faults().strike({.operation = operation, .is_after = is_after});
      accept(world, 5);
      world.step_until_idle();
      ASSERT_TRUE(world.faults().has_struck()) << operation;
      EXPECT_EQ(world.come_to_rest(one_object_each), "") << operation << is_after;
      EXPECT_THAT(lines_of(world), SizeIs(5));
    }
  }
}

TEST(Schedule, APutThatTakesEffectAfterASecondOneHasSucceededChangesNothing) {
  DeliveryWorld world(of_one_shard());
  deliver_at_once(world);
  world.bucket().delay_next_put();
  accept(world, 3);
  world.step_until_idle();
  EXPECT_THAT(keys_of(world), SizeIs(0));
  world.clock().advance(std::chrono::minutes(5));
  world.step_until_idle();
  const auto delivered = keys_of(world);
  EXPECT_THAT(delivered, SizeIs(1));
  EXPECT_THAT(world.ledger().committed(), SizeIs(1));
  world.bucket().let_late_puts_happen();
  EXPECT_EQ(keys_of(world), delivered);
  EXPECT_EQ(world.come_to_rest(one_object_each), "");
}

TEST(Schedule, APutThatTakesEffectWhileItsProcessIsDeadIsFoundInPlace) {
  DeliveryWorld world(of_one_shard());
  deliver_at_once(world);
  world.bucket().delay_next_put();
  accept(world, 3);
  world.step_until_idle();
  world.die(Death::power_cut);
  world.bucket().let_late_puts_happen();
  EXPECT_EQ(world.come_to_rest(one_object_each), "");
  EXPECT_THAT(lines_of(world), Each(Pair(testing::_, 1)));
}

// What a source shows is durable; what it has and does not show is nobody's yet.
TEST(Schedule, ARecordThatIsNotDurableYetIsInNoObject) {
  DeliveryWorld world(of_one_shard());
  deliver_at_once(world);
  accept(world, 2);
  world.source().accept_unseen(0, {world.clock().now(), "0:3:\n"});
  world.clock().advance(std::chrono::minutes(1));
  world.step_until_idle();
  EXPECT_THAT(lines_of(world), UnorderedElementsAre(Pair("0:1", 1), Pair("0:2", 1)));
  world.source().show_all();
  EXPECT_EQ(world.come_to_rest(one_object_each), "");
  EXPECT_THAT(lines_of(world), SizeIs(3));
}

TEST(Schedule, AShardSplitWhileDrainingIsDeliveredBeforeItsChildren) {
  DeliveryWorld world(of_one_shard());
  world.settings().size_hint_bytes = 40;
  world.settings().interval = std::chrono::minutes(1);
  accept(world, 30);
  world.source().split(0);
  world.source().split(1);
  for (std::uint32_t shard = 2; shard <= 4; ++shard) {
    world.accept(shard);
  }
  world.source().show_all();
  world.step();
  EXPECT_EQ(world.come_to_rest(one_object_each), "");
}

}  // namespace
}  // namespace sluice::sim
