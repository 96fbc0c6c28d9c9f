#include "runner/memory_budget.h"

#include "base/check.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice::runner {

namespace {

// Memory is short when less than this part of it is left.
constexpr std::uint64_t short_part = 8;

// Where it is, one that holds little may still grow to this part of its equal part: until a large
// one notices, which may take some seconds, both exceed the budget by no more than that.
constexpr std::uint64_t least_part = 4;

}  // namespace

MemoryBudget::MemoryBudget(std::uint64_t bytes_max) : bytes_max_(bytes_max) {
  SLUICE_CHECK(bytes_max > 0);
}

std::uint64_t MemoryBudget::Share::hold(std::uint64_t bytes) {
  return budget_ == nullptr ? std::numeric_limits<std::uint64_t>::max()
                            : budget_->change(std::exchange(held_, bytes), bytes);
}

std::uint64_t MemoryBudget::bytes_held() const {
  const std::lock_guard lock(mutex_);
  return held_;
}

std::uint64_t MemoryBudget::change(std::uint64_t before, std::uint64_t now) {
  const std::lock_guard lock(mutex_);
  held_ = held_ - before + now;
  holders_ = holders_ - (before > 0 ? 1 : 0) + (now > 0 ? 1 : 0);
  const std::uint64_t left = bytes_max_ - std::min(bytes_max_, held_);
  const std::uint64_t equal_part = bytes_max_ / std::max<std::uint64_t>(holders_, 1);
  if (left >= bytes_max_ / short_part) {
    return now + left;
  }
  return now > equal_part ? equal_part : std::max(now + left, equal_part / least_part);
}

}  // namespace sluice::runner
