// Line for line, one object after the other.
#include "server/replay_source.h"

#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

namespace sluice::server {
namespace {

using delivery::ErrorPlace;
using delivery::Ordinal;
using delivery::PlanNumber;
using delivery::ShardKey;

constexpr std::size_t piece_bytes = std::size_t{1} << 20;
constexpr std::size_t problems_named_max = 20;

// Lines before `end` that are not settled.
std::uint64_t unsettled_before(const delivery::ShardMark& mark, Ordinal end) {
  if (end <= mark.low) {
    return 0;
  }
  std::uint64_t count = end - mark.low;
  for (const delivery::OrdinalSet::Run& run : mark.settled.runs()) {
    if (run.first < end) {
      count -= std::min(run.last + 1, end) - run.first;
    }
  }
  return count;
}

std::uint64_t count_of(const std::map<ShardKey, delivery::OrdinalSet>& sets) {
  std::uint64_t count = 0;
  for (const auto& [shard, lines] : sets) {
    count += lines.count();
  }
  return count;
}

}  // namespace

ShardKey replay_shard(std::uint64_t incarnation, PlanNumber plan) {
  return {delivery::StreamIncarnation{incarnation}, static_cast<std::uint32_t>(plan.value)};
}

bool ReplayFilter::takes(const delivery::ErrorLine& line) const {
  const bool is_code = code.empty() || line.code == code || line.code.ends_with("." + code);
  return is_code && (!from || line.arrival >= *from) && (!to || line.arrival < *to);
}

std::uint64_t ReplayCounts::still_failing() const {
  std::uint64_t count = 0;
  for (const auto& [code, of_code] : failing) {
    count += of_code.lines;
  }
  return count;
}

ReplaySource::ReplaySource(Order order, OpenObject open)
    : order_(std::move(order)), open_(std::move(open)) {}

ReplayCounts ReplaySource::counts() const {
  const std::lock_guard lock(mutex_);
  ReplayCounts counts;
  counts.objects = order_.objects.size();
  for (const ReplayObject& object : order_.objects) {
    counts.lines += unsettled_before(object.mark, Ordinal(object.lines + 1));
    if (const auto passed = passed_.find(object.plan); passed != passed_.end()) {
      counts.passed += unsettled_before(object.mark, passed->second);
    }
  }
  counts.matched = count_of(matched_);
  for (const auto& [code, tally] : left_) {
    counts.failing[code] = {count_of(tally.lines), tally.message};
  }
  counts.problems = order_.problems;
  for (const auto& [place, what] : problems_) {
    counts.problems.push_back(what);
  }
  if (counts.problems.size() > problems_named_max) {
    const std::size_t more = counts.problems.size() - problems_named_max;
    counts.problems.resize(problems_named_max);
    counts.problems.push_back(fmt::format("and {} more", more));
  }
  return counts;
}

void ReplaySource::note_left(ShardKey shard,
                             const delivery::SourceRecord& record,
                             const serde::Rejection& why) {
  const std::lock_guard lock(mutex_);
  Tally& tally = left_[why.code];
  tally.lines[shard].add(record.ordinal);
  tally.message = why.message;
}

const ReplayObject* ReplaySource::find(ShardKey shard) const {
  const auto found = std::ranges::find_if(order_.objects, [&](const ReplayObject& object) {
    return replay_shard(order_.incarnation, object.plan) == shard && !gone_.contains(object.plan);
  });
  return found == order_.objects.end() ? nullptr : &*found;
}

// One after the other: each waits for the one before.
Result<std::vector<delivery::Source::Shard>> ReplaySource::shards() {
  const std::lock_guard lock(mutex_);
  std::vector<Shard> shards;
  for (const ReplayObject& object : order_.objects) {
    if (gone_.contains(object.plan)) {
      continue;
    }
    Shard shard;
    shard.key = replay_shard(order_.incarnation, object.plan);
    shard.first = Ordinal{1};
    shard.is_closed = true;
    if (!shards.empty()) {
      shard.parents.push_back(shards.back().key);
    }
    shards.push_back(std::move(shard));
  }
  return shards;
}

void ReplaySource::note_problem(ErrorPlace place, std::string what) {
  problems_.emplace(place, std::move(what));
}

// The cursor stands in the object, at `from` or before.
Result<void> ReplaySource::stand_at(const ReplayObject& object, Ordinal from) {
  if (cursor_.object == &object && cursor_.line <= from) {
    return {};
  }
  cursor_ = {};
  auto file = open_(object.bucket, object.key);
  if (!file) {
    if (file.error().fault() == Fault::missing) {
      gone_.insert(object.plan);
      note_problem(
          {object.plan.value, 0},
          fmt::format("s3://{}/{} is not in the bucket any more", object.bucket, object.key));
    }
    return std::unexpected(std::move(file).error());
  }
  cursor_.object = &object;
  cursor_.file = *std::move(file);
  return {};
}

// std::nullopt at the end of the object.
Result<std::optional<ByteView>> ReplaySource::next_line() {
  while (true) {
    const std::size_t end = cursor_.held.find('\n', cursor_.taken);
    if (end != Bytes::npos) {
      const ByteView line = ByteView(cursor_.held).substr(cursor_.taken, end - cursor_.taken);
      cursor_.taken = end + 1;
      ++cursor_.line;
      return line;
    }
    cursor_.held.erase(0, cursor_.taken);
    cursor_.taken = 0;
    if (cursor_.held.size() > delivery::error_line_bytes_max) {
      return fail(Fault::corrupt, fmt::format("line {} has no end", cursor_.line.value));
    }
    const std::size_t before = cursor_.held.size();
    SLUICE_TRY_DO(cursor_.file->read_at(cursor_.offset, piece_bytes, cursor_.held));
    cursor_.offset += cursor_.held.size() - before;
    if (cursor_.held.size() == before) {
      return std::nullopt;
    }
  }
}

// The line, if it is wanted.
std::optional<ReplaySource::Waiting> ReplaySource::take(const ReplayObject& object,
                                                        Ordinal number,
                                                        ByteView text) {
  const ErrorPlace place{object.plan.value, number.value};
  const auto repair = order_.repairs.find(place);
  if (object.mark.is_settled(number) ||
      (!order_.repairs.empty() && repair == order_.repairs.end())) {
    return std::nullopt;
  }
  auto line = delivery::parse_error_line(text);
  if (!line) {
    note_problem(place,
                 fmt::format("s3://{}/{}: line {} is no line of an error output: {}",
                             object.bucket,
                             object.key,
                             number.value,
                             line.error().message()));
    return std::nullopt;
  }
  if (!order_.filter.takes(*line)) {
    return std::nullopt;
  }
  if (repair != order_.repairs.end()) {
    line->raw_data = repair->second;
  }
  return Waiting{place, Bytes(text), *std::move(line)};
}

// The next line from `from` on that is wanted; std::nullopt at the end of the object.
Result<std::optional<ReplaySource::Waiting>> ReplaySource::next_waiting(const ReplayObject& object,
                                                                        Ordinal from) {
  while (true) {
    const Ordinal number = cursor_.line;
    SLUICE_TRY(text, next_line());
    Ordinal& passed = passed_[object.plan];
    passed = std::max(passed, cursor_.line);
    if (!text || number.value > object.lines) {
      return std::nullopt;
    }
    if (number < from) {
      continue;
    }
    if (auto waiting = take(object, number, *text)) {
      return waiting;
    }
  }
}

Result<delivery::SourceBatch> ReplaySource::read(ShardKey shard,
                                                 Ordinal from,
                                                 std::size_t bytes_max) {
  const std::lock_guard lock(mutex_);
  const ReplayObject* const object = find(shard);
  if (object == nullptr) {
    return fail(Fault::missing, fmt::format("plan {} is not replayed", shard.shard));
  }
  SLUICE_TRY_DO(stand_at(*object, from));
  const auto owner = std::make_shared<std::deque<Bytes>>();  // what lies in it does not move
  delivery::SourceBatch batch{{}, owner};
  for (std::size_t bytes = 0; bytes < bytes_max;) {
    auto waiting = next_waiting(*object, from);
    if (!waiting) {
      cursor_ = {};
      if (batch.records.empty()) {
        return std::unexpected(std::move(waiting).error());
      }
      break;  // the next read meets it again
    }
    if (!*waiting) {
      break;
    }
    const Ordinal number{(*waiting)->place.line};
    delivery::ErrorLine& line = (*waiting)->line;
    const Bytes& data = owner->emplace_back(std::move(line.raw_data));
    bytes += data.size() + 1;
    batch.records.push_back(
        {.ordinal = number, .arrival = line.arrival, .data = data, .partition_key = {}});
    matched_[shard].add(number);
  }
  return batch;
}

void ReplaySource::walk(ErrorPlace after, const std::function<bool(const Waiting&)>& each) {
  const std::lock_guard lock(mutex_);
  bool goes_on = true;
  for (auto object = order_.objects.begin(); goes_on && object != order_.objects.end(); ++object) {
    if (object->plan.value < after.plan) {
      continue;
    }
    const Ordinal from{object->plan.value == after.plan ? after.line + 1 : 1};
    const auto walked = walk(*object, from, each);
    goes_on = walked.value_or(true);
    if (!walked) {
      note_problem({object->plan.value, 0},
                   fmt::format("s3://{}/{} cannot be read: {}",
                               object->bucket,
                               object->key,
                               walked.error().message()));
    }
    cursor_ = {};
  }
}

// Whether to go on.
Result<bool> ReplaySource::walk(const ReplayObject& object,
                                Ordinal from,
                                const std::function<bool(const Waiting&)>& each) {
  SLUICE_TRY_DO(stand_at(object, from));
  while (true) {
    SLUICE_TRY(waiting, next_waiting(object, from));
    if (!waiting) {
      return true;
    }
    if (!each(*waiting)) {
      return false;
    }
  }
}

// What comes behind it in the object cannot be told from damage.
Result<Ordinal> ReplaySource::end_of_damage(ShardKey shard, Ordinal from) {
  const std::lock_guard lock(mutex_);
  const ReplayObject* const object = find(shard);
  if (object == nullptr) {
    return fail(Fault::missing, fmt::format("plan {} is not replayed", shard.shard));
  }
  note_problem({object->plan.value, from.value},
               fmt::format("s3://{}/{} is damaged: its lines from {} on were not replayed",
                           object->bucket,
                           object->key,
                           from.value));
  return std::max(Ordinal(object->lines + 1), from + 1);
}

Result<Ordinal> ReplaySource::tip(ShardKey shard) {
  const std::lock_guard lock(mutex_);
  const ReplayObject* const object = find(shard);
  if (object == nullptr) {
    return fail(Fault::missing, fmt::format("plan {} is not replayed", shard.shard));
  }
  return Ordinal(object->lines + 1);
}

Result<Ordinal> ReplaySource::first_at(ShardKey, UnixMillis) {
  return Ordinal{1};
}

std::string ReplaySource::sequence_number(ShardKey shard, Ordinal ordinal, UnixMillis) {
  return ErrorPlace{shard.shard, ordinal.value}.text();
}

}  // namespace sluice::server
