#include "server/backfill_source.h"

#include "runner/test_world.h"

#include <gtest/gtest.h>

namespace sluice::server {
namespace {

using delivery::Ordinal;
using runner::testing::PushedSource;

// Records 1 to 5, which arrived at 10, 20, ..., 50.
class BackfillSourceTest : public testing::Test {
 protected:
  BackfillSourceTest() {
    for (int i = 1; i <= 5; ++i) {
      stream_->push(std::to_string(i), unix_millis(10 * i));
    }
  }

  BackfillSource source(std::int64_t from, std::int64_t to) {
    return {stream_, [this] { ++released_; }, unix_millis(from), unix_millis(to)};
  }

  static std::string read_all(BackfillSource& source) {
    const auto shards = source.shards();
    EXPECT_TRUE(shards);
    const auto batch = source.read(PushedSource::key, shards->front().first, 1 << 20);
    EXPECT_TRUE(batch);
    std::string text;
    for (const delivery::SourceRecord& record : batch->records) {
      text += record.data;
    }
    return text;
  }

  std::shared_ptr<PushedSource> stream_ = std::make_shared<PushedSource>();
  int released_ = 0;
};

TEST_F(BackfillSourceTest, HoldsWhatArrivedBetweenTheTimes) {
  struct Case {
    std::int64_t from;
    std::int64_t to;
    const char* records;
  };

  for (const Case& one : {Case{20, 40, "23"},
                          Case{0, 1000, "12345"},
                          Case{21, 31, "3"},
                          Case{31, 39, ""},
                          Case{1000, 2000, ""},
                          Case{0, 10, ""}}) {
    BackfillSource part = source(one.from, one.to);
    EXPECT_EQ(read_all(part), one.records) << one.from;
    EXPECT_EQ(part.counts().records, std::string_view(one.records).size());
    EXPECT_TRUE(part.shards()->front().is_closed);
    EXPECT_EQ(*part.tip(PushedSource::key) - part.shards()->front().first, part.counts().records);
  }
}

TEST_F(BackfillSourceTest, WhatComesLaterIsNoneOfItsBusiness) {
  BackfillSource part = source(40, 1000);
  EXPECT_EQ(read_all(part), "45");
  stream_->push("6", unix_millis(60));
  EXPECT_EQ(read_all(part), "45");
}

TEST_F(BackfillSourceTest, WhatIsRefusedIsCountedOnce) {
  BackfillSource part = source(0, 1000);
  for (int again = 0; again < 2; ++again) {
    part.note_left(PushedSource::key,
                   {.ordinal = Ordinal(2), .arrival = {}, .data = {}, .partition_key = {}},
                   {"X", "", ""});
  }
  EXPECT_EQ(part.counts().all_refused(), 1U);
  EXPECT_EQ(part.counts().refused.at("X"), 1U);
}

TEST_F(BackfillSourceTest, WhatIsDamagedIsCountedAsLost) {
  stream_->damage(Ordinal(3));
  BackfillSource part = source(20, 40);
  EXPECT_EQ(read_all(part), "2");
  EXPECT_EQ(part.read(PushedSource::key, Ordinal(3), 1 << 20).error().fault(), Fault::corrupt);
  EXPECT_EQ(part.end_of_damage(PushedSource::key, Ordinal(3)), Ordinal(4));
  EXPECT_EQ(part.counts().lost, 1U);
}

TEST_F(BackfillSourceTest, TheStreamKeepsNothingForItOnceItHasEnded) {
  BackfillSource part = source(0, 1000);
  part.on_records([] {});
  EXPECT_EQ(released_, 0);
  part.on_records({});
  EXPECT_EQ(released_, 1);
}

}  // namespace
}  // namespace sluice::server
