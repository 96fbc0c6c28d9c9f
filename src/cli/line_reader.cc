// Lines out of large blocks.
#include "cli/line_reader.h"

#include "base/check.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::cli {

bool is_blank(ByteView text) {
  return text.find_first_not_of(" \t\r\n") == ByteView::npos;
}

LineReader::LineReader(ReadBlock read, Limits limits) : read_(std::move(read)), limits_(limits) {
  SLUICE_CHECK(limits_.block_bytes > 0);
  SLUICE_CHECK(limits_.line_bytes_max > 0);
  buffer_.resize(limits_.block_bytes);
}

Result<std::optional<Line>> LineReader::next() {
  for (;;) {
    const void* found =
        scanned_ < end_ ? std::memchr(buffer_.data() + scanned_, '\n', end_ - scanned_) : nullptr;
    if (found != nullptr) {
      const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
      return take(at - begin_, true);
    }
    scanned_ = end_;
    if (is_at_end_) {
      return begin_ == end_ ? std::optional<Line>() : take(end_ - begin_, false);
    }
    if (end_ - begin_ > limits_.line_bytes_max) {
      return take_too_long();
    }
    SLUICE_TRY_DO(fill());
  }
}

// Moves what is left to the front, makes room for a block and reads.
Result<void> LineReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    buffer_.resize(buffer_.size() * 2);
  }
  SLUICE_TRY(count, read_(buffer_.data() + end_, buffer_.size() - end_));
  SLUICE_CHECK(count <= buffer_.size() - end_);
  end_ += count;
  is_at_end_ = count == 0;
  return {};
}

Line LineReader::take(std::size_t bytes, bool has_newline) {
  Line line;
  line.text = ByteView(buffer_.data() + begin_, std::min(bytes, limits_.line_bytes_max));
  line.number = ++lines_;
  line.has_newline = has_newline;
  line.is_too_long = bytes > limits_.line_bytes_max;
  const std::size_t taken = bytes + (has_newline ? 1 : 0);
  begin_ += taken;
  scanned_ = begin_;
  bytes_taken_ += taken;
  return line;
}

// The buffer holds the beginning of the line and stays untouched; what follows is read past it.
Result<std::optional<Line>> LineReader::take_too_long() {
  const std::size_t kept_begin = begin_;
  std::vector<char> skipped(limits_.block_bytes);
  std::size_t bytes = end_ - begin_;
  for (;;) {
    SLUICE_TRY(count, read_(skipped.data(), skipped.size()));
    const void* found = count > 0 ? std::memchr(skipped.data(), '\n', count) : nullptr;
    const std::size_t of_line =
        found == nullptr
            ? count
            : static_cast<std::size_t>(static_cast<const char*>(found) - skipped.data());
    bytes += of_line;
    if (found == nullptr && count > 0) {
      continue;
    }
    is_at_end_ = count == 0;
    Line line{ByteView(buffer_.data() + kept_begin, limits_.line_bytes_max),
              ++lines_,
              found != nullptr,
              true};
    const std::size_t newline = found == nullptr ? 0 : 1;
    bytes_taken_ += bytes + newline;
    // What came behind the newline goes behind the kept beginning, which the next call gives up.
    const std::size_t rest = count - of_line - newline;
    if (buffer_.size() < end_ + rest) {
      buffer_.resize(end_ + rest);
      line.text = ByteView(buffer_.data() + kept_begin, limits_.line_bytes_max);
    }
    std::memcpy(buffer_.data() + end_, skipped.data() + of_line + newline, rest);
    begin_ = end_;
    scanned_ = end_;
    end_ += rest;
    return line;
  }
}

}  // namespace sluice::cli
