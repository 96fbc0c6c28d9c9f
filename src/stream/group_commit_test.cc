#include "stream/group_commit.h"

#include "stream/log_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

namespace sluice::stream {
namespace {

using Operation = MemoryFileSystem::Operation;
using testing::ElementsAre;
using testing::HasSubstr;

// Two logs on one disk behind one writer.
class LogWriterTest : public testing::Test {
 protected:
  LogWriterTest() { make({}); }

  void make(LogWriterOptions options) {
    writer_.reset();
    writer_ = std::make_unique<LogWriter>(files_, clock_, std::move(options));
  }

  std::shared_ptr<StreamLog> open(const std::string& name, std::uint64_t id) {
    auto log = StreamLog::open(files_,
                               random_,
                               "data/" + name,
                               {.created_ms = 1, .random = id},
                               clock_.now(),
                               {.floors = {first_ordinal}});
    SLUICE_CHECK(log.has_value());
    return std::move(*log);
  }

  // Submits one record; where the answer will be.
  std::shared_ptr<std::optional<Result<AppendReceipt>>> put(const std::shared_ptr<StreamLog>& log,
                                                            const std::string& data) {
    auto answer = std::make_shared<std::optional<Result<AppendReceipt>>>();
    auto draft = draft_of({{0, data}});
    const auto queued =
        writer_->submit(log, std::move(*draft), [answer](Result<AppendReceipt> result) {
          SLUICE_CHECK(!answer->has_value());
          *answer = std::move(result);
        });
    if (!queued) {
      *answer = std::unexpected(queued.error());
    }
    return answer;
  }

  static std::uint64_t records(const StreamLog& log) { return log.totals().records; }

  MemoryFileSystem files_;
  ManualClock clock_{unix_millis(1700000000000)};
  SeededRandom random_{3};
  std::unique_ptr<LogWriter> writer_;
  std::shared_ptr<StreamLog> one_ = open("one", 1);
  std::shared_ptr<StreamLog> other_ = open("other", 2);
};

TEST_F(LogWriterTest, RequestsOfARoundShareOneWriteAndOneSyncPerStream) {
  std::vector<std::shared_ptr<std::optional<Result<AppendReceipt>>>> answers;
  for (int i = 0; i < 10; ++i) {
    answers.push_back(put(i % 2 == 0 ? one_ : other_, std::to_string(i)));
  }
  int writes = 0;
  int syncs = 0;
  files_.set_fault_hook([&](Operation operation, const std::string&) -> Result<void> {
    writes += operation == Operation::write ? 1 : 0;
    syncs += operation == Operation::sync ? 1 : 0;
    return {};
  });
  EXPECT_FALSE(answers[0]->has_value()) << "nothing before the round";
  EXPECT_TRUE(writer_->step());
  EXPECT_EQ(writes, 2);
  EXPECT_EQ(syncs, 2);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ASSERT_TRUE(answers[i]->has_value());
    ASSERT_TRUE((*answers[i])->has_value());
    EXPECT_EQ((**answers[i])->records[0].ordinal, Ordinal(i / 2 + 1));
  }
  EXPECT_FALSE(writer_->step());
  EXPECT_EQ(writer_->totals().syncs, 2U);
  EXPECT_EQ(writer_->totals().requests, 10U);
}

TEST_F(LogWriterTest, WhileOthersWriteAStreamTakesItsShareOfARound) {
  make({.round_share_bytes_max = 3'000, .little_bytes_max = 0});
  std::vector<std::shared_ptr<std::optional<Result<AppendReceipt>>>> large;
  for (int i = 0; i < 10; ++i) {
    large.push_back(put(one_, std::string(1'000, 'x')));
  }
  const auto little = put(other_, "y");
  EXPECT_TRUE(writer_->step());
  EXPECT_TRUE(little->has_value()) << "in the first round, whatever came before it";
  const auto done = [&large] {
    return std::ranges::count_if(large, [](const auto& one) { return one->has_value(); });
  };
  EXPECT_EQ(done(), 2);
  writer_->flush();
  ASSERT_EQ(done(), 10);
  for (std::size_t i = 0; i < large.size(); ++i) {
    EXPECT_EQ((**large[i])->records[0].ordinal, Ordinal(i + 1)) << "in their order";
  }
}

TEST_F(LogWriterTest, EveryOtherRoundIsOfThoseThatHaveLittleToWrite) {
  make({.little_bytes_max = 500});
  const auto large = put(one_, std::string(1'000, 'x'));
  const auto little = put(other_, "y");
  EXPECT_TRUE(writer_->step());
  EXPECT_TRUE(little->has_value());
  EXPECT_FALSE(large->has_value());
  const auto next = put(other_, "z");
  EXPECT_TRUE(writer_->step());
  EXPECT_TRUE(next->has_value());
  EXPECT_TRUE(large->has_value()) << "it is not put off again";
}

TEST_F(LogWriterTest, AStreamAloneHasWholeRounds) {
  make({.round_share_bytes_max = 3'000, .sharing_ends_after = std::chrono::milliseconds(500)});
  static_cast<void>(put(one_, "x"));
  static_cast<void>(put(other_, "y"));
  writer_->flush();
  for (int i = 0; i < 10; ++i) {
    static_cast<void>(put(other_, std::string(1'000, 'x')));
  }
  clock_.advance(std::chrono::milliseconds(500));
  EXPECT_TRUE(writer_->step());
  EXPECT_FALSE(writer_->step()) << "all were in one round";
}

TEST_F(LogWriterTest, AStreamThatFillsItsShareOfTheQueueHoldsUpNobodyElse) {
  make({.queue_share_bytes_max = 3'000});
  const auto first = put(one_, std::string(2'000, 'x'));
  const auto refused = put(one_, std::string(2'000, 'x'));
  const auto little = put(other_, "y");
  ASSERT_TRUE(refused->has_value());
  EXPECT_EQ((*refused)->error().fault(), Fault::throttled);
  EXPECT_THAT((*refused)->error().message(), HasSubstr("of one stream"));
  writer_->flush();
  EXPECT_TRUE((*first)->has_value());
  EXPECT_TRUE((*little)->has_value());
  EXPECT_TRUE(put(one_, std::string(2'000, 'x')) != nullptr);
  writer_->flush();
  EXPECT_EQ(records(*one_), 2U);
}

TEST_F(LogWriterTest, AFullDiskFailsOneStreamsRoundAndHealsByItself) {
  files_.set_fault_hook([](Operation operation, const std::string& path) -> Result<void> {
    if (operation == Operation::write && path.find("/one/") != std::string::npos) {
      return fail(Fault::throttled, "no space left");
    }
    return {};
  });
  const auto refused = put(one_, "a");
  const auto refused_too = put(one_, "b");
  const auto taken = put(other_, "c");
  writer_->flush();
  EXPECT_EQ((*refused)->error().fault(), Fault::throttled);
  EXPECT_EQ((*refused_too)->error().fault(), Fault::throttled);
  EXPECT_TRUE((*taken)->has_value());
  EXPECT_EQ(records(*one_), 0U);
  files_.set_fault_hook({});
  const auto again = put(one_, "a");
  writer_->flush();
  ASSERT_TRUE((*again)->has_value());
  EXPECT_EQ((**again)->records[0].ordinal, Ordinal(1));
}

TEST_F(LogWriterTest, AFailedSyncIsAnErrorWorthARetry) {
  files_.set_fault_hook(
      [failed = false](Operation operation, const std::string&) mutable -> Result<void> {
        if (operation == Operation::sync && !std::exchange(failed, true)) {
          return fail(Fault::io, "input/output error");
        }
        return {};
      });
  const auto refused = put(one_, "a");
  writer_->flush();
  EXPECT_EQ((*refused)->error().fault(), Fault::unavailable);
  const auto again = put(one_, "b");
  writer_->flush();
  EXPECT_TRUE((*again)->has_value());
  EXPECT_EQ(records(*one_), 1U);
}

TEST_F(LogWriterTest, AFullQueueThrottlesAtOnce) {
  make({.queue_bytes_max = 2000});
  const auto first = put(one_, std::string(1500, 'x'));
  const auto second = put(one_, std::string(1500, 'x'));
  EXPECT_FALSE(first->has_value());
  ASSERT_TRUE(second->has_value());
  EXPECT_EQ((*second)->error().fault(), Fault::throttled);
  writer_->flush();
  EXPECT_TRUE((*first)->has_value());
  const auto third = put(one_, std::string(5000, 'x'));
  writer_->flush();
  EXPECT_TRUE((*third)->has_value()) << "alone, any size is taken";
}

TEST_F(LogWriterTest, AppendsAreRefusedBeforeTheDisksFloorUntilSpaceReturns) {
  std::vector<std::string> lines;
  files_.set_capacity(1 << 20);
  make({.disk = "data", .free_bytes_min = 500'000, .report = [&](const std::string& line) {
          lines.push_back(line);
        }});
  const auto taken = put(one_, std::string(300'000, 'x'));
  const auto refused = put(one_, std::string(300'000, 'y'));
  const auto small = put(other_, "z");
  writer_->flush();
  EXPECT_TRUE((*taken)->has_value());
  ASSERT_FALSE((*refused)->has_value()) << "of one round, what the first left does not suffice";
  EXPECT_EQ((*refused)->error().fault(), Fault::throttled);
  EXPECT_THAT((*refused)->error().message(), HasSubstr("the disk of data has "));
  EXPECT_TRUE((*small)->has_value()) << "what fits is taken";
  put(one_, std::string(300'000, 'y'));
  writer_->flush();
  EXPECT_EQ(writer_->totals().refusals, 2U);
  EXPECT_GE(files_.free_bytes("data").value(), 500'000U);
  EXPECT_THAT(lines, ElementsAre(HasSubstr("producers are held back: the disk of data")));

  files_.set_capacity(2 << 20);
  const auto again = put(one_, std::string(300'000, 'y'));
  writer_->flush();
  EXPECT_TRUE((*again)->has_value());
  EXPECT_EQ(records(*one_), 2U);
}

TEST_F(LogWriterTest, TheEndOfAShortageIsToldByTheMaintenanceThoughNobodyPuts) {
  std::vector<std::string> lines;
  files_.set_capacity(600'000);
  make({.disk = "data", .free_bytes_min = 500'000, .report = [&](const std::string& line) {
          lines.push_back(line);
        }});
  writer_->set_maintenance([](UnixMillis) { return false; });
  put(one_, std::string(300'000, 'x'));
  writer_->flush();
  EXPECT_TRUE(writer_->is_disk_short());
  clock_.advance(std::chrono::seconds(1));
  writer_->step();
  EXPECT_THAT(lines, ElementsAre(HasSubstr("held back")));
  files_.set_capacity(2 << 20);
  clock_.advance(std::chrono::seconds(1));
  writer_->step();
  EXPECT_FALSE(writer_->is_disk_short());
  EXPECT_THAT(lines, ElementsAre(HasSubstr("held back"), HasSubstr("producers go on")));
}

TEST_F(LogWriterTest, TheReserveIsAPartOfTheFloorAndIsReleasedBeforeTheMaintenance) {
  constexpr std::uint64_t reserve_bytes = 200'000;
  files_.set_capacity(1 << 20);
  DiskReserve reserve(files_, {.directory = "data", .bytes = reserve_bytes, .floor = 500'000});
  make({.disk = "data", .free_bytes_min = 500'000, .reserve = &reserve});
  std::vector<std::uint64_t> held;  // when the maintenance is called
  writer_->set_maintenance([&](UnixMillis) {
    held.push_back(reserve.held_bytes());
    return false;
  });
  const auto tick = [&] {
    clock_.advance(std::chrono::seconds(1));
    writer_->step();
  };
  tick();
  const auto taken = put(one_, std::string(400'000, 'x'));
  writer_->flush();
  EXPECT_TRUE((*taken)->has_value()) << "what the reserve holds is not taken off twice";
  const auto refused = put(one_, std::string(200'000, 'x'));
  writer_->flush();
  EXPECT_EQ((*refused)->error().fault(), Fault::throttled);

  files_.set_capacity((1 << 20) - *files_.free_bytes("data"));  // others fill the disk
  tick();
  EXPECT_THAT(held, ElementsAre(reserve_bytes, 0U));
  EXPECT_EQ(files_.free_bytes("data").value(), reserve_bytes);
  const auto still = put(one_, "y");
  writer_->flush();
  EXPECT_EQ((*still)->error().fault(), Fault::throttled) << "it is not for producers";

  files_.set_capacity(2 << 20);
  tick();
  EXPECT_THAT(held, ElementsAre(reserve_bytes, 0U, reserve_bytes));
  const auto again = put(one_, "y");
  writer_->flush();
  EXPECT_TRUE((*again)->has_value());
}

TEST_F(LogWriterTest, WhatIsNotAdmittedIsRefusedAlone) {
  std::uint64_t room = 1000;
  writer_->set_admission([&](const StreamLog& log, std::uint64_t bytes) -> Result<void> {
    if (&log == one_.get() && log.bytes_with_staged() + bytes > room) {
      return fail(Fault::throttled, "no room");
    }
    return {};
  });
  const auto first = put(one_, std::string(300, 'a'));
  const auto second = put(one_, std::string(600, 'b'));
  const auto third = put(one_, "c");
  const auto elsewhere = put(other_, std::string(5000, 'd'));
  writer_->flush();
  EXPECT_TRUE((*first)->has_value());
  EXPECT_EQ((*second)->error().fault(), Fault::throttled) << "counts what the round has staged";
  EXPECT_TRUE((*third)->has_value());
  EXPECT_TRUE((*elsewhere)->has_value());
  EXPECT_EQ(records(*one_), 2U);
  EXPECT_EQ(writer_->totals().refusals, 1U);
  EXPECT_EQ(writer_->totals().failures, 0U);
}

TEST_F(LogWriterTest, ARoundIsBoundedAndOrderIsKept) {
  make({.round_bytes_max = 3000});
  std::vector<std::shared_ptr<std::optional<Result<AppendReceipt>>>> answers;
  for (int i = 0; i < 10; ++i) {
    answers.push_back(put(one_, std::string(1000, static_cast<char>('a' + i))));
  }
  writer_->step();
  EXPECT_TRUE(answers[1]->has_value());
  EXPECT_FALSE(answers[2]->has_value());
  writer_->flush();
  EXPECT_EQ((**answers[9])->records[0].ordinal, Ordinal(10));
}

TEST_F(LogWriterTest, TellsListenersAfterTheRecordsCanBeRead) {
  std::vector<std::uint64_t> seen;
  writer_->set_listener([&](const StreamLog& log) { seen.push_back(records(log)); });
  put(one_, "a");
  put(one_, "b");
  put(other_, "c");
  writer_->flush();
  EXPECT_THAT(seen, ElementsAre(2, 1));
}

TEST_F(LogWriterTest, MaintainsOncePerTick) {
  int calls = 0;
  writer_->set_maintenance([&](UnixMillis) {
    ++calls;
    return false;
  });
  writer_->step();
  writer_->step();
  EXPECT_EQ(calls, 1);
  clock_.advance(std::chrono::milliseconds(250));
  writer_->step();
  EXPECT_EQ(calls, 2);
}

TEST_F(LogWriterTest, MaintenanceThatIsNotThroughGoesOnBehindTheNextRound) {
  std::vector<std::string> order;
  writer_->set_maintenance([&](UnixMillis) {
    order.emplace_back("maintenance");
    return order.size() < 4;
  });
  writer_->set_listener([&](const StreamLog&) { order.emplace_back("round"); });
  writer_->step();
  put(one_, "a");
  writer_->step();
  writer_->step();
  EXPECT_THAT(order, ElementsAre("maintenance", "round", "maintenance", "maintenance"));
}

TEST_F(LogWriterTest, TheSyncsOfARoundWaitForTheDiskSideBySide) {
  std::mutex mutex;
  std::condition_variable both_there;
  int syncing = 0;
  bool were_together = false;
  files_.set_fault_hook([&](Operation operation, const std::string&) -> Result<void> {
    if (operation == Operation::sync) {
      std::unique_lock lock(mutex);
      ++syncing;
      both_there.notify_all();
      were_together =
          both_there.wait_for(lock, std::chrono::seconds(20), [&] { return syncing == 2; });
    }
    return {};
  });
  writer_->start();
  std::promise<void> answered;
  writer_->between_rounds([&] {
    for (const auto& log : {one_, other_}) {
      const auto queued = writer_->submit(
          log, *draft_of({{0, "a"}}), [&, is_last = log == other_](const Result<AppendReceipt>&) {
            if (is_last) {
              answered.set_value();
            }
          });
      ASSERT_TRUE(queued.has_value());
    }
  });
  answered.get_future().wait();
  writer_->stop();
  EXPECT_TRUE(were_together);
}

TEST_F(LogWriterTest, AClosedLogsRequestsFailAsMissing) {
  const auto answer = put(one_, "a");
  writer_->between_rounds([&] { one_->close(); });
  writer_->flush();
  EXPECT_EQ((*answer)->error().fault(), Fault::missing);
}

TEST_F(LogWriterTest, StoppedInMidWorkItFinishesWhatWasQueuedAndTakesNoMore) {
  writer_->start();
  constexpr int producers = 4;
  constexpr int each = 100;
  std::atomic<int> acknowledged = 0;
  std::atomic<int> queued = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < producers; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < each; ++j) {
        auto draft = draft_of({{0, std::to_string(j)}});
        const auto taken = writer_->submit(
            i % 2 == 0 ? one_ : other_,
            std::move(*draft),
            [&](const Result<AppendReceipt>& result) { acknowledged += result ? 1 : 0; });
        queued += taken ? 1 : 0;
      }
    });
  }
  while (queued < each) {
    std::this_thread::yield();
  }
  writer_->stop();
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(acknowledged, queued);
  EXPECT_EQ(records(*one_) + records(*other_), static_cast<std::uint64_t>(queued));
  EXPECT_EQ((*put(one_, "late"))->error().fault(), Fault::cancelled);
}

}  // namespace
}  // namespace sluice::stream
