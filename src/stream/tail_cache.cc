#include "stream/tail_cache.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace sluice::stream {

void TailCache::add(std::uint64_t segment, std::uint64_t offset, SharedBytes bytes) {
  SLUICE_CHECK(bytes != nullptr);
  if (!chunks_.empty()) {
    const Chunk& last = chunks_.back();
    SLUICE_CHECK(std::pair(last.segment, last.offset + last.bytes->size()) <=
                 std::pair(segment, offset));
  }
  if (bytes->empty() || bytes->size() > bytes_max_) {
    return;
  }
  bytes_ += bytes->size();
  chunks_.push_back({.segment = segment, .offset = offset, .bytes = std::move(bytes)});
  drop_above_bound();
}

void TailCache::drop_above_bound() {
  while (bytes_ > bytes_max_) {
    bytes_ -= chunks_.front().bytes->size();
    chunks_.pop_front();
  }
}

void TailCache::limit(std::size_t bytes_max) {
  bytes_max_ = bytes_max;
  drop_above_bound();
}

void TailCache::clear() {
  chunks_.clear();
  bytes_ = 0;
}

TailCache::Hit TailCache::find(std::uint64_t segment, std::uint64_t offset) const {
  const auto above =
      std::ranges::upper_bound(chunks_, std::pair(segment, offset), {}, [](const Chunk& chunk) {
        return std::pair(chunk.segment, chunk.offset);
      });
  if (above == chunks_.begin()) {
    return {};
  }
  const Chunk& chunk = *(above - 1);
  if (chunk.segment != segment || offset - chunk.offset >= chunk.bytes->size()) {
    return {};
  }
  return {.chunk = chunk.bytes, .position = static_cast<std::size_t>(offset - chunk.offset)};
}

}  // namespace sluice::stream
