// The writer's side of a log; readers are in log_reader.cc, what happens at start in
// log_recovery.cc.
#include "stream/log.h"

#include "base/check.h"
#include "stream/log_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::stream {

namespace {

void drop_round(LogState& log) {
  for (const SegmentIndex::Block& block : log.round.blocks) {
    state_at(log.tentative, block.shard) = state_of(log.durable, block.shard);
  }
  log.round = {};
  log.recent.drop_staged();
}

// The active segment takes no more; what it holds above its durable end never counts, because the
// next segment's header will name that end.
void give_up_active(LogState& log) {
  SLUICE_CHECK(log.active != nullptr);
  static_cast<void>(log.active->file->truncate(log.active->place.file_offset(log.active->end)));
  log.active = nullptr;
}

// By record, from where the first record of each block went.
AppendReceipt receipt_of(std::span<const std::uint32_t> block_of_record,
                         std::vector<Placed> next_of_block) {
  AppendReceipt receipt;
  receipt.records.reserve(block_of_record.size());
  for (const std::uint32_t block : block_of_record) {
    receipt.records.push_back(next_of_block[block]);
    ++next_of_block[block].ordinal;
  }
  return receipt;
}

// Which of the blocks each record of the draft went to when its request came first.  The same body
// goes to the same shards, unless those were split or merged since: then its hash key tells.
// Empty if the blocks are not those of such a request (two bodies of one digest).
std::vector<std::uint32_t> find_blocks(const FrameDraft& draft,
                                       std::span<const RecentRequests::Block> before,
                                       std::span<const HashRange> ranges) {
  const auto is_same = [](const RecentRequests::Block& then, const FrameDraft::Block& now) {
    return then.shard == now.header.shard && then.records == now.header.records;
  };
  if (std::ranges::equal(before, draft.blocks(), is_same)) {
    return draft.block_of_record();
  }
  std::vector<std::uint32_t> found;
  std::vector<std::uint32_t> records(before.size());
  for (const HashKey key : draft.hash_keys()) {
    const auto block = std::ranges::find_if(before, [&](const RecentRequests::Block& then) {
      return then.shard.value < ranges.size() && ranges[then.shard.value].contains(key);
    });
    if (block == before.end()) {
      return {};
    }
    found.push_back(static_cast<std::uint32_t>(block - before.begin()));
    ++records[found.back()];
  }
  return std::ranges::equal(before, records, {}, &RecentRequests::Block::records)
             ? found
             : std::vector<std::uint32_t>();
}

Result<void> create_segment_file(LogState& log,
                                 const std::string& path,
                                 ByteView header,
                                 std::shared_ptr<File>& out) {
  SLUICE_TRY(file, log.files.open(path, OpenMode::write_or_create));
  SLUICE_TRY_DO(file->truncate(0));
  SLUICE_TRY_DO(file->write_at(0, header));
  SLUICE_TRY_DO(file->sync());
  SLUICE_TRY_DO(log.files.sync_directory(log.directory));
  out = std::move(file);
  return {};
}

// Under the lock, or before there are readers.
void close_files(LogState& log) {
  for (const SegmentPtr& segment : log.segments) {
    segment->file = nullptr;
  }
  log.cache.clear();
}

}  // namespace

void seal_active(LogState& log) {
  SLUICE_CHECK(log.active != nullptr);
  SLUICE_CHECK(log.round.bytes.empty());
  Segment& segment = *log.active;
  log.active = nullptr;
  {
    const std::lock_guard lock(log.mutex);
    segment.last_use = ++log.use_count;
  }
  if (!open_file(log, segment)) {
    return;  // a segment without a footer is scanned when it is read; nothing is lost
  }
  const Bytes footer = encode_footer({.trailer = {.stream = log.stream,
                                                  .number = segment.number,
                                                  .place = segment.place,
                                                  .end = segment.end,
                                                  .digest = segment.digest},
                                      .index = *segment.index,
                                      .finish = log.durable});
  const std::uint64_t at = segment.place.file_offset(segment.end);
  const bool is_written = segment.file->write_at(at, footer).has_value();
  if (is_written && segment.file->sync()) {
    const std::lock_guard lock(log.mutex);
    segment.file_bytes = at + footer.size();
  } else {
    static_cast<void>(segment.file->truncate(at));
  }
}

Result<std::shared_ptr<File>> open_file(LogState& log, Segment& segment) {
  {
    const std::lock_guard lock(log.mutex);
    if (segment.file) {
      return segment.file;
    }
  }
  SLUICE_TRY(opened, log.files.open(segment.path, OpenMode::write));
  const std::lock_guard lock(log.mutex);
  if (!segment.file) {
    segment.file = std::move(opened);
  }
  return segment.file;
}

namespace {

LogPosition position_in(const LogState& log, std::uint64_t segment) {
  LogPosition position{.segment = segment, .shards = {}};
  position.shards.reserve(log.durable.size());
  for (std::size_t shard = 0; shard < log.durable.size(); ++shard) {
    position.shards.push_back(
        {.next = log.durable[shard].next,
         .unused = shard < log.unused.size() ? log.unused[shard] : OrdinalRange{}});
  }
  return position;
}

// Has `segment` and where all shards stand written down.
Result<void> note_position(LogState& log, std::uint64_t segment) {
  if (log.note) {
    SLUICE_TRY_DO(log.note(position_in(log, segment)));
  }
  log.segment_noted = segment;
  log.is_noted = true;
  return {};
}

bool is_idle(const LogState& log, UnixMillis now) {
  return now < log.last_write || now - log.last_write >= log.options.marker_after;
}

}  // namespace

Result<void> begin_segment(LogState& log, UnixMillis now) {
  SLUICE_CHECK(log.active == nullptr);
  SLUICE_CHECK(log.round.bytes.empty());
  SegmentHeader header{.stream = log.stream,
                       .number = 1,
                       .incarnation = log.random.next(),
                       .base = log.durable_end,
                       .created = now,
                       .predecessor = {},
                       .start = log.durable};
  if (!log.segments.empty()) {
    const Segment& last = *log.segments.back();
    SLUICE_CHECK(last.end == log.durable_end);
    header.number = last.number + 1;
    header.predecessor = {.number = last.number,
                          .incarnation = last.place.incarnation,
                          .end = last.end,
                          .digest = last.digest};
  }
  header.number = std::max(header.number, log.segment_noted + 1);
  const Bytes encoded = encode_segment_header(header);
  const std::string path = join_path(log.directory, segment_file_name(header.number));
  std::shared_ptr<File> file;
  if (auto created = create_segment_file(log, path, encoded, file); !created) {
    static_cast<void>(log.files.remove(path));
    return std::unexpected(std::move(created).error().within("beginning segment " + path));
  }
  // Noted once the file is there and before it takes records: a noted segment that is missing is
  // lost.  Nobody needs a note to know that the first one was begun.
  if (header.number > 1) {
    if (auto noted = note_position(log, header.number); !noted) {
      static_cast<void>(log.files.remove(path));
      return std::unexpected(std::move(noted).error().within("beginning segment " + path));
    }
  }
  const auto segment =
      std::make_shared<Segment>(Segment{.number = header.number,
                                        .path = path,
                                        .place = {.incarnation = header.incarnation,
                                                  .base = header.base,
                                                  .data_start = encoded.size()},
                                        .start = std::move(header.start),
                                        .gap_before = false,
                                        .end = header.base,
                                        .file_bytes = encoded.size(),
                                        .index = std::make_shared<SegmentIndex>(),
                                        .file = std::move(file)});
  const std::lock_guard lock(log.mutex);
  log.segments.push_back(segment);
  log.active = segment;
  drop_old_indexes(log, segment);  // nobody may be reading
  log.active_since = {};
  log.is_marked = true;  // the header names the durable end
  return {};
}

StreamLog::StreamLog(std::unique_ptr<LogState> state) : state_(std::move(state)) {}

StreamLog::~StreamLog() = default;

Result<std::unique_ptr<StreamLog>> StreamLog::open(FileSystem& files,
                                                   Random& random,
                                                   std::string directory,
                                                   const StreamIncarnation& stream,
                                                   UnixMillis now,
                                                   LogMemory memory,
                                                   const LogOptions& options) {
  auto state = std::make_unique<LogState>(files, random, std::move(directory), stream, options);
  state->note = std::move(memory.note);
  SLUICE_TRY_DO(recover_log(*state, now, memory));
  close_files(*state);
  return std::unique_ptr<StreamLog>(new StreamLog(std::move(state)));
}

const RecoveryReport& StreamLog::recovery() const {
  return state_->recovery;
}

const BlockCipher* StreamLog::cipher() const {
  return state_->cipher ? &*state_->cipher : nullptr;
}

const StreamIncarnation& StreamLog::stream() const {
  return state_->stream;
}

Result<void> StreamLog::prepare(UnixMillis now) {
  LogState& log = *state_;
  SLUICE_CHECK(log.round.bytes.empty());
  if (log.is_closed) {
    return fail(Fault::missing, "the stream of this log was deleted");
  }
  if (log.active && log.active->file_bytes >= log.options.segment_bytes) {
    seal_active(log);
  }
  if (!log.active) {
    SLUICE_TRY_DO(begin_segment(log, now));
  }
  SLUICE_TRY_DO(open_file(log, *log.active));
  log.round.end = log.durable_end;
  log.round.digest = log.active->digest;
  return {};
}

Result<void> StreamLog::disown_refused(UnixMillis now) {
  // A segment that was given up is disowned by the header of the next.  One that recovery has taken
  // over may have been cut without a sync.
  SLUICE_TRY_DO(prepare(now));
  return state_->active->file->sync();
}

std::optional<StreamLog::Repetition> StreamLog::find_repetition(const FrameDraft& draft) const {
  const LogState& log = *state_;
  const auto found = log.is_closed ? std::nullopt : log.recent.find(draft.request());
  if (!found) {
    return std::nullopt;
  }
  const std::vector<std::uint32_t> block_of_record = find_blocks(draft, found->blocks, log.ranges);
  if (block_of_record.empty()) {
    return std::nullopt;
  }
  std::vector<Placed> next_of_block;
  next_of_block.reserve(found->blocks.size());
  for (const RecentRequests::Block& before : found->blocks) {
    next_of_block.push_back(
        {.shard = before.shard, .ordinal = before.first, .arrival = before.arrival});
  }
  Repetition repetition{.receipt = receipt_of(block_of_record, std::move(next_of_block)),
                        .is_durable = found->is_durable};
  repetition.receipt.is_repeat = true;
  return repetition;
}

AppendReceipt StreamLog::stage(FrameDraft draft, UnixMillis now) {
  LogState& log = *state_;
  SLUICE_CHECK(log.active != nullptr);
  StagedRound& round = log.round;
  SLUICE_CHECK(round.end >= log.durable_end);
  const std::uint64_t begin = log.active->place.file_offset(round.end);
  std::vector<Placed> next_of_block;
  next_of_block.reserve(draft.blocks().size());
  std::vector<RecentRequests::Block> placed;
  placed.reserve(draft.blocks().size());
  for (std::size_t i = 0; i < draft.blocks().size(); ++i) {
    const FrameDraft::Block& block = draft.blocks()[i];
    ShardState& state = state_at(log.tentative, block.header.shard);
    const UnixMillis arrival = std::max(now, state.last_arrival);
    draft.set_block(i, state.next, arrival);
    next_of_block.push_back(
        {.shard = block.header.shard, .ordinal = state.next, .arrival = arrival});
    placed.push_back({.shard = block.header.shard,
                      .records = block.header.records,
                      .first = state.next,
                      .arrival = arrival});
    round.blocks.push_back({.shard = block.header.shard,
                            .first = state.next,
                            .records = block.header.records,
                            .begin = begin + block.position,
                            .bytes = block_header_bytes + block.header.content_bytes(),
                            .arrival = arrival});
    state = {.next = block.header.end(), .last_arrival = arrival};
  }
  AppendReceipt receipt = receipt_of(draft.block_of_record(), std::move(next_of_block));
  log.recent.stage(draft.request(), std::move(placed));
  round.records += draft.records();
  Bytes frame = std::move(draft).finish({.offset = round.end,
                                         .segment_incarnation = log.active->place.incarnation,
                                         .durable_end = log.durable_end,
                                         .arrival = now});
  round.digest = frame_digest(round.digest, frame);
  round.end = round.end + frame.size();
  receipt.end = round.end;
  if (round.bytes.empty()) {
    round.bytes = std::move(frame);
  } else {
    round.bytes += frame;
  }
  return receipt;
}

void StreamLog::set_ranges(std::vector<HashRange> ranges) {
  state_->ranges = std::move(ranges);
}

bool StreamLog::has_staged() const {
  return !state_->round.bytes.empty();
}

Result<void> StreamLog::write_staged() {
  LogState& log = *state_;
  SLUICE_CHECK(log.active != nullptr);
  SLUICE_CHECK(has_staged());
  const std::uint64_t at = log.active->place.file_offset(log.durable_end);
  auto written = log.active->file->write_at(at, log.round.bytes);
  if (written) {
    return {};
  }
  drop_round(log);
  // Synced, so that what was refused cannot come back after a power cut either.
  if (!log.active->file->truncate(at) || !log.active->file->sync()) {
    give_up_active(log);
    static_cast<void>(begin_segment(log, log.last_write));
  }
  return written;
}

Result<void> StreamLog::sync_staged(UnixMillis now) {
  LogState& log = *state_;
  SLUICE_CHECK(log.active != nullptr);
  SLUICE_CHECK(has_staged());
  if (auto synced = log.active->file->sync(); !synced) {
    drop_round(log);
    give_up_active(log);
    // At once, so that the refused frames are disowned before anybody hears of it; if that fails
    // too the next round tries again.
    static_cast<void>(begin_segment(log, now));
    return synced;
  }
  const std::uint64_t at = log.active->place.file_offset(log.durable_end);
  auto bytes = std::make_shared<const Bytes>(std::move(log.round.bytes));
  {
    const std::lock_guard lock(log.mutex);
    for (const SegmentIndex::Block& block : log.round.blocks) {
      log.active->index->add(block);
      state_at(log.durable, block.shard) = {.next = block.first + block.records,
                                            .last_arrival = block.arrival};
    }
    log.cache.add(log.active->number, at, bytes);
    log.active->end = log.round.end;
    log.active->digest = log.round.digest;
    log.active->file_bytes = at + bytes->size();
    log.durable_end = log.round.end;
  }
  if (!log.round.blocks.empty()) {
    log.active_since = log.active_since == UnixMillis{} ? now : log.active_since;
    log.is_noted = false;
  }
  log.is_marked = log.round.is_marker;
  log.last_write = now;
  log.round = {};
  log.recent.keep_staged();
  return {};
}

bool StreamLog::needs_mark(UnixMillis now, bool closing) const {
  const LogState& log = *state_;
  return !log.is_closed && !(log.is_marked && log.is_noted) && (closing || is_idle(log, now));
}

Result<void> StreamLog::mark(UnixMillis now) {
  LogState& log = *state_;
  if (log.is_closed || log.is_marked) {
    return {};
  }
  SLUICE_TRY_DO(prepare(now));
  if (log.is_marked) {
    return {};  // a new segment's header says the same
  }
  log.round.bytes = encode_marker({.offset = log.round.end,
                                   .segment_incarnation = log.active->place.incarnation,
                                   .durable_end = log.durable_end,
                                   .arrival = now},
                                  log.durable);
  log.round.digest = frame_digest(log.round.digest, log.round.bytes);
  log.round.end = log.round.end + log.round.bytes.size();
  log.round.is_marker = true;
  SLUICE_TRY_DO(write_staged());
  return sync_staged(now);
}

std::optional<LogPosition> StreamLog::unnoted() const {
  const LogState& log = *state_;
  if (log.is_closed || log.is_noted || !log.is_marked) {
    return std::nullopt;
  }
  return position_in(log, log.segments.back()->number);
}

void StreamLog::set_noted() {
  state_->segment_noted = state_->segments.back()->number;
  state_->is_noted = true;
}

void StreamLog::rest(UnixMillis now) {
  LogState& log = *state_;
  if (!log.is_marked || !is_idle(log, now)) {
    return;
  }
  const std::lock_guard lock(log.mutex);
  if (std::exchange(log.use_count_before, log.use_count) != log.use_count) {
    return;
  }
  close_files(log);
}

Result<void> StreamLog::roll_if_older(std::chrono::milliseconds age, UnixMillis now) {
  LogState& log = *state_;
  if (log.is_closed || !log.active || log.active_since == UnixMillis{} ||
      now - log.active_since < age) {
    return {};
  }
  seal_active(log);
  return begin_segment(log, now);
}

Result<void> StreamLog::roll_if_larger(std::uint64_t bytes, UnixMillis now) {
  LogState& log = *state_;
  if (log.is_closed || !log.active || log.active_since == UnixMillis{} ||
      log.active->file_bytes < bytes) {
    return {};
  }
  seal_active(log);
  return begin_segment(log, now);
}

namespace {

// Whether every record before `next` arrived before the time and is needed by nobody.
bool is_expired(const Segment& next, UnixMillis expired_before, std::span<const LowMarks> holders) {
  const bool is_old = std::ranges::all_of(
      next.start, [&](const ShardState& state) { return state.last_arrival < expired_before; });
  return is_old && std::ranges::all_of(holders, [&](const LowMarks& marks) {
           return std::ranges::all_of(marks, [&](const auto& mark) {
             return state_of(next.start, mark.first).next <= mark.second;
           });
         });
}

}  // namespace

Result<std::size_t> StreamLog::trim(UnixMillis expired_before,
                                    std::span<const LowMarks> holders,
                                    std::size_t segments_max) {
  LogState& log = *state_;
  std::size_t removed = 0;
  while (!log.is_closed && log.segments.size() > 1 && removed < segments_max &&
         is_expired(*log.segments[1], expired_before, holders)) {
    const SegmentPtr oldest = log.segments.front();
    {
      const std::lock_guard lock(log.mutex);
      log.segments.erase(log.segments.begin());
    }
    ++removed;
    // One name at a time: a crash between must not leave a hole in the row.
    SLUICE_TRY_DO(log.files.remove(oldest->path));
    SLUICE_TRY_DO(log.files.sync_directory(log.directory));
  }
  return removed;
}

std::optional<UnixMillis> StreamLog::trimmable(std::span<const LowMarks> holders) const {
  const LogState& log = *state_;
  if (log.is_closed || log.segments.size() < 2 ||
      !is_expired(*log.segments[1], UnixMillis::max(), holders)) {
    return std::nullopt;
  }
  const ShardStates& end = log.segments[1]->start;
  return std::ranges::max(end, {}, &ShardState::last_arrival).last_arrival;
}

std::uint64_t StreamLog::bytes_with_staged() const {
  return file_bytes() + state_->round.bytes.size();
}

void StreamLog::close() {
  LogState& log = *state_;
  SLUICE_CHECK(log.round.bytes.empty());
  log.active = nullptr;
  log.is_closed = true;
}

Ordinal StreamLog::tip(ShardIndex shard) const {
  const std::lock_guard lock(state_->mutex);
  return state_of(state_->durable, shard).next;
}

UnixMillis StreamLog::tip_arrival(ShardIndex shard) const {
  const std::lock_guard lock(state_->mutex);
  return state_of(state_->durable, shard).last_arrival;
}

std::uint32_t StreamLog::shards() const {
  const std::lock_guard lock(state_->mutex);
  return static_cast<std::uint32_t>(state_->durable.size());
}

Ordinal StreamLog::horizon(ShardIndex shard) const {
  const std::lock_guard lock(state_->mutex);
  return state_of(state_->segments.front()->start, shard).next;
}

OrdinalRange StreamLog::unused(ShardIndex shard) const {
  const std::lock_guard lock(state_->mutex);
  return shard.value < state_->unused.size() ? state_->unused[shard.value] : OrdinalRange{};
}

std::uint64_t StreamLog::cached_bytes() const {
  const std::lock_guard lock(state_->mutex);
  return state_->cache.bytes();
}

void StreamLog::limit_cache(std::uint64_t bytes) {
  const std::lock_guard lock(state_->mutex);
  state_->cache.limit(std::min(bytes, state_->options.cache_bytes));
}

LogOffset StreamLog::durable_end() const {
  const std::lock_guard lock(state_->mutex);
  return state_->durable_end;
}

std::vector<Damage> StreamLog::damages() const {
  const std::lock_guard lock(state_->mutex);
  return state_->damages;
}

namespace {

// Under the lock.
std::uint64_t file_bytes_of(const LogState& log) {
  std::uint64_t bytes = 0;
  for (const SegmentPtr& segment : log.segments) {
    bytes += segment->file_bytes;
  }
  return bytes;
}

}  // namespace

std::uint64_t StreamLog::file_bytes() const {
  const std::lock_guard lock(state_->mutex);
  return file_bytes_of(*state_);
}

LogTotals StreamLog::totals() const {
  const std::lock_guard lock(state_->mutex);
  LogTotals totals{.segments = state_->segments.size(), .file_bytes = file_bytes_of(*state_)};
  for (const SegmentPtr& segment : state_->segments) {
    totals.index_bytes += segment->index ? segment->index->memory_bytes() : 0;
  }
  for (std::uint32_t shard = 0; shard < state_->durable.size(); ++shard) {
    const Ordinal next = state_->durable[shard].next;
    const Ordinal first = state_of(state_->segments.front()->start, ShardIndex(shard)).next;
    const OrdinalRange unused =
        shard < state_->unused.size() ? state_->unused[shard] : OrdinalRange{};
    totals.records_written += next - first_ordinal - unused.count();
    totals.records += next - first - (first < unused.next ? unused.count() : 0);
  }
  return totals;
}

}  // namespace sluice::stream
