// Frames and blocks: what the log is made of.
//
// A frame holds all that one request brought: a header, then one block per shard.  A block is the
// request's records of one shard: a header, tables (where each payload and key ends, the keys), and
// the payloads, contiguous.  A marker is a frame without blocks that lists where each shard stands.
// Every part has its own CRC32C, seeded with the place it was written for, so that bytes of an
// older use of the disk, or moved bytes, never pass.  A block's content may be encrypted
// (stream/keyring.h); its checksum is that of the bytes on the disk.  Layout: docs/formats/log.md.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "stream/hash_key.h"
#include "stream/ids.h"
#include "stream/keyring.h"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sluice::stream {

inline constexpr std::uint32_t frame_magic = 0x31464c53;  // "SLF1"
inline constexpr std::uint32_t block_magic = 0x31424c53;  // "SLB1"
inline constexpr std::size_t frame_header_bytes = 96;
inline constexpr std::size_t block_header_bytes = 48;
inline constexpr std::size_t marker_entry_bytes = 20;

// No frame's body is larger; four times the largest request of the API.
inline constexpr std::size_t frame_body_bytes_max = std::size_t{64} << 20;

// No record takes less room in a block: the two ends in its tables.
inline constexpr std::size_t record_bytes_min = 8;

enum class FrameKind : std::uint8_t { data = 1, marker = 2 };

// Names a producer's request, so that its repetition can be told from a new one.  What the bytes
// are is the caller's choice; all zero means unknown.
struct RequestKey {
  std::array<std::uint8_t, 16> invocation{};
  std::array<std::uint8_t, 16> body_digest{};

  friend auto operator<=>(const RequestKey&, const RequestKey&) = default;
};

struct FrameHeader {
  FrameKind kind = FrameKind::data;
  std::uint32_t blocks = 0;
  LogOffset offset{};  // of the header's first byte
  std::uint64_t segment_incarnation = 0;
  LogOffset durable_end{};  // everything below was synced when this was written
  UnixMillis arrival{};
  std::uint32_t body_bytes = 0;
  std::uint32_t records = 0;
  std::uint32_t body_crc = 0;  // data: of the blocks' header checksums; marker: of the body
  RequestKey request{};

  friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

// Writes frame_header_bytes bytes.
void encode_frame_header(const FrameHeader& header, char* to);

// Reads a header at the start of `bytes`; std::nullopt unless magic, checksum and ranges are right.
std::optional<FrameHeader> decode_frame_header(ByteView bytes);

struct BlockHeader {
  ShardIndex shard;
  std::uint32_t records = 0;
  Ordinal first;  // of the first record; the others follow without gap
  UnixMillis arrival{};
  std::uint32_t table_bytes = 0;
  std::uint32_t payload_bytes = 0;
  bool has_hash_keys = false;
  bool is_encrypted = false;      // then table_bytes counts what encryption has added
  std::uint32_t content_crc = 0;  // of the content as it is written

  std::size_t content_bytes() const { return std::size_t{table_bytes} + payload_bytes; }

  Ordinal end() const { return first + records; }

  // Of an encrypted block: the header of its content once that is decrypted.
  BlockHeader decrypted() const;

  friend bool operator==(const BlockHeader&, const BlockHeader&) = default;
};

// Where a block was written; seeds its checksum.
struct BlockPlace {
  std::uint64_t segment_incarnation = 0;
  LogOffset offset;  // of the block header's first byte
};

// Writes block_header_bytes bytes and returns the checksum in them.
std::uint32_t encode_block_header(const BlockHeader& header, BlockPlace place, char* to);

// As decode_frame_header.  The content is checked by BlockView.
std::optional<BlockHeader> decode_block_header(ByteView bytes, BlockPlace place);

// The checksum in an encoded block header, unverified.
std::uint32_t block_header_crc(ByteView encoded);

// One record as it lies in a block.  Borrows the block's memory.
struct RecordView {
  ByteView data;
  ByteView partition_key;
  Ordinal ordinal;
  UnixMillis arrival{};
};

// The records of one block.  Borrows the memory; cheap to copy.
class BlockView {
 public:
  // `content` is what follows the header: tables and payload, not encrypted.  std::nullopt if they
  // do not fit the header or each other; the checksum is not looked at.
  static std::optional<BlockView> over(const BlockHeader& header, ByteView content);

  const BlockHeader& header() const { return header_; }

  std::uint32_t size() const { return header_.records; }

  ByteView data(std::uint32_t index) const;
  ByteView partition_key(std::uint32_t index) const;
  RecordView record(std::uint32_t index) const;

  // All payloads in order, without anything between them.
  ByteView payload() const { return payload_; }

  // The producer's explicit hash key, if it gave one.  Walks the records before it.
  std::optional<HashKey> explicit_hash_key(std::uint32_t index) const;

 private:
  BlockView(const BlockHeader& header, ByteView content);

  BlockHeader header_;
  const char* data_ends_;
  const char* key_ends_;
  ByteView hash_keys_;  // bitmap and keys, empty without
  ByteView keys_;
  ByteView payload_;
};

// What a producer sends.
struct PutRecord {
  ByteView data;
  ByteView partition_key{};
  std::optional<HashKey> explicit_hash_key{};
};

// One request's records, laid out as a frame whose place, ordinals and time are still open.  Built
// on the caller's thread so that the log's thread only fills in headers.  Movable.
class FrameDraft {
 public:
  struct Block {
    BlockHeader header;        // first and arrival are open
    std::size_t position = 0;  // of the block header within bytes()
  };

  // `shards[i]` is where records[i] goes; both have the same, positive length.  With a `cipher` the
  // blocks are encrypted.  Fault::too_large above frame_body_bytes_max.
  static Result<FrameDraft> build(std::span<const PutRecord> records,
                                  std::span<const ShardIndex> shards,
                                  const RequestKey& request,
                                  const BlockCipher* cipher = nullptr);

  const std::vector<Block>& blocks() const { return blocks_; }

  std::size_t size() const { return bytes_.size(); }

  std::uint32_t records() const { return static_cast<std::uint32_t>(block_of_record_.size()); }

  const RequestKey& request() const { return request_; }

  // By record in request order: which of blocks() holds it.
  const std::vector<std::uint32_t>& block_of_record() const { return block_of_record_; }

  // By record in request order: the explicit hash key, or the partition key's hash.
  std::vector<HashKey> hash_keys() const;

  // Fills in place, ordinals and times, and gives the finished frame away.  `header` brings offset,
  // segment_incarnation, durable_end and arrival; the blocks' first and arrival must have been set
  // through set_block.
  Bytes finish(FrameHeader header) &&;
  void set_block(std::size_t block, Ordinal first, UnixMillis arrival);

 private:
  FrameDraft() = default;

  std::vector<HashKey> find_hash_keys() const;

  Bytes bytes_;
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> block_of_record_;
  std::vector<HashKey> hash_keys_;  // of encrypted blocks
  RequestKey request_;
};

// A marker frame listing `states`; `header` brings offset, segment_incarnation, durable_end,
// arrival.
Bytes encode_marker(FrameHeader header, const ShardStates& states);

// The body of a marker; std::nullopt if it is not one.
std::optional<ShardStates> decode_marker_body(ByteView body);

}  // namespace sluice::stream
