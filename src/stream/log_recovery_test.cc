// What opening a log makes of torn tails, damage, missing pieces.  Recovery has no header of its
// own: it is reached through StreamLog::open.
#include "stream/log_fixture.h"
#include "stream/log_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::stream {
namespace {

using Operation = MemoryFileSystem::Operation;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string first_segment = "data/log/" + segment_file_name(1);

// Three acknowledged requests and a marker.
void fill(TestLog& test) {
  test.must_append({{0, "alpha"}, {0, "beta"}});
  test.must_append({{0, "gamma"}});
  test.must_append({{0, "delta"}});
  test.clock.advance(std::chrono::seconds(2));
  ASSERT_TRUE(test.mark_idle().has_value());
}

const std::vector<Got> filled{{1, "alpha"}, {2, "beta"}, {3, "gamma"}, {4, "delta"}};

TEST(LogRecovery, ATornTailIsCutAndKeptAside) {
  TestLog test;
  fill(test);
  const Bytes whole = test.contents(first_segment);
  test.put_contents(first_segment, whole + "half a frame");
  test.reopen();
  ASSERT_THAT(test.log->recovery().torn, SizeIs(1));
  const auto& torn = test.log->recovery().torn[0];
  EXPECT_EQ(torn.file, first_segment);
  EXPECT_EQ(torn.offset, whole.size());
  EXPECT_EQ(torn.bytes, 12U);
  EXPECT_EQ(test.contents(torn.kept_in), "half a frame");
  EXPECT_THAT(test.log->recovery().damages, IsEmpty());
  EXPECT_EQ(test.contents(first_segment), whole);
  EXPECT_EQ(test.read_all(), filled);
}

// Every length the file can have after the last synced frame was torn: what was acknowledged before
// is there, the last frame is there whole or not at all.
TEST(LogRecovery, EveryTruncationOfTheTailKeepsWhatWasAcknowledged) {
  TestLog original;
  fill(original);
  const std::size_t acknowledged = original.contents(first_segment).size();
  original.must_append({{0, "the last"}, {0, "request"}});
  const Bytes whole = original.contents(first_segment);
  for (std::size_t size = acknowledged; size <= whole.size(); ++size) {
    SCOPED_TRACE(size);
    TestLog test;
    test.put_contents(first_segment, ByteView(whole).substr(0, size));
    test.reopen();
    auto expected = filled;
    if (size == whole.size()) {
      expected.push_back({5, "the last"});
      expected.push_back({6, "request"});
    }
    ASSERT_EQ(test.read_all(), expected);
    ASSERT_THAT(test.log->recovery().damages, IsEmpty());
    ASSERT_EQ(test.log->recovery().torn.empty(), size == acknowledged || size == whole.size());
    test.must_append({{0, "next"}});
    ASSERT_EQ(test.read_all().back(), (Got{expected.size() + 1, "next"}));
  }
}

// Flips each bit below the durable end: it must be noticed, nothing altered may be read, what the
// flip did not hit stays readable, and no ordinal is used twice.
TEST(LogRecovery, EveryBitFlipBelowTheDurableEndIsDetected) {
  TestLog original;
  fill(original);
  const Bytes whole = original.contents(first_segment);
  const std::size_t last_frame = whole.size() - frame_header_bytes - 4 - marker_entry_bytes;
  for (std::size_t at = 0; at < last_frame; ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      SCOPED_TRACE(testing::Message() << "byte " << at << " bit " << bit);
      TestLog test;
      test.put_contents(first_segment, whole);
      test.flip(first_segment, at, bit);
      ASSERT_TRUE(test.try_open().has_value());
      ASSERT_FALSE(test.log->recovery().damages.empty());
      ASSERT_EQ(test.log->recovery().damages[0].file, first_segment);
      ASSERT_LE(test.log->recovery().damages[0].offset, at);
      ASSERT_THAT(test.log->recovery().torn, IsEmpty());

      std::vector<Got> got;
      Ordinal from(1);
      while (from < test.log->tip(ShardIndex(0))) {
        for (const Got& record : test.read_all(0, from.value)) {
          got.push_back(record);
          from = Ordinal(record.ordinal + 1);
        }
        if (from < test.log->tip(ShardIndex(0))) {
          const auto lost = test.log->skip_damaged(ShardIndex(0), from);
          ASSERT_TRUE(lost.has_value()) << lost.error().message();
          ASSERT_GT(lost->next, from);
          from = lost->next;
        }
      }
      for (const Got& record : got) {
        ASSERT_NE(std::ranges::find(filled, record), filled.end()) << record;
      }
      ASSERT_GE(got.size(), 2U) << "more than the frame hit is gone";
      const auto next = test.append({{0, "next"}});
      ASSERT_TRUE(next.has_value());
      ASSERT_GE(next->records[0].ordinal, Ordinal(5));
    }
  }
}

TEST(LogRecovery, DamageIsReportedWithFileAndOffsetAndCanBeSkipped) {
  TestLog test;
  fill(test);
  const std::size_t at = test.contents(first_segment).find("gamma");
  test.flip(first_segment, at);
  test.reopen();
  ASSERT_THAT(test.log->recovery().damages, SizeIs(1));
  EXPECT_THAT(test.read_all(), ElementsAre(Got{1, "alpha"}, Got{2, "beta"}));
  EXPECT_THAT(test.last_failure, HasSubstr(first_segment));
  EXPECT_THAT(test.last_failure, HasSubstr("records 3 to 3 of shard 0"));
  const auto lost = test.log->skip_damaged(ShardIndex(0), Ordinal(3));
  ASSERT_TRUE(lost.has_value());
  EXPECT_EQ(lost->first, Ordinal(3));
  EXPECT_EQ(lost->next, Ordinal(4));
  EXPECT_THAT(test.read_all(0, 4), ElementsAre(Got{4, "delta"}));
  EXPECT_EQ(test.log->skip_damaged(ShardIndex(0), Ordinal(1)).error().fault(), Fault::missing);
  EXPECT_EQ(test.contents(first_segment).size(), test.log->totals().file_bytes) << "never cut";
}

// The damaged frame is the last with records; only a marker behind it tells that it counted.
TEST(LogRecovery, OrdinalsOfDamagedRecordsAreNeverGivenAgain) {
  TestLog test(1, 3);
  test.must_append({{0, "alpha"}});
  test.must_append({{0, "beta"}, {2, "gamma"}});
  test.must_append({{0, "delta"}});
  const std::size_t at = test.contents(first_segment).find("gamma");
  // The block headers go too, so that nobody knows whose records these were.
  for (std::size_t back = 0; back < 160; ++back) {
    test.flip(first_segment, at - back);
  }
  test.reopen();
  EXPECT_FALSE(test.log->recovery().damages.empty());
  EXPECT_GT(test.log->tip(ShardIndex(2)), Ordinal(1));
  EXPECT_GT(test.log->tip(ShardIndex(1)), Ordinal(1)) << "any shard may have been hit";
  const Ordinal before = test.log->tip(ShardIndex(2));
  test.reopen();
  EXPECT_EQ(test.log->tip(ShardIndex(2)), before);
  const auto lost = test.log->skip_damaged(ShardIndex(2), Ordinal(1));
  ASSERT_TRUE(lost.has_value());
  EXPECT_EQ(lost->next, before);
}

TEST(LogRecovery, ADamagedFooterIsReplacedByAScan) {
  TestLog test(1, 1, {.segment_bytes = 400, .cache_bytes = 0});
  std::vector<Got> expected;
  for (std::uint64_t i = 1; i <= 9; ++i) {
    test.must_append({{0, "record " + std::to_string(i)}});
    expected.push_back({i, "record " + std::to_string(i)});
  }
  ASSERT_GT(test.log->totals().segments, 2U);
  test.flip(first_segment, test.contents(first_segment).size() - 30);
  test.reopen();
  EXPECT_EQ(test.read_all(), expected);
  ASSERT_THAT(test.log->damages(), SizeIs(1));
  EXPECT_THAT(test.log->damages()[0].what, HasSubstr("footer"));
}

// Flips every byte of a sealed segment: whatever is read is right, and what cannot be read is said.
TEST(LogRecovery, NoFlipInASealedSegmentIsEverReadAsARecord) {
  TestLog original(1, 1, {.segment_bytes = 400, .cache_bytes = 0});
  std::vector<Got> expected;
  for (std::uint64_t i = 1; i <= 7; ++i) {
    original.must_append({{0, "record " + std::to_string(i)}});
    expected.push_back({i, "record " + std::to_string(i)});
  }
  const std::size_t size = original.contents(first_segment).size();
  for (std::size_t at = 0; at < size; ++at) {
    SCOPED_TRACE(at);
    original.flip(first_segment, at);
    original.reopen();
    std::vector<Got> got;
    Ordinal from(1);
    while (from < original.log->tip(ShardIndex(0))) {
      const auto batch = original.log->read(ShardIndex(0), from, 1 << 20, 1000);
      if (batch) {
        batch->for_each([&](const RecordView& record) {
          got.push_back({record.ordinal.value, std::string(record.data)});
        });
        from = batch->next;
      } else {
        ASSERT_EQ(batch.error().fault(), Fault::corrupt);
        const auto lost = original.log->skip_damaged(ShardIndex(0), from);
        ASSERT_TRUE(lost.has_value());
        from = lost->next;
      }
    }
    for (const Got& record : got) {
      ASSERT_NE(std::ranges::find(expected, record), expected.end()) << record;
    }
    ASSERT_GE(got.size(), expected.size() - 1) << "more than one frame is gone";
    if (got.size() < expected.size()) {
      ASSERT_FALSE(original.log->damages().empty());
    }
    original.flip(first_segment, at);
  }
}

// Records of the shard whose first ones are sought, over whatever is told to be lost.
std::vector<Got> read_over_damage(TestLog& test, std::uint32_t shard) {
  std::vector<Got> all;
  for (Ordinal from(1); from < test.log->tip(ShardIndex(shard));) {
    const auto batch = test.log->read(ShardIndex(shard), from, 1 << 20, 1000);
    if (batch) {
      batch->for_each([&](const RecordView& record) {
        all.push_back({record.ordinal.value, std::string(record.data)});
      });
      from = batch->next;
      continue;
    }
    const auto lost = test.log->skip_damaged(ShardIndex(shard), from);
    if (!lost || lost->next <= from) {
      ADD_FAILURE() << "neither readable nor lost from " << from.value;
      return all;
    }
    from = lost->next;
  }
  return all;
}

// Damage hides how many ordinals it took, and of whom, and the header that would tell is damaged as
// well: the records behind it are there nevertheless.
TEST(LogRecovery, DamageBeforeADamagedHeaderTakesNothingOfTheSegmentsBehind) {
  for (const int segments : {2, 3, 4}) {
    SCOPED_TRACE(segments);
    TestLog test(1, 2, {.segment_bytes = 600, .cache_bytes = 0});
    std::vector<Got> of_first;
    while (!test.files.exists(test.segment_path(2))) {
      of_first.push_back({of_first.size() + 1, "first " + std::to_string(of_first.size())});
      test.must_append({{0, of_first.back().data}});
    }
    std::vector<Got> of_second;
    while (!test.files.exists(test.segment_path(static_cast<std::uint64_t>(segments) + 1))) {
      of_second.push_back({of_second.size() + 1, "second " + std::to_string(of_second.size())});
      test.must_append({{1, of_second.back().data}});
    }
    const Bytes sealed = test.contents(first_segment);
    test.flip(first_segment, sealed.rfind("SLB1"));
    test.flip(first_segment, sealed.size() - segment_trailer_bytes - 1);
    test.flip(test.segment_path(2), 20);
    test.reopen();
    EXPECT_FALSE(test.log->recovery().damages.empty());
    EXPECT_EQ(read_over_damage(test, 1), of_second);
    const auto left = read_over_damage(test, 0);
    EXPECT_GE(left.size() + 1, of_first.size());
    for (const Got& record : left) {
      EXPECT_EQ(record, of_first.at(record.ordinal - 1));
    }
    test.must_append({{1, "next"}});
    EXPECT_EQ(read_over_damage(test, 1).back().data, "next");
  }
}

TEST(LogRecovery, AMissingSegmentInTheMiddleIsReported) {
  TestLog test(1, 1, {.segment_bytes = 400, .cache_bytes = 0});
  for (std::uint64_t i = 1; i <= 9; ++i) {
    test.must_append({{0, "record " + std::to_string(i)}});
  }
  ASSERT_TRUE(test.files.remove(test.segment_path(2)));
  test.reopen();
  ASSERT_THAT(test.log->recovery().damages, SizeIs(1));
  EXPECT_THAT(test.log->recovery().damages[0].what, HasSubstr("segment 2"));
  const auto before = test.read_all();
  ASSERT_FALSE(before.empty());
  EXPECT_THAT(test.last_failure, HasSubstr("are lost"));
  const auto lost = test.log->skip_damaged(ShardIndex(0), Ordinal(before.back().ordinal + 1));
  ASSERT_TRUE(lost.has_value());
  EXPECT_EQ(test.read_all(0, lost->next.value).back(), (Got{9, "record 9"}));
}

TEST(LogRecovery, ASegmentThatWasNeverBornIsSetAside) {
  TestLog test;
  fill(test);
  test.put_contents(test.segment_path(2), "rubbish");
  test.reopen();
  EXPECT_THAT(test.log->recovery().torn, SizeIs(1));
  EXPECT_EQ(test.read_all(), filled);
  test.must_append({{0, "next"}});
  EXPECT_EQ(test.read_all().back(), (Got{5, "next"}));
}

// Every way to lose the end of the log after an idle second noted where it stood.
TEST(LogRecovery, ALostEndIsNamedCountedAndItsNumbersNeverComeBack) {
  const struct {
    const char* what;
    double kept;  // share of the file; below 0: the file goes
    std::uint64_t lost;
    std::size_t readable;
    const char* told;
  } cases[] = {
      {"removed", -1, 4, 0, "missing or empty: 4 records"},
      {"emptied", 0, 4, 0, "missing or empty: 4 records"},
      {"cut within the first frame", 0.4, 4, 0, "ends too early: 4 records"},
      {"cut within the second frame", 0.6, 2, 2, "ends too early: 2 records"},
  };

  for (const auto& one : cases) {
    SCOPED_TRACE(one.what);
    TestLog test;
    fill(test);
    const Bytes whole = test.contents(first_segment);
    if (one.kept < 0) {
      ASSERT_TRUE(test.files.remove(first_segment));
    } else {
      test.put_contents(
          first_segment,
          whole.substr(0, static_cast<std::size_t>(one.kept * static_cast<double>(whole.size()))));
    }
    test.reopen();
    ASSERT_THAT(test.log->recovery().damages, SizeIs(1));
    EXPECT_EQ(test.log->recovery().damages[0].file, first_segment);
    EXPECT_THAT(test.log->recovery().damages[0].what, HasSubstr(one.told));
    EXPECT_EQ(test.read_all().size(), one.readable);
    const OrdinalRange unused = test.log->unused(ShardIndex(0));
    EXPECT_EQ(unused.first, Ordinal(5));
    EXPECT_EQ(test.log->tip(ShardIndex(0)), unused.next);
    EXPECT_EQ(test.log->totals().records_written, 4U);

    // The next life says nothing of it any more and remembers what was passed over.
    test.must_append({{0, "next"}});
    test.reopen();
    EXPECT_THAT(test.log->recovery().damages, IsEmpty());
    EXPECT_EQ(test.log->unused(ShardIndex(0)), unused);
    EXPECT_EQ(test.read_all().back(), (Got{unused.next.value, "next"}));
    EXPECT_EQ(test.log->totals().records_written, 5U);
  }
}

TEST(LogRecovery, ALostSegmentIsNoticedThoughNothingInItWasNoted) {
  TestLog test(1, 1, {.segment_bytes = 400});
  for (std::uint64_t i = 1; i <= 9; ++i) {
    test.must_append({{0, "record " + std::to_string(i)}});
  }
  ASSERT_TRUE(test.noted.has_value());
  ASSERT_GT(test.noted->segment, 1U);
  const Ordinal begin = test.noted->shards[0].next;
  ASSERT_LT(begin, Ordinal(10));
  ASSERT_TRUE(test.files.remove(test.segment_path(test.noted->segment)));
  test.reopen();
  ASSERT_THAT(test.log->recovery().damages, SizeIs(1));
  EXPECT_THAT(test.log->recovery().damages[0].what, HasSubstr("0 records"));
  EXPECT_EQ(test.log->unused(ShardIndex(0)).first, begin);
  EXPECT_GT(test.log->tip(ShardIndex(0)), Ordinal(10));
  EXPECT_EQ(test.read_all().size(), begin.value - 1);
}

// The frames of one round do not say of each other that they were synced, and the segment that says
// so is unreadable; the store knows it all the same.
TEST(LogRecovery, WhatWasNotedIsDurableThoughNoFrameSaysSo) {
  TestLog test;
  ASSERT_TRUE(test.log->prepare(test.clock.now()));
  test.stage({{0, "alpha"}});
  test.stage({{0, "beta"}});
  test.stage({{0, "gamma"}});
  ASSERT_TRUE(test.log->write_staged());
  ASSERT_TRUE(test.log->sync_staged(test.clock.now()));
  test.fail_once(Operation::sync);  // the segment is given up without a footer
  EXPECT_FALSE(test.append({{0, "refused"}}));
  test.files.set_fault_hook({});
  ASSERT_TRUE(test.files.exists(test.segment_path(2)));
  const Bytes whole = test.contents(first_segment);
  test.flip(first_segment, whole.find("alpha"));
  test.flip(test.segment_path(2), 20);
  test.reopen();
  EXPECT_THAT(test.log->recovery().damages, SizeIs(2));  // the frame, and the second segment
  EXPECT_EQ(test.read_all(0, 2), (std::vector<Got>{{2, "beta"}, {3, "gamma"}}));
  EXPECT_EQ(read_over_damage(test, 0), (std::vector<Got>{{2, "beta"}, {3, "gamma"}}));
}

TEST(LogRecovery, ASegmentEndsWhereItWasNotedToThoughTheHeaderBehindIsDamaged) {
  for (const bool has_marker : {false, true}) {
    SCOPED_TRACE(has_marker);
    TestLog test;
    ASSERT_TRUE(test.log->prepare(test.clock.now()));
    test.stage({{0, "alpha"}});
    test.stage({{0, "beta"}});
    ASSERT_TRUE(test.log->write_staged());
    ASSERT_TRUE(test.log->sync_staged(test.clock.now()));
    test.fail_once(Operation::sync);
    EXPECT_FALSE(test.append({{0, "refused"}}));
    test.files.set_fault_hook({});
    if (has_marker) {
      test.must_append({{0, "gamma"}});
      test.clock.advance(std::chrono::seconds(2));
      ASSERT_TRUE(test.mark_idle().has_value());
    }
    test.flip(first_segment, test.contents(first_segment).find("alpha"));
    test.flip(test.segment_path(2), 20);
    test.reopen();
    std::vector<Got> left = {{2, "beta"}};
    if (has_marker) {
      left.push_back({3, "gamma"});
    }
    EXPECT_EQ(read_over_damage(test, 0), left);
  }
}

// The number of a refused record is given again, and noted as that of another one.
TEST(LogRecovery, WhatWasRefusedIsNotTakenForWhatWasNotedUnderItsNumber) {
  for (const bool is_sealed : {false, true}) {
    SCOPED_TRACE(is_sealed);
    TestLog test;
    test.must_append({{0, "a"}});
    test.files.set_fault_hook([](Operation asked, const std::string& path) -> Result<void> {
      const bool fails = asked == Operation::sync || asked == Operation::truncate;
      return fails && path == first_segment ? fail(Fault::io, "injected") : Result<void>();
    });
    EXPECT_FALSE(test.append({{0, "refused"}}));
    test.files.set_fault_hook({});
    ASSERT_THAT(test.contents(first_segment), HasSubstr("refused"));
    test.must_append({{0, "b"}});
    test.clock.advance(std::chrono::seconds(2));
    ASSERT_TRUE(test.mark_idle().has_value());
    if (is_sealed) {
      ASSERT_TRUE(test.log->roll_if_larger(0, test.clock.now()));
    }
    test.flip(test.segment_path(2), 20);
    test.reopen();
    EXPECT_FALSE(test.log->recovery().damages.empty());
    EXPECT_EQ(read_over_damage(test, 0), (std::vector<Got>{{1, "a"}, {2, "b"}}));
  }
}

TEST(LogRecovery, ACrashBeforeASegmentIsNotedIsNoLoss) {
  TestLog test;
  fill(test);
  test.is_store_failing = true;
  test.options.segment_bytes = 1;
  test.reopen();
  EXPECT_FALSE(test.append({{0, "refused"}}));
  EXPECT_FALSE(test.files.exists(test.segment_path(2)));
  test.is_store_failing = false;
  test.must_append({{0, "taken"}});
  test.crash();
  EXPECT_THAT(test.log->recovery().damages, IsEmpty());
  EXPECT_EQ(test.read_all().back(), (Got{5, "taken"}));
}

TEST(LogRecovery, AnotherStreamsLogIsRefused) {
  TestLog test;
  fill(test);
  test.log.reset();
  const auto opened = StreamLog::open(test.files,
                                      test.random,
                                      "data/log",
                                      {.created_ms = 1, .random = 2},
                                      test.clock.now(),
                                      {.floors = {first_ordinal}});
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().fault(), Fault::corrupt);
  EXPECT_THAT(opened.error().message(), HasSubstr("belongs to stream"));
}

TEST(LogRecovery, ADiskThatFailsIsAnErrorAndNotALoss) {
  TestLog test;
  fill(test);
  test.fail_once(Operation::read);
  test.log.reset();
  const auto opened = test.try_open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().fault(), Fault::io);
  test.files.set_fault_hook({});
  test.open();
  EXPECT_EQ(test.read_all(), filled);
}

}  // namespace
}  // namespace sluice::stream
