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
  if (pending_.empty()) {
    return;
  }
  if (random.below(2) == 0) {
    settle_prefix(random);
  } else {
    settle_sectors(random);
  }
}

// By number, ascending.
std::vector<std::uint64_t> MemoryContents::changed_sectors(std::uint64_t sector_bytes) const {
  std::vector<std::uint64_t> sectors;
  std::uint64_t size = durable_.size();
  for (const Change& change : pending_) {
    // A truncate makes zeros of what it takes away.
    const std::uint64_t end =
        change.is_truncate ? std::max(size, change.offset) : change.offset + change.bytes.size();
    for (std::uint64_t at = change.offset / sector_bytes; at * sector_bytes < end; ++at) {
      sectors.push_back(at);
    }
    size = change.is_truncate ? change.offset : std::max(size, end);
  }
  std::ranges::sort(sectors);
  const auto repeated = std::ranges::unique(sectors);
  sectors.erase(repeated.begin(), repeated.end());
  return sectors;
}

// What lay there after the first `changes` of the pending ones.
Bytes MemoryContents::sector_after(std::size_t changes,
                                   std::uint64_t offset,
                                   std::uint64_t bytes) const {
  Bytes sector(bytes, '\0');
  patch(sector, offset, 0, durable_);
  for (std::size_t i = 0; i < changes; ++i) {
    const Change& change = pending_[i];
    if (!change.is_truncate) {
      patch(sector, offset, change.offset, change.bytes);
    } else if (change.offset < offset + bytes) {
      const std::uint64_t kept = std::max(change.offset, offset) - offset;
      std::fill(sector.begin() + static_cast<std::ptrdiff_t>(kept), sector.end(), '\0');
    }
  }
  return sector;
}

void MemoryContents::settle_sectors(Random& random) {
  static_assert(sector_bytes_max == sector_bytes_min << 5);
  const std::uint64_t sector_bytes = sector_bytes_min << random.below(6);
  std::uint64_t size = durable_.size();
  for (std::uint64_t left = random.below(pending_.size() + 1); const Change& change : pending_) {
    if (left-- == 0) {
      break;
    }
    size = change.is_truncate ? change.offset : std::max(size, change.offset + change.bytes.size());
  }
  // Mostly lost, mixed, or mostly there: of many sectors a single one is to be the odd one too.
  enum class Most : std::uint8_t { lost, mixed, there };
  const auto most = static_cast<Most>(random.below(3));
  std::vector<std::pair<std::uint64_t, Bytes>> settled;
  for (const std::uint64_t sector : changed_sectors(sector_bytes)) {
    const bool is_odd = most == Most::mixed || random.below(8) == 0;
    const std::size_t changes =
        is_odd ? random.below(pending_.size() + 1) : (most == Most::there ? pending_.size() : 0);
    const std::uint64_t offset = sector * sector_bytes;
    settled.emplace_back(offset, sector_after(changes, offset, sector_bytes));
  }
  durable_.resize(size, '\0');
  for (const auto& [offset, bytes] : settled) {
    patch(durable_, 0, offset, bytes);
  }
  pending_.clear();
}

void MemoryContents::settle_prefix(Random& random) {
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

void MemoryContents::flip(std::uint64_t offset, unsigned bit) {
  SLUICE_CHECK(offset < visible_.size());
  SLUICE_CHECK(bit < 8);
  const char flipped = static_cast<char>(visible_[offset] ^ (1 << bit));
  corrupt(offset, ByteView(&flipped, 1));
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
