#include "stream/frame.h"

#include "base/check.h"
#include "base/crc32c.h"

#include <fmt/format.h>

#include <bit>

namespace sluice::stream {

namespace {

constexpr std::size_t crc_offset = 4;    // in both headers, behind the magic
constexpr std::size_t covered_from = 8;  // what the header checksums cover begins here
constexpr std::size_t hash_key_bytes = 16;
constexpr std::uint32_t flag_hash_keys = 1;
constexpr std::uint32_t flag_encrypted = 2;

std::uint32_t block_crc(BlockPlace place, const char* header) {
  char seed[16];
  store_le(seed, place.segment_incarnation);
  store_le(seed + 8, place.offset.value);
  return crc32c({header + covered_from, block_header_bytes - covered_from},
                crc32c({seed, sizeof seed}));
}

std::uint32_t frame_crc(const char* header) {
  return crc32c({header + covered_from, frame_header_bytes - covered_from});
}

std::uint32_t end_at(const char* ends, std::uint32_t index) {
  return load_le<std::uint32_t>(ends + std::size_t{4} * index);
}

ByteView between(ByteView area, const char* ends, std::uint32_t index) {
  const std::uint32_t begin = index == 0 ? 0 : end_at(ends, index - 1);
  return {area.data() + begin, end_at(ends, index) - begin};
}

// Whether the ends never go back and the last one is `total`; `count` is positive.
bool are_ends_of(const char* ends, std::uint32_t count, std::size_t total) {
  // Without a way out of the loop the compiler compares many at a time.
  bool are_ordered = true;
  for (std::uint32_t i = 1; i < count; ++i) {
    are_ordered &= end_at(ends, i - 1) <= end_at(ends, i);
  }
  return are_ordered && end_at(ends, count - 1) == total;
}

std::size_t bitmap_bytes(std::uint32_t records) {
  return (std::size_t{records} + 7) / 8;
}

bool bit_at(const char* bitmap, std::uint32_t index) {
  return ((static_cast<unsigned char>(bitmap[index / 8]) >> (index % 8)) & 1) != 0;
}

}  // namespace

void encode_frame_header(const FrameHeader& header, char* to) {
  SLUICE_CHECK(header.body_bytes <= frame_body_bytes_max);
  std::memset(to, 0, frame_header_bytes);
  store_le(to, frame_magic);
  store_le(to + 8, static_cast<std::uint8_t>(header.kind));
  store_le(to + 10, static_cast<std::uint16_t>(frame_header_bytes));
  store_le(to + 12, header.blocks);
  store_le(to + 16, header.offset.value);
  store_le(to + 24, header.segment_incarnation);
  store_le(to + 32, header.durable_end.value);
  store_le(to + 40, to_count(header.arrival));
  store_le(to + 48, header.body_bytes);
  store_le(to + 52, header.records);
  store_le(to + 56, header.body_crc);
  std::memcpy(to + 64, header.request.invocation.data(), header.request.invocation.size());
  std::memcpy(to + 80, header.request.body_digest.data(), header.request.body_digest.size());
  store_le(to + crc_offset, frame_crc(to));
}

std::optional<FrameHeader> decode_frame_header(ByteView bytes) {
  if (bytes.size() < frame_header_bytes) {
    return std::nullopt;
  }
  const char* from = bytes.data();
  if (load_le<std::uint32_t>(from) != frame_magic ||
      load_le<std::uint32_t>(from + crc_offset) != frame_crc(from) ||
      load_le<std::uint16_t>(from + 10) != frame_header_bytes) {
    return std::nullopt;
  }
  FrameHeader header{.kind = static_cast<FrameKind>(load_le<std::uint8_t>(from + 8)),
                     .blocks = load_le<std::uint32_t>(from + 12),
                     .offset = LogOffset(load_le<std::uint64_t>(from + 16)),
                     .segment_incarnation = load_le<std::uint64_t>(from + 24),
                     .durable_end = LogOffset(load_le<std::uint64_t>(from + 32)),
                     .arrival = unix_millis(load_le<std::int64_t>(from + 40)),
                     .body_bytes = load_le<std::uint32_t>(from + 48),
                     .records = load_le<std::uint32_t>(from + 52),
                     .body_crc = load_le<std::uint32_t>(from + 56),
                     .request = {}};
  std::memcpy(header.request.invocation.data(), from + 64, header.request.invocation.size());
  std::memcpy(header.request.body_digest.data(), from + 80, header.request.body_digest.size());
  const bool is_data =
      header.kind == FrameKind::data && header.blocks > 0 && header.blocks <= header.records;
  const bool is_marker =
      header.kind == FrameKind::marker && header.blocks == 0 && header.records == 0;
  if ((!is_data && !is_marker) || header.body_bytes > frame_body_bytes_max ||
      header.durable_end > header.offset) {
    return std::nullopt;
  }
  return header;
}

std::uint32_t encode_block_header(const BlockHeader& header, BlockPlace place, char* to) {
  SLUICE_CHECK(header.records > 0);
  SLUICE_CHECK(header.first >= first_ordinal);
  store_le(to, block_magic);
  store_le(to + 8, header.shard.value);
  store_le(to + 12, header.records);
  store_le(to + 16, header.first.value);
  store_le(to + 24, to_count(header.arrival));
  store_le(to + 32, header.table_bytes);
  store_le(to + 36, header.payload_bytes);
  store_le(to + 40,
           (header.has_hash_keys ? flag_hash_keys : std::uint32_t{0}) |
               (header.is_encrypted ? flag_encrypted : std::uint32_t{0}));
  store_le(to + 44, header.content_crc);
  const std::uint32_t crc = block_crc(place, to);
  store_le(to + crc_offset, crc);
  return crc;
}

std::optional<BlockHeader> decode_block_header(ByteView bytes, BlockPlace place) {
  if (bytes.size() < block_header_bytes) {
    return std::nullopt;
  }
  const char* from = bytes.data();
  if (load_le<std::uint32_t>(from) != block_magic ||
      load_le<std::uint32_t>(from + crc_offset) != block_crc(place, from)) {
    return std::nullopt;
  }
  const auto flags = load_le<std::uint32_t>(from + 40);
  const BlockHeader header{.shard = ShardIndex(load_le<std::uint32_t>(from + 8)),
                           .records = load_le<std::uint32_t>(from + 12),
                           .first = Ordinal(load_le<std::uint64_t>(from + 16)),
                           .arrival = unix_millis(load_le<std::int64_t>(from + 24)),
                           .table_bytes = load_le<std::uint32_t>(from + 32),
                           .payload_bytes = load_le<std::uint32_t>(from + 36),
                           .has_hash_keys = (flags & flag_hash_keys) != 0,
                           .is_encrypted = (flags & flag_encrypted) != 0,
                           .content_crc = load_le<std::uint32_t>(from + 44)};
  const bool plausible = flags <= (flag_hash_keys | flag_encrypted) &&
                         (!header.is_encrypted || header.table_bytes >= BlockCipher::added_bytes) &&
                         header.shard.value < shards_max && header.records > 0 &&
                         header.first >= first_ordinal &&
                         header.first.value <= ~std::uint64_t{0} - header.records &&
                         header.content_bytes() <= frame_body_bytes_max &&
                         header.content_bytes() / record_bytes_min >= header.records;
  if (!plausible) {
    return std::nullopt;
  }
  return header;
}

std::uint32_t block_header_crc(ByteView encoded) {
  SLUICE_CHECK(encoded.size() >= block_header_bytes);
  return load_le<std::uint32_t>(encoded.data() + crc_offset);
}

BlockHeader BlockHeader::decrypted() const {
  SLUICE_CHECK(is_encrypted && table_bytes >= BlockCipher::added_bytes);
  BlockHeader plain = *this;
  plain.is_encrypted = false;
  plain.table_bytes -= static_cast<std::uint32_t>(BlockCipher::added_bytes);
  return plain;
}

BlockView::BlockView(const BlockHeader& header, ByteView content)
    : header_(header),
      data_ends_(content.data()),
      key_ends_(content.data() + std::size_t{4} * header.records),
      payload_(content.substr(header.table_bytes)) {
  const std::size_t ends = std::size_t{8} * header.records;
  const std::size_t key_bytes = end_at(key_ends_, header.records - 1);
  const std::size_t hash_bytes = header.table_bytes - ends - key_bytes;
  hash_keys_ = content.substr(ends, hash_bytes);
  keys_ = content.substr(ends + hash_bytes, key_bytes);
}

std::optional<BlockView> BlockView::over(const BlockHeader& header, ByteView content) {
  const std::size_t ends = std::size_t{8} * header.records;
  if (header.is_encrypted || header.records == 0 || content.size() != header.content_bytes() ||
      header.table_bytes < ends) {
    return std::nullopt;
  }
  const char* data_ends = content.data();
  const char* key_ends = data_ends + ends / 2;
  const std::size_t key_bytes = end_at(key_ends, header.records - 1);
  if (!are_ends_of(data_ends, header.records, header.payload_bytes) ||
      !are_ends_of(key_ends, header.records, key_bytes) || key_bytes > header.table_bytes - ends) {
    return std::nullopt;
  }
  std::size_t hash_bytes = 0;
  if (header.has_hash_keys) {
    hash_bytes = bitmap_bytes(header.records);
    if (hash_bytes > header.table_bytes - ends - key_bytes) {
      return std::nullopt;
    }
    for (std::uint32_t i = 0; i < header.records; ++i) {
      hash_bytes += bit_at(content.data() + ends, i) ? hash_key_bytes : 0;
    }
  }
  if (ends + hash_bytes + key_bytes != header.table_bytes) {
    return std::nullopt;
  }
  return BlockView(header, content);
}

ByteView BlockView::data(std::uint32_t index) const {
  SLUICE_DCHECK(index < size());
  return between(payload_, data_ends_, index);
}

ByteView BlockView::partition_key(std::uint32_t index) const {
  SLUICE_DCHECK(index < size());
  return between(keys_, key_ends_, index);
}

RecordView BlockView::record(std::uint32_t index) const {
  return {.data = data(index),
          .partition_key = partition_key(index),
          .ordinal = header_.first + index,
          .arrival = header_.arrival};
}

std::optional<HashKey> BlockView::explicit_hash_key(std::uint32_t index) const {
  SLUICE_CHECK(index < size());
  if (!header_.has_hash_keys || !bit_at(hash_keys_.data(), index)) {
    return std::nullopt;
  }
  std::size_t before = 0;
  for (std::uint32_t i = 0; i < index; ++i) {
    before += bit_at(hash_keys_.data(), i) ? 1 : 0;
  }
  const char* from = hash_keys_.data() + bitmap_bytes(size()) + before * hash_key_bytes;
  return (HashKey{load_le<std::uint64_t>(from + 8)} << 64) | load_le<std::uint64_t>(from);
}

namespace {

// Where the next record of a block goes while a draft is filled.
struct BlockCursor {
  std::uint32_t records = 0;
  std::uint32_t hash_keys = 0;
  std::size_t data_bytes = 0;
  std::size_t key_bytes = 0;
  std::uint32_t filled = 0;
  std::uint32_t hash_keys_filled = 0;
  std::uint32_t data_end = 0;
  std::uint32_t key_end = 0;
  char* ends = nullptr;
  char* hashes = nullptr;
  char* keys = nullptr;
  char* payload = nullptr;

  std::size_t hash_area_bytes() const {
    return hash_keys == 0 ? 0 : bitmap_bytes(records) + hash_keys * hash_key_bytes;
  }

  std::size_t table_bytes() const {
    return std::size_t{8} * records + hash_area_bytes() + key_bytes;
  }

  void begin(char* content) {
    ends = content;
    hashes = ends + std::size_t{8} * records;
    keys = hashes + hash_area_bytes();
    payload = content + table_bytes();
  }

  void add(const PutRecord& record) {
    // Either may be empty, with no place of its own, which memcpy must not be given.
    record.data.copy(payload + data_end, record.data.size());
    record.partition_key.copy(keys + key_end, record.partition_key.size());
    data_end += static_cast<std::uint32_t>(record.data.size());
    key_end += static_cast<std::uint32_t>(record.partition_key.size());
    store_le(ends + std::size_t{4} * filled, data_end);
    store_le(ends + std::size_t{4} * (records + filled), key_end);
    if (record.explicit_hash_key) {
      hashes[filled / 8] = static_cast<char>(hashes[filled / 8] | (1 << (filled % 8)));
      char* to = hashes + bitmap_bytes(records) + hash_keys_filled * hash_key_bytes;
      store_le(to, static_cast<std::uint64_t>(*record.explicit_hash_key));
      store_le(to + 8, static_cast<std::uint64_t>(*record.explicit_hash_key >> 64));
      ++hash_keys_filled;
    }
    ++filled;
  }
};

// Gives each shard of a request a block, in the order of their first records.
class BlockFinder {
 public:
  std::uint32_t find_or_add(ShardIndex shard) {
    if (shard.value >= block_of_shard_.size()) {
      block_of_shard_.resize(shard.value + 1, none);
    }
    std::uint32_t& block = block_of_shard_[shard.value];
    if (block == none) {
      block = static_cast<std::uint32_t>(shards_.size());
      shards_.push_back(shard);
    }
    return block;
  }

  const std::vector<ShardIndex>& shards() const { return shards_; }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  std::vector<std::uint32_t> block_of_shard_;
  std::vector<ShardIndex> shards_;
};

// How much each block will hold, and by record which block it belongs to.
std::vector<BlockCursor> count_blocks(std::span<const PutRecord> records,
                                      std::span<const ShardIndex> shards,
                                      BlockFinder& finder,
                                      std::vector<std::uint32_t>& block_of_record) {
  std::vector<BlockCursor> cursors;
  block_of_record.reserve(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::uint32_t block = finder.find_or_add(shards[i]);
    if (block == cursors.size()) {
      cursors.emplace_back();
    }
    block_of_record.push_back(block);
    BlockCursor& cursor = cursors[block];
    ++cursor.records;
    cursor.hash_keys += records[i].explicit_hash_key ? 1 : 0;
    cursor.data_bytes += records[i].data.size();
    cursor.key_bytes += records[i].partition_key.size();
  }
  return cursors;
}

}  // namespace

Result<FrameDraft> FrameDraft::build(std::span<const PutRecord> records,
                                     std::span<const ShardIndex> shards,
                                     const RequestKey& request,
                                     const BlockCipher* cipher) {
  SLUICE_CHECK(!records.empty());
  SLUICE_CHECK(records.size() == shards.size());
  FrameDraft draft;
  draft.request_ = request;
  BlockFinder finder;
  std::vector<BlockCursor> cursors = count_blocks(records, shards, finder, draft.block_of_record_);
  const std::size_t added_bytes = cipher == nullptr ? 0 : BlockCipher::added_bytes;
  const std::size_t head_bytes = cipher == nullptr ? 0 : BlockCipher::head_bytes;
  std::size_t total = frame_header_bytes;
  for (const BlockCursor& cursor : cursors) {
    total += block_header_bytes + added_bytes + cursor.table_bytes() + cursor.data_bytes;
  }
  if (total - frame_header_bytes > frame_body_bytes_max) {
    return fail(
        Fault::too_large,
        fmt::format(
            "a request of {} bytes is more than the log takes at once ({}); send fewer records",
            total,
            frame_body_bytes_max));
  }

  draft.bytes_.resize(total);
  draft.blocks_.resize(cursors.size());
  std::size_t position = frame_header_bytes;
  for (std::size_t i = 0; i < cursors.size(); ++i) {
    const BlockCursor& cursor = cursors[i];
    Block& block = draft.blocks_[i];
    block.position = position;
    block.header.shard = finder.shards()[i];
    block.header.records = cursor.records;
    block.header.table_bytes = static_cast<std::uint32_t>(added_bytes + cursor.table_bytes());
    block.header.payload_bytes = static_cast<std::uint32_t>(cursor.data_bytes);
    block.header.has_hash_keys = cursor.hash_keys > 0;
    block.header.is_encrypted = cipher != nullptr;
    cursors[i].begin(draft.bytes_.data() + position + block_header_bytes + head_bytes);
    position += block_header_bytes + block.header.content_bytes();
  }
  SLUICE_CHECK(position == total);
  for (std::size_t i = 0; i < records.size(); ++i) {
    cursors[draft.block_of_record_[i]].add(records[i]);
  }
  if (cipher != nullptr) {
    draft.hash_keys_ = draft.find_hash_keys();
    for (const Block& block : draft.blocks_) {
      cipher->seal(draft.bytes_.data() + block.position + block_header_bytes,
                   block.header.content_bytes() - BlockCipher::added_bytes,
                   block.header.shard,
                   block.header.records);
    }
  }
  for (Block& block : draft.blocks_) {
    block.header.content_crc =
        crc32c(ByteView(draft.bytes_)
                   .substr(block.position + block_header_bytes, block.header.content_bytes()));
  }
  return draft;
}

std::vector<HashKey> FrameDraft::hash_keys() const {
  return hash_keys_.empty() ? find_hash_keys() : hash_keys_;
}

// Before the blocks are encrypted.
std::vector<HashKey> FrameDraft::find_hash_keys() const {
  std::vector<BlockView> views;
  for (const Block& block : blocks_) {
    const bool will_be_encrypted = block.header.is_encrypted;
    const BlockHeader plain = will_be_encrypted ? block.header.decrypted() : block.header;
    const std::size_t head_bytes = will_be_encrypted ? BlockCipher::head_bytes : 0;
    const auto view =
        BlockView::over(plain,
                        ByteView(bytes_).substr(block.position + block_header_bytes + head_bytes,
                                                plain.content_bytes()));
    SLUICE_CHECK(view.has_value());
    views.push_back(*view);
  }
  std::vector<std::uint32_t> seen(views.size());
  std::vector<HashKey> keys;
  keys.reserve(block_of_record_.size());
  for (const std::uint32_t block : block_of_record_) {
    const std::uint32_t index = seen[block]++;
    const auto given = views[block].explicit_hash_key(index);
    keys.push_back(given ? *given : hash_of_partition_key(views[block].partition_key(index)));
  }
  return keys;
}

void FrameDraft::set_block(std::size_t block, Ordinal first, UnixMillis arrival) {
  blocks_[block].header.first = first;
  blocks_[block].header.arrival = arrival;
}

Bytes FrameDraft::finish(FrameHeader header) && {
  header.kind = FrameKind::data;
  header.blocks = static_cast<std::uint32_t>(blocks_.size());
  header.records = records();
  header.body_bytes = static_cast<std::uint32_t>(bytes_.size() - frame_header_bytes);
  header.request = request_;
  header.body_crc = 0;
  for (const Block& block : blocks_) {
    char* at = bytes_.data() + block.position;
    encode_block_header(block.header,
                        {.segment_incarnation = header.segment_incarnation,
                         .offset = header.offset + block.position},
                        at);
    header.body_crc = crc32c({at + crc_offset, 4}, header.body_crc);
  }
  encode_frame_header(header, bytes_.data());
  return std::move(bytes_);
}

Bytes encode_marker(FrameHeader header, const ShardStates& states) {
  Bytes frame(frame_header_bytes, '\0');
  put_le(frame, static_cast<std::uint32_t>(states.size()));
  for (std::size_t i = 0; i < states.size(); ++i) {
    put_le(frame, static_cast<std::uint32_t>(i));
    put_le(frame, states[i].next.value);
    put_le(frame, to_count(states[i].last_arrival));
  }
  header.kind = FrameKind::marker;
  header.blocks = 0;
  header.records = 0;
  header.body_bytes = static_cast<std::uint32_t>(frame.size() - frame_header_bytes);
  header.body_crc = crc32c(ByteView(frame).substr(frame_header_bytes));
  header.request = {};
  encode_frame_header(header, frame.data());
  return frame;
}

std::optional<ShardStates> decode_marker_body(ByteView body) {
  ByteReader reader(body);
  const auto count = reader.le<std::uint32_t>();
  if (!count || *count > shards_max || reader.remaining() != *count * marker_entry_bytes) {
    return std::nullopt;
  }
  ShardStates states;
  states.reserve(*count);
  for (std::uint32_t i = 0; i < *count; ++i) {
    const auto shard = reader.le<std::uint32_t>();
    const auto next = reader.le<std::uint64_t>();
    const auto arrival = reader.le<std::int64_t>();
    if (*shard != i || *next < first_ordinal.value) {
      return std::nullopt;
    }
    states.push_back({.next = Ordinal(*next), .last_arrival = unix_millis(*arrival)});
  }
  return states;
}

}  // namespace sluice::stream
