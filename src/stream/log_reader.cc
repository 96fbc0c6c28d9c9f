// The readers' side of a log: from an ordinal to the run that holds it, from there to the blocks.
#include "base/check.h"
#include "base/crc32c.h"
#include "stream/log_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::stream {

namespace {

// Where to look next.
struct Step {
  enum class Kind : std::uint8_t { tip, run, lost, load };

  Kind kind = Kind::tip;
  Ordinal at{};          // moved up to the first ordinal there is
  SegmentPtr segment{};  // not of tip
  std::shared_ptr<File> file{};
  IndexRun run{};
  LostRange lost{};
  LogOffset end{};                    // of load
  std::optional<ShardStates> next{};  // of load
};

Step load_step(const LogState& log, std::size_t position) {
  const SegmentPtr& segment = log.segments[position];
  Step step{.kind = Step::Kind::load, .segment = segment, .end = segment->end};
  if (position + 1 < log.segments.size()) {
    step.next = log.segments[position + 1]->start;
  }
  return step;
}

// The last segment that begins at or before `at`; the first one if all begin behind it.
std::size_t segment_of(const LogState& log, ShardIndex shard, Ordinal at) {
  const auto behind =
      std::ranges::upper_bound(log.segments, at, {}, [shard](const SegmentPtr& segment) {
        return state_of(segment->start, shard).next;
      });
  return behind == log.segments.begin()
             ? 0
             : static_cast<std::size_t>(behind - log.segments.begin()) - 1;
}

// Under the lock.
Step locate(LogState& log, ShardIndex shard, Ordinal from) {
  const Ordinal tip = state_of(log.durable, shard).next;
  Ordinal at = std::max(from, state_of(log.segments.front()->start, shard).next);
  for (std::size_t i = segment_of(log, shard, at); at < tip && i < log.segments.size(); ++i) {
    const SegmentPtr& segment = log.segments[i];
    if (!segment->index) {
      return load_step(log, i);
    }
    segment->last_use = ++log.use_count;
    const IndexRun* run = segment->index->find(shard, at);
    const LostRange* lost = segment->index->find_lost(shard, at);
    if (lost && (!run || lost->first < run->first)) {
      Step step{.kind = Step::Kind::lost,
                .at = std::max(at, lost->first),
                .segment = segment,
                .lost = *lost};
      step.lost.first = step.at;
      return step;
    }
    if (run) {
      return {.kind = Step::Kind::run,
              .at = std::max(at, run->first),
              .segment = segment,
              .file = segment->file,
              .run = *run};
    }
    if (i + 1 < log.segments.size()) {
      const SegmentPtr& behind = log.segments[i + 1];
      const Ordinal next = state_of(behind->start, shard).next;
      if (at < next && behind->gap_before) {
        return {.kind = Step::Kind::lost,
                .at = at,
                .segment = behind,
                .lost = {.shard = shard, .first = at, .next = next}};
      }
      at = std::max(at, next);
    }
  }
  return {.kind = Step::Kind::tip, .at = std::max(at, tip)};
}

Result<void> load_segment(LogState& log, const Step& step) {
  SLUICE_TRY(loaded, load_index(log.files, log.stream, *step.segment, step.end, step.next));
  const std::lock_guard lock(log.mutex);
  Segment& segment = *step.segment;
  if (!segment.index) {
    segment.index = std::move(loaded.index);
    segment.file = std::move(loaded.file);
    segment.last_use = ++log.use_count;
    for (Damage& damage : loaded.damages) {
      const bool is_known = std::ranges::any_of(log.damages, [&](const Damage& known) {
        return known.file == damage.file && known.offset == damage.offset;
      });
      if (!is_known) {
        log.damages.push_back(std::move(damage));
      }
    }
    drop_old_indexes(log, step.segment);
  }
  return {};
}

bool is_trimmed(const LogState& log, const SegmentPtr& segment) {
  const std::lock_guard lock(log.mutex);
  return std::ranges::find(log.segments, segment) == log.segments.end();
}

// Looks up the step; of a run with its file open.
Result<Step> next_step(LogState& log, ShardIndex shard, Ordinal from) {
  while (true) {
    Step step;
    {
      const std::lock_guard lock(log.mutex);
      step = locate(log, shard, from);
    }
    Result<void> ready;
    if (step.kind == Step::Kind::load) {
      ready = load_segment(log, step);
    } else if (step.kind != Step::Kind::run || step.file) {
      return step;
    } else if (auto opened = open_file(log, *step.segment)) {
      step.file = *std::move(opened);
      return step;
    } else {
      ready = std::unexpected(std::move(opened).error());
    }
    // A segment may be trimmed between the look-up and the opening; its successor is next then.
    if (!ready && !is_trimmed(log, step.segment)) {
      return std::unexpected(std::move(ready).error());
    }
  }
}

// Walks over a run and adds its shard's records to a batch.
class RunWalk {
 public:
  struct Bounds {
    std::uint64_t bytes_max;
    std::uint64_t records_max;
  };

  RunWalk(LogState& log, const Step& step, ShardIndex shard, Bounds bounds, BlockBatch& batch)
      : log_(log),
        step_(step),
        shard_(shard),
        bounds_(bounds),
        batch_(batch),
        run_end_(step.run.begin + step.run.bytes),
        expected_(step.at),
        at_(step.run.begin) {}

  // Adds what fits.  The records from expected() up to the end of lost() are damaged if lost() says
  // so.
  Result<void> perform() {
    while (at_ < run_end_ && !is_full_ && !lost_) {
      SLUICE_TRY_DO(fetch());
      walk_chunk();
      if (unreadable_) {
        return std::unexpected(*std::move(unreadable_));
      }
    }
    if (!is_full_ && !lost_ && expected_ < step_.run.end) {
      lose_up_to(step_.run.end);
    }
    return {};
  }

  Ordinal expected() const { return expected_; }

  bool is_full() const { return is_full_; }

  const std::optional<LostRange>& lost() const { return lost_; }

  // Where the first wrong byte stands, even if no record of this shard is lost by it.
  const std::optional<std::uint64_t>& bad_at() const { return bad_at_; }

 private:
  // Gets the bytes from at_ on: from memory, or else the rest of the run from the file.
  Result<void> fetch() {
    {
      const std::lock_guard lock(log_.mutex);
      const TailCache::Hit hit = log_.cache.find(step_.segment->number, at_);
      if (hit.chunk) {
        owner_ = hit.chunk;
        const std::uint64_t rest = run_end_ - at_;
        view_ = ByteView(*owner_).substr(hit.position, static_cast<std::size_t>(rest));
        is_trusted_ = true;
        return {};
      }
    }
    Bytes bytes;
    SLUICE_TRY_DO(step_.file->read_at(at_, static_cast<std::size_t>(run_end_ - at_), bytes));
    owner_ = std::make_shared<const Bytes>(std::move(bytes));
    view_ = *owner_;
    is_trusted_ = false;
    if (view_.empty()) {
      note_bad(at_);
      at_ = run_end_;
    }
    return {};
  }

  void walk_chunk() {
    const std::uint64_t begin = at_;
    while (at_ - begin < view_.size() && at_ < run_end_ && !is_full_ && !lost_ && !unreadable_) {
      const ByteView rest = view_.substr(static_cast<std::size_t>(at_ - begin));
      if (!take_block(rest) && !skip_frame_header(rest)) {
        note_bad(at_);
        at_ += find_block(rest);
      }
    }
  }

  BlockPlace place(std::uint64_t at) const {
    return {.segment_incarnation = step_.segment->place.incarnation,
            .offset = step_.segment->place.log_offset(at)};
  }

  // False if no whole block stands here.
  bool take_block(ByteView rest) {
    const auto header = decode_block_header(rest, place(at_));
    if (!header || header->content_bytes() > rest.size() - block_header_bytes) {
      return false;
    }
    if (header->shard == shard_ && expected_ < header->end()) {
      const ByteView content = rest.substr(block_header_bytes, header->content_bytes());
      const bool is_good = is_trusted_ || crc32c(content) == header->content_crc;
      const auto opened = is_good ? open(*header, content) : std::nullopt;
      if (!opened) {
        return unreadable_.has_value();
      }
      if (expected_ < header->first) {
        lose_up_to(header->first);
        return true;
      }
      add(opened->view, opened->owner);
    }
    at_ += block_header_bytes + header->content_bytes();
    return true;
  }

  struct Opened {
    BlockView view;
    SharedBytes owner;
  };

  // std::nullopt if the content is not what was written, or if unreadable_ says why it cannot be
  // read now.
  std::optional<Opened> open(const BlockHeader& header, ByteView content) {
    if (!header.is_encrypted) {
      const auto view = BlockView::over(header, content);
      return view ? std::optional(Opened{*view, owner_}) : std::nullopt;
    }
    auto plain = decrypt(header, content);
    if (!plain) {
      if (plain.error().fault() != Fault::corrupt) {
        unreadable_ = std::move(plain).error();
      }
      return std::nullopt;
    }
    const auto owner = std::make_shared<const Bytes>(*std::move(plain));
    const auto view = BlockView::over(header.decrypted(), *owner);
    return view ? std::optional(Opened{*view, owner}) : std::nullopt;
  }

  Result<Bytes> decrypt(const BlockHeader& header, ByteView content) const {
    if (!log_.cipher) {
      return fail(Fault::unavailable, "records are encrypted, and there is no key file");
    }
    return log_.cipher->open(content, header.shard, header.records);
  }

  bool skip_frame_header(ByteView rest) {
    const auto header = decode_frame_header(rest);
    if (!header || header->segment_incarnation != step_.segment->place.incarnation) {
      return false;
    }
    at_ += frame_header_bytes + (header->kind == FrameKind::marker ? header->body_bytes : 0);
    return true;
  }

  // How far it is to the next block of any shard that vouches for itself.
  std::size_t find_block(ByteView rest) const {
    char magic[4];
    store_le(magic, block_magic);
    std::size_t offset = 1;
    while ((offset = rest.find(ByteView(magic, 4), offset)) != ByteView::npos) {
      if (decode_block_header(rest.substr(offset), place(at_ + offset))) {
        return offset;
      }
      ++offset;
    }
    return rest.size();
  }

  // Whether the block fits within the bounds whole, as far as its header tells.
  bool fits_whole(const BlockView& view) const {
    const BlockHeader& header = view.header();
    const std::uint64_t bytes = header.content_bytes() - std::size_t{8} * header.records;
    return !header.has_hash_keys && batch_.records + header.records <= bounds_.records_max &&
           batch_.bytes + bytes <= bounds_.bytes_max;
  }

  void add(const BlockView& view, const SharedBytes& owner) {
    const auto begin = static_cast<std::uint32_t>(expected_ - view.header().first);
    std::uint32_t end = begin;
    if (begin == 0 && fits_whole(view)) {
      end = view.size();
      batch_.records += end;
      batch_.bytes += view.header().content_bytes() - std::size_t{8} * end;
    }
    while (end < view.size()) {
      const std::uint64_t bytes = view.data(end).size() + view.partition_key(end).size();
      is_full_ = batch_.records == bounds_.records_max ||
                 (batch_.records > 0 && batch_.bytes + bytes > bounds_.bytes_max);
      if (is_full_) {
        break;
      }
      batch_.bytes += bytes;
      ++batch_.records;
      ++end;
    }
    if (begin < end) {
      batch_.slices.push_back({.block = view, .begin = begin, .end = end, .owner = owner});
      expected_ = view.header().first + end;
    }
  }

  void note_bad(std::uint64_t at) { bad_at_ = bad_at_.value_or(at); }

  void lose_up_to(Ordinal next) {
    lost_ = LostRange{.shard = shard_,
                      .first = expected_,
                      .next = next,
                      .file_offset = bad_at_.value_or(step_.run.begin)};
  }

  LogState& log_;
  const Step& step_;
  const ShardIndex shard_;
  const Bounds bounds_;
  BlockBatch& batch_;
  const std::uint64_t run_end_;

  Ordinal expected_;
  std::uint64_t at_;
  SharedBytes owner_;
  ByteView view_;
  bool is_trusted_ = false;
  bool is_full_ = false;
  std::optional<std::uint64_t> bad_at_;
  std::optional<LostRange> lost_;
  std::optional<Error> unreadable_;
};

Error damage_error(const Segment& segment, const LostRange& lost) {
  return Error(Fault::corrupt,
               fmt::format("{} is damaged at byte {}: records {} to {} of shard {} are lost; "
                           "restore the file from a copy, or go on behind them",
                           segment.path,
                           lost.file_offset,
                           lost.first.value,
                           lost.next.value - 1,
                           lost.shard.value));
}

void remember_damage(LogState& log, const Segment& segment, std::uint64_t offset) {
  const std::lock_guard lock(log.mutex);
  const bool is_known = std::ranges::any_of(log.damages, [&](const Damage& damage) {
    return damage.file == segment.path && damage.offset <= offset &&
           offset < damage.offset + std::max<std::uint64_t>(damage.bytes, 1);
  });
  if (!is_known) {
    log.damages.push_back({.file = segment.path,
                           .offset = offset,
                           .bytes = 0,
                           .what = "a block or frame header does not match its checksum"});
  }
}

}  // namespace

void drop_old_indexes(LogState& log, const SegmentPtr& keep) {
  std::size_t bytes = 0;
  for (const SegmentPtr& segment : log.segments) {
    bytes += segment->index ? segment->index->memory_bytes() : 0;
  }
  while (bytes > log.options.index_bytes) {
    SegmentPtr oldest;
    for (const SegmentPtr& segment : log.segments) {
      const bool is_needed = segment == log.segments.back() || segment == keep;
      if (segment->index && !is_needed && (!oldest || segment->last_use < oldest->last_use)) {
        oldest = segment;
      }
    }
    if (!oldest) {
      return;
    }
    bytes -= oldest->index->memory_bytes();
    oldest->index = nullptr;
    oldest->file = nullptr;
  }
}

Result<BlockBatch> StreamLog::read(ShardIndex shard,
                                   Ordinal from,
                                   std::uint64_t bytes_max,
                                   std::uint64_t records_max) const {
  SLUICE_CHECK(records_max > 0);
  LogState& log = *state_;
  BlockBatch batch;
  batch.next = from;
  while (true) {
    SLUICE_TRY(step, next_step(log, shard, batch.next));
    if (step.kind == Step::Kind::tip) {
      batch.next = std::max(batch.next, step.at);
      break;
    }
    std::optional<LostRange> lost;
    if (step.kind == Step::Kind::lost) {
      lost = step.lost;
    } else {
      RunWalk walk(log, step, shard, {.bytes_max = bytes_max, .records_max = records_max}, batch);
      SLUICE_TRY_DO(walk.perform());
      batch.next = walk.expected();
      lost = walk.lost();
      if (walk.bad_at()) {
        remember_damage(log, *step.segment, *walk.bad_at());
      }
      if (walk.is_full()) {
        break;
      }
    }
    if (lost) {
      if (batch.records == 0) {
        return std::unexpected(damage_error(*step.segment, *lost));
      }
      break;
    }
    if (batch.records == records_max || batch.bytes >= bytes_max) {
      break;
    }
  }
  const std::lock_guard lock(log.mutex);
  const ShardState tip = state_of(log.durable, shard);
  batch.at_tip = batch.next >= tip.next;
  batch.tip_arrival = tip.last_arrival;
  return batch;
}

Result<LostRange> StreamLog::skip_damaged(ShardIndex shard, Ordinal from) const {
  LogState& log = *state_;
  SLUICE_TRY(step, next_step(log, shard, from));
  if (step.kind == Step::Kind::lost) {
    return step.lost;
  }
  if (step.kind == Step::Kind::run) {
    BlockBatch batch;
    RunWalk walk(log, step, shard, {.bytes_max = 0, .records_max = 1}, batch);
    SLUICE_TRY_DO(walk.perform());
    if (walk.lost() && batch.records == 0) {
      return *walk.lost();
    }
  }
  return fail(Fault::missing,
              fmt::format("nothing is damaged at record {} of shard {}", from.value, shard.value));
}

namespace {

// The first segment that may hold a record of `shard` that arrived at `time` or later.
Ordinal begin_of_time(const LogState& log, ShardIndex shard, UnixMillis time) {
  std::size_t i = 0;
  while (i + 1 < log.segments.size() &&
         state_of(log.segments[i + 1]->start, shard).last_arrival < time) {
    ++i;
  }
  return state_of(log.segments[i]->start, shard).next;
}

}  // namespace

Result<Ordinal> StreamLog::find_by_time(ShardIndex shard, UnixMillis time) const {
  LogState& log = *state_;
  Ordinal at;
  {
    const std::lock_guard lock(log.mutex);
    const ShardState tip = state_of(log.durable, shard);
    if (tip.last_arrival < time) {
      return tip.next;
    }
    at = begin_of_time(log, shard, time);
  }
  while (true) {
    SLUICE_TRY(step, next_step(log, shard, at));
    if (step.kind == Step::Kind::tip) {
      return step.at;
    }
    if (step.kind == Step::Kind::lost) {
      at = step.lost.next;
      continue;
    }
    if (step.run.last_arrival < time) {
      const std::lock_guard lock(log.mutex);
      const IndexRun* later =
          step.segment->index ? step.segment->index->find_time(shard, time) : nullptr;
      at = later ? std::max(later->first, step.run.end) : step.run.end;
      continue;
    }
    if (step.run.first_arrival >= time) {
      return step.at;
    }
    BlockBatch batch;
    RunWalk walk(log,
                 step,
                 shard,
                 {.bytes_max = ~std::uint64_t{0}, .records_max = ~std::uint64_t{0}},
                 batch);
    SLUICE_TRY_DO(walk.perform());
    for (const BlockSlice& slice : batch.slices) {
      if (slice.block.header().arrival >= time) {
        return slice.block.header().first + slice.begin;
      }
    }
    at = walk.lost() ? walk.lost()->next : step.run.end;
  }
}

}  // namespace sluice::stream
