// A segment: one file of the log.  Header, frames, and once sealed a footer that says where each
// shard's blocks lie.  Layout: docs/formats/log.md.  Nothing here touches a file.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "stream/ids.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::stream {

inline constexpr std::uint16_t segment_format = 1;
inline constexpr std::size_t segment_header_bytes = 128;  // without the shard table
inline constexpr std::size_t shard_entry_bytes = 16;
inline constexpr std::size_t segment_trailer_bytes = 96;

// "00000000000000000007.log"; numbers start at 1.
std::string segment_file_name(std::uint64_t number);
std::optional<std::uint64_t> parse_segment_file_name(std::string_view name);

// How a segment names the one before it; all zero in the first.
struct Predecessor {
  std::uint64_t number = 0;
  std::uint64_t incarnation = 0;
  LogOffset end;             // nothing of it beyond this was acknowledged, nor counts
  std::uint32_t digest = 0;  // see frame_digest()

  friend bool operator==(const Predecessor&, const Predecessor&) = default;
};

struct SegmentHeader {
  StreamIncarnation stream;
  std::uint64_t number = 0;
  std::uint64_t incarnation = 0;  // random; named by everything in the segment
  LogOffset base;                 // of the first frame
  UnixMillis created{};
  Predecessor predecessor;
  ShardStates start;  // where every shard stood when the segment began

  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

Bytes encode_segment_header(const SegmentHeader& header);

// How many bytes the encoded header has, read from its beginning (at least segment_header_bytes);
// std::nullopt if that is not a segment's beginning.
std::optional<std::size_t> peek_segment_header_bytes(ByteView bytes);

// `bytes` may go on behind the header.
std::optional<SegmentHeader> decode_segment_header(ByteView bytes);

// Relates places in the log to places in the file.
struct SegmentPlace {
  std::uint64_t incarnation = 0;
  LogOffset base;
  std::uint64_t data_start = 0;  // the file offset of `base`

  std::uint64_t file_offset(LogOffset at) const { return data_start + (at - base); }

  LogOffset log_offset(std::uint64_t at) const { return base + (at - data_start); }

  friend bool operator==(const SegmentPlace&, const SegmentPlace&) = default;
};

// The digest of a segment's frames: continued with each frame's header checksum, which covers those
// of its blocks, which cover their content.
std::uint32_t frame_digest(std::uint32_t before, ByteView encoded_frame_header);

// A stretch of the file in which blocks of one shard lie, in order.  Short neighbouring blocks
// share a run; a long one has its own.  A run starts with a block of its shard and may hold other
// shards' blocks and frame headers between.
struct IndexRun {
  Ordinal first;
  Ordinal end;
  std::uint64_t begin = 0;  // file offset
  std::uint64_t bytes = 0;
  UnixMillis first_arrival{};
  UnixMillis last_arrival{};

  friend bool operator==(const IndexRun&, const IndexRun&) = default;
};

// Records that are gone: ordinals [first, next) of a shard.  `next` may exceed what there ever was
// where damage hides how many there were.
struct LostRange {
  ShardIndex shard;
  Ordinal first;
  Ordinal next;
  std::uint64_t file_offset = 0;  // where the damage begins

  friend bool operator==(const LostRange&, const LostRange&) = default;
};

// Where each shard's blocks lie in one segment.  Value type, not thread-safe.
class SegmentIndex {
 public:
  // Blocks that fit into so many bytes with their predecessor join its run.
  static constexpr std::uint64_t run_bytes_max = std::uint64_t{16} << 10;

  struct Block {
    ShardIndex shard;
    Ordinal first;
    std::uint32_t records = 0;
    std::uint64_t begin = 0;  // of its header
    std::uint64_t bytes = 0;  // with its header
    UnixMillis arrival{};
  };

  // In the order of the file.
  void add(const Block& block);

  // Records of a shard that are lost; runs do not reach across.
  void add_lost(const LostRange& lost);

  // The runs of a shard that has none yet, as a footer gives them.
  void restore(ShardIndex shard, std::vector<IndexRun> runs);

  std::span<const IndexRun> runs(ShardIndex shard) const;

  std::span<const LostRange> lost() const { return lost_; }

  // The first run holding `at` or a later ordinal; nullptr if there is none.
  const IndexRun* find(ShardIndex shard, Ordinal at) const;

  // The first run holding a record that arrived at `time` or later; nullptr if there is none.
  const IndexRun* find_time(ShardIndex shard, UnixMillis time) const;

  // The first lost range of the shard that ends behind `at`; nullptr if there is none.
  const LostRange* find_lost(ShardIndex shard, Ordinal at) const;

  std::uint32_t shards() const { return static_cast<std::uint32_t>(runs_.size()); }

  std::size_t memory_bytes() const;

  friend bool operator==(const SegmentIndex&, const SegmentIndex&) = default;

 private:
  std::vector<std::vector<IndexRun>> runs_;  // by shard
  std::vector<LostRange> lost_;
};

// The end of a sealed segment.
struct SegmentTrailer {
  StreamIncarnation stream;
  std::uint64_t number = 0;
  SegmentPlace place;
  LogOffset end;  // of the frames; the footer begins there
  std::uint32_t digest = 0;
  std::uint32_t footer_bytes = 0;  // index and shard states, without the trailer

  friend bool operator==(const SegmentTrailer&, const SegmentTrailer&) = default;
};

struct SegmentFooter {
  SegmentTrailer trailer;
  SegmentIndex index;
  ShardStates finish;  // where every shard stood at the end
};

// The footer's bytes, trailer included; footer_bytes is computed.
Bytes encode_footer(const SegmentFooter& footer);

// Reads the trailer from the last segment_trailer_bytes of a file.
std::optional<SegmentTrailer> decode_trailer(ByteView bytes);

// Reads footer and trailer together (footer_bytes + segment_trailer_bytes); std::nullopt unless the
// checksum and everything in it is right.
std::optional<SegmentFooter> decode_footer(ByteView bytes);

}  // namespace sluice::stream
