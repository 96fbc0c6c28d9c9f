// A spool on a disk in memory, ended at every moment; what it gives out against what went in.
#include "heartrate/spool.h"

#include "base/check.h"
#include "base/memory_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace sluice::heartrate {
namespace {

using Operation = MemoryFileSystem::Operation;
using testing::ElementsAre;

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() { open(); }

  void open() {
    auto opened = Spool::open(files_, "spool", options_);
    ASSERT_TRUE(opened) << opened.error().message();
    spool_ = std::move(*opened);
  }

  void restart(bool is_power_cut) {
    spool_.reset();
    if (is_power_cut) {
      files_.crash(random_);
    } else {
      files_.kill();
    }
    open();
  }

  void append(const std::string& data) {
    const auto appended = spool_->append({"watch", data}, "memo of " + data);
    ASSERT_TRUE(appended) << appended.error().message();
  }

  SpoolBatch must_batch() {
    auto batch = spool_->next_batch(random_);
    SLUICE_CHECK(batch.has_value());
    SLUICE_CHECK(batch->has_value());
    return std::move(**batch);
  }

  static std::vector<std::string> data_of(const SpoolBatch& batch) {
    std::vector<std::string> all;
    for (const SpoolRecord& record : batch.records) {
      all.push_back(record.data);
    }
    return all;
  }

  std::vector<std::string> files() {
    std::vector<std::string> names;
    const auto entries = files_.list("spool");
    SLUICE_CHECK(entries.has_value());
    for (const DirectoryEntry& entry : *entries) {
      names.push_back(entry.name);
    }
    return names;
  }

  MemoryFileSystem files_;
  SeededRandom random_{1};
  SpoolOptions options_;
  std::unique_ptr<Spool> spool_;
};

TEST_F(SpoolTest, WhatWentInComesOutInOrder) {
  append("a");
  append("b");
  EXPECT_EQ(spool_->counts().waiting, 2U);
  const SpoolBatch batch = must_batch();
  EXPECT_THAT(data_of(batch), ElementsAre("a", "b"));
  EXPECT_EQ(batch.records.front().partition_key, "watch");
  EXPECT_FALSE(batch.is_repeated);
  ASSERT_TRUE(spool_->settle(batch, {}));
  EXPECT_EQ(spool_->counts().waiting, 0U);
  EXPECT_FALSE(spool_->next_batch(random_)->has_value());
}

TEST_F(SpoolTest, AnOpenBatchComesAgainAsItWasWhateverWasAppendedSince) {
  append("a");
  const SpoolBatch first = must_batch();
  append("b");
  for (const bool is_power_cut : {false, true}) {
    const SpoolBatch again = must_batch();
    EXPECT_EQ(again.invocation, first.invocation);
    EXPECT_THAT(data_of(again), ElementsAre("a"));
    EXPECT_TRUE(again.is_repeated);
    ASSERT_TRUE(spool_->sync());
    restart(is_power_cut);
  }
  ASSERT_TRUE(spool_->settle(must_batch(), {}));
  const SpoolBatch second = must_batch();
  EXPECT_NE(second.invocation, first.invocation);
  EXPECT_THAT(data_of(second), ElementsAre("b"));
}

TEST_F(SpoolTest, RefusedRecordsGoFirstNextTime) {
  for (const char* data : {"a", "b", "c"}) {
    append(data);
  }
  const std::size_t refused[] = {0, 2};
  ASSERT_TRUE(spool_->settle(must_batch(), refused));
  append("d");
  restart(false);
  const SpoolBatch batch = must_batch();
  EXPECT_THAT(data_of(batch), ElementsAre("a", "c", "d"));
  EXPECT_FALSE(batch.is_repeated);
}

TEST_F(SpoolTest, AppendedSurvivesAKillAndSyncedAPowerCut) {
  append("a");
  restart(false);
  EXPECT_EQ(spool_->counts().waiting, 1U);
  EXPECT_EQ(spool_->memo(), "memo of a");
  ASSERT_TRUE(spool_->sync());
  append("b");
  ASSERT_TRUE(spool_->sync());
  restart(true);
  EXPECT_EQ(spool_->counts().waiting, 2U);
  EXPECT_EQ(spool_->memo(), "memo of b");
}

TEST_F(SpoolTest, TheMemoOutlivesItsRecord) {
  append("a");
  ASSERT_TRUE(spool_->settle(must_batch(), {}));
  restart(true);
  restart(true);
  EXPECT_EQ(spool_->memo(), "memo of a");
}

TEST_F(SpoolTest, BatchesAreBounded) {
  options_.batch_records_max = 2;
  options_.batch_bytes_max = 100;
  restart(false);
  for (const std::string& data : {std::string(60, 'a'),
                                  std::string(60, 'b'),
                                  std::string("c"),
                                  std::string("d"),
                                  std::string("e")}) {
    ASSERT_TRUE(spool_->append({"k", data}, ""));
  }
  for (const std::size_t size : {1U, 2U, 2U}) {
    const SpoolBatch batch = must_batch();
    EXPECT_EQ(batch.records.size(), size);
    ASSERT_TRUE(spool_->settle(batch, {}));
  }
  EXPECT_EQ(spool_->append({"k", std::string(100, 'x')}, "").error().fault(), Fault::too_large);
}

TEST_F(SpoolTest, GivesItsRoomBack) {
  options_.file_bytes = 2000;
  options_.tidy_bytes = 500;
  restart(false);
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 100; ++i) {
      append("beat " + std::to_string(i));
    }
    EXPECT_GT(files().size(), 2U);
    ASSERT_TRUE(spool_->settle(must_batch(), {}));
    EXPECT_EQ(files().size(), 1U);
  }
}

TEST_F(SpoolTest, AFullDiskIsAnErrorAndNotALoss) {
  append("a");
  files_.set_capacity(0);
  EXPECT_EQ(spool_->append({"watch", "b"}, "").error().fault(), Fault::throttled);
  files_.set_capacity(1 << 20);
  append("b");
  EXPECT_THAT(data_of(must_batch()), ElementsAre("a", "b"));
}

TEST_F(SpoolTest, AFailedSyncWritesTheRecordsAgainElsewhere) {
  append("a");
  int left = 1;
  files_.set_fault_hook([&left](Operation asked, const std::string&) -> Result<void> {
    return asked == Operation::sync && left-- > 0 ? fail(Fault::io, "injected") : Result<void>();
  });
  ASSERT_TRUE(spool_->sync());
  files_.set_fault_hook({});
  restart(true);
  EXPECT_THAT(data_of(must_batch()), ElementsAre("a"));
}

TEST_F(SpoolTest, DamageTakesTheRecordItHitsAndIsReported) {
  for (const char* data : {"first", "second", "third"}) {
    append(data);
  }
  ASSERT_TRUE(spool_->sync());
  const std::string path = "spool/" + files().front();
  const auto bytes = read_file(files_, path);
  ASSERT_TRUE(bytes);
  files_.corrupt(path, bytes->find("second"), "s3cond");
  restart(false);
  EXPECT_GT(spool_->report().damaged_bytes, 0U);
  EXPECT_EQ(spool_->report().lost_records, 1U);
  EXPECT_THAT(data_of(must_batch()), ElementsAre("first", "third"));
  EXPECT_EQ(spool_->next_batch(random_)->value().is_repeated, true);
  restart(false);
  EXPECT_EQ(spool_->report().lost_records, 0U);
}

// A stream that stores a call once, as this server does, and may refuse some of its records.
struct Stream {
  std::map<std::string, std::vector<std::size_t>> answered;  // refused, by invocation
  std::vector<std::string> stored;

  std::vector<std::size_t> put(const SpoolBatch& batch, std::vector<std::size_t> refused) {
    const auto [answer, is_new] = answered.try_emplace(batch.invocation, std::move(refused));
    for (std::size_t i = 0; is_new && i < batch.records.size(); ++i) {
      if (std::ranges::find(answer->second, i) == answer->second.end()) {
        stored.push_back(batch.records[i].data);
      }
    }
    return answer->second;
  }
};

// Random life with a disk that fails and a process and a machine that end at any operation: what
// was kept reaches the stream once, and nothing reaches it twice.
class SpoolLife : public testing::TestWithParam<std::uint64_t> {};

TEST_P(SpoolLife, EveryKeptRecordReachesTheStreamOnce) {
  SeededRandom dice(GetParam());
  MemoryFileSystem files;
  Stream stream;
  std::vector<std::string> kept;     // must arrive
  std::vector<std::string> written;  // must arrive unless the power goes
  const auto keep_written = [&] {
    kept.insert(kept.end(), written.begin(), written.end());
    written.clear();
  };
  int number = 0;
  const bool has_refusals = GetParam() % 3 == 0;
  const SpoolOptions options{
      .file_bytes = 600, .tidy_bytes = 300, .batch_records_max = 5, .batch_bytes_max = 1 << 20};
  for (int life = 0; life < 12; ++life) {
    // The moment of the end is drawn first.
    std::uint64_t left = 3 + dice.below(60);
    bool is_over = false;
    files.set_fault_hook([&](Operation, const std::string&) -> Result<void> {
      is_over = is_over || --left == 0;
      if (is_over) {
        return fail(Fault::io, "the end");
      }
      return dice.below(25) == 0 ? fail(Fault::io, "once") : Result<void>();
    });
    if (auto opened = Spool::open(files, "spool", options); opened) {
      Spool& spool = **opened;
      keep_written();
      while (!is_over) {
        const std::uint64_t action = dice.below(6);
        if (action < 3) {
          const std::string data = std::to_string(++number);
          if (spool.append({"k", data}, data)) {
            written.push_back(data);
          }
        } else if (action == 3 && spool.sync()) {
          keep_written();
        } else if (action > 3) {
          const auto batch = spool.next_batch(dice);
          if (batch && *batch) {
            std::vector<std::size_t> refused;
            if (has_refusals && dice.below(2) == 0) {
              refused.push_back(dice.below((*batch)->records.size()));
            }
            refused = stream.put(**batch, refused);
            if (dice.below(4) > 0) {
              static_cast<void>(spool.settle(**batch, refused));
            }
          }
        }
      }
    }
    files.set_fault_hook({});
    if (dice.below(2) == 0) {
      files.crash(dice);
      written.clear();
    } else {
      files.kill();
    }
  }
  auto spool = Spool::open(files, "spool", options);
  ASSERT_TRUE(spool);
  keep_written();
  for (auto batch = (*spool)->next_batch(dice); batch && *batch;
       batch = (*spool)->next_batch(dice)) {
    ASSERT_TRUE((*spool)->settle(**batch, stream.put(**batch, {})));
  }
  std::map<std::string, int> times;
  for (const std::string& data : stream.stored) {
    ++times[data];
  }
  for (const std::string& data : kept) {
    EXPECT_EQ(times[data], 1) << "record " << data;
  }
  for (const auto& [data, count] : times) {
    EXPECT_LE(count, 1) << "record " << data;
  }
  if (!has_refusals) {
    EXPECT_TRUE(std::ranges::is_sorted(
        stream.stored, {}, [](const std::string& data) { return std::stoi(data); }));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SpoolLife, testing::Range<std::uint64_t>(1, 400));

}  // namespace
}  // namespace sluice::heartrate
