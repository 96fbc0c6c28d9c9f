// A text cut into blocks of whole lines.
#include "cli/text_blocks.h"

#include "base/check.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::cli {
namespace {

// Behind the last line end in the `count` bytes at `bytes`; 0 when there is none.
std::size_t behind_last_line(const char* bytes, std::size_t count) {
  const void* found = ::memrchr(bytes, '\n', count);
  return found == nullptr ? 0
                          : static_cast<std::size_t>(static_cast<const char*>(found) - bytes) + 1;
}

}  // namespace

TextBlocks::TextBlocks(ReadBytes read, Limits limits) : read_(std::move(read)), limits_(limits) {
  SLUICE_CHECK(limits_.block_bytes > 0);
  SLUICE_CHECK(limits_.line_bytes_max >= limits_.block_bytes);
}

Result<void> TextBlocks::next(TextBlock& block) {
  SLUICE_CHECK(!is_at_end_ || !rest_.empty());
  const std::size_t wanted = std::max(limits_.block_bytes, rest_.size());
  if (block.buffer.size() != wanted) {
    block.buffer = std::vector<char>(wanted);  // a long line's memory goes
  }
  std::ranges::copy(rest_, block.buffer.begin());
  block.size = rest_.size();
  block.skipped = 0;
  block.is_too_long = false;
  rest_.clear();
  std::size_t looked_at = 0;
  std::size_t lines_end = 0;
  for (;;) {
    SLUICE_TRY_DO(fill(block));
    const std::size_t found =
        behind_last_line(block.buffer.data() + looked_at, block.size - looked_at);
    lines_end = found == 0 ? 0 : looked_at + found;
    looked_at = block.size;
    if (is_at_end_ || lines_end > 0) {
      break;
    }
    if (block.size >= limits_.line_bytes_max) {
      return skip_line(block);
    }
    block.buffer.resize(std::min(block.buffer.size() * 2, limits_.line_bytes_max));
  }
  if (!is_at_end_) {
    rest_.assign(block.buffer.data() + lines_end, block.buffer.data() + block.size);
    block.size = lines_end;
  }
  block.is_last = is_at_end_;
  return {};
}

// Until the buffer is full or the text at its end.
Result<void> TextBlocks::fill(TextBlock& block) {
  while (block.size < block.buffer.size() && !is_at_end_) {
    SLUICE_TRY(count, read_(block.buffer.data() + block.size, block.buffer.size() - block.size));
    block.size += count;
    is_at_end_ = count == 0;
  }
  return {};
}

// The block is full of the beginning of a line.
Result<void> TextBlocks::skip_line(TextBlock& block) {
  block.is_too_long = true;
  rest_.resize(limits_.block_bytes);
  for (;;) {
    SLUICE_TRY(count, read_(rest_.data(), rest_.size()));
    const void* found = count > 0 ? std::memchr(rest_.data(), '\n', count) : nullptr;
    const std::size_t of_line =
        found == nullptr
            ? count
            : static_cast<std::size_t>(static_cast<const char*>(found) - rest_.data()) + 1;
    block.skipped += of_line;
    if (found != nullptr || count == 0) {
      is_at_end_ = count == 0;
      rest_.erase(rest_.begin() + static_cast<std::ptrdiff_t>(count), rest_.end());
      rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(of_line));
      block.is_last = is_at_end_;
      return {};
    }
  }
}

}  // namespace sluice::cli
