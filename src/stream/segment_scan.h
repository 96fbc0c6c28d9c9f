// Reading a segment from end to end: what is whole, what is damaged, where a torn tail begins.
//
// Used for the last segment at start, and for a sealed one whose footer is gone.  The rule: bytes
// that are wrong below the known durable end are damage and stay; from the first wrong byte at or
// above it on, the file is a torn tail.  The known durable end is the greatest one that any valid
// frame header or the next segment names.
#pragma once

#include "base/bytes.h"
#include "stream/frame.h"
#include "stream/segment.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sluice::stream {

// Wrong bytes below the durable end.
struct Damage {
  std::string file;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::string what;
};

struct SegmentScan {
  SegmentIndex index;
  ShardStates finish;        // where every shard stands after the last frame kept
  LogOffset end;             // of the last frame kept
  LogOffset known_durable;   // at most `end`
  std::uint32_t digest = 0;  // of the frames kept, see frame_digest()
  bool ends_with_marker = false;
  UnixMillis last_arrival{};     // of any frame
  std::uint64_t tail_bytes = 0;  // behind `end`: a torn tail or a footer
  std::vector<Damage> damages;   // `file` is left empty
};

struct ScanTask {
  ByteView file;  // all of it
  SegmentPlace place;
  ShardStates start;                  // from the segment's header
  std::optional<LogOffset> end{};     // where the next segment says this one ends
  std::optional<ShardStates> next{};  // where the next segment says every shard stood
  ShardStates noted{};                // somebody else knows that every record below was durable
  ShardStates behind{};  // records from there on lie in later segments: here they were refused

  // Told of each data frame that is kept and whole, in order.
  std::function<void(const FrameHeader& frame, std::span<const BlockHeader> blocks)> on_frame{};
};

SegmentScan scan_segment(const ScanTask& task);

// The first place in `file` where a frame header stands that vouches for itself, for segments whose
// own header is unreadable.
std::optional<SegmentPlace> find_place(ByteView file);

}  // namespace sluice::stream
