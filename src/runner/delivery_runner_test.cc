// A runner stepped by hand: start-up, delivery, failures, and the ways to end.
#include "runner/delivery_runner.h"

#include "delivery/gzip_for_test.h"
#include "delivery/query_for_test.h"
#include "delivery/record_router.h"
#include "delivery/session_router.h"
#include "runner/test_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <ranges>
#include <set>
#include <string>

namespace sluice::runner {
namespace {

using std::chrono::milliseconds;
using testing::PushedSource;
using testing::TestWorld;

// Steps until the runner wants to wait for longer than `patience`, moving the clock along.
void run(TestWorld& world, DeliveryRunner& runner, milliseconds patience = milliseconds(0)) {
  const auto end = world.clock.steady() + patience;
  for (int i = 0; i < 100'000; ++i) {
    const NextStep next = runner.step();
    if (next.when == NextStep::When::now) {
      continue;
    }
    if (next.when != NextStep::When::at || next.at > end) {
      world.clock.advance(std::chrono::ceil<milliseconds>(end - world.clock.steady()));
      return;
    }
    if (next.at > world.clock.steady()) {
      world.clock.advance(std::chrono::ceil<milliseconds>(next.at - world.clock.steady()));
    }
  }
  FAIL() << "the runner never rests";
}

TEST(DeliveryRunner, DeliversAfterTheIntervalAndMovesTheMarks) {
  TestWorld world;
  const auto runner = world.runner();
  world.source.push("one\n", world.clock.now());
  world.source.push("two\n", world.clock.now());
  run(world, *runner, milliseconds(59'000));
  EXPECT_TRUE(world.bucket.objects().empty());
  EXPECT_EQ(runner->status().oldest_undelivered, unix_millis(TestWorld::start_ms));
  EXPECT_EQ(runner->status().open_records, 2U);
  EXPECT_EQ(runner->status().open_bytes, 8U);
  EXPECT_EQ(runner->status().open_until, unix_millis(TestWorld::start_ms + 60'000));
  run(world, *runner, milliseconds(2'000));
  const auto objects = world.bucket.objects();
  ASSERT_EQ(objects.size(), 1U);
  EXPECT_EQ(objects.begin()->second, "one\ntwo\n");
  EXPECT_TRUE(objects.begin()->first.starts_with("2025/07/13/")) << objects.begin()->first;
  EXPECT_EQ(world.ledger.state.marks.at(0).low, delivery::Ordinal{3});
  EXPECT_EQ(world.source.held(), delivery::Ordinal{3});
  const RunnerStatus status = runner->status();
  EXPECT_EQ(status.state, RunnerState::running);
  EXPECT_EQ(status.records_delivered, 2U);
  EXPECT_EQ(status.bytes_delivered, 8U);
  EXPECT_EQ(status.backlog_records, 0U);
  EXPECT_FALSE(status.oldest_undelivered.has_value());
  EXPECT_TRUE(world.files.list("/data/spool/0000000000000001")->empty());
}

TEST(DeliveryRunner, WhereMemoryIsShortWhatIsOpenIsDeliveredEarly) {
  TestWorld world;
  MemoryBudget budget(100'000);
  world.memory = &budget;
  const auto runner = world.runner();
  world.source.push(Bytes(1'000, 'a'), world.clock.now());
  run(world, *runner, milliseconds(1'000));
  EXPECT_GT(budget.bytes_held(), 0U);
  EXPECT_TRUE(world.bucket.objects().empty());
  for (int i = 0; i < 200; ++i) {
    world.source.push(Bytes(1'000, 'b'), world.clock.now());
  }
  run(world, *runner, milliseconds(1'000));
  EXPECT_FALSE(world.bucket.objects().empty()) << "long before its interval";
  EXPECT_LT(budget.bytes_held(), 100'000U);
  runner->drain();
  run(world, *runner);
  EXPECT_EQ(runner->status().records_delivered, 201U);
  EXPECT_EQ(budget.bytes_held(), 0U) << "a runner that has ended holds nothing";
}

TEST(DeliveryRunner, ANewShardIsReadFromTheDeliveryStart) {
  TestWorld world;
  world.source.push("before\n", world.clock.now() - milliseconds(1));
  world.source.push("after\n", world.clock.now());
  const auto runner = world.runner();
  runner->drain();
  run(world, *runner);
  EXPECT_EQ(runner->status().state, RunnerState::ended);
  ASSERT_EQ(world.bucket.objects().size(), 1U);
  EXPECT_EQ(world.bucket.objects().begin()->second, "after\n");
}

TEST(DeliveryRunner, PutsWhatWasPlannedByAnEarlierLifeUnderTheSameName) {
  TestWorld world;
  world.bucket.is_closed = true;
  world.source.push("one\n", world.clock.now());
  std::string key;
  {
    const auto runner = world.runner();
    run(world, *runner, milliseconds(61'000));
    ASSERT_EQ(world.ledger.state.planned.size(), 1U);
    key = world.ledger.state.planned[0].key;
    EXPECT_EQ(runner->status().last_error, "the bucket is closed");
    EXPECT_GT(runner->status().put_failures, 0U);
    EXPECT_GT(runner->status().put_again_at, world.clock.now());
    EXPECT_TRUE(world.delivered.empty());
  }
  const auto stray = world.files.open("/data/spool/0000000000000001/stray", OpenMode::create);
  ASSERT_TRUE(stray);
  world.bucket.is_closed = false;
  const auto runner = world.runner();
  run(world, *runner);
  ASSERT_EQ(world.bucket.objects().size(), 1U);
  EXPECT_EQ(world.bucket.objects().begin()->first, key);
  EXPECT_EQ(world.delivered, std::vector{key});
  EXPECT_TRUE(world.ledger.state.planned.empty());
  EXPECT_TRUE(world.files.list("/data/spool/0000000000000001")->empty());
}

TEST(DeliveryRunner, WhatIsToBeLeftWhenItIsRefusedIsToldAndStaysForTheNextRunner) {
  TestWorld world;
  std::vector<std::string> left;
  world.on_left = [&left](delivery::ShardKey shard,
                          const delivery::SourceRecord& record,
                          const serde::Rejection& why) {
    EXPECT_EQ(shard, PushedSource::key);
    left.push_back(std::to_string(record.ordinal.value) + " " + why.code);
  };
  for (const char* const data : {R"({"bpm":1})", R"({"bpm":"x"})", R"({"bpm":3})"}) {
    world.source.push(data, world.clock.now());
  }
  for (int life = 0; life < 2; ++life) {
    const auto runner = world.runner(true);
    runner->drain();
    run(world, *runner);
    EXPECT_EQ(runner->status().state, RunnerState::ended);
    EXPECT_EQ(runner->status().records_delivered, life == 0 ? 2U : 0U);
    EXPECT_EQ(runner->status().records_rejected, 0U);
  }
  EXPECT_EQ(world.bucket.objects().size(), 1U) << "no error object";
  EXPECT_EQ(left.size(), 2U);
  EXPECT_EQ(left.front(), left.back());
  EXPECT_TRUE(left.front().starts_with("2 DataFormatConversion.")) << left.front();
  EXPECT_TRUE(world.files.list("/data/spool/0000000000000001")->empty());
  world.schemas.columns = "bpm string";
  const auto runner = world.runner(true);
  runner->drain();
  run(world, *runner);
  EXPECT_EQ(world.bucket.objects().size(), 2U);
  EXPECT_EQ(world.ledger.state.marks.at(0).low, delivery::Ordinal{4});
}

// Two records, parked; the runner is gone.
void park_two(TestWorld& world, bool converts, std::string_view first, std::string_view second) {
  world.options.replay_window.age_max = milliseconds(10'000);
  world.source.push(std::string(first), world.clock.now());
  world.source.push(std::string(second), world.clock.now());
  const auto runner = world.runner(converts);
  run(world, *runner, milliseconds(11'000));
  ASSERT_EQ(world.ledger.state.parked.size(), 1U);
  ASSERT_EQ(world.ledger.state.parked[0].draft.records, 2U);
  ASSERT_EQ(world.source.held(), delivery::Ordinal{3});
  ASSERT_TRUE(world.bucket.objects().empty());
}

TEST(DeliveryRunner, GoesOnWithWhatAnEarlierLifeParked) {
  TestWorld world;
  park_two(world, false, "one\n", "two\n");
  const std::string key = world.ledger.state.parked[0].draft.key;
  world.source.push("three\n", world.clock.now());
  const auto runner = world.runner();
  run(world, *runner, milliseconds(60'000));
  ASSERT_EQ(world.bucket.objects().size(), 1U);
  EXPECT_EQ(world.bucket.objects().begin()->first, key);
  EXPECT_EQ(world.bucket.objects().begin()->second, "one\ntwo\nthree\n");
  EXPECT_TRUE(world.ledger.state.parked.empty());
  EXPECT_TRUE(world.ledger.state.planned.empty());
  EXPECT_TRUE(world.files.list("/data/spool/0000000000000001")->empty());
}

TEST(DeliveryRunner, WhatWasParkedUnderAnotherDefinitionIsDeliveredAsItWas) {
  TestWorld world;
  park_two(world, false, "one\n", "two\n");
  world.source.push("three\n", world.clock.now());
  world.version = 2;
  const auto runner = world.runner();
  run(world, *runner, milliseconds(5'000));
  ASSERT_EQ(world.bucket.objects().size(), 1U);
  EXPECT_EQ(world.bucket.objects().begin()->second, "one\ntwo\n");
  run(world, *runner, milliseconds(60'000));
  EXPECT_EQ(world.bucket.objects().size(), 2U);
}

TEST(DeliveryRunner, WhatWasParkedCompressedIsCompletedCompressedWhateverTheNextDefinitionSays) {
  TestWorld world;
  world.adapt = [](delivery::DeliveryStream& stream) { stream.s3.compression_format = "ZIP"; };
  park_two(world, false, "one\n", "two\n");
  world.adapt = [](delivery::DeliveryStream& stream) { stream.s3.compression_format = "Snappy"; };
  world.version = 2;
  const auto runner = world.runner();
  run(world, *runner, milliseconds(5'000));
  const auto objects = world.bucket.objects();
  ASSERT_EQ(objects.size(), 1U) << runner->status().last_error;
  EXPECT_TRUE(objects.begin()->first.ends_with(".zip")) << objects.begin()->first;
  EXPECT_TRUE(objects.begin()->second.starts_with("PK\x03\x04"));
  EXPECT_EQ(objects.begin()->second.substr(objects.begin()->second.size() - 22, 4), "PK\x05\x06");
}

TEST(DeliveryRunner, WhatWasParkedWithAnotherTableIsDeliveredAsItWas) {
  TestWorld world;
  park_two(world, true, R"({"bpm":60})", R"({"bpm":61})");
  world.schemas.version = "4";
  world.source.push(R"({"bpm":62})", world.clock.now());
  const auto runner = world.runner(true);
  run(world, *runner, milliseconds(5'000));
  ASSERT_EQ(world.bucket.objects().size(), 1U);
  run(world, *runner, milliseconds(60'000));
  EXPECT_EQ(world.bucket.objects().size(), 2U);
  EXPECT_EQ(runner->status().records_delivered, 3U);
}

// As where a table is dropped and made anew: its versions count from the beginning again.
TEST(DeliveryRunner, WhatWasParkedWithOtherColumnsOfTheSameVersionIsDeliveredAsItWas) {
  TestWorld world;
  park_two(world, true, R"({"bpm":60})", R"({"bpm":61})");
  world.schemas.columns = "bpm int, at timestamp";
  world.source.push(R"({"bpm":62})", world.clock.now());
  const auto runner = world.runner(true);
  run(world, *runner, milliseconds(5'000));
  ASSERT_EQ(world.bucket.objects().size(), 1U) << runner->status().last_error;
  EXPECT_TRUE(world.ledger.state.parked.empty());
  run(world, *runner, milliseconds(60'000));
  EXPECT_EQ(world.bucket.objects().size(), 2U);
  EXPECT_EQ(runner->status().records_delivered, 3U);
  EXPECT_EQ(runner->status().records_rejected, 0U);
}

TEST(DeliveryRunner, WhatWasParkedIsDeliveredThoughItsTableIsGone) {
  TestWorld world;
  park_two(world, true, R"({"bpm":60})", R"({"bpm":61})");
  world.schemas.is_missing = true;
  const auto runner = world.runner(true);
  run(world, *runner, milliseconds(5'000));
  EXPECT_EQ(world.bucket.objects().size(), 1U);
  EXPECT_TRUE(world.ledger.state.parked.empty());
}

TEST(DeliveryRunner, AParkedFileThatIsGoneIsNamed) {
  TestWorld world;
  park_two(world, false, "one\n", "two\n");
  const std::string name = world.ledger.state.parked[0].draft.spool_name;
  ASSERT_TRUE(world.files.remove("/data/spool/0000000000000001/" + name));
  const auto runner = world.runner();
  run(world, *runner, milliseconds(60'000));
  EXPECT_EQ(runner->status().state, RunnerState::running);
  EXPECT_NE(runner->status().last_error.find("2 parked record(s) of 2025/"), std::string::npos)
      << runner->status().last_error;
  EXPECT_EQ(world.ledger.state.parked.size(), 1U);
}

// A world in which `lines` are planned as one object and its sealed file waits for a bucket that is
// closed, in no life.
void plan_and_die(TestWorld& world, const std::vector<std::string>& lines, bool converts) {
  world.bucket.is_closed = true;
  for (const std::string& line : lines) {
    world.source.push(line, world.clock.now());
  }
  const auto runner = world.runner(converts);
  run(world, *runner, milliseconds(61'000));
}

std::string sealed_path(const TestWorld& world, std::size_t plan = 0) {
  return "/data/spool/0000000000000001/" + world.ledger.state.planned.at(plan).spool_name;
}

// Every bit of a sealed file flips: no flipped one is put, and the object is what was planned.
TEST(DeliveryRunner, ASealedFileThatRottedIsBuiltAgainBitForBit) {
  const std::vector<std::string> lines = {"{\"bpm\":61}\n", "{\"bpm\":62}\n"};
  for (const bool converts : {false, true}) {
    TestWorld planned;
    plan_and_die(planned, lines, converts);
    const std::size_t bytes = read_file(planned.files, sealed_path(planned)).value().size();
    for (std::size_t bit = 0; bit < 8 * bytes; bit += converts ? 5 : 1) {
      TestWorld world;
      plan_and_die(world, lines, converts);
      const delivery::ObjectPlan plan = world.ledger.state.planned.at(0);
      world.files.flip({sealed_path(world), bit / 8, static_cast<unsigned>(bit % 8)});
      world.bucket.is_closed = false;
      const auto runner = world.runner(converts);
      run(world, *runner, milliseconds(1'000));
      const auto objects = world.bucket.objects();
      ASSERT_EQ(objects.size(), 1U) << runner->status().last_error;
      EXPECT_EQ(objects.begin()->first, plan.key);
      ASSERT_EQ(sha256(objects.begin()->second), plan.sha256) << bit;
      EXPECT_EQ(runner->status().spool_files_damaged, 1U);
      EXPECT_EQ(runner->status().spool_files_rebuilt, 1U);
      EXPECT_EQ(runner->status().put_failures, 0U);
      EXPECT_NE(world.reports.back().find("is DAMAGED: it is not what plan 1"), std::string::npos)
          << world.reports.back();
      EXPECT_TRUE(world.files.list("/data/spool/0000000000000001")->empty());
    }
  }
}

// Records are split by "|" and go where their member "c" says, each on a line of its own.
void partition(delivery::DeliveryStream& stream) {
  stream.s3.prefix = "!{partitionKeyFromQuery:c}/";
  stream.s3.error_output_prefix = "!{firehose:error-output-type}/";
  stream.s3.partitioning = {true};
  stream.s3.processing = {
      true,
      {{"MetadataExtraction", {{"MetadataExtractionQuery", "{c: .c}"}}},
       {"RecordDeAggregation", {{"SubRecordType", "DELIMITED"}, {"Delimiter", "fA=="}}},
       {"AppendDelimiterToRecord", {}}}};
}

std::unique_ptr<delivery::RecordRouter> router_of_parts() {
  delivery::DeliveryStream stream;
  stream.name = "hr";
  partition(stream);
  return delivery::RecordRouter::create(
             stream, std::make_unique<delivery::MemberQuery>(std::vector<std::string>{"c"}))
      .value();
}

// The bodies of objects by the first folders of their keys.
std::map<std::string, Bytes> by_folder(const TestWorld& world) {
  std::map<std::string, Bytes> bodies;
  for (const auto& [key, body] : world.bucket.objects()) {
    bodies[key.substr(0, key.find('/'))] += body;
  }
  return bodies;
}

TEST(DeliveryRunner, PartsOfRecordsGoToTheObjectsOfTheirPartitions) {
  TestWorld world;
  world.adapt = partition;
  const auto router = router_of_parts();
  world.router = router.get();
  plan_and_die(world, {R"({"c":"x"}|{"c":"y","n":1}|{"c":null})", R"({"c":"y","n":2})"}, false);
  EXPECT_EQ(world.ledger.state.planned.size(), 3U);
  const auto next_router = router_of_parts();
  world.router = next_router.get();
  world.bucket.is_closed = false;
  const auto runner = world.runner();
  run(world, *runner, milliseconds(1'000));
  auto bodies = by_folder(world);
  ASSERT_EQ(bodies.size(), 3U);
  EXPECT_EQ(bodies["x"], "{\"c\":\"x\"}\n");
  EXPECT_EQ(bodies["y"], "{\"c\":\"y\",\"n\":1}\n{\"c\":\"y\",\"n\":2}\n");
  EXPECT_TRUE(bodies["processing-failed"].starts_with(
      R"({"rawData":"eyJjIjpudWxsfQ==","errorCode":"DynamicPartitioning.MetadataExtractionFailed",)"
      R"("errorMessage":"partitionKeys values must not be null or empty","attemptsMade":1,)"))
      << bodies["processing-failed"];
  EXPECT_EQ(world.ledger.state.marks.front().low, delivery::Ordinal{3});
}

// Far more of them than may be open, in a backlog that is read and routed a piece at a time.
TEST(DeliveryRunner, HelpersThatRouteAheadLeaveEveryRecordToItsPartition) {
  for (const std::size_t threads : {0U, 1U, 3U}) {
    Helpers helpers(threads, "helper");
    TestWorld world;
    world.adapt = partition;
    world.options.read_bytes_max = 2048;
    world.options.partitions_max = 100;
    world.options.overflow = delivery::PartitionOverflow::close_least_recently_used;
    world.helpers = &helpers;
    const auto router = router_of_parts();
    world.router = router.get();
    std::multiset<std::string> expected;
    for (int i = 0; i < 6'000; ++i) {
      const std::string customer = "c" + std::to_string(i * 7 % 2'500);
      const std::string record = R"({"c":")" + customer + R"(","n":)" + std::to_string(i) + "}";
      world.source.push(record, world.clock.now());
      expected.insert(customer + "/" + record);
    }
    const auto runner = world.runner();
    run(world, *runner, milliseconds(62'000));
    EXPECT_EQ(runner->status().records_delivered, 6'000U);
    std::multiset<std::string> delivered;
    for (const auto& [folder, body] : by_folder(world)) {
      for (const auto line : std::views::split(body, '\n')) {
        if (!line.empty()) {
          delivered.insert(folder + "/" + std::string(line.begin(), line.end()));
        }
      }
    }
    EXPECT_EQ(delivered, expected) << threads << " helpers";
    EXPECT_LT(router->partitions(), 2'500U);  // those that are not in use were forgotten
  }
}

TEST(DeliveryRunner, ParkedPartitionsGoOnInTheNextLife) {
  TestWorld world;
  world.adapt = partition;
  world.options.replay_window.age_max = milliseconds(10'000);
  const auto router = router_of_parts();
  world.router = router.get();
  world.source.push(R"({"c":"x"}|{"c":"y"}|{"c":null})", world.clock.now());
  {
    const auto runner = world.runner();
    run(world, *runner, milliseconds(11'000));
  }
  ASSERT_EQ(world.ledger.state.parked.size(), 3U);
  EXPECT_EQ(world.source.held(), delivery::Ordinal{2});
  const auto next_router = router_of_parts();
  world.router = next_router.get();
  world.source.push(R"({"c":"z"}|{"c":null,"n":1}|{"c":"y","n":1})", world.clock.now());
  const auto runner = world.runner();
  run(world, *runner, milliseconds(60'000));
  EXPECT_EQ(world.bucket.objects().size(), 4U);
  auto bodies = by_folder(world);
  EXPECT_EQ(bodies["x"], "{\"c\":\"x\"}\n");
  EXPECT_EQ(bodies["y"], "{\"c\":\"y\"}\n{\"c\":\"y\",\"n\":1}\n");
  EXPECT_EQ(bodies["z"], "{\"c\":\"z\"}\n");
  EXPECT_EQ(std::ranges::count(bodies["processing-failed"], '\n'), 2);
  EXPECT_TRUE(world.ledger.state.parked.empty());
  EXPECT_EQ(world.ledger.state.marks.front().low, delivery::Ordinal{3});
}

void gather_sessions(delivery::DeliveryStream& stream) {
  stream.s3.prefix = "!{session-key}/!{session-start:HH-mm-ss}/";
  stream.s3.error_output_prefix = "!{firehose:error-output-type}/";
  stream.tags = {{"sluice:session-gap-s", "60"},
                 {"sluice:session-key", "w"},
                 {"sluice:event-time-field", "at"}};
}

std::unique_ptr<delivery::SessionRouter> session_router() {
  delivery::DeliveryStream stream;
  stream.name = "hr";
  gather_sessions(stream);
  return delivery::SessionRouter::create(stream).value();
}

std::string beat(std::string_view time, std::string_view watch = "a") {
  return R"({"at":"2025-07-13T)" + std::string(time) + R"(","w":")" + std::string(watch) + "\"}\n";
}

std::map<std::string, Bytes> by_path(const TestWorld& world) {
  std::map<std::string, Bytes> bodies;
  for (const auto& [key, body] : world.bucket.objects()) {
    bodies[key.substr(0, key.rfind('/'))] += body;
  }
  return bodies;
}

void prepare_sessions(TestWorld& world) {
  world.adapt = gather_sessions;
  world.options.by_session = true;
  world.options.interval = milliseconds(60'000);
  world.options.replay_window.age_max = milliseconds(10'000);
}

// Parked at 10:00:10, it gets a record from before that, and another session ends it.
TEST(DeliveryRunner, ASessionGoesOnInTheNextLifeAndIsNamedByItsStart) {
  TestWorld world;
  prepare_sessions(world);
  {
    const auto router = session_router();
    world.router = router.get();
    world.source.push(beat("10:00:10"), world.clock.now());
    const auto runner = world.runner();
    run(world, *runner, milliseconds(11'000));
    world.source.push(beat("10:00:20"), world.clock.now());
    run(world, *runner, milliseconds(1'000));
  }
  ASSERT_EQ(world.ledger.state.parked.size(), 1U);
  ASSERT_TRUE(world.bucket.objects().empty());
  const auto router = session_router();
  world.router = router.get();
  world.source.push(beat("09:59:30"), world.clock.now());
  world.source.push(beat("10:01:00", "b"), world.clock.now());
  world.source.push(beat("10:05:00"), world.clock.now());
  const auto runner = world.runner();
  run(world, *runner, milliseconds(1'000));
  ASSERT_EQ(world.bucket.objects().size(), 1U) << "ended by the next one, not by silence";
  run(world, *runner, milliseconds(60'000));
  const auto bodies = by_path(world);
  EXPECT_EQ(bodies.at("a/09-59-30"), beat("10:00:10") + beat("10:00:20") + beat("09:59:30"));
  EXPECT_EQ(bodies.at("a/10-05-00"), beat("10:05:00"));
  EXPECT_EQ(bodies.at("b/10-01-00"), beat("10:01:00", "b"));
  EXPECT_EQ(bodies.size(), 3U);
  EXPECT_TRUE(world.ledger.state.parked.empty());
}

TEST(DeliveryRunner, DrainingCutsNoSessionShort) {
  TestWorld world;
  prepare_sessions(world);
  {
    const auto router = session_router();
    world.router = router.get();
    world.source.push(beat("10:00:00"), world.clock.now());
    const auto runner = world.runner();
    run(world, *runner, milliseconds(1'000));
    runner->drain();
    run(world, *runner, milliseconds(1'000));
    EXPECT_EQ(runner->status().state, RunnerState::ended);
  }
  EXPECT_TRUE(world.bucket.objects().empty());
  const auto router = session_router();
  world.router = router.get();
  world.source.push(beat("10:00:30"), world.clock.now());
  const auto runner = world.runner();
  run(world, *runner, milliseconds(61'000));
  EXPECT_EQ(by_path(world).at("a/10-00-00"), beat("10:00:00") + beat("10:00:30"));
}

TEST(DeliveryRunner, SessionsThatAreSwitchedOffCloseWithWhatWasParked) {
  TestWorld world;
  prepare_sessions(world);
  {
    const auto router = session_router();
    world.router = router.get();
    world.source.push(beat("10:00:00"), world.clock.now());
    const auto runner = world.runner();
    run(world, *runner, milliseconds(11'000));
  }
  ASSERT_EQ(world.ledger.state.parked.size(), 1U);
  world.router = nullptr;
  world.adapt = {};
  world.options.by_session = false;
  world.source.push("other\n", world.clock.now());
  const auto runner = world.runner();
  run(world, *runner, milliseconds(61'000));
  ASSERT_EQ(world.bucket.objects().size(), 2U);
  EXPECT_EQ(by_path(world).at("a/10-00-00"), beat("10:00:00"));
}

TEST(DeliveryRunner, ARottedFileOfPartsOfWholeRecordsIsBuiltAgain) {
  TestWorld world;
  world.adapt = partition;
  const auto router = router_of_parts();
  world.router = router.get();
  plan_and_die(world, {R"({"c":"x"}|{"c":"x","n":1})", R"({"c":"x"})"}, false);
  world.files.flip({sealed_path(world), 3, 0});
  world.bucket.is_closed = false;
  const auto runner = world.runner();
  run(world, *runner, milliseconds(1'000));
  EXPECT_EQ(runner->status().spool_files_rebuilt, 1U) << runner->status().last_error;
  EXPECT_EQ(by_folder(world)["x"], "{\"c\":\"x\"}\n{\"c\":\"x\",\"n\":1}\n{\"c\":\"x\"}\n");
}

TEST(DeliveryRunner, ARottedFileOfPartsIsBuiltAgainThoughTheQueryIsAnotherNow) {
  TestWorld world;
  world.adapt = partition;
  const auto router = router_of_parts();
  world.router = router.get();
  plan_and_die(world, {R"({"c":"x"}|{"c":"x","n":1})"}, false);
  world.files.flip({sealed_path(world), 3, 0});
  delivery::DeliveryStream other;
  other.name = "hr";
  other.version = 2;
  partition(other);
  other.s3.prefix = "!{partitionKeyFromQuery:absent}/";
  const auto next_router =
      delivery::RecordRouter::create(
          other, std::make_unique<delivery::MemberQuery>(std::vector<std::string>{"absent"}))
          .value();
  world.router = next_router.get();
  world.version = 2;
  world.bucket.is_closed = false;
  const auto runner = world.runner();
  run(world, *runner, milliseconds(1'000));
  EXPECT_EQ(runner->status().spool_files_rebuilt, 1U) << runner->status().last_error;
  EXPECT_EQ(by_folder(world)["x"], "{\"c\":\"x\"}\n{\"c\":\"x\",\"n\":1}\n");
}

// Messages of CloudWatch Logs, without partitions.
void unpack_logs(delivery::DeliveryStream& stream) {
  stream.s3.prefix = "data/";
  stream.s3.error_output_prefix = "!{firehose:error-output-type}/";
  stream.s3.processing = {
      true,
      {{"Decompression", {}}, {"CloudWatchLogProcessing", {{"DataMessageExtraction", "true"}}}}};
}

std::unique_ptr<delivery::RecordRouter> router_of_logs() {
  delivery::DeliveryStream stream;
  stream.name = "hr";
  unpack_logs(stream);
  return delivery::RecordRouter::create(stream, nullptr).value();
}

Bytes log_of(const std::string& message) {
  return delivery::gzip_of(R"({"messageType":"DATA_MESSAGE","logEvents":[{"message":")" + message +
                           R"("},{"message":"\n"}]})");
}

const Bytes control_message = delivery::gzip_of(R"({"messageType":"CONTROL_MESSAGE"})");

TEST(DeliveryRunner, RecordsAreTakenApartWithoutPartitions) {
  TestWorld world;
  world.adapt = unpack_logs;
  const auto router = router_of_logs();
  world.router = router.get();
  for (const Bytes& record : {log_of("one"), control_message, Bytes("broken"), log_of("two")}) {
    world.source.push(record, world.clock.now());
  }
  const auto runner = world.runner();
  run(world, *runner, milliseconds(61'000));
  auto bodies = by_folder(world);
  ASSERT_EQ(bodies.size(), 2U);
  EXPECT_EQ(bodies["data"], "one\ntwo\n");
  EXPECT_TRUE(bodies["decompression-failed"].starts_with(
      R"({"rawData":"YnJva2Vu","errorCode":"Decompression.InvalidData",)"))
      << bodies["decompression-failed"];
  EXPECT_EQ(runner->status().records_delivered, 4U);
  EXPECT_EQ(runner->status().records_rejected, 1U);
  EXPECT_EQ(runner->status().records_dropped, 1U);
  EXPECT_EQ(runner->status().objects_delivered, 2U);
  EXPECT_EQ(runner->status().backlog_records, 0U);
  EXPECT_EQ(world.ledger.state.marks.front().low, delivery::Ordinal{5});
  EXPECT_EQ(world.source.held(), delivery::Ordinal{5});
}

TEST(DeliveryRunner, DroppedRecordsSettleWithoutAnObject) {
  TestWorld world;
  world.adapt = unpack_logs;
  world.bucket.is_closed = true;  // nothing of them goes there
  const auto router = router_of_logs();
  world.router = router.get();
  for (int i = 0; i < 3; ++i) {
    world.source.push(control_message, world.clock.now());
  }
  const auto runner = world.runner();
  run(world, *runner, milliseconds(61'000));
  EXPECT_EQ(runner->status().records_dropped, 3U);
  EXPECT_EQ(runner->status().last_error, "");
  EXPECT_EQ(world.ledger.state.marks.front().low, delivery::Ordinal{4});
  EXPECT_TRUE(world.bucket.objects().empty());
  EXPECT_TRUE(world.delivered.empty());
  EXPECT_TRUE(world.files.list("/data/spool/0000000000000001")->empty());
}

// Planned in one life, committed in the next.
TEST(DeliveryRunner, APlanOfDroppedRecordsIsCommittedByTheNextLife) {
  TestWorld world;
  world.adapt = unpack_logs;
  const auto router = router_of_logs();
  world.router = router.get();
  plan_and_die(world, {log_of("one"), control_message}, false);
  ASSERT_EQ(world.ledger.state.planned.size(), 2U);
  EXPECT_EQ(world.ledger.state.planned[1].kind, delivery::ObjectKind::dropped);
  const auto next_router = router_of_logs();
  world.router = next_router.get();
  world.bucket.is_closed = false;
  const auto runner = world.runner();
  run(world, *runner, milliseconds(1'000));
  EXPECT_EQ(by_folder(world)["data"], "one\n");
  EXPECT_EQ(runner->status().records_dropped, 1U);
  EXPECT_EQ(world.ledger.state.marks.front().low, delivery::Ordinal{3});
}

TEST(DeliveryRunner, ParkedDroppedRecordsGoOnInTheNextLife) {
  TestWorld world;
  world.adapt = unpack_logs;
  world.options.replay_window.age_max = milliseconds(10'000);
  const auto router = router_of_logs();
  world.router = router.get();
  world.source.push(control_message, world.clock.now());
  world.source.push(log_of("one"), world.clock.now());
  {
    const auto runner = world.runner();
    run(world, *runner, milliseconds(11'000));
  }
  ASSERT_EQ(world.ledger.state.parked.size(), 2U);
  EXPECT_EQ(world.source.held(), delivery::Ordinal{3});
  const auto next_router = router_of_logs();
  world.router = next_router.get();
  world.source.push(control_message, world.clock.now());
  const auto runner = world.runner();
  run(world, *runner, milliseconds(60'000));
  EXPECT_EQ(by_folder(world)["data"], "one\n");
  EXPECT_EQ(runner->status().records_dropped, 2U);
  EXPECT_TRUE(world.ledger.state.parked.empty());
  EXPECT_EQ(world.ledger.state.marks.front().low, delivery::Ordinal{4});
}

TEST(DeliveryRunner, ACompressedFileThatRottedIsBuiltAgainBitForBit) {
  for (const char* const compression : {"GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"}) {
    TestWorld world;
    world.adapt = [compression](delivery::DeliveryStream& stream) {
      stream.s3.compression_format = compression;
    };
    plan_and_die(world, {"one\n", "two\n"}, false);
    const delivery::ObjectPlan plan = world.ledger.state.planned.at(0);
    world.files.flip({sealed_path(world), 9, 3});
    world.bucket.is_closed = false;
    const auto runner = world.runner();
    run(world, *runner, milliseconds(1'000));
    ASSERT_EQ(world.bucket.objects().size(), 1U) << runner->status().last_error;
    EXPECT_EQ(sha256(world.bucket.objects().begin()->second), plan.sha256);
    EXPECT_EQ(runner->status().spool_files_rebuilt, 1U);
  }
}

TEST(DeliveryRunner, ASealedFileOfAnyOtherLengthIsBuiltAgain) {
  for (const std::uint64_t size : {0U, 1U, 7U, 9U}) {
    TestWorld world;
    plan_and_die(world, {"one\n", "two\n"}, false);
    ASSERT_TRUE((*world.files.open(sealed_path(world), OpenMode::write))->truncate(size));
    world.bucket.is_closed = false;
    const auto runner = world.runner();
    run(world, *runner, milliseconds(1'000));
    ASSERT_EQ(world.bucket.objects().size(), 1U);
    EXPECT_EQ(world.bucket.objects().begin()->second, "one\ntwo\n");
  }
}

TEST(DeliveryRunner, ARottedFileThatCannotBeBuiltAgainWaitsAndNamesTheCure) {
  TestWorld world;
  plan_and_die(world, {"one\n", "two\n"}, false);
  world.source.damage(delivery::Ordinal{2});
  world.files.flip({sealed_path(world), 3, 0});
  world.bucket.is_closed = false;
  const auto runner = world.runner();
  run(world, *runner, milliseconds(120'000));
  EXPECT_TRUE(world.bucket.objects().empty());
  EXPECT_EQ(runner->status().objects_planned, 1U);
  EXPECT_EQ(runner->status().spool_files_damaged, 1U);
  EXPECT_EQ(runner->status().spool_files_rebuilt, 0U);
  const std::string error = runner->status().last_error;
  EXPECT_NE(error.find("is DAMAGED"), std::string::npos) << error;
  EXPECT_NE(error.find("segment 1 is damaged at byte 64"), std::string::npos) << error;
  EXPECT_NE(error.find("`sluice recover`"), std::string::npos) << error;
  EXPECT_EQ(world.reports.size(), 2U);  // the bucket that was closed, and this, once
  EXPECT_EQ(world.files.list("/data/spool/0000000000000001")->size(), 1U);

  world.files.flip({sealed_path(world), 3, 0});  // a copy was brought back
  run(world, *runner, milliseconds(31'000));
  ASSERT_EQ(world.bucket.objects().size(), 1U);
  EXPECT_EQ(world.bucket.objects().begin()->second, "one\ntwo\n");
  EXPECT_TRUE(runner->status().last_error.empty());
}

// Its lines hold the times at which they were written, which nobody else knows.
TEST(DeliveryRunner, ARottedErrorObjectWaits) {
  TestWorld world;
  plan_and_die(world, {"{\"bpm\":61}\n", "{\"bpm\":\"fast\"}\n"}, true);
  ASSERT_EQ(world.ledger.state.planned.size(), 2U);
  world.files.flip({sealed_path(world, 1), 40, 2});
  world.bucket.is_closed = false;
  const auto runner = world.runner(true);
  run(world, *runner, milliseconds(60'000));
  EXPECT_EQ(world.bucket.objects().size(), 1U);
  EXPECT_EQ(runner->status().objects_planned, 1U);
  EXPECT_NE(runner->status().last_error.find("error objects hold the times"), std::string::npos);
}

TEST(DeliveryRunner, AChangedTableDoesNotChangeWhatWasPlanned) {
  TestWorld world;
  plan_and_die(world, {"{\"bpm\":61}\n"}, true);
  world.files.flip({sealed_path(world), 40, 2});
  world.schemas.columns = "bpm string";
  world.bucket.is_closed = false;
  {
    const auto runner = world.runner(true);
    run(world, *runner, milliseconds(60'000));
    EXPECT_TRUE(world.bucket.objects().empty());
    EXPECT_NE(runner->status().last_error.find("has other bytes"), std::string::npos);
    EXPECT_EQ(world.files.list("/data/spool/0000000000000001")->size(), 1U);
  }
  world.schemas.columns = "bpm int";
  const auto runner = world.runner(true);
  run(world, *runner, milliseconds(1'000));
  EXPECT_EQ(world.bucket.objects().size(), 1U);
}

TEST(DeliveryRunner, ADiskThatCannotReadASealedFileIsNoDamage) {
  TestWorld world;
  plan_and_die(world, {"one\n"}, false);
  world.files.set_fault_hook([](MemoryFileSystem::Operation operation, const std::string& path) {
    const bool is_hit = operation == MemoryFileSystem::Operation::read &&
                        path.find("/spool/") != path.npos && !path.ends_with("0001");
    return is_hit ? fail_errno(EIO, path) : Result<void>();
  });
  world.bucket.is_closed = false;
  const auto runner = world.runner();
  run(world, *runner, milliseconds(1'000));
  EXPECT_TRUE(world.bucket.objects().empty());
  EXPECT_EQ(runner->status().spool_files_damaged, 0U);
  world.files.set_fault_hook({});
  run(world, *runner, milliseconds(31'000));
  EXPECT_EQ(world.bucket.objects().size(), 1U);
}

TEST(DeliveryRunner, StopLeavesTheRecordsInTheLog) {
  TestWorld world;
  world.source.push("one\n", world.clock.now());
  {
    const auto runner = world.runner();
    run(world, *runner);
    runner->stop();
    run(world, *runner);
    EXPECT_EQ(runner->status().state, RunnerState::ended);
    EXPECT_EQ(runner->step().when, NextStep::When::never);
  }
  EXPECT_TRUE(world.bucket.objects().empty());
  EXPECT_EQ(world.ledger.state.marks.at(0).low, delivery::Ordinal{1});
  EXPECT_TRUE(world.files.list("/data/spool/0000000000000001")->empty());
}

// The runner of the old definition leaves, that of the new one comes, on the same ledger.
TEST(DeliveryRunner, WhatIsBufferedIsDeliveredUnderTheNextDefinitionAtItsOwnTime) {
  for (const bool converts : {false, true}) {
    TestWorld world;
    auto leaving = world.runner(converts);
    world.source.push("{\"bpm\":61}\n", world.clock.now());
    run(world, *leaving, milliseconds(30'000));
    leaving->stop();
    run(world, *leaving);
    ASSERT_EQ(leaving->status().state, RunnerState::ended);
    world.version = 2;
    const auto runner = world.runner();
    runner->count_on_from(leaving->status());
    leaving.reset();
    world.source.push("{\"bpm\":62}\n", world.clock.now());
    run(world, *runner, milliseconds(29'000));
    EXPECT_TRUE(world.bucket.objects().empty());
    run(world, *runner, milliseconds(2'000));
    const auto objects = world.bucket.objects();
    ASSERT_EQ(objects.size(), 1U);
    EXPECT_NE(objects.begin()->first.find("/hr-2-2025-07-13-"), std::string::npos);
    EXPECT_EQ(objects.begin()->second, "{\"bpm\":61}\n{\"bpm\":62}\n");
    EXPECT_EQ(runner->status().records_read, 3U);  // one of them by both
    EXPECT_TRUE(world.files.list("/data/spool/0000000000000001")->empty());
  }
}

TEST(DeliveryRunner, WhatIsPlannedGoesWhereTheDefinitionOfItsTimeSaid) {
  TestWorld world;
  plan_and_die(world, {"one\n"}, false);
  const std::string key = world.ledger.state.planned.at(0).key;
  world.version = 2;
  world.bucket.is_closed = false;
  const auto runner = world.runner(true);
  run(world, *runner, milliseconds(1'000));
  ASSERT_EQ(world.bucket.objects().size(), 1U);
  EXPECT_EQ(world.bucket.objects().begin()->first, key);
  EXPECT_EQ(world.bucket.objects().begin()->second, "one\n");
}

TEST(DeliveryRunner, OneThatHasEndedHearsOfNoRecordsAndLeavesThemToTheNext) {
  TestWorld world;
  auto leaving = world.runner();
  leaving->stop();
  run(world, *leaving);
  const auto runner = world.runner();
  leaving.reset();
  int wakes = 0;
  runner->on_wake([&wakes] { ++wakes; });
  world.source.push("one\n", world.clock.now());
  EXPECT_EQ(wakes, 1);
  runner->on_wake({});
}

TEST(DeliveryRunner, DiscardRemovesTheSpoolFolder) {
  TestWorld world;
  world.bucket.is_closed = true;
  world.source.push("one\n", world.clock.now());
  const auto runner = world.runner();
  run(world, *runner, milliseconds(61'000));
  EXPECT_EQ(world.files.list("/data/spool/0000000000000001")->size(), 1U);
  runner->discard();
  run(world, *runner);
  EXPECT_EQ(runner->status().state, RunnerState::ended);
  EXPECT_FALSE(world.files.exists("/data/spool/0000000000000001"));
}

TEST(DeliveryRunner, RecordsWaitWhileTheTableIsMissing) {
  TestWorld world;
  world.schemas.is_missing = true;
  world.source.push("{\"bpm\":61}\n", world.clock.now());
  world.source.push("{\"bpm\":\"fast\"}\n", world.clock.now());
  const auto runner = world.runner(true);
  run(world, *runner, milliseconds(120'000));
  EXPECT_TRUE(world.bucket.objects().empty());
  EXPECT_EQ(runner->status().last_error, "table beats does not exist");
  EXPECT_EQ(runner->status().backlog_records, 2U);
  world.schemas.is_missing = false;
  runner->drain();
  run(world, *runner, milliseconds(60'000));
  EXPECT_EQ(runner->status().state, RunnerState::ended);
  EXPECT_EQ(world.bucket.objects().size(), 2U);
  EXPECT_EQ(runner->status().records_delivered, 1U);
  EXPECT_EQ(runner->status().records_rejected, 1U);
  EXPECT_TRUE(runner->status().last_error.empty());
}

// Records fit, objects do not: every seal fails, after appends that went well.
TEST(DeliveryRunner, AFullDiskIsReportedOnceAndTriedLessAndLessOften) {
  TestWorld world;
  int tries = 0;
  const auto fail_spool_syncs = [&tries](MemoryFileSystem::Operation operation,
                                         const std::string& path) -> Result<void> {
    if (operation == MemoryFileSystem::Operation::sync && path.find("/spool/") != path.npos) {
      ++tries;
      return fail(Fault::io, path + ": no space left on device");
    }
    return {};
  };
  world.files.set_fault_hook(fail_spool_syncs);
  world.source.push("one\n", world.clock.now());
  const auto runner = world.runner();
  run(world, *runner, milliseconds(600'000));
  EXPECT_GE(tries, 10);
  EXPECT_LE(tries, 60);
  ASSERT_EQ(world.reports.size(), 1U);
  EXPECT_NE(world.reports[0].find("/spool/0000000000000001/*: no space left"), std::string::npos)
      << world.reports[0];
  world.files.set_fault_hook({});
  run(world, *runner, milliseconds(31'000));
  EXPECT_EQ(world.bucket.objects().size(), 1U);
  EXPECT_TRUE(runner->status().last_error.empty());
}

TEST(DeliveryRunner, DamageIsReportedCountedAndPassedOver) {
  TestWorld world;
  for (const char* text : {"1\n", "2\n", "3\n"}) {
    world.source.push(text, world.clock.now());
  }
  world.source.damage(delivery::Ordinal{2});
  const auto runner = world.runner();
  runner->drain();
  run(world, *runner, milliseconds(1'000));
  ASSERT_EQ(world.bucket.objects().size(), 1U);
  EXPECT_EQ(world.bucket.objects().begin()->second, "1\n3\n");
  EXPECT_EQ(runner->status().records_lost, 1U);
  EXPECT_EQ(world.ledger.state.marks.at(0).low, delivery::Ordinal{4});
  ASSERT_EQ(world.reports.size(), 1U);
  EXPECT_NE(world.reports[0].find("segment 1 is damaged at byte 64"), std::string::npos);
}

TEST(DeliveryRunner, ALedgerAheadOfTheLogBreaksTheRunnerWithAnExplanation) {
  TestWorld world;
  world.ledger.state.marks.push_back({PushedSource::key, delivery::Ordinal{10}, {}});
  const auto runner = world.runner();
  run(world, *runner);
  EXPECT_EQ(runner->status().state, RunnerState::broken);
  EXPECT_NE(runner->status().last_error.find("ends before record 1"), std::string::npos);
  EXPECT_EQ(runner->step().when, NextStep::When::woken);
  runner->stop();
  EXPECT_EQ(runner->step().when, NextStep::When::never);
}

TEST(DeliveryRunner, DrainsAtOnceWhenTheSourceIsDeleted) {
  TestWorld world;
  const auto runner = world.runner();
  world.source.push("one\n", world.clock.now());
  run(world, *runner);
  world.source.push("unread\n", world.clock.now());
  world.source.remove();
  run(world, *runner, milliseconds(10'000));
  EXPECT_EQ(runner->status().last_error, "the stream is deleted");
  EXPECT_EQ(world.reports.size(), 1U);
  runner->drain();
  run(world, *runner);
  EXPECT_EQ(runner->status().state, RunnerState::ended);
  ASSERT_EQ(world.bucket.objects().size(), 1U);
  EXPECT_EQ(world.bucket.objects().begin()->second, "one\n");
}

TEST(DeliveryRunner, GoesOnWithAStreamCreatedAnew) {
  TestWorld world;
  const auto runner = world.runner();
  world.source.push("old\n", world.clock.now());
  run(world, *runner, milliseconds(1'000));
  world.source.remove();
  world.source.create_anew();
  world.source.push("new\n", world.clock.now());
  run(world, *runner, milliseconds(6'000));
  EXPECT_TRUE(runner->status().last_error.empty());
  EXPECT_EQ(runner->status().backlog_records, 1U);
  runner->drain();
  run(world, *runner);
  EXPECT_EQ(runner->status().state, RunnerState::ended);
  ASSERT_EQ(world.bucket.objects().size(), 1U);
  EXPECT_EQ(world.bucket.objects().begin()->second, "old\nnew\n");
}

DeliveredContent content_of(const DeliveryRunner& runner, delivery::ObjectKind kind) {
  return runner.status().content[static_cast<std::size_t>(kind)];
}

TEST(DeliveryRunner, CountsWhatWentIntoTheObjectsOfEachKind) {
  TestWorld world;
  const std::string good = "{\"bpm\":61}\n";
  const std::string bad = "{\"bpm\":\"fast\"}\n";
  for (const std::string& record : {good, bad, good}) {
    world.source.push(record, world.clock.now());
  }
  const auto first = world.runner(true);
  run(world, *first, milliseconds(61'000));
  world.source.push(bad, world.clock.now());
  const auto next = world.runner(true);
  next->count_on_from(first->status());
  run(world, *next, milliseconds(61'000));
  const auto data = content_of(*next, delivery::ObjectKind::data);
  EXPECT_EQ(data.records, 2U);
  EXPECT_EQ(data.source_bytes, 2 * good.size());
  const auto failed = content_of(*next, delivery::ObjectKind::format_conversion_failed);
  EXPECT_EQ(failed.records, 2U);
  EXPECT_EQ(failed.source_bytes, 2 * bad.size());
  EXPECT_EQ(content_of(*next, delivery::ObjectKind::processing_failed).records, 0U);
}

TEST(DeliveryRunner, CountsRecordsForWhichThereWasNoPlaceAmongThePartitions) {
  TestWorld world;
  world.adapt = partition;
  world.options.partitions_max = 1;
  const auto router = router_of_parts();
  world.router = router.get();
  world.source.push(R"({"c":"x"})", world.clock.now());
  world.source.push(R"({"c":"y"})", world.clock.now());
  const auto runner = world.runner();
  run(world, *runner, milliseconds(61'000));
  EXPECT_EQ(runner->status().records_over_limit, 1U);
  EXPECT_EQ(runner->status().batches_routed, 1U);
  EXPECT_EQ(content_of(*runner, delivery::ObjectKind::processing_failed).records, 1U);
}

TEST(DeliveryRunner, IsBehindTheSourceWhileRecordsWaitToBeRead) {
  TestWorld world;
  world.options.waiting_objects_max = 1;
  world.bucket.is_closed = true;
  const auto runner = world.runner();
  world.source.push("read\n", world.clock.now());
  run(world, *runner, milliseconds(61'000));
  EXPECT_TRUE(runner->status().is_paused);
  EXPECT_FALSE(runner->status().behind_since.has_value());
  world.source.push("not read\n", world.clock.now());
  run(world, *runner, milliseconds(61'000));
  EXPECT_EQ(runner->status().behind_since, unix_millis(TestWorld::start_ms));
  world.bucket.is_closed = false;
  run(world, *runner, milliseconds(120'000));
  EXPECT_EQ(world.bucket.objects().size(), 2U);
  EXPECT_FALSE(runner->status().behind_since.has_value());
}

TEST(DeliveryRunner, ANewSchemaClosesTheOpenObject) {
  TestWorld world;
  const auto runner = world.runner();
  world.source.push("one\n", world.clock.now());
  run(world, *runner);
  runner->schema_changed();
  run(world, *runner);
  EXPECT_EQ(world.bucket.objects().size(), 1U);
}

}  // namespace
}  // namespace sluice::runner
