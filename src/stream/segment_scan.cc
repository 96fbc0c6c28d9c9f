// The scan has two passes.  The first walks frame by frame and lists what it finds: whole frames,
// frames whose header holds but whose body does not, and stretches of bytes that are neither.  Only
// then is the greatest durable end known, and with it what is damage and what is a torn tail.  The
// second pass builds the index from what is kept.
#include "stream/segment_scan.h"

#include "base/check.h"
#include "base/crc32c.h"

#include <algorithm>

namespace sluice::stream {

namespace {

// What the first pass found at a place in the file.
struct Finding {
  enum class What : std::uint8_t { whole, bad_body, bad_bytes };

  What what = What::bad_bytes;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  FrameHeader header{};  // not of bad_bytes
  LogOffset durable{0};  // the durable end a header here names
};

ByteView slice(ByteView file, std::uint64_t begin, std::uint64_t bytes) {
  return file.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(bytes));
}

// A header at `at` that was written for this place.
std::optional<FrameHeader> header_at(ByteView file, const SegmentPlace& place, std::uint64_t at) {
  if (at + frame_header_bytes > file.size()) {
    return std::nullopt;
  }
  auto header = decode_frame_header(slice(file, at, frame_header_bytes));
  if (!header || header->segment_incarnation != place.incarnation ||
      header->offset != place.log_offset(at)) {
    return std::nullopt;
  }
  return header;
}

// The block at `at`, header and content, if it is whole and ends by `end`.
std::optional<BlockHeader> block_header_at(ByteView file,
                                           const SegmentPlace& place,
                                           std::uint64_t at,
                                           std::uint64_t end) {
  if (at + block_header_bytes > end) {
    return std::nullopt;
  }
  auto header = decode_block_header(
      slice(file, at, block_header_bytes),
      {.segment_incarnation = place.incarnation, .offset = place.log_offset(at)});
  if (!header || header->content_bytes() > end - at - block_header_bytes) {
    return std::nullopt;
  }
  return header;
}

bool is_content_good(ByteView file, std::uint64_t at, const BlockHeader& header) {
  const ByteView content = slice(file, at + block_header_bytes, header.content_bytes());
  return crc32c(content) == header.content_crc &&
         (header.is_encrypted || BlockView::over(header, content).has_value());
}

bool is_body_good(ByteView file, const SegmentPlace& place, const Finding& frame) {
  std::uint64_t at = frame.begin + frame_header_bytes;
  if (frame.header.kind == FrameKind::marker) {
    const ByteView body = slice(file, at, frame.end - at);
    return crc32c(body) == frame.header.body_crc && decode_marker_body(body).has_value();
  }
  std::uint32_t crc = 0;
  std::uint32_t records = 0;
  for (std::uint32_t i = 0; i < frame.header.blocks; ++i) {
    const auto block = block_header_at(file, place, at, frame.end);
    if (!block || !is_content_good(file, at, *block)) {
      return false;
    }
    crc = crc32c(slice(file, at + 4, 4), crc);
    records += block->records;
    at += block_header_bytes + block->content_bytes();
  }
  return at == frame.end && crc == frame.header.body_crc && records == frame.header.records;
}

// The next place at or behind `from` where a frame header stands; `end` if there is none.
std::uint64_t find_header(ByteView file,
                          const SegmentPlace& place,
                          std::uint64_t from,
                          std::uint64_t end) {
  char magic[4];
  store_le(magic, frame_magic);
  std::size_t at = static_cast<std::size_t>(from);
  while ((at = file.find(ByteView(magic, 4), at)) != ByteView::npos && at < end) {
    if (header_at(file, place, at)) {
      return at;
    }
    ++at;
  }
  return end;
}

std::vector<Finding> find_frames(ByteView file, const SegmentPlace& place, std::uint64_t end) {
  std::vector<Finding> findings;
  std::uint64_t at = place.data_start;
  while (at < end) {
    Finding finding{.begin = at};
    const auto header = header_at(file, place, at);
    if (header) {
      finding.durable = header->durable_end;
    }
    if (header && at + frame_header_bytes <= end &&
        header->body_bytes <= end - at - frame_header_bytes) {
      finding.header = *header;
      finding.end = at + frame_header_bytes + header->body_bytes;
      finding.what =
          is_body_good(file, place, finding) ? Finding::What::whole : Finding::What::bad_body;
    } else {
      finding.end = find_header(file, place, at + 1, end);
    }
    at = finding.end;
    findings.push_back(finding);
  }
  return findings;
}

// Whether a block of the frame holds records of which `noted` says that they were durable.
bool is_noted(const ScanTask& task, const Finding& frame) {
  std::uint64_t at = frame.begin + frame_header_bytes;
  for (std::uint32_t i = 0; i < frame.header.blocks; ++i) {
    const auto block = block_header_at(task.file, task.place, at, frame.end);
    if (!block) {
      return false;
    }
    if (block->end() <= state_of(task.noted, block->shard).next) {
      return true;
    }
    at += block_header_bytes + block->content_bytes();
  }
  return false;
}

// Whether the frame holds records that others took the place of.
bool was_refused(const ScanTask& task, const Finding& frame) {
  std::uint64_t at = frame.begin + frame_header_bytes;
  for (std::uint32_t i = 0; i < frame.header.blocks; ++i) {
    const auto block = block_header_at(task.file, task.place, at, frame.end);
    if (!block) {
      return false;
    }
    if (block->shard.value < task.behind.size() &&
        block->first >= task.behind[block->shard.value].next) {
      return true;
    }
    at += block_header_bytes + block->content_bytes();
  }
  return false;
}

// The second pass: keeps the books while findings are taken over.
class Builder {
 public:
  Builder(const ScanTask& task, SegmentScan& scan) : task_(task), scan_(scan) {
    scan_.finish = task.start;
    for (const ShardState& state : task.start) {
      scan_.last_arrival = std::max(scan_.last_arrival, state.last_arrival);
    }
  }

  void take_whole(const Finding& frame) {
    scan_.digest = frame_digest(scan_.digest, slice(task_.file, frame.begin, frame_header_bytes));
    scan_.last_arrival = std::max(scan_.last_arrival, frame.header.arrival);
    scan_.ends_with_marker = frame.header.kind == FrameKind::marker;
    if (scan_.ends_with_marker) {
      const auto states = decode_marker_body(
          slice(task_.file, frame.begin + frame_header_bytes, frame.header.body_bytes));
      SLUICE_CHECK(states.has_value());
      reach(*states);
      return;
    }
    if (!take_blocks(frame)) {
      note(frame.begin, frame.end, "a frame's ordinals go back");
    } else if (task_.on_frame) {
      task_.on_frame(frame.header, blocks_);
    }
  }

  // A frame whose header holds: as many of its blocks as hold are kept.
  void take_damaged_frame(const Finding& frame) {
    scan_.digest = frame_digest(scan_.digest, slice(task_.file, frame.begin, frame_header_bytes));
    scan_.ends_with_marker = false;
    note(frame.begin, frame.end, "a frame's body does not match its checksum");
    if (frame.header.kind == FrameKind::data && !take_blocks(frame)) {
      hide(frame.begin, frame.end);
    }
  }

  void take_damaged_bytes(const Finding& bytes) {
    scan_.ends_with_marker = false;
    note(bytes.begin, bytes.end, "no frame can be read here");
    hide(bytes.begin, bytes.end);
  }

  // Where every shard is known to stand; records short of that were in damaged bytes.
  void reach(const ShardStates& states) {
    for (std::uint32_t shard = 0; shard < states.size(); ++shard) {
      advance(ShardIndex(shard), states[shard].next);
      ShardState& state = state_at(scan_.finish, ShardIndex(shard));
      state.last_arrival = std::max(state.last_arrival, states[shard].last_arrival);
    }
    if (states.size() >= scan_.finish.size()) {
      hidden_everywhere_ = 0;
    }
  }

  // Damaged bytes may have held records nobody names any more: the ordinals they can have had are
  // given up, for every shard not heard of since.
  void close() {
    if (hidden_records_max_ == 0) {
      return;
    }
    const std::size_t shards = std::max(scan_.finish.size(), std::size_t{1});
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
      if (seen(ShardIndex(shard)) < hidden_everywhere_) {
        const Ordinal next = state_of(scan_.finish, ShardIndex(shard)).next;
        advance(ShardIndex(shard), next + hidden_records_max_);
      }
    }
  }

 private:
  std::uint64_t& seen(ShardIndex shard) {
    if (shard.value >= seen_.size()) {
      seen_.resize(shard.value + 1, 0);
    }
    return seen_[shard.value];
  }

  void note(std::uint64_t begin, std::uint64_t end, const char* what) {
    scan_.damages.push_back({.file = {}, .offset = begin, .bytes = end - begin, .what = what});
  }

  // Bytes that may have held blocks of any shard.
  void hide(std::uint64_t begin, std::uint64_t end) {
    hidden_everywhere_ = ++hidden_count_;
    hidden_at_ = begin;
    hidden_records_max_ += (end - begin) / record_bytes_min + 1;
  }

  // The shard's next record is `next`; what lies between was in hidden bytes, if there are any.
  void advance(ShardIndex shard, Ordinal next) {
    ShardState& state = state_at(scan_.finish, shard);
    if (state.next < next && seen(shard) < hidden_count_) {
      scan_.index.add_lost(
          {.shard = shard, .first = state.next, .next = next, .file_offset = hidden_at_});
    }
    state.next = std::max(state.next, next);
    seen(shard) = hidden_count_;
  }

  // False if a block's header is bad, so that the rest of the frame is unknown.
  bool take_blocks(const Finding& frame) {
    std::uint64_t at = frame.begin + frame_header_bytes;
    blocks_.clear();
    for (std::uint32_t i = 0; i < frame.header.blocks; ++i) {
      const auto block = block_header_at(task_.file, task_.place, at, frame.end);
      if (!block || block->first < state_of(scan_.finish, block->shard).next) {
        return false;
      }
      advance(block->shard, block->first);
      blocks_.push_back(*block);
      const std::uint64_t bytes = block_header_bytes + block->content_bytes();
      if (is_content_good(task_.file, at, *block)) {
        scan_.index.add({.shard = block->shard,
                         .first = block->first,
                         .records = block->records,
                         .begin = at,
                         .bytes = bytes,
                         .arrival = block->arrival});
      } else {
        scan_.index.add_lost({.shard = block->shard,
                              .first = block->first,
                              .next = block->end(),
                              .file_offset = at});
      }
      ShardState& state = state_at(scan_.finish, block->shard);
      state.next = block->end();
      state.last_arrival = std::max(state.last_arrival, block->arrival);
      at += bytes;
    }
    return true;
  }

  const ScanTask& task_;
  SegmentScan& scan_;
  std::vector<BlockHeader> blocks_;  // of the frame taken last
  std::vector<std::uint64_t> seen_;  // by shard: how many hidden stretches lay before its last news
  std::uint64_t hidden_count_ = 0;
  std::uint64_t hidden_everywhere_ = 0;  // the last stretch not settled for every shard
  std::uint64_t hidden_records_max_ = 0;
  std::uint64_t hidden_at_ = 0;
};

}  // namespace

SegmentScan scan_segment(const ScanTask& task) {
  const SegmentPlace& place = task.place;
  const std::uint64_t size = task.file.size();
  const std::uint64_t end =
      task.end ? std::min(size, place.file_offset(*task.end)) : std::max(size, place.data_start);
  std::vector<Finding> findings;
  if (size > place.data_start) {
    findings = find_frames(task.file, place, end);
  }
  LogOffset durable = task.end.value_or(place.base);
  for (const Finding& finding : findings) {
    durable = std::max(durable, finding.durable);
    if (finding.what != Finding::What::bad_bytes && is_noted(task, finding)) {
      durable = std::max(durable, place.log_offset(finding.end));
    }
  }

  SegmentScan scan;
  Builder builder(task, scan);
  std::uint64_t kept = place.data_start;
  for (const Finding& finding : findings) {
    const bool is_durable = place.log_offset(finding.begin) < durable;
    if (finding.what == Finding::What::whole && was_refused(task, finding)) {
      break;
    }
    if (finding.what == Finding::What::whole) {
      builder.take_whole(finding);
    } else if (!is_durable) {
      break;
    } else if (finding.what == Finding::What::bad_body) {
      builder.take_damaged_frame(finding);
    } else {
      builder.take_damaged_bytes(finding);
    }
    kept = finding.end;
  }
  if (task.end && kept < place.file_offset(*task.end)) {
    builder.take_damaged_bytes({.begin = kept, .end = place.file_offset(*task.end)});
    kept = place.file_offset(*task.end);
  }
  if (task.next) {
    builder.reach(*task.next);
  }
  builder.close();
  scan.end = place.log_offset(kept);
  scan.known_durable = std::min(durable, scan.end);
  scan.tail_bytes = size > kept ? size - kept : 0;
  return scan;
}

std::optional<SegmentPlace> find_place(ByteView file) {
  char magic[4];
  store_le(magic, frame_magic);
  std::size_t at = 0;
  while ((at = file.find(ByteView(magic, 4), at)) != ByteView::npos) {
    if (const auto header = decode_frame_header(file.substr(at))) {
      return SegmentPlace{
          .incarnation = header->segment_incarnation, .base = header->offset, .data_start = at};
    }
    ++at;
  }
  return std::nullopt;
}

}  // namespace sluice::stream
