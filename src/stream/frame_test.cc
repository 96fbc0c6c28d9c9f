#include "stream/frame.h"

#include "base/crc32c.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::stream {
namespace {

const FrameHeader place{.offset = LogOffset(1000),
                        .segment_incarnation = 0xabcdef,
                        .durable_end = LogOffset(900),
                        .arrival = unix_millis(1700000000123)};

TEST(FrameHeader, ComesBackAndEveryBitIsCovered) {
  FrameHeader header = place;
  header.kind = FrameKind::data;
  header.blocks = 2;
  header.records = 5;
  header.body_bytes = 300;
  header.body_crc = 77;
  header.request.invocation[3] = 9;
  header.request.body_digest[15] = 8;
  Bytes bytes(frame_header_bytes, '\0');
  encode_frame_header(header, bytes.data());
  EXPECT_EQ(decode_frame_header(bytes), header);
  EXPECT_FALSE(decode_frame_header(ByteView(bytes).substr(0, 95)).has_value());
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    Bytes changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(decode_frame_header(changed).has_value()) << bit;
  }
}

TEST(FrameHeader, ContradictionsAreRefusedThoughTheChecksumHolds) {
  const auto is_accepted = [](const FrameHeader& header) {
    Bytes bytes(frame_header_bytes, '\0');
    encode_frame_header(header, bytes.data());
    return decode_frame_header(bytes).has_value();
  };
  FrameHeader header = place;
  header.blocks = 1;
  header.records = 1;
  EXPECT_TRUE(is_accepted(header));
  FrameHeader no_blocks = header;
  no_blocks.blocks = 0;
  EXPECT_FALSE(is_accepted(no_blocks));
  FrameHeader more_blocks_than_records = header;
  more_blocks_than_records.blocks = 2;
  EXPECT_FALSE(is_accepted(more_blocks_than_records));
  FrameHeader marker_with_records = header;
  marker_with_records.kind = FrameKind::marker;
  EXPECT_FALSE(is_accepted(marker_with_records));
  FrameHeader durable_beyond_itself = header;
  durable_beyond_itself.durable_end = LogOffset(1001);
  EXPECT_FALSE(is_accepted(durable_beyond_itself));
}

TEST(FrameDraft, TakesRecordsWithoutDataOrPartitionKey) {
  const std::vector<PutRecord> puts = {
      {.data = {}, .partition_key = "k", .explicit_hash_key = std::nullopt},
      {.data = "d",
       .partition_key = {},
       .explicit_hash_key = std::nullopt},  // as direct put has them
      {.data = {}, .partition_key = {}, .explicit_hash_key = std::nullopt}};
  const std::vector<ShardIndex> shards(puts.size(), ShardIndex(0));
  ASSERT_TRUE(FrameDraft::build(puts, shards, {}).has_value());
}

TEST(FrameDraft, GroupsTheRecordsOfEachShardInOrder) {
  const std::vector<PutRecord> records{
      {.data = "one", .partition_key = "k1", .explicit_hash_key = std::nullopt},
      {.data = "two", .partition_key = "k2", .explicit_hash_key = HashKey{5}},
      {.data = "", .partition_key = "", .explicit_hash_key = std::nullopt},
      {.data = "four", .partition_key = "k4", .explicit_hash_key = uint128_max}};
  const std::vector<ShardIndex> shards{ShardIndex(4), ShardIndex(1), ShardIndex(4), ShardIndex(4)};
  auto draft = FrameDraft::build(records, shards, {});
  ASSERT_TRUE(draft.has_value());
  ASSERT_EQ(draft->blocks().size(), 2U);
  EXPECT_THAT(draft->block_of_record(), testing::ElementsAre(0, 1, 0, 0));
  const FrameDraft::Block first = draft->blocks()[0];
  EXPECT_EQ(first.position, frame_header_bytes);
  EXPECT_EQ(first.header.shard, ShardIndex(4));
  EXPECT_EQ(first.header.records, 3U);
  draft->set_block(0, Ordinal(10), unix_millis(5));
  draft->set_block(1, Ordinal(20), unix_millis(6));
  const std::size_t size = draft->size();
  const Bytes frame = std::move(*draft).finish(place);
  EXPECT_EQ(frame.size(), size);

  const auto header = decode_frame_header(frame);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->blocks, 2U);
  EXPECT_EQ(header->records, 4U);
  EXPECT_EQ(header->body_bytes, frame.size() - frame_header_bytes);

  const BlockPlace at{.segment_incarnation = 0xabcdef, .offset = LogOffset(1000 + first.position)};
  const ByteView encoded = ByteView(frame).substr(first.position);
  const auto block = decode_block_header(encoded, at);
  ASSERT_TRUE(block.has_value());
  EXPECT_EQ(block->first, Ordinal(10));
  EXPECT_EQ(block->end(), Ordinal(13));
  const ByteView content = encoded.substr(block_header_bytes, block->content_bytes());
  EXPECT_EQ(crc32c(content), block->content_crc);
  const auto view = BlockView::over(*block, content);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->payload(), "onefour") << "payloads lie contiguous";
  EXPECT_EQ(view->data(0), "one");
  EXPECT_EQ(view->data(1), "");
  EXPECT_EQ(view->record(2).data, "four");
  EXPECT_EQ(view->record(2).ordinal, Ordinal(12));
  EXPECT_EQ(view->record(2).arrival, unix_millis(5));
  EXPECT_EQ(view->partition_key(0), "k1");
  EXPECT_EQ(view->partition_key(1), "");
  EXPECT_EQ(view->partition_key(2), "k4");
  EXPECT_FALSE(view->explicit_hash_key(0).has_value());
  EXPECT_EQ(view->explicit_hash_key(2), uint128_max);
}

TEST(FrameDraft, RefusesWhatNoFrameHolds) {
  const Bytes half(frame_body_bytes_max / 2, 'x');
  const std::vector<PutRecord> records(
      2, {.data = half, .partition_key = "k", .explicit_hash_key = std::nullopt});
  const auto draft = FrameDraft::build(records, std::vector<ShardIndex>(2), {});
  ASSERT_FALSE(draft.has_value());
  EXPECT_EQ(draft.error().fault(), Fault::too_large);
}

TEST(BlockHeader, IsValidOnlyWhereItWasWritten) {
  const BlockHeader header{.shard = ShardIndex(1),
                           .records = 1,
                           .first = Ordinal(1),
                           .arrival = unix_millis(1),
                           .table_bytes = 8,
                           .payload_bytes = 0,
                           .content_crc = 1};
  Bytes bytes(block_header_bytes, '\0');
  const BlockPlace here{.segment_incarnation = 1, .offset = LogOffset(96)};
  EXPECT_EQ(encode_block_header(header, here, bytes.data()), block_header_crc(bytes));
  EXPECT_EQ(decode_block_header(bytes, here), header);
  EXPECT_FALSE(
      decode_block_header(bytes, {.segment_incarnation = 2, .offset = LogOffset(96)}).has_value());
  EXPECT_FALSE(
      decode_block_header(bytes, {.segment_incarnation = 1, .offset = LogOffset(97)}).has_value());
}

TEST(BlockView, TablesThatContradictEachOtherAreRefused) {
  const std::vector<PutRecord> records(
      2, {.data = "data", .partition_key = "key", .explicit_hash_key = HashKey{1}});
  auto draft = FrameDraft::build(records, std::vector<ShardIndex>(2), {});
  ASSERT_TRUE(draft.has_value());
  const BlockHeader header = draft->blocks()[0].header;
  draft->set_block(0, Ordinal(1), unix_millis(1));
  const Bytes frame = std::move(*draft).finish(place);
  const Bytes content = frame.substr(frame_header_bytes + block_header_bytes);
  ASSERT_TRUE(BlockView::over(header, content).has_value());
  for (std::size_t at = 0; at < 17; ++at) {  // the ends and the bitmap
    Bytes changed = content;
    changed[at] = static_cast<char>(changed[at] ^ 0x41);
    const auto view = BlockView::over(header, changed);
    if (view) {  // a moved inner end may still fit
      EXPECT_LE(view->data(0).size() + view->data(1).size(), 8U);
    }
  }
  BlockHeader shorter = header;
  --shorter.payload_bytes;
  EXPECT_FALSE(BlockView::over(shorter, ByteView(content).substr(0, content.size() - 1)));
  BlockHeader no_hash_keys = header;
  no_hash_keys.has_hash_keys = false;
  EXPECT_FALSE(BlockView::over(no_hash_keys, content));
}

TEST(Marker, ListsWhereEveryShardStands) {
  const ShardStates states{{.next = Ordinal(5), .last_arrival = unix_millis(7)}, {}};
  const Bytes frame = encode_marker(place, states);
  const auto header = decode_frame_header(frame);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->kind, FrameKind::marker);
  EXPECT_EQ(frame.size(), frame_header_bytes + 4 + 2 * marker_entry_bytes);
  EXPECT_EQ(header->body_crc, crc32c(ByteView(frame).substr(frame_header_bytes)));
  EXPECT_EQ(decode_marker_body(ByteView(frame).substr(frame_header_bytes)), states);
  EXPECT_FALSE(decode_marker_body(ByteView(frame).substr(frame_header_bytes + 1)).has_value());
}

}  // namespace
}  // namespace sluice::stream
