#include "stream/shortage.h"

#include <algorithm>

namespace sluice::stream {

namespace {

constexpr std::uint64_t parts_of_whole = 16;  // one of them is free when a shortage ends

}  // namespace

bool Shortage::refuse(std::uint64_t bytes) {
  ++refused_;
  largest_ = std::max(largest_, bytes);
  return !is_on_.exchange(true);
}

bool Shortage::ends_with(std::uint64_t room, std::uint64_t whole) {
  if (!is_on_ || room < std::max(largest_, whole / parts_of_whole)) {
    return false;
  }
  largest_ = 0;
  is_on_ = false;
  return true;
}

}  // namespace sluice::stream
