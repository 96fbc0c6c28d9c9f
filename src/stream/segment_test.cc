#include "stream/segment.h"

#include "stream/frame.h"

#include <gtest/gtest.h>

namespace sluice::stream {
namespace {

const SegmentHeader header{
    .stream = {.created_ms = 1700000000000, .random = 99},
    .number = 7,
    .incarnation = 0x1234,
    .base = LogOffset(5000),
    .created = unix_millis(1700000000001),
    .predecessor = {.number = 6, .incarnation = 0x4321, .end = LogOffset(5000), .digest = 11},
    .start = {{.next = Ordinal(3), .last_arrival = unix_millis(2)}, {}}};

TEST(SegmentFileName, IsZeroPaddedAndStrict) {
  EXPECT_EQ(segment_file_name(7), "00000000000000000007.log");
  EXPECT_EQ(parse_segment_file_name("00000000000000000007.log"), 7U);
  EXPECT_EQ(parse_segment_file_name(segment_file_name(~std::uint64_t{0})), ~std::uint64_t{0});
  for (const char* name : {"7.log",
                           "00000000000000000000.log",
                           "00000000000000000007.torn",
                           "0000000000000000000x.log",
                           "00000000000000000007.log.9.torn",
                           "99999999999999999999.log"}) {
    EXPECT_FALSE(parse_segment_file_name(name).has_value()) << name;
  }
}

TEST(SegmentHeader, ComesBackAndEveryBitIsCovered) {
  const Bytes bytes = encode_segment_header(header);
  EXPECT_EQ(bytes.size(), segment_header_bytes + 2 * shard_entry_bytes);
  EXPECT_EQ(peek_segment_header_bytes(bytes), bytes.size());
  EXPECT_EQ(decode_segment_header(bytes + "frames"), header);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    Bytes changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(decode_segment_header(changed).has_value()) << bit;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_segment_header(ByteView(bytes).substr(0, size)).has_value());
  }
}

SegmentIndex::Block block(std::uint32_t shard,
                          std::uint64_t first,
                          std::uint32_t records,
                          std::uint64_t begin,
                          std::uint64_t bytes,
                          std::int64_t arrival) {
  return {.shard = ShardIndex(shard),
          .first = Ordinal(first),
          .records = records,
          .begin = begin,
          .bytes = bytes,
          .arrival = unix_millis(arrival)};
}

TEST(SegmentIndex, ShortNeighboursShareARunAndLongBlocksDoNot) {
  SegmentIndex index;
  index.add(block(0, 1, 2, 1000, 100, 10));
  index.add(block(0, 3, 1, 1500, 100, 20));
  index.add(block(0, 4, 1, 2000, SegmentIndex::run_bytes_max, 30));
  index.add(block(0, 5, 1, 40000, 100, 40));
  const auto runs = index.runs(ShardIndex(0));
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(runs[0].begin, 1000U);
  EXPECT_EQ(runs[0].bytes, 600U);
  EXPECT_EQ(runs[0].end, Ordinal(4));
  EXPECT_EQ(runs[0].last_arrival, unix_millis(20));
}

TEST(SegmentIndex, FindsByOrdinalAndByTime) {
  SegmentIndex index;
  index.add(block(2, 10, 5, 1000, 20000, 100));
  index.add(block(2, 15, 5, 30000, 20000, 200));
  EXPECT_EQ(index.find(ShardIndex(2), Ordinal(1))->first, Ordinal(10));
  EXPECT_EQ(index.find(ShardIndex(2), Ordinal(14))->first, Ordinal(10));
  EXPECT_EQ(index.find(ShardIndex(2), Ordinal(15))->first, Ordinal(15));
  EXPECT_EQ(index.find(ShardIndex(2), Ordinal(20)), nullptr);
  EXPECT_EQ(index.find(ShardIndex(0), Ordinal(1)), nullptr);
  EXPECT_EQ(index.find(ShardIndex(9), Ordinal(1)), nullptr);
  EXPECT_EQ(index.find_time(ShardIndex(2), unix_millis(100))->first, Ordinal(10));
  EXPECT_EQ(index.find_time(ShardIndex(2), unix_millis(101))->first, Ordinal(15));
  EXPECT_EQ(index.find_time(ShardIndex(2), unix_millis(201)), nullptr);
}

SegmentFooter sample_footer() {
  SegmentFooter footer{
      .trailer = {.stream = header.stream,
                  .number = 7,
                  .place = {.incarnation = 0x1234, .base = LogOffset(5000), .data_start = 160},
                  .end = LogOffset(90000),
                  .digest = 5},
      .index = {},
      .finish = {{.next = Ordinal(9), .last_arrival = unix_millis(3)}}};
  footer.index.add(block(0, 3, 2, 1000, 17000, 10));
  footer.index.add(block(2, 1, 2, 18000, 170, 10));
  footer.index.add(block(0, 7, 2, 20000, 17000, 30));
  footer.index.add_lost(
      {.shard = ShardIndex(0), .first = Ordinal(5), .next = Ordinal(7), .file_offset = 19000});
  return footer;
}

TEST(SegmentFooter, ComesBackAndEveryBitIsCovered) {
  const SegmentFooter footer = sample_footer();
  const Bytes bytes = encode_footer(footer);
  const auto decoded = decode_footer(bytes);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->index, footer.index);
  EXPECT_EQ(decoded->finish, footer.finish);
  EXPECT_EQ(decoded->trailer.place, footer.trailer.place);
  EXPECT_EQ(decoded->trailer.footer_bytes, bytes.size() - segment_trailer_bytes);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    Bytes changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(decode_footer(changed).has_value()) << bit;
  }
}

TEST(SegmentFooter, LostRangesAreFound) {
  const SegmentFooter footer = sample_footer();
  ASSERT_NE(footer.index.find_lost(ShardIndex(0), Ordinal(5)), nullptr);
  EXPECT_NE(footer.index.find_lost(ShardIndex(0), Ordinal(3)), nullptr) << "the next one";
  EXPECT_EQ(footer.index.find_lost(ShardIndex(0), Ordinal(7)), nullptr);
  EXPECT_EQ(footer.index.find_lost(ShardIndex(1), Ordinal(5)), nullptr);
}

}  // namespace
}  // namespace sluice::stream
