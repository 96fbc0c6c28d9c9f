// A request that is sent again because its answer was lost: stored once, answered alike, whatever
// happened in between.
#include "stream/group_commit.h"
#include "stream/log_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace sluice::stream {
namespace {

using Operation = MemoryFileSystem::Operation;
using testing::ElementsAre;
using testing::SizeIs;

RequestKey key_of(std::uint64_t call) {
  RequestKey key;
  std::memcpy(key.invocation.data(), &call, sizeof call);
  key.body_digest[0] = 1;
  return key;
}

bool is_same(const AppendReceipt& left, const AppendReceipt& right) {
  return std::ranges::equal(
      left.records, right.records, [](const Placed& one, const Placed& other) {
        return one.shard == other.shard && one.ordinal == other.ordinal &&
               one.arrival == other.arrival;
      });
}

// A log behind a writer that steps when told to.
class RepetitionTest : public testing::Test {
 protected:
  using AnswerBox = std::shared_ptr<std::optional<Result<AppendReceipt>>>;

  explicit RepetitionTest(LogOptions options = {}) : options_(options) { open(); }

  void open() {
    writer_.reset();
    log_.reset();
    auto opened = StreamLog::open(files_,
                                  random_,
                                  "data/log",
                                  TestLog::incarnation,
                                  clock_.now(),
                                  {.floors = {first_ordinal, first_ordinal}},
                                  options_);
    ASSERT_TRUE(opened) << opened.error().message();
    log_ = std::move(*opened);
    writer_ = std::make_unique<LogWriter>(files_, clock_, LogWriterOptions{});
  }

  void restart(bool is_power_cut) {
    writer_.reset();
    log_.reset();
    if (is_power_cut) {
      files_.crash(random_);
    } else {
      files_.kill();
    }
    open();
  }

  AnswerBox submit(const RequestKey& key, const std::vector<Given>& records) {
    std::vector<PutRecord> puts;
    std::vector<ShardIndex> shards;
    for (const Given& record : records) {
      puts.push_back({.data = record.data, .partition_key = record.key});
      shards.emplace_back(record.shard);
    }
    auto draft = FrameDraft::build(puts, shards, key);
    SLUICE_CHECK(draft.has_value());
    auto answer = std::make_shared<std::optional<Result<AppendReceipt>>>();
    const auto queued = writer_->submit(
        log_, std::move(*draft), [answer](Result<AppendReceipt> got) { *answer = std::move(got); });
    SLUICE_CHECK(queued.has_value());
    return answer;
  }

  Result<AppendReceipt> put(const RequestKey& key, const std::vector<Given>& records) {
    const AnswerBox answer = submit(key, records);
    writer_->flush();
    SLUICE_CHECK(answer->has_value());
    return **answer;
  }

  AppendReceipt must_put(const RequestKey& key, const std::vector<Given>& records) {
    auto receipt = put(key, records);
    EXPECT_TRUE(receipt) << receipt.error().message();
    clock_.advance(std::chrono::milliseconds(5));
    return receipt.value_or(AppendReceipt{});
  }

  std::vector<std::string> stored(std::uint32_t shard = 0) const {
    std::vector<std::string> all;
    const auto batch = log_->read(ShardIndex(shard), first_ordinal, 1 << 30, 1 << 30);
    SLUICE_CHECK(batch.has_value());
    batch->for_each([&](const RecordView& record) { all.emplace_back(record.data); });
    return all;
  }

  MemoryFileSystem files_;
  SeededRandom random_{1};
  ManualClock clock_{unix_millis(1700000000000)};
  LogOptions options_;
  std::shared_ptr<StreamLog> log_;
  std::unique_ptr<LogWriter> writer_;
};

TEST_F(RepetitionTest, ARequestSentAgainGetsTheFirstAnswerAndIsStoredOnce) {
  const std::vector<Given> records = {{1, "a"}, {0, "b"}, {1, "c"}};
  const AppendReceipt first = must_put(key_of(1), records);
  must_put(key_of(2), {{1, "d"}});
  const AppendReceipt again = must_put(key_of(1), records);
  EXPECT_TRUE(is_same(first, again));
  EXPECT_FALSE(first.is_repeat);
  EXPECT_TRUE(again.is_repeat);
  EXPECT_THAT(stored(0), ElementsAre("b"));
  EXPECT_THAT(stored(1), ElementsAre("a", "c", "d"));
  EXPECT_EQ(writer_->totals().repeats, 1U);
}

TEST_F(RepetitionTest, TwoCopiesInFlightAtOnceShareOneFate) {
  const AnswerBox one = submit(key_of(1), {{0, "a"}});
  const AnswerBox other = submit(key_of(1), {{0, "a"}});
  writer_->flush();
  ASSERT_TRUE(**one && **other);
  EXPECT_TRUE(is_same(***one, ***other));
  EXPECT_THAT(stored(), ElementsAre("a"));

  files_.set_fault_hook([](Operation asked, const std::string&) -> Result<void> {
    return asked == Operation::sync ? fail(Fault::io, "injected") : Result<void>();
  });
  const AnswerBox failed = submit(key_of(2), {{0, "b"}});
  const AnswerBox copy = submit(key_of(2), {{0, "b"}});
  writer_->flush();
  EXPECT_FALSE(**failed);
  EXPECT_FALSE(**copy);
  files_.set_fault_hook({});
  EXPECT_FALSE(must_put(key_of(2), {{0, "b"}}).is_repeat);
  EXPECT_THAT(stored(), ElementsAre("a", "b"));
}

TEST_F(RepetitionTest, WhatIsStoredIsAnsweredAlsoWhenTheDiskIsFull) {
  const AppendReceipt first = must_put(key_of(1), {{0, "a"}});
  files_.set_capacity(0);
  EXPECT_FALSE(put(key_of(2), {{0, "b"}}));
  const auto again = put(key_of(1), {{0, "a"}});
  ASSERT_TRUE(again);
  EXPECT_TRUE(is_same(first, *again));
}

TEST_F(RepetitionTest, OtherRecordsUnderAKnownKeyAreAnotherRequest) {
  must_put(key_of(1), {{0, "a"}});
  EXPECT_FALSE(must_put(key_of(1), {{0, "a"}, {0, "b"}}).is_repeat);
  EXPECT_FALSE(must_put(key_of(1), {{1, "a"}}).is_repeat);
  EXPECT_THAT(stored(0), ElementsAre("a", "a", "b"));
}

TEST_F(RepetitionTest, ARequestWithoutAnIdIsStoredEveryTime) {
  must_put({}, {{0, "a"}});
  must_put({}, {{0, "a"}});
  EXPECT_THAT(stored(), SizeIs(2));
}

TEST_F(RepetitionTest, ARestartForgetsNothing) {
  const std::vector<Given> records = {{1, "a"}, {0, "b"}, {1, "c"}};
  const AppendReceipt first = must_put(key_of(1), records);
  for (const bool is_power_cut : {false, true}) {
    restart(is_power_cut);
    EXPECT_TRUE(is_same(first, must_put(key_of(1), records)));
  }
  EXPECT_THAT(stored(1), ElementsAre("a", "c"));
}

// Every write and sync of a request fails once by a crash; sent again afterwards, it is there once.
TEST_F(RepetitionTest, ARequestThatACrashMetIsThereOnceWhenItIsSentAgain) {
  for (std::uint64_t call = 1; call <= 200; ++call) {
    const std::string data = "beat " + std::to_string(call);
    const bool is_power_cut = random_.below(2) == 0;
    auto countdown = std::make_shared<std::uint64_t>(random_.below(4));
    files_.set_fault_hook([countdown](Operation asked, const std::string&) -> Result<void> {
      const bool counts = asked == Operation::write || asked == Operation::sync;
      if (!counts || *countdown == 0 || --*countdown > 0) {
        return {};
      }
      return fail(Fault::io, "the power goes");
    });
    static_cast<void>(submit(key_of(call), {{0, data}}));
    writer_->step();
    files_.set_fault_hook({});
    restart(is_power_cut);
    must_put(key_of(call), {{0, data}});
  }
  const std::vector<std::string> all = stored();
  ASSERT_THAT(all, SizeIs(200));
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i], "beat " + std::to_string(i + 1));
  }
}

class ShortSegments : public RepetitionTest {
 protected:
  ShortSegments() : RepetitionTest({.segment_bytes = 700}) {}
};

TEST_F(ShortSegments, TheSegmentBeforeTheLastIsRecalledToo) {
  std::vector<AppendReceipt> receipts;
  for (std::uint64_t call = 1; call <= 40; ++call) {
    receipts.push_back(must_put(key_of(call), {{0, "beat " + std::to_string(call)}}));
    restart(call % 2 == 0);
    for (std::uint64_t back = 0; back < std::min<std::uint64_t>(call, 2); ++back) {
      const AppendReceipt again =
          must_put(key_of(call - back), {{0, "beat " + std::to_string(call - back)}});
      EXPECT_TRUE(is_same(receipts[call - back - 1], again)) << call << " - " << back;
    }
  }
  EXPECT_THAT(stored(), SizeIs(40));
  EXPECT_GT(log_->totals().segments, 5U);
}

TEST_F(ShortSegments, ASealedLastSegmentIsRecalledToo) {
  const AppendReceipt first = must_put(key_of(1), {{0, "a"}});
  clock_.advance(std::chrono::hours(2));
  // Sealed, and its successor's beginning lost.
  files_.set_fault_hook([](Operation asked, const std::string& path) -> Result<void> {
    return asked == Operation::open && path.ends_with("2.log") ? fail(Fault::io, "injected")
                                                               : Result<void>();
  });
  EXPECT_FALSE(log_->roll_if_older(std::chrono::hours(1), clock_.now()));
  files_.set_fault_hook({});
  restart(false);
  EXPECT_TRUE(is_same(first, must_put(key_of(1), {{0, "a"}})));
  EXPECT_THAT(stored(), ElementsAre("a"));
}

TEST_F(RepetitionTest, ADamagedRequestIsNoAnswerToItsRepetition) {
  must_put(key_of(1), {{0, "beat"}});
  must_put(key_of(2), {{0, "next"}});
  const std::string path = "data/log/" + segment_file_name(1);
  const auto bytes = read_file(files_, path);
  ASSERT_TRUE(bytes);
  files_.corrupt(path, bytes->find("beat"), "b3at");
  restart(false);
  EXPECT_FALSE(must_put(key_of(1), {{0, "beat"}}).is_repeat);
}

}  // namespace
}  // namespace sluice::stream
