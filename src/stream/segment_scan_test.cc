#include "stream/segment_scan.h"

#include <gtest/gtest.h>

namespace sluice::stream {
namespace {

constexpr std::uint64_t data_start = 128;

// A segment's bytes in memory; the header's place is filled with dashes.
struct Tape {
  SegmentPlace place{.incarnation = 0xfeed, .base = LogOffset(4000), .data_start = data_start};
  Bytes file = Bytes(data_start, '-');
  LogOffset durable{4000};
  Ordinal next = first_ordinal;

  FrameHeader header() const {
    return {.offset = place.log_offset(file.size()),
            .segment_incarnation = place.incarnation,
            .durable_end = durable,
            .arrival = unix_millis(50)};
  }

  // Appends a frame of one record; returns where it begins.
  std::size_t put(ByteView data) {
    const std::size_t at = file.size();
    const PutRecord record{.data = data, .partition_key = "k", .explicit_hash_key = std::nullopt};
    const ShardIndex shard(0);
    auto draft = FrameDraft::build({&record, 1}, {&shard, 1}, {});
    draft->set_block(0, next, unix_millis(50));
    ++next;
    file += std::move(*draft).finish(header());
    return at;
  }

  void sync() { durable = place.log_offset(file.size()); }

  std::size_t mark() {
    const std::size_t at = file.size();
    file += encode_marker(header(), {{.next = next, .last_arrival = unix_millis(50)}});
    return at;
  }

  SegmentScan scan() const { return scan_segment({.file = file, .place = place, .start = {}}); }
};

TEST(SegmentScan, TakesWholeFramesUpToTheEnd) {
  Tape tape;
  tape.put("a");
  tape.sync();
  tape.put("b");
  tape.mark();
  const SegmentScan scan = tape.scan();
  EXPECT_EQ(scan.end, tape.place.log_offset(tape.file.size()));
  EXPECT_EQ(scan.finish[0].next, Ordinal(3));
  EXPECT_TRUE(scan.ends_with_marker);
  EXPECT_EQ(scan.known_durable, tape.durable);
  EXPECT_TRUE(scan.damages.empty());
  EXPECT_EQ(scan.tail_bytes, 0U);
}

TEST(SegmentScan, AnEmptySegmentIsWhole) {
  const SegmentScan scan = Tape{}.scan();
  EXPECT_EQ(scan.end, LogOffset(4000));
  EXPECT_TRUE(scan.damages.empty());
}

TEST(SegmentScan, BadBytesAboveTheDurableEndAreATornTailWithAllBehindThem) {
  Tape tape;
  tape.put("a");
  tape.sync();
  const std::size_t torn = tape.put("b");
  tape.put("c");  // of the same round, so it does not vouch for b
  tape.file[torn + 100] ^= 1;
  const SegmentScan scan = tape.scan();
  EXPECT_EQ(scan.end, tape.place.log_offset(torn));
  EXPECT_EQ(scan.tail_bytes, tape.file.size() - torn);
  EXPECT_TRUE(scan.damages.empty());
  EXPECT_EQ(scan.finish[0].next, Ordinal(2));
}

TEST(SegmentScan, AHeaderBehindThatNamesThemDurableMakesThemDamage) {
  Tape tape;
  const std::size_t hit = tape.put("a");
  tape.sync();
  const std::size_t behind = tape.put("b");
  tape.file[hit + 3] ^= 1;
  tape.file.pop_back();  // even a torn frame's header is a witness
  const SegmentScan scan = tape.scan();
  ASSERT_EQ(scan.damages.size(), 1U);
  EXPECT_EQ(scan.damages[0].offset, hit);
  EXPECT_EQ(scan.damages[0].bytes, behind - hit);
  EXPECT_EQ(scan.end, tape.place.log_offset(behind));
  EXPECT_EQ(scan.tail_bytes, tape.file.size() - behind);
}

TEST(SegmentScan, NothingBeyondTheEndTheNextSegmentNamesCounts) {
  Tape tape;
  tape.put("a");
  const LogOffset end = tape.place.log_offset(tape.file.size());
  tape.put("refused");
  const SegmentScan scan =
      scan_segment({.file = tape.file, .place = tape.place, .start = {}, .end = end});
  EXPECT_EQ(scan.end, end);
  EXPECT_EQ(scan.finish[0].next, Ordinal(2));
  EXPECT_TRUE(scan.damages.empty());
}

TEST(SegmentScan, AFileThatEndsBeforeItsDurableEndIsDamaged) {
  Tape tape;
  tape.put("a");
  const std::size_t cut = tape.put("b");
  const LogOffset end = tape.place.log_offset(tape.file.size());
  tape.file.resize(cut + 20);
  const ShardStates next{{.next = Ordinal(3), .last_arrival = {}}};
  const SegmentScan scan =
      scan_segment({.file = tape.file, .place = tape.place, .start = {}, .end = end, .next = next});
  ASSERT_FALSE(scan.damages.empty());
  EXPECT_EQ(scan.damages[0].offset, cut);
  ASSERT_EQ(scan.index.lost().size(), 1U);
  EXPECT_EQ(scan.index.lost()[0].first, Ordinal(2));
  EXPECT_EQ(scan.index.lost()[0].next, Ordinal(3)) << "the next segment knows how many there were";
  EXPECT_EQ(scan.finish[0].next, Ordinal(3));
}

// A producer can put a frame of its own making into a record, but not one of this segment.
TEST(SegmentScan, AFrameInsideARecordIsNotTaken) {
  Tape other;
  other.place.incarnation = 1;
  other.put("forged");
  Tape tape;
  const std::size_t hit = tape.put(ByteView(other.file).substr(data_start));
  tape.sync();
  tape.mark();
  tape.file[hit] ^= 1;
  const SegmentScan scan = tape.scan();
  ASSERT_EQ(scan.damages.size(), 1U);
  EXPECT_TRUE(scan.index.runs(ShardIndex(0)).empty());
}

TEST(SegmentScan, FindsThePlaceOfASegmentFromItsFrames) {
  Tape tape;
  tape.put("a");
  EXPECT_EQ(find_place(tape.file), tape.place);
  EXPECT_FALSE(find_place("nothing here").has_value());
}

}  // namespace
}  // namespace sluice::stream
