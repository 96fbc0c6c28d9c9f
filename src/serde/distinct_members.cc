// The members of JSON objects as a Java map holds them.
#include "serde/distinct_members.h"

#include "base/check.h"
#include "serde/letter_case.h"

#include <algorithm>
#include <ranges>

namespace sluice::serde {

namespace {

// Up to here each key is compared with those before it.
constexpr std::size_t few_members_max = 12;

}  // namespace

DistinctMembers::Range DistinctMembers::push(json::View object) {
  const Range range{entries_.size(), entries_.size() + object.size(), keys_.size()};
  for (const json::Member member : object.members()) {
    const auto begin = static_cast<std::uint32_t>(keys_.size());
    if (lower_keys_) {
      append_lower_case(keys_, member.key);
    } else {
      keys_.append(member.key);
    }
    entries_.push_back({begin,
                        static_cast<std::uint32_t>(keys_.size()) - begin,
                        static_cast<std::uint32_t>(entries_.size() - range.first),
                        false,
                        member.value});
  }
  SLUICE_CHECK(entries_.size() == range.last);
  if (range.last - range.first <= few_members_max) {
    settle_few(range.first);
  } else {
    settle_many(range.first);
  }
  return range;
}

void DistinctMembers::pop(const Range& range) {
  SLUICE_DCHECK(entries_.size() == range.last);
  entries_.resize(range.first);
  keys_.resize(range.keys_before);
}

void DistinctMembers::settle_few(std::size_t first) {
  for (std::size_t later = first + 1; later < entries_.size(); ++later) {
    for (std::size_t earlier = first; earlier < later; ++earlier) {
      if (!entries_[earlier].is_repeat && key(earlier) == key(later)) {
        entries_[earlier].value = entries_[later].value;
        entries_[later].is_repeat = true;
        break;
      }
    }
  }
}

// Sorting keeps this n log n whatever a producer sends.
void DistinctMembers::settle_many(std::size_t first) {
  const auto members =
      std::ranges::subrange(entries_.begin() + static_cast<std::ptrdiff_t>(first), entries_.end());
  std::ranges::sort(members, [this](const Entry& left, const Entry& right) {
    const int order = key(left).compare(key(right));
    return order != 0 ? order < 0 : left.order < right.order;
  });
  Entry* kept = nullptr;
  for (Entry& entry : members) {
    if (kept != nullptr && key(*kept) == key(entry)) {
      kept->value = entry.value;
      entry.is_repeat = true;
    } else {
      kept = &entry;
    }
  }
  std::ranges::sort(members, {}, &Entry::order);
}

}  // namespace sluice::serde
