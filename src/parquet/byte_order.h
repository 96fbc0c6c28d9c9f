// Comparing byte strings that are short and alike, as keys and times in text are.
#pragma once

#include "base/bytes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sluice::parquet {

// Negative, zero or positive, as `left` stands to `right`: as unsigned bytes, then by length.  The
// answer of ByteView::compare() without a call for short strings.
inline int compare_bytes(ByteView left, ByteView right) {
  constexpr std::size_t word = sizeof(std::uint64_t);
  constexpr std::size_t short_max = 64;
  const std::size_t common = std::min(left.size(), right.size());
  if (common < word || common > short_max) {
    return left.compare(right);
  }
  const auto ours = [&](std::size_t at) { return load_le<std::uint64_t>(left.data() + at); };
  const auto theirs = [&](std::size_t at) { return load_le<std::uint64_t>(right.data() + at); };
  std::size_t at = 0;
  while (at + word < common && ours(at) == theirs(at)) {
    at += word;
  }
  // The last word may overlap the one before, which is then the same.
  at = std::min(at, common - word);
  if (ours(at) != theirs(at)) {
    return __builtin_bswap64(ours(at)) < __builtin_bswap64(theirs(at)) ? -1 : 1;
  }
  return left.size() < right.size() ? -1 : left.size() > right.size() ? 1 : 0;
}

}  // namespace sluice::parquet
