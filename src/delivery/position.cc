// Sets of ordinals as runs: union, look-up and their stored form.
#include "delivery/position.h"

#include "base/check.h"

#include <algorithm>
#include <limits>

namespace sluice::delivery {

namespace {

// The first run that ends at `ordinal` or above; runs are ascending.
std::vector<OrdinalSet::Run>::const_iterator first_ending_at(
    const std::vector<OrdinalSet::Run>& runs, Ordinal ordinal) {
  return std::lower_bound(
      runs.begin(), runs.end(), ordinal, [](const OrdinalSet::Run& run, Ordinal bound) {
        return run.last < bound;
      });
}

}  // namespace

void OrdinalSet::add(Ordinal first, Ordinal last) {
  SLUICE_CHECK(first.value > 0);
  SLUICE_CHECK(first <= last);
  // Records come in order nearly always: the last run grows, or a new one follows it.
  if (runs_.empty() || runs_.back().last + 1 < first) {
    runs_.push_back({first, last});
    return;
  }
  if (runs_.back().first <= first) {
    runs_.back().last = std::max(runs_.back().last, last);
    return;
  }
  // Everything that overlaps or touches [first, last] becomes one run.
  const auto from = first_ending_at(runs_, first - 1);
  auto to = from;
  Run merged{first, last};
  while (to != runs_.end() && to->first <= last + 1) {
    merged.first = std::min(merged.first, to->first);
    merged.last = std::max(merged.last, to->last);
    ++to;
  }
  const auto at = runs_.erase(from, to);
  runs_.insert(at, merged);
}

void OrdinalSet::add_all(const OrdinalSet& other) {
  // Each run added in the middle moves all behind it: many are merged in one pass, from where the
  // first of them belongs.
  constexpr std::size_t few_runs = 8;
  if (other.runs_.size() <= few_runs || runs_.empty() ||
      runs_.back().last < other.runs_.front().first) {
    for (const Run& run : other.runs_) {
      add(run.first, run.last);
    }
    return;
  }
  const auto from = first_ending_at(runs_, other.runs_.front().first - 1);
  const std::vector<Run> behind(from, runs_.cend());
  runs_.erase(from, runs_.cend());
  runs_.reserve(runs_.size() + behind.size() + other.runs_.size());
  auto ours = behind.begin();
  for (const Run& run : other.runs_) {
    for (; ours != behind.end() && ours->first < run.first; ++ours) {
      add(ours->first, ours->last);
    }
    add(run.first, run.last);
  }
  for (; ours != behind.end(); ++ours) {
    add(ours->first, ours->last);
  }
}

bool OrdinalSet::contains(Ordinal ordinal) const {
  const auto run = first_ending_at(runs_, ordinal);
  return run != runs_.end() && run->first <= ordinal;
}

std::uint64_t OrdinalSet::count() const {
  std::uint64_t total = 0;
  for (const Run& run : runs_) {
    total += run.last - run.first + 1;
  }
  return total;
}

void OrdinalSet::remove_below(Ordinal bound) {
  runs_.erase(runs_.begin(), first_ending_at(runs_, bound));
  if (!runs_.empty()) {
    runs_.front().first = std::max(runs_.front().first, bound);
  }
}

void OrdinalSet::encode(Bytes& out) const {
  put_varint(out, runs_.size());
  Ordinal after{0};  // one past the previous run
  for (const Run& run : runs_) {
    put_varint(out, run.first - after);
    put_varint(out, run.last - run.first);
    after = run.last + 1;
  }
}

Result<OrdinalSet> OrdinalSet::decode(ByteView bytes) {
  ByteReader reader(bytes);
  SLUICE_TRY(set, decode(reader));
  if (reader.remaining() != 0) {
    return fail(Fault::corrupt, "ordinal set: bytes follow the last run");
  }
  return set;
}

Result<OrdinalSet> OrdinalSet::decode(ByteReader& reader) {
  constexpr std::uint64_t ordinal_max = std::numeric_limits<std::uint64_t>::max() - 1;
  const auto count = reader.varint();
  // A run takes at least two bytes, so that a false count cannot ask for memory.
  if (!count || *count > reader.remaining() / 2) {
    return fail(Fault::corrupt, "ordinal set: the count of runs is broken");
  }
  OrdinalSet set;
  set.runs_.reserve(*count);
  std::uint64_t after = 0;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto gap = reader.varint();
    const auto length = reader.varint();
    if (!gap || !length || *gap == 0 || *gap > ordinal_max - after) {
      return fail(Fault::corrupt, "ordinal set: run " + std::to_string(i) + " is broken");
    }
    const std::uint64_t first = after + *gap;
    if (*length > ordinal_max - first) {
      return fail(Fault::corrupt, "ordinal set: run " + std::to_string(i) + " is too long");
    }
    set.runs_.push_back({Ordinal{first}, Ordinal{first + *length}});
    after = first + *length + 1;
  }
  return set;
}

bool PartialRecords::add(const PartialRecord& parts) {
  const auto at = std::lower_bound(
      records_.begin(), records_.end(), parts.ordinal, [](const PartialRecord& one, Ordinal bound) {
        return one.ordinal < bound;
      });
  if (at == records_.end() || at->ordinal != parts.ordinal) {
    const bool is_whole = parts.held.count() == parts.parts;
    if (!is_whole) {
      records_.insert(at, parts);
    }
    return is_whole;
  }
  SLUICE_CHECK(at->parts == parts.parts);
  at->held.add_all(parts.held);
  const bool is_whole = at->held.count() == at->parts;
  if (is_whole) {
    records_.erase(at);
  }
  return is_whole;
}

const PartialRecord* PartialRecords::find(Ordinal ordinal) const {
  const auto at = std::lower_bound(
      records_.begin(), records_.end(), ordinal, [](const PartialRecord& one, Ordinal bound) {
        return one.ordinal < bound;
      });
  return at == records_.end() || at->ordinal != ordinal ? nullptr : &*at;
}

std::size_t PartialRecords::bytes_held() const {
  std::size_t bytes = records_.capacity() * sizeof(PartialRecord);
  for (const PartialRecord& record : records_) {
    bytes += record.held.bytes_held();
  }
  return bytes;
}

void PartialRecords::remove_below(Ordinal bound) {
  std::erase_if(records_, [bound](const PartialRecord& one) { return one.ordinal < bound; });
}

void PartialRecords::remove_all(const OrdinalSet& ordinals) {
  std::erase_if(records_,
                [&ordinals](const PartialRecord& one) { return ordinals.contains(one.ordinal); });
}

void PartialRecords::encode(Bytes& out) const {
  put_varint(out, records_.size());
  for (const PartialRecord& one : records_) {
    put_varint(out, one.ordinal.value);
    put_varint(out, one.parts);
    put_varint(out, one.version);
    one.held.encode(out);
  }
}

Result<PartialRecords> PartialRecords::decode(ByteReader& reader) {
  constexpr std::uint64_t number_max = std::numeric_limits<std::uint32_t>::max();
  const auto broken = [] { return fail(Fault::corrupt, "partial records: the form is broken"); };
  const auto count = reader.varint();
  // A record takes at least six bytes, so that a false count cannot ask for memory.
  if (!count || *count > reader.remaining() / 6) {
    return broken();
  }
  PartialRecords partial;
  partial.records_.reserve(*count);
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto ordinal = reader.varint();
    const auto parts = reader.varint();
    const auto version = reader.varint();
    const bool is_ascending =
        ordinal && *ordinal > 0 && (i == 0 || partial.records_.back().ordinal < Ordinal(*ordinal));
    if (!is_ascending || !parts || *parts > number_max || !version || *version > number_max) {
      return broken();
    }
    SLUICE_TRY(held, OrdinalSet::decode(reader));
    if (held.empty() || held.runs().back().last > Ordinal(*parts) || held.count() == *parts) {
      return broken();
    }
    partial.records_.push_back({Ordinal(*ordinal),
                                static_cast<std::uint32_t>(*parts),
                                static_cast<std::uint32_t>(*version),
                                std::move(held)});
  }
  return partial;
}

OrdinalSet ShardPositions::touched() const {
  OrdinalSet all = ordinals;
  for (const PartialRecord& one : partial.all()) {
    all.add(one.ordinal);
  }
  return all;
}

void ShardMark::settle(const ShardPositions& positions) {
  OrdinalSet whole = positions.ordinals;
  for (const PartialRecord& one : positions.partial.all()) {
    if (!is_settled(one.ordinal) && partial.add(one)) {
      whole.add(one.ordinal);
    }
  }
  settle(whole);
}

void ShardMark::settle(const OrdinalSet& ordinals) {
  partial.remove_all(ordinals);
  settled.add_all(ordinals);
  settled.remove_below(low);
  if (!settled.empty() && settled.runs().front().first == low) {
    low = settled.runs().front().last + 1;
    settled.remove_below(low);
  }
  partial.remove_below(low);
  SLUICE_DCHECK(!settled.contains(low));
}

}  // namespace sluice::delivery
