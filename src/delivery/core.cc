// The core's transitions.  The order of what next() offers is its policy: settle what is planned,
// finish what is closing, and only then take in more.
#include "delivery/core.h"

#include "base/check.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

namespace sluice::delivery {

namespace {

// With partitions, the refused records of all of them gather under this name.
constexpr PartitionId refused_partition{std::numeric_limits<std::uint64_t>::max()};

// A table of so many partitions is small whatever it is for.
constexpr std::uint64_t window_partitions_min = 1024;

// Records of a partition lie scattered; so many are fetched into the cache ahead of their turn.
constexpr std::size_t gathered_ahead = 8;

// Objects smaller than this would not help a full disk.
constexpr std::uint64_t gathered_bytes_min = std::uint64_t{64} << 10;

// How often a buffer is weighed on the way to the size hint, were its objects as large as its
// source records; but not more often than this.
constexpr std::uint64_t weighings = 64;
constexpr std::uint64_t weighing_bytes_min = std::uint64_t{32} << 10;

// What is planned before the first of it is put, and what is put before it is committed, ends with
// this many objects, source bytes, or time.
constexpr std::size_t settled_together_max = 64;
constexpr std::uint64_t settled_bytes_max = std::uint64_t{64} << 20;
constexpr std::chrono::seconds settled_within{1};

// Buffers of which no more than this part holds half of the bytes are large.
constexpr std::size_t large_part = 4;

// How many of the set lie in the run.
std::uint64_t overlap(const OrdinalSet& set, OrdinalSet::Run run) {
  std::uint64_t count = 0;
  for (const OrdinalSet::Run& one : set.runs()) {
    const Ordinal first = std::max(one.first, run.first);
    const Ordinal last = std::min(one.last, run.last);
    count += first <= last ? last - first + 1 : 0;
  }
  return count;
}

}  // namespace

void Core::Shard::pass_over(const ShardPositions& positions) {
  skip.add_all(positions.ordinals);
  for (const PartialRecord& one : positions.partial.all()) {
    if (skip_parts.add(one)) {
      skip.add(one.ordinal);
    }
  }
}

// In the place of the next `count` pending ones, if they are others.
void Core::Shard::take_routed(SourceBatch records,
                              std::vector<RecordRoute> more,
                              std::size_t count) {
  if (records.records.empty()) {
    take_routes(more);
    return;
  }
  if (pending_from + count == pending.records.size()) {
    pending = std::move(records);
    pending_from = 0;
    routes = std::move(more);
    return;
  }
  auto& all = pending.records;
  const auto place = all.begin() + static_cast<std::ptrdiff_t>(pending_from);
  if (records.records.size() == count) {
    std::ranges::copy(records.records, place);
  } else {
    const auto behind = all.erase(place, place + static_cast<std::ptrdiff_t>(count));
    all.insert(behind, records.records.begin(), records.records.end());
  }
  pending.owner = std::move(records.owner);
  take_routes(more);
}

// Of the next pending ones.
void Core::Shard::take_routes(std::span<const RecordRoute> more) {
  routes.resize(pending_from);  // of those that were passed over nothing is asked any more
  routes.insert(routes.end(), more.begin(), more.end());
}

Core::Core(CoreOptions options, const LedgerState& state, Random& random)
    : options_(options),
      random_(random),
      open_(options.by_session ? OpenBuffers::by_silence_but(refused_partition) : OpenBuffers()),
      next_plan_(state.next_plan) {
  SLUICE_CHECK(options_.size_hint_bytes > 0);
  SLUICE_CHECK(options_.waiting_objects_max > 0);
  SLUICE_CHECK(options_.append_records_max > 0);
  SLUICE_CHECK(options_.partitions_max > 0);
  SLUICE_CHECK(options_.is_routed || !options_.is_partitioned);
  for (const ShardMark& mark : state.marks) {
    add_mark(mark);
  }
  for (const ObjectPlan& plan : state.planned) {
    planned_.push_back({plan.number, plan.positions, plan.source_bytes, plan.oldest_arrival});
    for (const ShardPositions& positions : plan.positions) {
      Shard& shard = shards_[positions.shard];
      shard.mark.shard = positions.shard;
      shard.pass_over(positions);
    }
  }
}

void Core::take_up(std::span<const ParkedObject> objects,
                   std::optional<PartitionId> partition,
                   bool goes_on,
                   Instant now) {
  BufferContent content;
  for (const ParkedObject& object : objects) {
    SLUICE_CHECK(object.buffer == objects.front().buffer);
    const ObjectPlan& draft = object.draft;
    content.parts[static_cast<std::size_t>(draft.kind)] = {
        draft.positions, draft.records, draft.source_bytes, draft.oldest_arrival};
    content.records += draft.records;
    content.source_bytes += draft.source_bytes;
    content.oldest_arrival = std::min(content.oldest_arrival, draft.oldest_arrival);
  }
  // When the last of them arrived is not known any more; silence counts from now.
  content.newest_arrival = std::max(content.oldest_arrival, now.wall);
  const BufferId id{objects.front().buffer};
  const PartitionId otherwise = options_.is_partitioned ? refused_partition : PartitionId{};
  const PartitionId of = partition.value_or(otherwise);
  if (goes_on && !open_.contains(of)) {
    open_.restore(id, of, content, now.steady);
    return;
  }
  Buffer buffer;
  static_cast<BufferContent&>(buffer) = content;
  buffer.id = id;
  buffer.partition = of;
  buffer.parked = std::move(content);
  closing_.push_back(std::move(buffer));
  open_.stay_above(id);
}

// --- shards ---

void Core::add_mark(const ShardMark& mark) {
  SLUICE_CHECK(!has_mark(mark.shard));
  Shard& shard = shards_[mark.shard];
  shard.mark = mark;
  shard.skip = mark.settled;
  shard.skip_parts = mark.partial;
  shard.next = mark.low;
}

std::uint64_t Core::list_shard(const Source::Shard& listed) {
  SLUICE_CHECK(!outstanding_);
  const auto found = shards_.find(listed.key);
  SLUICE_CHECK(found != shards_.end());
  Shard& shard = found->second;
  do_all_have_turns_ &= shard.has_turn;
  shard.is_listed = true;
  shard.parents = listed.parents;
  shard.unused = listed.unused;
  if (listed.is_closed && !shard.is_closed) {
    shard.is_closed = true;
    shard.is_at_tip = false;  // more may have come between the last read and the closing
  }
  return shard.next < listed.first ? lose(shard, shard.next, listed.first - 1) : 0;
}

void Core::retire_shard(ShardKey shard) {
  SLUICE_CHECK(!outstanding_);
  shards_.at(shard).is_listed = false;
}

bool Core::is_drained(const Shard& shard) const {
  return stop_ == StopMode::drain && !shard.has_pending() &&
         (!shard.is_listed || shard.next >= shard.drain_to || is_left_out_to_its_end(shard));
}

// The last records of a closed shard, which its source leaves out.
bool Core::is_left_out_to_its_end(const Shard& shard) const {
  return options_.leaves_refused && shard.is_closed && shard.is_at_tip;
}

bool Core::is_ended(const Shard& shard) const {
  return is_drained(shard) || (shard.is_closed && shard.is_at_tip && !shard.has_pending());
}

bool Core::are_parents_ended(const Shard& shard) const {
  return std::all_of(shard.parents.begin(), shard.parents.end(), [this](const ShardKey& key) {
    const auto parent = shards_.find(key);
    return parent == shards_.end() || !parent->second.is_listed ||
           (parent->second.has_turn && is_ended(parent->second));
  });
}

void Core::give_turns() {
  bool has_changed = !do_all_have_turns_;
  while (has_changed) {
    has_changed = false;
    do_all_have_turns_ = true;
    for (auto& [key, shard] : shards_) {
      if (!shard.has_turn && shard.is_listed) {
        shard.has_turn = are_parents_ended(shard);
        has_changed |= shard.has_turn;
        do_all_have_turns_ &= shard.has_turn;
      }
    }
  }
}

// Nothing more is to be had from the shard for now.
bool Core::is_quiet(const Shard& shard) const {
  return !shard.has_pending() &&
         (shard.is_at_tip || shard.reading.is_failing() || is_drained(shard));
}

bool Core::is_at_tip() const {
  return std::all_of(shards_.begin(), shards_.end(), [this](const auto& entry) {
    return !is_readable(entry.second) || is_quiet(entry.second);
  });
}

bool Core::is_all_drained() const {
  return std::all_of(shards_.begin(), shards_.end(), [this](const auto& entry) {
    return is_drained(entry.second);
  });
}

bool Core::is_paused() const {
  std::size_t objects = planned_.size();
  std::uint64_t bytes = 0;
  for (const Planned& planned : planned_) {
    bytes += planned.source_bytes;
  }
  for (const Buffer& buffer : closing_) {
    ++objects;
    bytes += buffer.source_bytes;
  }
  return objects >= options_.waiting_objects_max || bytes >= options_.waiting_bytes_max;
}

std::optional<Core::Gathering> Core::gathering() const {
  if (!open_.has_records()) {
    return std::nullopt;
  }
  return Gathering{
      open_.filled(), open_.records(), open_.source_bytes(), open_.due_since() + options_.interval};
}

std::size_t Core::bytes_held() const {
  std::size_t bytes = open_.bytes_held();
  for (const Buffer& buffer : closing_) {
    bytes += buffer.bytes_held();
  }
  for (const Planned& planned : planned_) {
    for (const ShardPositions& positions : planned.positions) {
      bytes += positions.bytes_held();
    }
  }
  for (const auto& [key, shard] : shards_) {
    bytes += shard.mark.settled.bytes_held() + shard.mark.partial.bytes_held();
    bytes += shard.skip.bytes_held() + shard.skip_parts.bytes_held();
  }
  return bytes;
}

std::set<PartitionId> Core::partitions_in_use() const {
  std::set<PartitionId> partitions = open_.partitions();
  for (const auto& [key, shard] : shards_) {
    for (std::size_t i = shard.pending_from; i < shard.routes.size(); ++i) {
      partitions.insert(shard.routes[i].partition);
    }
  }
  for (const Buffer& buffer : closing_) {
    partitions.insert(buffer.partition);
  }
  return partitions;
}

std::optional<std::chrono::nanoseconds> Core::put_again_at() const {
  return putting_.is_failing() ? std::optional(putting_.due()) : std::nullopt;
}

// --- what to do next ---

Effect Core::issue(Effect effect) {
  SLUICE_CHECK(!outstanding_);
  outstanding_ = effect;
  return effect;
}

template <class Expected>
Expected Core::answer() {
  SLUICE_CHECK(outstanding_.has_value());
  SLUICE_CHECK(std::holds_alternative<Expected>(*outstanding_));
  Expected effect = std::get<Expected>(std::move(*outstanding_));
  outstanding_.reset();
  return effect;
}

Effect Core::next(Instant now) {
  SLUICE_CHECK(!outstanding_);
  if (!notices_.empty()) {
    Effect notice = std::move(notices_.front());
    notices_.pop_front();
    return notice;
  }
  if (stop_ == StopMode::leave) {
    return Wait{};
  }
  if (!parking_.empty()) {
    // The ledger may hold marks that this core does not have: nothing else may move them.
    if (!recording_.is_due(now.steady)) {
      return Wait{recording_.due()};
    }
    Park park = park_of(parking_);
    park.is_again = true;
    return issue(std::move(park));
  }
  while (!weighing_.empty()) {
    if (open_.contains(weighing_.front())) {
      return issue(Weigh{weighing_.front()});
    }
    weighing_.pop_front();  // it has closed since
  }
  if (is_closing_all_) {
    close_all();
  }
  if (is_relieving_) {
    close_largest();
  }
  give_turns();
  const bool gathers = gathers_plans(now);
  if (auto effect = gathers ? std::nullopt : next_settling(now)) {
    return issue(std::move(*effect));
  }
  if (!is_paused()) {
    refresh_tips(now);
    close_if_due(now);
  }
  if (auto effect = next_building(now)) {
    return issue(std::move(*effect));
  }
  if (auto effect = gathers ? next_settling(now) : std::nullopt) {
    return issue(std::move(*effect));
  }
  if (auto effect = next_park(now)) {
    return issue(std::move(*effect));
  }
  if (!is_paused()) {
    if (auto effect = next_append(now)) {
      return issue(std::move(*effect));
    }
    if (auto effect = next_read(now)) {
      return issue(std::move(*effect));
    }
  }
  if (!notices_.empty()) {
    return next(now);
  }
  return next_wait(now);
}

// Whether what closes is planned before what is planned is put.
bool Core::gathers_plans(Instant now) const {
  if (closing_.empty() || planned_.size() >= settled_together_max ||
      !building_.is_due(now.steady) || !recording_.is_due(now.steady)) {
    return false;
  }
  std::uint64_t bytes = 0;
  for (const Planned& planned : planned_) {
    bytes += planned.source_bytes;
  }
  return bytes < settled_bytes_max;
}

// Whether so much was put, or so long ago, that it is not to wait for the rest.
bool Core::is_commit_due(Instant now) const {
  std::uint64_t bytes = 0;
  for (std::size_t put = 0; put < puts_; ++put) {
    bytes += planned_[put].source_bytes;
  }
  return puts_ >= settled_together_max || bytes >= settled_bytes_max ||
         (puts_ > 0 && now.steady - put_since_ >= settled_within);
}

std::optional<Effect> Core::next_settling(Instant now) {
  if (!commits_again_ && puts_ < planned_.size() && putting_.is_due(now.steady) &&
      !is_commit_due(now)) {
    if (puts_ == 0) {
      put_since_ = now.steady;
    }
    return put_of_planned();
  }
  return puts_ > 0 && recording_.is_due(now.steady) ? std::optional<Effect>(commit_of_puts())
                                                    : std::nullopt;
}

// As many as are committed together.
Put Core::put_of_planned() const {
  Put put;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < planned_.size(); ++i) {
    if (i >= puts_) {
      put.numbers.push_back(planned_[i].number);
    }
    bytes += planned_[i].source_bytes;
    if (i + 1 >= settled_together_max || (i >= puts_ && bytes >= settled_bytes_max)) {
      break;
    }
  }
  return put;
}

Commit Core::commit_of_puts() const {
  Commit commit;
  for (std::size_t put = 0; put < puts_; ++put) {
    commit.numbers.push_back(planned_[put].number);
  }
  for (const auto& [key, shard] : shards_) {
    OrdinalSet whole;
    std::vector<const ShardPositions*> in_parts;
    for (std::size_t put = 0; put < puts_; ++put) {
      for (const ShardPositions& positions : planned_[put].positions) {
        if (positions.shard == key && positions.partial.empty()) {
          whole.add_all(positions.ordinals);
        } else if (positions.shard == key) {
          in_parts.push_back(&positions);
        }
      }
    }
    if (whole.empty() && in_parts.empty() && !shard.is_mark_dirty) {
      continue;
    }
    ShardMark mark = shard.mark;
    if (!whole.empty()) {
      mark.settle(whole);
    }
    for (const ShardPositions* const positions : in_parts) {
      mark.settle(*positions);
    }
    commit.marks.push_back(std::move(mark));
  }
  return commit;
}

// The first parts with records, in the order in which they are planned.
std::vector<Core::ClosingPart> Core::closing_parts(std::size_t count_max) const {
  std::vector<ClosingPart> parts;
  for (std::size_t buffer = 0; buffer < closing_.size(); ++buffer) {
    for (std::size_t part = closing_[buffer].part; part < object_kinds; ++part) {
      if (parts.size() == count_max) {
        return parts;
      }
      if (closing_[buffer].parts[part].records > 0) {
        parts.push_back({buffer, part});
      }
    }
  }
  return parts;
}

// Of the first buffers that close, up to the first part with records.
void Core::drop_empty_parts() {
  while (!closing_.empty()) {
    Buffer& buffer = closing_.front();
    while (buffer.part < object_kinds && buffer.parts[buffer.part].records == 0) {
      notices_.emplace_back(Abandon{{buffer.id, static_cast<ObjectKind>(buffer.part)}});
      ++buffer.part;
    }
    if (buffer.part < object_kinds) {
      return;
    }
    closing_.pop_front();
  }
}

// As many as may be planned together.
std::optional<Effect> Core::next_building(Instant now) {
  if (sealed_ == 0) {
    drop_empty_parts();
  }
  if (closing_.empty() || !(sealed_ > 0 ? recording_ : building_).is_due(now.steady)) {
    return std::nullopt;
  }
  PlanNumber number = next_plan_;
  if (sealed_ > 0) {
    are_plans_tried_ = true;
    Plan plan;
    for (const ClosingPart& at : closing_parts(sealed_)) {
      plan.objects.push_back({{closing_[at.buffer].id, static_cast<ObjectKind>(at.part)}, number});
      ++number;
    }
    return plan;
  }
  Seal seal;
  std::uint64_t bytes = 0;
  const std::size_t room = settled_together_max - planned_.size() % settled_together_max;
  for (const ClosingPart& at : closing_parts(room)) {
    if (bytes >= settled_bytes_max) {
      break;
    }
    const Buffer& buffer = closing_[at.buffer];
    const ObjectFacts& facts = buffer.parts[at.part];
    seal.objects.push_back({{buffer.id, static_cast<ObjectKind>(at.part)}, number, &facts});
    ++number;
    bytes += facts.source_bytes;
  }
  return seal;
}

bool Core::is_age_reached(Instant now) const {
  return open_.has_records() && (now.wall >= open_.due_since() + options_.interval ||
                                 now.steady >= open_.first_filled().opened + options_.interval);
}

bool Core::is_full(const Buffer& buffer) const {
  return !options_.sizes_objects && buffer.source_bytes >= options_.size_hint_bytes;
}

// A buffer is weighed whenever its source records reach a multiple of this: what becomes of them is
// seldom larger, so that an object exceeds the hint by little.
std::uint64_t Core::weighing_step() const {
  return std::max(options_.size_hint_bytes / weighings, weighing_bytes_min);
}

// Records of a shard that have gone into a part of a buffer.
void Core::account(BufferId id,
                   ObjectKind kind,
                   ShardKey shard,
                   std::span<const SourceRecord> records) {
  const std::uint64_t before = open_.at(id).source_bytes;
  open_.account(id, kind, shard, records);
  const std::uint64_t step = weighing_step();
  if (options_.sizes_objects && open_.at(id).source_bytes / step != before / step &&
      std::ranges::find(weighing_, id) == weighing_.end()) {
    weighing_.push_back(id);
  }
}

void Core::close_if_due(Instant now) {
  if (stop_ == StopMode::drain && is_all_drained()) {
    close_all();
    return;
  }
  while (is_age_reached(now) && is_at_tip()) {
    const bool is_old = now.wall >= open_.due_since() + options_.interval;
    close(is_old ? open_.first_due() : open_.first_filled().id);
  }
}

// A record that arrived at `arrival` comes next.
bool Core::close_those_older_than(UnixMillis arrival) {
  bool has_closed = false;
  while (options_.interval.count() > 0 && open_.has_records() &&
         arrival >= open_.due_since() + options_.interval) {
    close(open_.first_due());
    has_closed = true;
  }
  return has_closed;
}

void Core::close_open_buffers() {
  SLUICE_CHECK(!outstanding_);
  is_closing_all_ = true;
}

void Core::close_all() {
  is_closing_all_ = false;
  while (open_.has_records()) {
    close(open_.oldest());
  }
}

void Core::relieve() {
  SLUICE_CHECK(!outstanding_);
  is_relieving_ = true;
}

void Core::close_largest() {
  is_relieving_ = false;
  const std::vector<BufferId> ids = open_.largest_first();
  std::uint64_t wanted = open_.source_bytes() / 2;
  std::size_t count = 0;
  while (wanted > 0 && count < ids.size()) {
    wanted -= std::min(wanted, open_.at(ids[count++]).source_bytes);
  }
  if (count > ids.size() / large_part) {
    close_all();
    return;
  }
  for (const BufferId id : std::span(ids).first(count)) {
    close(id);
  }
}

void Core::close(BufferId id) {
  Buffer buffer = open_.take(id);
  if (buffer.records == 0) {
    abandon(buffer, 0);
  } else {
    closing_.push_back(std::move(buffer));
  }
}

// A round of reading ends with every shard at its tip; the next begins here.
void Core::refresh_tips(Instant now) {
  const bool is_draining = stop_ == StopMode::drain && !is_all_drained();
  if ((!records_came_ && !is_draining) || !is_at_tip()) {
    return;
  }
  const bool is_pace_over = now.steady >= tip_reached_ + options_.read_pace;
  // What arrived before an object grew old belongs into it: look once more before it closes.
  const bool is_last_look = options_.interval.count() > 0 && is_age_reached(now);
  if (!is_pace_over && !(records_came_ && (is_draining || is_last_look))) {
    return;
  }
  records_came_ = false;
  for (auto& [key, shard] : shards_) {
    if (!shard.is_closed) {
      shard.is_at_tip = false;
    }
  }
}

void Core::drop_skipped(Shard& shard) {
  while (shard.has_pending() && shard.is_skipped(shard.head())) {
    ++shard.pending_from;
  }
  close_ended(shard);
  if (!shard.has_pending()) {
    shard.drop_pending();
  }
}

// The partitions that have ended before the next pending record.
void Core::close_ended(Shard& shard) {
  while (!shard.ends.empty() && shard.ends.front().before <= shard.pending_from) {
    const PartitionId ended = shard.ends.front().partition;
    shard.ends.pop_front();
    if (open_.contains(ended)) {
      close(open_.of(ended).id);
    }
  }
}

// The shard whose next record arrived first, once every shard has either shown its next record or
// is quiet.  Its records may be taken up to those that arrived at `bound`.
Core::Shard* Core::first_to_append(UnixMillis& bound) {
  Shard* first = nullptr;
  UnixMillis second = UnixMillis::max();
  for (auto& [key, shard] : shards_) {
    drop_skipped(shard);
    if (options_.routes_in_order && shard.has_routed()) {
      bound = UnixMillis::max();  // they were routed up to it
      return &shard;
    }
    if (!shard.has_pending()) {
      if (is_readable(shard) && !is_quiet(shard)) {
        return nullptr;
      }
      continue;
    }
    const UnixMillis arrival = shard.head().arrival;
    if (first == nullptr || arrival < first->head().arrival) {
      second = first == nullptr ? second : first->head().arrival;
      first = &shard;
    } else {
      second = std::min(second, arrival);
    }
  }
  bound = second == UnixMillis::max() ? second : second + merge_slack;
  return first;
}

// How many of the shard's pending records are taken together: none of them makes a buffer close
// because of its age.
std::size_t Core::cut(const Shard& shard, UnixMillis bound) const {
  UnixMillis oldest = open_.due_since();
  const auto& records = shard.pending.records;
  std::size_t at = shard.pending_from;
  std::size_t end = options_.is_routed ? shard.routes.size() : records.size();
  if (!shard.ends.empty()) {
    end = std::min(end, shard.ends.front().before);
  }
  while (at < end && at - shard.pending_from < options_.append_records_max) {
    const SourceRecord& record = records[at];
    if (at > shard.pending_from &&
        (record.arrival > bound || shard.is_skipped(record) ||
         (options_.interval.count() > 0 && record.arrival >= oldest + options_.interval))) {
      break;
    }
    oldest = std::min(oldest, record.arrival);
    ++at;
  }
  return at - shard.pending_from;
}

void Core::open_window(Shard& shard, std::size_t records) {
  SLUICE_CHECK(!window_ && records > 0);
  window_ = Window{};
  Window& window = *window_;
  window.shard = &shard;
  window.records = std::span(shard.pending.records).subspan(shard.pending_from, records);
  const auto routes = options_.is_routed
                          ? std::span(shard.routes).subspan(shard.pending_from, records)
                          : std::span<RecordRoute>();
  if (std::ranges::adjacent_find(routes, std::not_equal_to()) == routes.end()) {
    const RecordRoute route = routes.empty() ? RecordRoute() : routes.front();
    window.groups.push_back({route.partition, route.kind, 0, records, false});
    return;
  }
  sort_window(routes);
}

// Groups the records by their routes, in the order of these, and keeps theirs within a group.
// Partitions are numbered as they come, so that a table over their numbers is no larger than the
// records.
void Core::sort_window(std::span<const RecordRoute> routes) {
  Window& window = *window_;
  const auto [least, most] = std::ranges::minmax(routes, {}, &RecordRoute::partition);
  const std::uint64_t distance = most.partition - least.partition;  // may be all there are
  window.is_sorted = true;
  order_.resize(routes.size());
  if (distance >= routes.size() + window_partitions_min) {
    sort_window_by_comparing(routes);
    return;
  }
  const auto slot_of = [&, first = least.partition](const RecordRoute& route) {
    return (route.partition - first) * object_kinds + static_cast<std::size_t>(route.kind);
  };
  ends_by_slot_.assign((distance + 1) * object_kinds, 0);
  for (const RecordRoute& route : routes) {
    ++ends_by_slot_[slot_of(route)];
  }
  std::size_t end = 0;
  for (std::size_t slot = 0; slot < ends_by_slot_.size(); ++slot) {
    const std::size_t from = end;
    end += ends_by_slot_[slot];
    if (end > from) {
      window.groups.push_back({least.partition + slot / object_kinds,
                               static_cast<ObjectKind>(slot % object_kinds),
                               from,
                               end,
                               false});
    }
    ends_by_slot_[slot] = from;
  }
  for (std::uint32_t index = 0; index < routes.size(); ++index) {
    order_[ends_by_slot_[slot_of(routes[index])]++] = index;
  }
}

void Core::sort_window_by_comparing(std::span<const RecordRoute> routes) {
  std::iota(order_.begin(), order_.end(), std::uint32_t{0});
  std::ranges::sort(
      order_, {}, [&](std::uint32_t index) { return std::pair(routes[index], index); });
  std::vector<Group>& groups = window_->groups;
  for (std::size_t place = 0; place < order_.size(); ++place) {
    const RecordRoute& route = routes[order_[place]];
    if (groups.empty() || groups.back().kind != route.kind ||
        groups.back().partition != route.partition) {
      groups.push_back({route.partition, route.kind, place, place, false});
    }
    ++groups.back().end;
  }
}

// Sees to it that the group has a buffer to go to; whether one had to be closed for that.
bool Core::make_room(Group& group) {
  const std::size_t refused = open_.contains(refused_partition) ? 1 : 0;
  if (!options_.is_partitioned || open_.contains(group.partition) ||
      group.partition == refused_partition || open_.size() - refused < options_.partitions_max) {
    return false;
  }
  if (options_.overflow == PartitionOverflow::refuse) {
    group.partition = refused_partition;
    group.kind = ObjectKind::processing_failed;
    group.is_over_limit = true;
    return false;
  }
  close(open_.least_recently_used(refused_partition));
  return true;
}

// The record at a place of the window, which follows the one before it into an append.
const SourceRecord& Core::take_from_window(std::size_t place) {
  const std::span<const SourceRecord> records = window_->records;
  if (!window_->is_sorted) {
    return records[place];
  }
  if (place + 2 * gathered_ahead < order_.size()) {
    __builtin_prefetch(&records[order_[place + 2 * gathered_ahead]]);
    __builtin_prefetch(records[order_[place + gathered_ahead]].data.data());
  }
  return gathered_.emplace_back(records[order_[place]]);
}

Append Core::append_of(Instant now) {
  const Window& window = *window_;
  const Group& group = window.groups[window.group];
  Buffer& buffer = open_.of(group.partition);
  Buffer& refused = options_.is_partitioned ? open_.of(refused_partition) : buffer;
  if (options_.overflow == PartitionOverflow::close_least_recently_used) {
    open_.use(buffer.id);
  }
  for (Buffer* const one : {&buffer, &refused}) {
    if (one->records == 0) {
      one->opened = now.steady;
    }
    if (!one->has_unparked()) {
      one->unparked_since = now.steady;
    }
  }
  open_.restart_interval(buffer.id, now.steady);
  // One in any case: other buffers may have as much as may gather.
  const std::uint64_t others_bytes = open_.source_bytes() - buffer.source_bytes;
  std::uint64_t bytes = buffer.source_bytes;
  const std::uint64_t bytes_max = options_.sizes_objects
                                      ? (bytes / weighing_step() + 1) * weighing_step()
                                      : options_.size_hint_bytes;
  gathered_.clear();
  std::size_t end = group.from;
  do {
    bytes += take_from_window(end).data.size();
    ++end;
  } while (end < group.end && bytes < bytes_max &&
           (!gathered_bytes_max_ || others_bytes + bytes < *gathered_bytes_max_));
  return {buffer.id,
          group.partition,
          refused.id,
          window.shard->mark.shard,
          window.is_sorted ? std::span<const SourceRecord>(gathered_)
                           : window.records.subspan(group.from, end - group.from),
          group.kind,
          group.is_over_limit};
}

std::optional<Effect> Core::next_append(Instant now) {
  if (!building_.is_due(now.steady)) {
    return std::nullopt;
  }
  bool has_closed = false;
  if (!window_) {
    UnixMillis bound;
    Shard* const shard = first_to_append(bound);
    if (shard == nullptr) {
      return std::nullopt;
    }
    if (options_.is_routed && !shard->has_routed()) {
      return next_route(*shard, bound, now);
    }
    has_closed = close_those_older_than(shard->head().arrival);
    open_window(*shard, cut(*shard, bound));
  }
  has_closed |= make_room(window_->groups[window_->group]);
  if (has_closed) {
    if (auto effect = next_building(now)) {
      return effect;
    }
    if (is_paused()) {
      return std::nullopt;
    }
  }
  return append_of(now);
}

// All that is pending; in order, those that come next.
std::optional<Effect> Core::next_route(const Shard& shard, UnixMillis bound, Instant now) const {
  if (!routing_.is_due(now.steady)) {
    return std::nullopt;
  }
  const auto pending = std::span(shard.pending.records).subspan(shard.pending_from);
  std::size_t count = pending.size();
  if (options_.routes_in_order) {
    const auto is_out = [&](const SourceRecord& record) {
      return record.arrival > bound || shard.is_skipped(record);
    };
    const auto end = std::find_if(pending.begin() + 1, pending.end(), is_out);
    count = static_cast<std::size_t>(end - pending.begin());
  }
  return Route{shard.mark.shard, pending.first(count), shard.pending.owner, &shard.skip_parts};
}

bool Core::is_park_due(const Buffer& buffer, Instant now) const {
  return open_.taken_bytes() - buffer.unparked_from >= options_.replay_bytes_max ||
         now.steady - buffer.unparked_since >= options_.replay_age_max;
}

std::optional<Effect> Core::next_park(Instant now) {
  const Buffer* const first = open_.first_unparked();
  if (first == nullptr || !is_park_due(*first, now) || !building_.is_due(now.steady) ||
      !recording_.is_due(now.steady)) {
    return std::nullopt;
  }
  // All that are halfway there go with it: one transaction serves for many.
  std::vector<const Buffer*> buffers = open_.unparked();
  std::erase_if(buffers, [&](const Buffer* buffer) {
    return open_.taken_bytes() - buffer->unparked_from < options_.replay_bytes_max / 2 &&
           now.steady - buffer->unparked_since < options_.replay_age_max / 2;
  });
  return park_of(std::move(buffers));
}

Park Core::park_of(std::vector<const Buffer*> buffers) const {
  std::map<ShardKey, ShardMark> marks;
  for (const Buffer* const buffer : buffers) {
    for (const ObjectFacts& part : buffer->parts) {
      for (const ShardPositions& positions : part.positions) {
        const auto mark = marks.emplace(positions.shard, shards_.at(positions.shard).mark).first;
        mark->second.settle(positions);
      }
    }
  }
  Park park{std::move(buffers), {}, false};
  for (auto& [key, mark] : marks) {
    park.marks.push_back(std::move(mark));
  }
  return park;
}

std::optional<Effect> Core::next_read(Instant now) {
  give_turns();  // passing over records that are not needed may have ended a shard
  for (auto& [key, shard] : shards_) {
    if (!shard.has_pending() && !shard.is_at_tip && !is_drained(shard) &&
        shard.reading.is_due(now.steady) && is_readable(shard)) {
      return Read{key, shard.next};
    }
  }
  return std::nullopt;
}

Effect Core::next_wait(Instant now) const {
  std::optional<std::chrono::nanoseconds> until;
  const auto consider = [&until, &now](std::chrono::nanoseconds time) {
    if (time > now.steady && (!until || time < *until)) {
      until = time;
    }
  };
  if (!planned_.empty()) {
    consider(puts_ == planned_.size() || commits_again_ ? recording_.due() : putting_.due());
  }
  consider(routing_.due());
  consider(building_.due());
  consider(recording_.due());
  if (const Buffer* const unparked = open_.first_unparked(); unparked != nullptr) {
    consider(unparked->unparked_since + options_.replay_age_max);
  }
  if (is_paused()) {
    return Wait{until};
  }
  if (open_.has_records()) {
    consider(now.steady + (open_.due_since() + options_.interval - now.wall));
    consider(open_.first_filled().opened + options_.interval);
  }
  if (records_came_ || stop_ == StopMode::drain) {
    consider(tip_reached_ + options_.read_pace);
  }
  for (const auto& [key, shard] : shards_) {
    if (shard.is_listed) {
      consider(shard.reading.due());
    }
  }
  return Wait{until};
}

// --- answers: reading ---

Result<std::uint64_t> Core::block(SourceBatch batch, Instant now) {
  SLUICE_CHECK(outstanding_ && std::holds_alternative<Read>(*outstanding_));
  const Read read = std::get<Read>(*outstanding_);
  Shard& shard = shards_.at(read.shard);
  const auto& records = batch.records;
  for (std::size_t i = 1; i < records.size(); ++i) {
    if (records[i].ordinal <= records[i - 1].ordinal) {
      read_failed(now);
      return fail(Fault::corrupt,
                  "the source returned record " + std::to_string(records[i].ordinal.value) +
                      " after record " + std::to_string(records[i - 1].ordinal.value));
    }
  }
  std::size_t from = 0;
  while (from < records.size() && records[from].ordinal < read.from) {
    ++from;
  }
  if (from == records.size()) {
    at_tip(now);
    return std::uint64_t{0};
  }
  answer<Read>();
  shard.reading.succeeded();
  shard.skip.remove_below(read.from);
  shard.skip_parts.remove_below(read.from);
  std::uint64_t missing = 0;
  for (std::size_t i = from; i < records.size(); ++i) {
    if (records[i].ordinal > shard.next) {
      missing += lose(shard, shard.next, records[i].ordinal - 1);
    }
    shard.next = records[i].ordinal + 1;
  }
  shard.drop_pending();
  shard.pending = std::move(batch);
  shard.pending_from = from;
  return missing;
}

void Core::at_tip(Instant now) {
  Shard& shard = shards_.at(answer<Read>().shard);
  shard.is_at_tip = true;
  shard.reading.succeeded();
  tip_reached_ = now.steady;
}

void Core::read_failed(Instant now) {
  shards_.at(answer<Read>().shard).reading.failed(now.steady, random_);
}

std::uint64_t Core::lost(Ordinal next) {
  const Read read = answer<Read>();
  SLUICE_CHECK(next > read.from);
  Shard& shard = shards_.at(read.shard);
  shard.reading.succeeded();
  return lose(shard, read.from, next - 1);
}

// Settles what lies in [first, last] and is not in an object, unless it is only left out.
std::uint64_t Core::lose(Shard& shard, Ordinal first, Ordinal last) {
  SLUICE_CHECK(first == shard.next);
  if (options_.leaves_refused) {
    shard.next = last + 1;
    return 0;
  }
  OrdinalSet missing;
  Ordinal from = first;
  for (const OrdinalSet::Run& run : shard.skip.runs()) {
    if (run.last < from) {
      continue;
    }
    if (run.first > last) {
      break;
    }
    if (run.first > from) {
      missing.add(from, run.first - 1);
    }
    from = run.last + 1;
  }
  if (from <= last) {
    missing.add(from, last);
  }
  shard.next = last + 1;
  if (!missing.empty()) {
    shard.mark.settle(missing);
    shard.is_mark_dirty = true;
  }
  return missing.count() - (shard.unused ? overlap(missing, *shard.unused) : 0);
}

// --- answers: building ---

void Core::routed(SourceBatch records,
                  std::vector<RecordRoute> routes,
                  const std::vector<PartitionEnd>& ends) {
  const Route route = answer<Route>();
  SLUICE_CHECK(routes.size() ==
               (records.records.empty() ? route.records.size() : records.records.size()));
  SLUICE_CHECK(!routes.empty());
  Shard& shard = shards_.at(route.shard);
  for (RecordRoute& one : routes) {
    SLUICE_CHECK(one.partition != refused_partition);
    if (!options_.is_partitioned) {
      one.partition = {};
    } else if (one.kind != ObjectKind::data) {
      one.partition = refused_partition;
    }
  }
  shard.take_routed(std::move(records), std::move(routes), route.records.size());
  for (const PartitionEnd& end : ends) {
    shard.ends.push_back({shard.pending_from + end.before, end.partition});
  }
  drop_skipped(shard);
  routing_.succeeded();
}

void Core::route_failed(Instant now) {
  answer<Route>();
  routing_.failed(now.steady, random_);
}

void Core::appended(std::span<const std::uint32_t> rejected) {
  const Append append = answer<Append>();
  const auto& records = append.records;
  SLUICE_CHECK(rejected.empty() || append.kind == ObjectKind::data);
  std::size_t from = 0;
  for (const std::uint32_t index : rejected) {
    SLUICE_CHECK(index >= from && index < records.size());
    account(append.buffer, ObjectKind::data, append.shard, records.subspan(from, index - from));
    if (!options_.leaves_refused) {
      account(append.refused,
              ObjectKind::format_conversion_failed,
              append.shard,
              records.subspan(index, 1));
    }
    from = index + 1;
  }
  const bool is_settled = append.kind == ObjectKind::data || append.kind == ObjectKind::dropped;
  if (is_settled || !options_.leaves_refused) {
    account(append.buffer, append.kind, append.shard, records.subspan(from));
  }

  Group& group = window_->groups[window_->group];
  group.from += records.size();
  const bool is_group_done = group.from == group.end;
  // A buffer that took none of its records is not open.
  if (open_.at(append.buffer).records == 0 || is_full(open_.at(append.buffer))) {
    close(append.buffer);
  }
  if (open_.contains(append.refused) && is_full(open_.at(append.refused))) {
    close(append.refused);
  }
  if (gathered_bytes_max_ && open_.source_bytes() >= *gathered_bytes_max_) {
    close_open_buffers();
  }
  if (is_group_done) {
    finish_group();
  }
}

void Core::finish_group() {
  Window& window = *window_;
  if (++window.group == window.groups.size()) {
    Shard& shard = *window.shard;
    shard.pending_from += window.records.size();
    window_.reset();
    drop_skipped(shard);
  }
}

std::uint64_t Core::unplanned_bytes() const {
  std::uint64_t bytes = open_.source_bytes();
  for (const Buffer& buffer : closing_) {
    bytes += buffer.source_bytes;
  }
  return bytes;
}

// `bytes` of records did not go into spool files.
// An object that is too large for its format is like one for which the disk has no room.
void Core::building_failed(Instant now, Fault why, std::uint64_t bytes) {
  building_.failed(now.steady, random_);
  if (why == Fault::throttled || why == Fault::too_large) {
    gathered_bytes_max_ = std::max(gathered_bytes_min, bytes / 2);
  }
}

void Core::append_failed(Instant now, Fault why) {
  const Append append = answer<Append>();
  std::uint64_t bytes = unplanned_bytes();
  for (const SourceRecord& record : append.records) {
    bytes += record.data.size();
  }
  building_failed(now, why, bytes);
  if (open_.at(append.buffer).records > 0 || open_.at(append.refused).records > 0) {
    abandon_unplanned();
    // What is parked and takes no more records (its columns are others now) ends as it is.
    if (why == Fault::conflict && open_.contains(append.buffer)) {
      close(append.buffer);
    }
    return;
  }
  // The buffer could not even be opened (its table may be missing): the records wait in memory.
  close(append.buffer);
  if (open_.contains(append.refused)) {
    close(append.refused);
  }
  if (why == Fault::throttled) {
    close_open_buffers();  // what the others hold leaves no room for it
  }
}

void Core::weighed(std::uint64_t bytes) {
  const BufferId buffer = answer<Weigh>().buffer;
  SLUICE_CHECK(!weighing_.empty() && weighing_.front() == buffer);
  weighing_.pop_front();
  if (bytes >= options_.size_hint_bytes) {
    close(buffer);
  }
}

void Core::weigh_failed(Instant now, Fault why) {
  answer<Weigh>();
  building_failed(now, why, unplanned_bytes());
  abandon_unplanned();
}

void Core::parked() {
  Park park = answer<Park>();
  parking_.clear();
  recording_.succeeded();
  for (const Buffer* const buffer : park.buffers) {
    open_.note_parked(buffer->id);
  }
  take_marks(std::move(park.marks));
}

void Core::park_failed(Instant now, Fault why) {
  SLUICE_CHECK(parking_.empty());
  answer<Park>();
  building_failed(now, why, unplanned_bytes());
  abandon_unplanned();
}

void Core::sealed() {
  sealed_ = answer<Seal>().objects.size();
  building_.succeeded();
}

void Core::seal_failed(Instant now, Fault why) {
  answer<Seal>();
  building_failed(now, why, unplanned_bytes());
  abandon_unplanned();
}

void Core::abandon(const Buffer& buffer, std::size_t from_part) {
  for (std::size_t part = from_part; part < object_kinds; ++part) {
    notices_.emplace_back(Abandon{{buffer.id, static_cast<ObjectKind>(part)}});
  }
}

// From a part on, only what is parked stays.
void Core::unwind(Buffer& buffer, std::size_t from_part) {
  for (std::size_t part = from_part; part < object_kinds; ++part) {
    const ObjectId object{buffer.id, static_cast<ObjectKind>(part)};
    const bool is_parked = buffer.parked && buffer.parked->parts[part].records > 0;
    if (is_parked) {
      buffer.parts[part] = buffer.parked->parts[part];
      notices_.emplace_back(Unwind{object});
    } else {
      buffer.parts[part] = {};
      notices_.emplace_back(Abandon{object});
    }
  }
}

// Everything that is neither planned nor parked goes, and is read again.  Nothing less will do: a
// buffer that stayed open would get records that are older than those it holds.
void Core::abandon_unplanned() {
  std::vector<ShardPositions> kept;
  std::size_t buffers_kept = 0;
  if (are_plans_tried_) {
    std::size_t parts_kept = 0;  // of the last of those
    for (const ClosingPart& at : closing_parts(sealed_)) {
      const std::vector<ShardPositions>& positions = closing_[at.buffer].parts[at.part].positions;
      kept.insert(kept.end(), positions.begin(), positions.end());
      buffers_kept = at.buffer + 1;
      parts_kept = at.part + 1;
    }
    unwind(closing_[buffers_kept - 1], parts_kept);
  } else {
    sealed_ = 0;
  }
  for (std::size_t i = buffers_kept; i < closing_.size(); ++i) {
    unwind(closing_[i], closing_[i].part);
  }
  const auto rest = closing_.begin() + static_cast<std::ptrdiff_t>(buffers_kept);
  closing_.erase(
      std::remove_if(rest, closing_.end(), [](const Buffer& buffer) { return !buffer.parked; }),
      closing_.end());
  for (Buffer& buffer : open_.take_all()) {
    unwind(buffer, 0);
    if (buffer.parked) {
      open_.restore(buffer.id, buffer.partition, *buffer.parked, buffer.opened);
    }
  }
  window_.reset();
  weighing_.clear();
  ++rewinds_;
  for (auto& [key, shard] : shards_) {
    shard.drop_pending();
    shard.is_at_tip = false;
    shard.has_turn = false;
    shard.next = shard.mark.low;
    shard.skip = shard.mark.settled;
    shard.skip_parts = shard.mark.partial;
  }
  do_all_have_turns_ = false;
  for (const Planned& planned : planned_) {
    kept.insert(kept.end(), planned.positions.begin(), planned.positions.end());
  }
  for (const ShardPositions& positions : kept) {
    shards_.at(positions.shard).pass_over(positions);
  }
  records_came_ = true;
}

// --- answers: settling ---

void Core::planned() {
  const Plan plan = answer<Plan>();
  for (const Plan::One& one : plan.objects) {
    drop_empty_parts();
    SLUICE_CHECK(one.number == next_plan_ && !closing_.empty());
    Buffer& buffer = closing_.front();
    ObjectFacts& facts = buffer.parts[buffer.part++];
    planned_.push_back(
        {one.number, std::move(facts.positions), facts.source_bytes, facts.oldest_arrival});
    ++next_plan_;
  }
  sealed_ = 0;
  are_plans_tried_ = false;
  recording_.succeeded();
  drop_empty_parts();
}

void Core::put_done(std::size_t count) {
  const Put put = answer<Put>();
  SLUICE_CHECK(count > 0 && count <= put.numbers.size());
  puts_ += count;
  putting_.succeeded();
}

void Core::put_failed(std::size_t done, Instant now) {
  const Put put = answer<Put>();
  SLUICE_CHECK(done < put.numbers.size());
  puts_ += done;
  putting_.failed(now.steady, random_);
}

void Core::committed() {
  Commit commit = answer<Commit>();
  for (const PlanNumber number : commit.numbers) {
    SLUICE_CHECK(puts_ > 0 && planned_.front().number == number);
    planned_.pop_front();
    --puts_;
    if (gathered_bytes_max_) {
      *gathered_bytes_max_ *= 2;
      if (*gathered_bytes_max_ >= options_.size_hint_bytes) {
        gathered_bytes_max_.reset();
      }
    }
  }
  commits_again_ = false;
  recording_.succeeded();
  take_marks(std::move(commit.marks));
}

// They are in the ledger now.
void Core::take_marks(std::vector<ShardMark> marks) {
  for (ShardMark& mark : marks) {
    Shard& shard = shards_.at(mark.shard);
    SLUICE_CHECK(mark.low >= shard.mark.low);
    if (mark.low > shard.mark.low || shard.is_mark_dirty) {
      notices_.emplace_back(AdvanceLow{mark.shard, mark.low});
    }
    shard.is_mark_dirty = false;
    shard.mark = std::move(mark);
  }
}

void Core::ledger_failed(Instant now) {
  SLUICE_CHECK(outstanding_.has_value());
  if (auto* const park = std::get_if<Park>(&*outstanding_)) {
    parking_ = std::move(park->buffers);
  } else {
    commits_again_ = commits_again_ || std::holds_alternative<Commit>(*outstanding_);
    SLUICE_CHECK(commits_again_ || std::holds_alternative<Plan>(*outstanding_));
  }
  outstanding_.reset();
  recording_.failed(now.steady, random_);
}

// --- the course of things ---

void Core::stop(StopMode mode, const std::map<ShardKey, Ordinal>& tips) {
  SLUICE_CHECK(!outstanding_);
  stop_ = mode;
  if (mode == StopMode::leave) {
    // What the ledger failed to record as parked, or seemed to, keeps its files: the next life
    // knows whether they are needed.
    for (const Buffer* const buffer : std::exchange(parking_, {})) {
      open_.note_parked(buffer->id);
    }
    abandon_unplanned();
    return;
  }
  for (const auto& [key, tip] : tips) {
    if (const auto shard = shards_.find(key); shard != shards_.end()) {
      shard->second.drain_to = tip;
    }
  }
}

bool Core::is_done() const {
  if (outstanding_ || !notices_.empty()) {
    return false;
  }
  if (stop_ == StopMode::leave) {
    return true;
  }
  return stop_ == StopMode::drain && is_all_drained() && !open_.has_records() && closing_.empty() &&
         planned_.empty();
}

std::optional<UnixMillis> Core::oldest_undelivered() const {
  UnixMillis oldest = UnixMillis::max();
  for (const Planned& planned : planned_) {
    oldest = std::min(oldest, planned.oldest_arrival);
  }
  for (const Buffer& buffer : closing_) {
    oldest = std::min(oldest, buffer.oldest_arrival);
  }
  oldest = std::min(oldest, open_.oldest_arrival());
  for (const auto& [key, shard] : shards_) {
    if (shard.has_pending()) {
      oldest = std::min(oldest, shard.head().arrival);
    }
  }
  return oldest == UnixMillis::max() ? std::nullopt : std::optional(oldest);
}

std::vector<ShardMark> Core::marks() const {
  std::vector<ShardMark> marks;
  marks.reserve(shards_.size());
  for (const auto& [key, shard] : shards_) {
    marks.push_back(shard.mark);
  }
  return marks;
}

}  // namespace sluice::delivery
