// Accounting for bodies in memory.
#include "net/body_budget.h"

#include "base/check.h"

#include <utility>

namespace sluice::net {

BodyBudget::BodyBudget(std::size_t bytes_max, std::size_t per_address_max)
    : bytes_max_(bytes_max), per_address_max_(per_address_max == 0 ? bytes_max : per_address_max) {}

std::size_t BodyBudget::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

bool BodyBudget::take(const std::string& address, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  SLUICE_CHECK(used_ <= bytes_max_);
  if (bytes > bytes_max_ - used_) {
    return false;
  }
  const auto held = by_address_.find(address);
  const std::size_t held_bytes = held == by_address_.end() ? 0 : held->second;
  if (held_bytes > per_address_max_ || bytes > per_address_max_ - held_bytes) {
    return false;
  }
  by_address_[address] += bytes;
  used_ += bytes;
  return true;
}

void BodyBudget::give_back(const std::string& address, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto held = by_address_.find(address);
  SLUICE_CHECK(held != by_address_.end());
  SLUICE_CHECK(held->second >= bytes);
  SLUICE_CHECK(used_ >= bytes);
  held->second -= bytes;
  used_ -= bytes;
  if (held->second == 0) {
    by_address_.erase(held);
  }
}

bool BodyBudget::Share::grow_to(std::size_t bytes) {
  if (bytes <= held_) {
    return true;
  }
  if (!budget_.take(address_, bytes - held_)) {
    return false;
  }
  held_ = bytes;
  return true;
}

void BodyBudget::Share::clear() {
  if (held_ > 0) {
    budget_.give_back(address_, std::exchange(held_, 0));
  }
}

}  // namespace sluice::net
