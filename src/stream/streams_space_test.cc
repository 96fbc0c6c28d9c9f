// Room for logs: caps, what goes at them and what never does.  It is reached through Streams.
#include "base/check.h"
#include "base/memory_file_system.h"
#include "stream/streams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::stream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr ShardIndex shard{0};

class StreamsSpaceTest : public testing::Test {
 protected:
  StreamsSpaceTest() { SLUICE_CHECK(files_.create_directories("data").has_value()); }

  void open(SpaceRules space) {
    streams_.reset();
    writer_.reset();
    writer_ = std::make_unique<LogWriter>(files_, clock_, writer_options_);
    auto opened =
        Streams::open({.files = files_,
                       .clock = clock_,
                       .random = random_,
                       .definitions = definitions_,
                       .writer = *writer_,
                       .space = std::move(space),
                       .report = [this](const std::string& line) { lines_.push_back(line); }},
                      "data");
    SLUICE_CHECK(opened.has_value());
    streams_ = std::move(*opened);
    streams_->begin_trimming();
  }

  StreamHandle create(const std::string& name) {
    auto created = streams_->create({.name = name});
    SLUICE_CHECK(created.has_value());
    return *created;
  }

  Result<AppendReceipt> put(const StreamHandle& stream, std::size_t bytes) {
    Result<AppendReceipt> answer = fail(Fault::cancelled, "not answered");
    const std::string data(bytes, 'x');
    const PutRecord record{.data = data, .partition_key = "k", .explicit_hash_key = std::nullopt};
    SLUICE_TRY_DO(streams_->put(stream, std::span(&record, 1), {}, [&](Result<AppendReceipt> done) {
      answer = std::move(done);
    }));
    writer_->flush();
    return answer;
  }

  // Puts a kilobyte again and again, the maintenance at work between, until there is no room.
  std::uint64_t fill(const StreamHandle& stream) {
    std::uint64_t taken = 0;
    for (; taken < 1000; ++taken) {
      const auto put_one = put(stream, 1000);
      if (!put_one) {
        EXPECT_EQ(put_one.error().fault(), Fault::throttled);
        refusal_ = put_one.error().message();
        break;
      }
      tick();
    }
    return taken;
  }

  void tick() {
    clock_.advance(std::chrono::milliseconds(250));
    while (streams_->maintain(clock_.now())) {
    }
  }

  static std::uint64_t horizon(const StreamHandle& stream) {
    return stream->log().horizon(shard).value;
  }

  static std::uint64_t tip(const StreamHandle& stream) { return stream->log().tip(shard).value; }

  MemoryFileSystem files_;
  ManualClock clock_{unix_millis(1700000000000)};
  SeededRandom random_{5};
  MemoryDefinitionStore definitions_;
  LogWriterOptions writer_options_;
  std::vector<std::string> lines_;
  std::string refusal_;
  std::unique_ptr<LogWriter> writer_;
  std::unique_ptr<Streams> streams_;
};

TEST_F(StreamsSpaceTest, AtItsCapAStreamRefusesAndKeepsWhatItHasUntilRetentionMakesRoom) {
  open({.each = {.bytes_max = 32 << 10}});
  const StreamHandle full = create("full");
  const std::uint64_t taken = fill(full);
  EXPECT_GT(taken, 20U);
  EXPECT_LE(full->log().file_bytes(), 33U << 10) << "the records' part ends at the cap";
  EXPECT_THAT(refusal_, HasSubstr("of the 32768 they may have (max_mb"));
  EXPECT_THAT(refusal_, HasSubstr("24 hours of retention"));
  EXPECT_EQ(horizon(full), 1U) << "nothing inside its retention goes";
  EXPECT_EQ(full->log().read(shard, first_ordinal, 1 << 20, 1000)->records, taken);

  put(full, 1000);
  tick();
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("held back"))) << "a line, not one a request";
  EXPECT_EQ(full->shortage().refused(), 2U);

  clock_.advance(std::chrono::hours(25));
  tick();
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("held back"), HasSubstr("producers go on")));
  EXPECT_TRUE(put(full, 1000).has_value());
  EXPECT_EQ(tip(full), taken + 2);
}

TEST_F(StreamsSpaceTest, AFullStreamHoldsBackNoOther) {
  open({.each = {}, .by_name = {{"full", {.bytes_max = 16 << 10}}}});
  const StreamHandle full = create("full");
  const StreamHandle other = create("other");
  fill(full);
  EXPECT_TRUE(put(other, 100'000).has_value());
  EXPECT_FALSE(put(full, 1000).has_value());
}

TEST_F(StreamsSpaceTest, WhatIsNotDeliveredHoldsItsSegmentsHoweverOldItIs) {
  open({.each = {.bytes_max = 32 << 10}});
  const StreamHandle stream = create("s");
  streams_->hold(stream, "delivery", {{shard, Ordinal(10)}});
  const std::uint64_t taken = fill(stream);
  clock_.advance(std::chrono::hours(1000));
  tick();
  EXPECT_GT(horizon(stream), 1U) << "what lies before the oldest undelivered record goes";
  EXPECT_LE(horizon(stream), 10U);
  EXPECT_EQ(stream->log().read(shard, Ordinal(10), 1 << 20, 1000)->records, taken - 9);
  fill(stream);
  EXPECT_LE(horizon(stream), 10U) << "not at the cap either";
  streams_->hold(stream, "delivery", {{shard, Ordinal(tip(stream))}});
  clock_.advance(std::chrono::hours(1000));
  tick();
  EXPECT_EQ(horizon(stream), tip(stream));
  EXPECT_TRUE(put(stream, 1000).has_value());
}

TEST_F(StreamsSpaceTest, WhereTheCapWinsTheOldestDeliveredRecordsGoAndProducersNeverWait) {
  open({.each = {.bytes_max = 32 << 10, .trims_early = true}});
  const StreamHandle stream = create("s");
  for (std::uint64_t i = 1; i <= 500; ++i) {
    ASSERT_TRUE(put(stream, 1000).has_value()) << i;
    streams_->hold(stream, "delivery", {{shard, Ordinal(i + 1)}});
    tick();
    ASSERT_LE(stream->log().file_bytes(), 33U << 10);
  }
  EXPECT_GT(horizon(stream), 450U);
  EXPECT_LT(horizon(stream), 490U) << "no more goes than must";
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(StreamsSpaceTest, WhereTheCapWinsWhatIsNotDeliveredStaysAndProducersWait) {
  open({.each = {.bytes_max = 32 << 10, .trims_early = true}});
  const StreamHandle stream = create("s");
  streams_->hold(stream, "fast", {{shard, Ordinal(1000)}});
  streams_->hold(stream, "slow", {{shard, first_ordinal}});
  const std::uint64_t taken = fill(stream);
  EXPECT_LT(taken, 40U);
  EXPECT_EQ(horizon(stream), 1U);
  EXPECT_THAT(refusal_, HasSubstr("delivery streams have delivered"));
  streams_->hold(stream, "slow", {{shard, Ordinal(tip(stream))}});
  EXPECT_TRUE(put(stream, 1000).has_value()) << "at once, not at the next tick";
}

TEST_F(StreamsSpaceTest, ARestartAtTheCapChangesNothing) {
  open({.each = {.bytes_max = 32 << 10}});
  const std::uint64_t taken = fill(create("s"));
  streams_.reset();
  writer_.reset();
  files_.crash(random_);
  open({.each = {.bytes_max = 32 << 10}});
  const StreamHandle stream = streams_->find("s");
  EXPECT_FALSE(put(stream, 1000).has_value());
  EXPECT_EQ(stream->log().read(shard, first_ordinal, 1 << 20, 1000)->records, taken);
  streams_.reset();
  writer_.reset();
  open({.each = {.bytes_max = 64 << 10}});
  EXPECT_TRUE(put(streams_->find("s"), 1000).has_value()) << "a raised cap holds from the start";
}

TEST_F(StreamsSpaceTest, ARequestIsStoredWholeOrNotAtAll) {
  open({.each = {.bytes_max = 32 << 10}});
  const StreamHandle stream = create("s");
  const std::string data(20'000, 'x');
  const std::vector<PutRecord> two(
      2, {.data = data, .partition_key = "k", .explicit_hash_key = std::nullopt});
  Result<AppendReceipt> answer = fail(Fault::cancelled, "not answered");
  ASSERT_TRUE(streams_->put(
      stream, two, {}, [&](Result<AppendReceipt> done) { answer = std::move(done); }));
  writer_->flush();
  EXPECT_EQ(answer.error().fault(), Fault::throttled);
  EXPECT_EQ(tip(stream), 1U);
  EXPECT_TRUE(put(stream, 20'000).has_value());
}

TEST_F(StreamsSpaceTest, TheWholeDirectorysCapCountsAllLogsAndWhatLiesBesideThem) {
  std::uint64_t beside = 10 << 10;
  open({.total_bytes_max = 40 << 10, .beside = [&] { return beside; }});
  const StreamHandle one = create("one");
  const StreamHandle two = create("two");
  tick();
  for (int i = 0; i < 13; ++i) {
    ASSERT_TRUE(put(one, 1000).has_value()) << i;
    ASSERT_TRUE(put(two, 1000).has_value()) << i;
  }
  fill(one);
  EXPECT_LE(streams_->total_bytes(), 40U << 10);
  const auto refused = put(two, 4000);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message(), HasSubstr("of the 40960 it may have (data_max_mb)"));
  EXPECT_EQ(horizon(one), 1U);
  EXPECT_EQ(streams_->total_shortage().refused(), 2U);
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("held back: the data directory")));

  beside = 0;
  tick();
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("held back"), HasSubstr("producers go on")));
  EXPECT_TRUE(put(two, 4000).has_value());
}

TEST_F(StreamsSpaceTest, AtTheWholeDirectorysCapTheOldestGoOfStreamsThatAllowIt) {
  open({.each = {.trims_early = true}, .by_name = {{"kept", {}}}, .total_bytes_max = 256 << 10});
  const StreamHandle kept = create("kept");
  const StreamHandle old = create("old");
  const StreamHandle young = create("young");
  const auto put_some = [&](const StreamHandle& stream) {
    for (int i = 0; i < 60; ++i) {
      ASSERT_TRUE(put(stream, 1000).has_value());
      tick();
    }
  };
  put_some(kept);
  put_some(old);
  put_some(young);
  put_some(young);
  EXPECT_EQ(horizon(kept), 1U);
  EXPECT_GT(horizon(old), 1U);
  EXPECT_EQ(horizon(young), 1U) << "its turn comes when what is older is gone";
  EXPECT_LE(streams_->total_bytes(), 256U << 10);
}

TEST_F(StreamsSpaceTest, NearTheDisksFloorTheOldestGoOfStreamsThatAllowIt) {
  files_.set_capacity(400'000);
  writer_options_ = {.disk = "data", .free_bytes_min = 100'000};
  open({.each = {.bytes_max = 600'000, .trims_early = true}});
  const StreamHandle stream = create("s");
  std::uint64_t refused = 0;
  for (int i = 0; i < 600; ++i) {
    refused += put(stream, 1000) ? 0 : 1;
    tick();
  }
  EXPECT_GT(tip(stream), 500U);
  EXPECT_GT(refused, 0U);
  EXPECT_GE(files_.free_bytes("data").value(), 99'000U) << "but for headers and footers";
}

}  // namespace
}  // namespace sluice::stream
