// What happens when a log is opened: which files belong to it, where each segment ends, what of the
// last one is whole.  Sealed segments are taken at their word until somebody reads them.
#include "base/check.h"
#include "base/count_text.h"
#include "stream/log_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace sluice::stream {

namespace {

constexpr Ordinal ordinal_max(~std::uint64_t{0});
constexpr std::size_t header_read_bytes = 4096;  // holds the header of a stream of up to 248 shards

Result<Bytes> read_part(const File& file, std::uint64_t offset, std::uint64_t count) {
  Bytes bytes;
  SLUICE_TRY_DO(file.read_at(offset, static_cast<std::size_t>(count), bytes));
  return bytes;
}

// A segment file as it was found.
struct Candidate {
  std::uint64_t number = 0;
  std::string path;
  std::uint64_t size = 0;
  std::shared_ptr<File> file{};
  std::optional<SegmentHeader> header{};  // empty: unreadable
  std::optional<SegmentTrailer> trailer{};
};

Result<Candidate> look_at(LogState& log, std::uint64_t number) {
  Candidate found{.number = number, .path = join_path(log.directory, segment_file_name(number))};
  SLUICE_TRY(file, log.files.open(found.path, OpenMode::write));
  found.file = std::move(file);
  SLUICE_TRY(size, found.file->size());
  found.size = size;
  SLUICE_TRY(head, read_part(*found.file, 0, header_read_bytes));
  const auto wanted = peek_segment_header_bytes(head);
  if (wanted && *wanted > head.size()) {
    SLUICE_TRY(whole, read_part(*found.file, 0, *wanted));
    head = std::move(whole);
  }
  found.header = decode_segment_header(head);
  if (found.header && found.header->stream != log.stream) {
    return fail(Fault::corrupt,
                fmt::format("{} belongs to stream {}, not to {}: the folder was moved or copied; "
                            "put it back under its own name",
                            found.path,
                            to_hex(found.header->stream),
                            to_hex(log.stream)));
  }
  if (found.header && found.header->number != number) {
    found.header.reset();
  }
  if (size >= segment_trailer_bytes) {
    SLUICE_TRY(tail, read_part(*found.file, size - segment_trailer_bytes, segment_trailer_bytes));
    found.trailer = decode_trailer(tail);
    if (found.trailer && (found.trailer->stream != log.stream || found.trailer->number != number)) {
      found.trailer.reset();
    }
  }
  return found;
}

Result<std::vector<Candidate>> find_segments(LogState& log) {
  SLUICE_TRY(entries, log.files.list(log.directory));
  std::vector<std::uint64_t> numbers;
  for (const DirectoryEntry& entry : entries) {
    const auto number = parse_segment_file_name(entry.name);
    if (number && !entry.is_directory) {
      numbers.push_back(*number);
    }
  }
  std::ranges::sort(numbers);
  std::vector<Candidate> found;
  for (const std::uint64_t number : numbers) {
    SLUICE_TRY(candidate, look_at(log, number));
    found.push_back(std::move(candidate));
  }
  return found;
}

void report_damage(LogState& log, Damage damage) {
  log.recovery.damages.push_back(damage);
  log.damages.push_back(std::move(damage));
}

// Copies the end of a file to one beside it.  Empty if that fails.
std::string keep_aside(LogState& log,
                       const std::string& path,
                       std::uint64_t offset,
                       ByteView bytes) {
  const std::string aside = fmt::format("{}.{}.torn", path, offset);
  auto file = log.files.open(aside, OpenMode::write_or_create);
  const bool is_kept = file && (*file)->truncate(0) && (*file)->write_at(0, bytes) &&
                       (*file)->sync() && log.files.sync_directory(log.directory);
  if (!is_kept) {
    static_cast<void>(log.files.remove(aside));
    return {};
  }
  return aside;
}

// A last file whose beginning was never synced: a crash met the beginning of a segment, so it holds
// nothing.  True if that is what it is; it is then gone.  (One that was noted to be whole is gone
// too; find_loss() tells of it.)
Result<bool> drop_unborn(LogState& log, const Candidate& last) {
  SLUICE_TRY(bytes, read_part(*last.file, 0, last.size));
  if (last.header || last.trailer || find_place(bytes)) {
    return false;
  }
  const std::string aside = bytes.empty() ? std::string() : keep_aside(log, last.path, 0, bytes);
  SLUICE_TRY_DO(log.files.remove(last.path));
  SLUICE_TRY_DO(log.files.sync_directory(log.directory));
  if (last.number > log.segment_noted) {
    log.recovery.torn.push_back(
        {.file = last.path, .offset = 0, .bytes = last.size, .kept_in = aside});
  }
  return true;
}

// The state of the shards and the end of the segment found so far as the last.
struct Chain {
  LogOffset end;
  ShardStates finish;
};

// What the segment would have said of itself, for one whose header is unreadable.
Result<SegmentHeader> restore_header(LogState& log,
                                     const Candidate& found,
                                     const Chain* before,
                                     SegmentPlace& place) {
  if (found.trailer) {
    place = found.trailer->place;
  } else {
    SLUICE_TRY(bytes, read_part(*found.file, 0, found.size));
    place = find_place(bytes).value_or(
        SegmentPlace{.base = before ? before->end : LogOffset(0), .data_start = found.size});
    // The frames between the predecessor's end and the first one found were damaged with the
    // header.
    if (before && before->end < place.base &&
        place.base - before->end <=
            place.data_start - std::min<std::uint64_t>(place.data_start, segment_header_bytes)) {
      place.data_start -= place.base - before->end;
      place.base = before->end;
    }
  }
  report_damage(log,
                {.file = found.path,
                 .offset = 0,
                 .bytes = place.data_start,
                 .what = "the segment's header does not match its checksum"});
  return SegmentHeader{.stream = log.stream,
                       .number = found.number,
                       .incarnation = place.incarnation,
                       .base = place.base,
                       .created = {},
                       .predecessor = {},
                       .start = before ? before->finish : ShardStates()};
}

ShardStates padded(ShardStates states, std::size_t shards) {
  states.resize(std::max(states.size(), shards));
  return states;
}

SegmentPtr make_segment(const Candidate& found,
                        const SegmentHeader& header,
                        SegmentPlace place,
                        std::size_t shards,
                        bool gap_before) {
  return std::make_shared<Segment>(Segment{.number = found.number,
                                           .path = found.path,
                                           .place = place,
                                           .start = padded(header.start, shards),
                                           .gap_before = gap_before,
                                           .end = place.base,
                                           .file_bytes = found.size});
}

ShardStates noted_states(const LogMemory& memory) {
  ShardStates states;
  for (const ShardPosition& shard :
       memory.position ? memory.position->shards : std::vector<ShardPosition>()) {
    states.push_back({.next = shard.next, .last_arrival = {}});
  }
  return states;
}

void lower(ShardStates& states, std::uint32_t shard, Ordinal bound) {
  if (shard < states.size()) {
    states[shard].next = std::min(states[shard].next, bound);
  }
}

// The first records that a segment without a header holds of each shard, into `states` where they
// are lower.
Result<void> lower_to_content(const Candidate& found, ShardStates& states) {
  SLUICE_TRY(bytes, read_part(*found.file, 0, found.size));
  const auto place = found.trailer ? std::optional(found.trailer->place) : find_place(bytes);
  if (!place) {
    return {};
  }
  const auto end = found.trailer ? std::optional(found.trailer->end) : std::nullopt;
  const SegmentScan scan = scan_segment({.file = bytes, .place = *place, .start = {}, .end = end});
  for (std::uint32_t shard = 0; shard < scan.index.shards(); ++shard) {
    const auto runs = scan.index.runs(ShardIndex(shard));
    if (!runs.empty()) {
      lower(states, shard, runs.front().first);
    }
  }
  return {};
}

// Where the records of the segments from `behind` on begin, as far as they tell.
Result<ShardStates> held_behind(const std::vector<Candidate>& found,
                                std::size_t behind,
                                std::size_t shards) {
  ShardStates states(shards, ShardState{.next = ordinal_max, .last_arrival = {}});
  for (std::size_t i = behind; i < found.size(); ++i) {
    if (!found[i].header) {
      SLUICE_TRY_DO(lower_to_content(found[i], states));
      continue;
    }
    for (std::uint32_t shard = 0; shard < states.size(); ++shard) {
      lower(states, shard, state_of(found[i].header->start, ShardIndex(shard)).next);
    }
    break;
  }
  return states;
}

// Where a segment ends whose successor's header does not say so.
Result<Chain> end_of(LogState& log,
                     const std::vector<Candidate>& all,
                     std::size_t position,
                     const LogMemory& memory) {
  const Candidate& found = all[position];
  const Candidate& behind = all[position + 1];
  Segment& segment = *log.segments.back();
  SLUICE_TRY(bytes, read_part(*found.file, 0, found.size));
  // What was refused bears numbers that were given again behind it.
  SLUICE_TRY(behind_it, held_behind(all, position + 1, memory.floors.size()));
  ShardStates noted = noted_states(memory);
  for (std::uint32_t shard = 0; shard < noted.size(); ++shard) {
    lower(noted, shard, shard < behind_it.size() ? behind_it[shard].next : ordinal_max);
  }
  if (found.trailer) {
    segment.end = found.trailer->end;
  } else if (behind.trailer && behind.number == found.number + 1) {
    segment.end = behind.trailer->place.base;
  } else {
    segment.end = scan_segment({.file = bytes,
                                .place = segment.place,
                                .start = segment.start,
                                .end = {},
                                .next = {},
                                .noted = std::move(noted),
                                .behind = std::move(behind_it)})
                      .end;
  }
  SLUICE_TRY(loaded, load_index(log.files, log.stream, segment, segment.end, std::nullopt));
  return Chain{.end = segment.end, .finish = std::move(loaded.finish)};
}

// Where shards stand at the beginning of a segment whose header is gone is a guess where damage
// before it hides how many ordinals it took.  No shard stands behind the first record of it that
// the segment holds, nor behind where a later segment says it stood then.
void lower_starts_to_the_next(LogState& log) {
  for (std::size_t i = log.segments.size(); i-- > 1;) {
    const ShardStates& next = log.segments[i]->start;
    ShardStates& start = log.segments[i - 1]->start;
    for (std::uint32_t shard = 0; shard < start.size(); ++shard) {
      start[shard].next = std::min(start[shard].next, state_of(next, ShardIndex(shard)).next);
    }
  }
}

// Puts the segments found in a row and checks that each names the one before.
Result<void> link_segments(LogState& log, std::vector<Candidate>& found, const LogMemory& memory) {
  const std::size_t shards = memory.floors.size();
  bool is_guessed = false;  // where a segment begins
  for (std::size_t i = 0; i < found.size(); ++i) {
    Candidate& candidate = found[i];
    Segment* before = log.segments.empty() ? nullptr : log.segments.back().get();
    std::optional<Chain> chain;
    SegmentPlace place;
    if (!candidate.header) {
      if (before) {
        SLUICE_TRY(end, end_of(log, found, i - 1, memory));
        chain = std::move(end);
      }
      SLUICE_TRY(header, restore_header(log, candidate, chain ? &*chain : nullptr, place));
      // What is between the two is lost, where the shards' beginnings say that there was anything.
      log.segments.push_back(make_segment(candidate, header, place, shards, before != nullptr));
      SLUICE_TRY_DO(lower_to_content(candidate, log.segments.back()->start));
      is_guessed = true;
      continue;
    }
    const SegmentHeader& header = *candidate.header;
    place = {.incarnation = header.incarnation,
             .base = header.base,
             .data_start = encode_segment_header(header).size()};
    bool gap = false;
    if (before) {
      const bool is_next = header.predecessor.number == before->number &&
                           header.predecessor.incarnation == before->place.incarnation;
      gap = !is_next;
      if (is_next) {
        before->end = header.predecessor.end;
        before->digest = header.predecessor.digest;
      } else {
        SLUICE_TRY(end, end_of(log, found, i - 1, memory));
        report_damage(
            log,
            {.file = candidate.path,
             .offset = 0,
             .bytes = 0,
             .what = fmt::format("segment {} before it is missing", header.predecessor.number)});
      }
    }
    log.segments.push_back(make_segment(candidate, header, place, shards, gap));
  }
  if (is_guessed) {
    lower_starts_to_the_next(log);
  }
  return {};
}

// How much of the segment before the last is read for the requests it took.
constexpr std::uint64_t recall_bytes_max = std::uint64_t{4} << 20;

// Remembers the requests of frames as a scan meets them.
auto recall_into(LogState& log) {
  return [&log](const FrameHeader& frame, std::span<const BlockHeader> blocks) {
    std::vector<RecentRequests::Block> places;
    places.reserve(blocks.size());
    for (const BlockHeader& block : blocks) {
      places.push_back({.shard = block.shard,
                        .records = block.records,
                        .first = block.first,
                        .arrival = block.arrival});
    }
    log.recent.stage(frame.request, std::move(places));
    log.recent.keep_staged();
  };
}

// The requests of a segment that is not scanned: those of its end.
Result<void> recall_requests(LogState& log, const Segment& segment, const File& file) {
  const std::uint64_t end = segment.place.file_offset(segment.end);
  const std::uint64_t begin =
      std::max(segment.place.data_start, end - std::min(end, recall_bytes_max));
  if (begin >= end) {
    return {};
  }
  SLUICE_TRY(bytes, read_part(file, begin, end - begin));
  // Where the first frame begins that belongs to this place; a record may look like one of another.
  std::size_t skipped = 0;
  while (const auto place = find_place(ByteView(bytes).substr(skipped))) {
    const std::size_t at = skipped + static_cast<std::size_t>(place->data_start);
    if (place->incarnation == segment.place.incarnation &&
        place->base == segment.place.log_offset(begin + at)) {
      scan_segment(
          {.file = bytes,
           .place = {.incarnation = place->incarnation, .base = place->base, .data_start = at},
           .start = {},
           .end = segment.end,
           .next = {},
           .noted = {},
           .behind = {},
           .on_frame = recall_into(log)});
      return {};
    }
    skipped = at + 1;
  }
  return {};
}

// Cuts what lies behind the kept frames of the last segment.
Result<void> cut_tail(LogState& log, Segment& segment, const SegmentScan& scan, ByteView bytes) {
  const std::uint64_t offset = segment.place.file_offset(scan.end);
  if (scan.tail_bytes > 0) {
    log.recovery.torn.push_back(
        {.file = segment.path,
         .offset = offset,
         .bytes = scan.tail_bytes,
         .kept_in = keep_aside(
             log, segment.path, offset, bytes.substr(static_cast<std::size_t>(offset)))});
    SLUICE_TRY_DO(segment.file->truncate(offset));
  }
  if (scan.tail_bytes > 0 || !scan.ends_with_marker) {
    SLUICE_TRY_DO(segment.file->sync());
  }
  segment.file_bytes = offset;
  return {};
}

// Scans the last segment and takes over where the log stands.
Result<void> finish_last(LogState& log, const Candidate& last, const LogMemory& memory) {
  const SegmentPtr& segment = log.segments.back();
  if (last.trailer && last.trailer->place == segment->place) {
    segment->end = last.trailer->end;
    segment->digest = last.trailer->digest;
    SLUICE_TRY(loaded, load_index(log.files, log.stream, *segment, segment->end, std::nullopt));
    for (Damage& damage : loaded.damages) {
      report_damage(log, std::move(damage));
    }
    segment->index = std::move(loaded.index);
    segment->file = std::move(loaded.file);
    SLUICE_TRY_DO(recall_requests(log, *segment, *segment->file));
    log.durable = padded(std::move(loaded.finish), segment->start.size());
    log.durable_end = segment->end;
    return {};
  }
  SLUICE_TRY(bytes, read_part(*last.file, 0, last.size));
  SegmentScan scan = scan_segment({.file = bytes,
                                   .place = segment->place,
                                   .start = segment->start,
                                   .end = {},
                                   .next = {},
                                   .noted = noted_states(memory),
                                   .behind = {},
                                   .on_frame = recall_into(log)});
  for (Damage& damage : scan.damages) {
    damage.file = segment->path;
    report_damage(log, std::move(damage));
  }
  segment->file = last.file;
  SLUICE_TRY_DO(cut_tail(log, *segment, scan, bytes));
  segment->end = scan.end;
  segment->digest = scan.digest;
  segment->index = std::make_shared<SegmentIndex>(std::move(scan.index));
  log.active = segment;
  log.is_marked = scan.ends_with_marker || scan.end == segment->place.base;
  log.last_write = scan.last_arrival;
  log.durable = std::move(scan.finish);
  log.durable_end = scan.end;
  for (std::uint32_t shard = 0; shard < segment->index->shards(); ++shard) {
    const auto runs = segment->index->runs(ShardIndex(shard));
    if (!runs.empty() &&
        (log.active_since == UnixMillis{} || runs.front().first_arrival < log.active_since)) {
      log.active_since = runs.front().first_arrival;
    }
  }
  return {};
}

}  // namespace

Result<LoadedIndex> load_index(FileSystem& files,
                               const StreamIncarnation& stream,
                               const Segment& segment,
                               LogOffset end,
                               const std::optional<ShardStates>& next) {
  SLUICE_TRY(opened, files.open(segment.path, OpenMode::read));
  std::shared_ptr<File> file = std::move(opened);
  SLUICE_TRY(size, file->size());
  const std::uint64_t frames_end = segment.place.file_offset(end);
  const bool has_tail = size > frames_end;
  if (has_tail) {
    SLUICE_TRY(tail, read_part(*file, frames_end, size - frames_end));
    auto footer = decode_footer(tail);
    if (footer && footer->trailer.stream == stream && footer->trailer.number == segment.number &&
        footer->trailer.place == segment.place && footer->trailer.end == end) {
      return LoadedIndex{.index = std::make_shared<SegmentIndex>(std::move(footer->index)),
                         .finish = std::move(footer->finish),
                         .file = std::move(file),
                         .damages = {}};
    }
  }
  SLUICE_TRY(bytes, read_part(*file, 0, size));
  SegmentScan scan = scan_segment(
      {.file = bytes, .place = segment.place, .start = segment.start, .end = end, .next = next});
  if (has_tail) {
    scan.damages.push_back({.file = {},
                            .offset = frames_end,
                            .bytes = size - frames_end,
                            .what = "the footer does not match its checksum; all frames were read "
                                    "instead"});
  }
  for (Damage& damage : scan.damages) {
    damage.file = segment.path;
  }
  return LoadedIndex{.index = std::make_shared<SegmentIndex>(std::move(scan.index)),
                     .finish = std::move(scan.finish),
                     .file = std::move(file),
                     .damages = std::move(scan.damages)};
}

namespace {

// A segment takes no round once it is this full, a round is no longer than the longest frame, and
// no record is shorter: so many can have come since a position was noted.
std::uint64_t records_since_note_max(const LogOptions& options) {
  return (options.segment_bytes + frame_body_bytes_max) / record_bytes_min;
}

// Compares what was found with what was noted while the files were whole.  On a loss the log goes
// on in a new segment, above every ordinal that can have been given.
void find_loss(LogState& log, const LogPosition& noted) {
  for (const ShardPosition& shard : noted.shards) {
    log.unused.push_back(shard.unused);
  }
  log.durable = padded(std::move(log.durable), noted.shards.size());
  const auto noted_next = [&noted](std::size_t shard) {
    return shard < noted.shards.size() ? noted.shards[shard].next : first_ordinal;
  };
  const std::uint64_t last = log.segments.empty() ? 0 : log.segments.back()->number;
  std::uint64_t lost = 0;
  for (std::size_t shard = 0; shard < log.durable.size(); ++shard) {
    const Ordinal next = log.durable[shard].next;
    log.is_noted = log.is_noted && next == noted_next(shard);
    lost += next < noted_next(shard) ? noted_next(shard) - next : 0;
  }
  const bool is_missing = last < noted.segment;
  if (!is_missing && lost == 0) {
    return;
  }
  const std::uint64_t number = is_missing ? noted.segment : last;
  const std::string path = join_path(log.directory, segment_file_name(number));
  report_damage(
      log,
      {.file = path,
       .offset = is_missing ? 0 : log.segments.back()->place.file_offset(log.durable_end),
       .bytes = 0,
       .what = fmt::format("{}: {} that had been acknowledged {} lost, and what came after the "
                           "stream's last idle second",
                           is_missing ? "the file is missing or empty" : "the file ends too early",
                           counted(lost, "record", "records"),
                           lost == 1 ? "is" : "are")});
  if (log.active) {
    seal_active(log);
  }
  log.unused.resize(log.durable.size());
  for (std::size_t shard = 0; shard < log.durable.size(); ++shard) {
    const Ordinal from = std::max(log.durable[shard].next, noted_next(shard));
    log.unused[shard] = {.first = from, .next = from + records_since_note_max(log.options)};
    log.durable[shard].next = log.unused[shard].next;
  }
}

}  // namespace

Result<void> recover_log(LogState& log, UnixMillis now, const LogMemory& memory) {
  SLUICE_CHECK(log.segments.empty());
  log.segment_noted = memory.position ? memory.position->segment : 0;
  if (!log.files.exists(log.directory)) {
    SLUICE_TRY_DO(log.files.create_directories(log.directory));
  }
  SLUICE_TRY(found, find_segments(log));
  if (!found.empty() && !found.back().header) {
    SLUICE_TRY(is_unborn, drop_unborn(log, found.back()));
    if (is_unborn) {
      found.pop_back();
    }
  }
  const std::size_t shards = memory.floors.size();
  if (!found.empty()) {
    SLUICE_TRY_DO(link_segments(log, found, memory));
    if (found.size() > 1) {
      SLUICE_TRY_DO(
          recall_requests(log, *log.segments[found.size() - 2], *found[found.size() - 2].file));
    }
    SLUICE_TRY_DO(finish_last(log, found.back(), memory));
  }
  log.durable = padded(std::move(log.durable), shards);
  if (memory.position) {
    find_loss(log, *memory.position);
  }
  for (std::size_t shard = 0; shard < shards; ++shard) {
    log.durable[shard].next = std::max(log.durable[shard].next, memory.floors[shard]);
  }
  log.tentative = log.durable;
  if (log.segments.empty()) {
    SLUICE_TRY_DO(begin_segment(log, now));
  }
  return {};
}

}  // namespace sluice::stream
