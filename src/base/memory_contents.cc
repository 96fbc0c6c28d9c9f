// The bytes of one file on a disk that forgets.
#include "base/memory_contents.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

void overwrite(Bytes& contents, std::uint64_t offset, ByteView bytes) {
  if (bytes.empty()) {
    return;
  }
  contents.resize(std::max<std::uint64_t>(contents.size(), offset + bytes.size()), '\0');
  bytes.copy(contents.data() + offset, bytes.size());
}

// Copies the part of `bytes`, which lie at `offset`, that overlaps `target` at `target_offset`.
void patch(Bytes& target, std::uint64_t target_offset, std::uint64_t offset, ByteView bytes) {
  const std::uint64_t begin = std::max(target_offset, offset);
  const std::uint64_t end = std::min(target_offset + target.size(), offset + bytes.size());
  if (begin < end) {
    bytes.substr(begin - offset).copy(target.data() + (begin - target_offset), end - begin);
  }
}

}  // namespace

void MemoryContents::write(std::uint64_t offset, ByteView bytes) {
  SLUICE_CHECK(offset <= visible_.max_size() - bytes.size());
  if (bytes.empty()) {
    return;
  }
  overwrite(visible_, offset, bytes);
  pending_.push_back({.is_truncate = false, .offset = offset, .bytes = Bytes(bytes)});
}

void MemoryContents::truncate(std::uint64_t size) {
  SLUICE_CHECK(size <= visible_.max_size());
  visible_.resize(size, '\0');
  pending_.push_back({.is_truncate = true, .offset = size, .bytes = {}});
}

void MemoryContents::sync() {
  for (const Change& change : std::exchange(pending_, {})) {
    if (change.is_truncate) {
      durable_.resize(change.offset, '\0');
    } else {
      overwrite(durable_, change.offset, change.bytes);
    }
  }
}

void MemoryContents::settle_some(Random& random) {
  pending_.resize(random.below(pending_.size() + 1));
  if (!pending_.empty() && !pending_.back().is_truncate) {
    Change& last = pending_.back();
    last.bytes.resize(random.below(last.bytes.size() + 1));
  }
  sync();
}

void MemoryContents::fail_sync(Random& random) {
  settle_some(random);
}

void MemoryContents::crash(Random& random) {
  settle_some(random);
  visible_ = durable_;
}

void MemoryContents::corrupt(std::uint64_t offset, ByteView bytes) {
  SLUICE_CHECK(offset <= visible_.size());
  SLUICE_CHECK(bytes.size() <= visible_.size() - offset);
  patch(visible_, 0, offset, bytes);
  patch(durable_, 0, offset, bytes);
  for (Change& change : pending_) {
    patch(change.bytes, change.offset, offset, bytes);
  }
}

}  // namespace sluice
