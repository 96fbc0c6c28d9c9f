// Lines out of large blocks: nothing is copied and nothing allocated for a line.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace sluice::cli {

struct Line {
  ByteView text;             // without its newline; good until the next call
  std::uint64_t number = 0;  // from 1
  bool has_newline = true;   // false: the last line of a text that does not end in one
  bool is_too_long = false;  // `text` is its beginning only
};

// Only blanks, tabs and carriage returns, or nothing.
bool is_blank(ByteView text);

// Not thread-safe.
class LineReader {
 public:
  // Up to `count` bytes to `to`; 0 at the end.
  using ReadBlock = std::function<Result<std::size_t>(char* to, std::size_t count)>;

  struct Limits {
    std::size_t block_bytes = std::size_t{1} << 20;
    std::size_t line_bytes_max = std::size_t{64} << 20;  // the rest of a longer line is skipped
  };

  LineReader(ReadBlock read, Limits limits);

  // The next line, or nothing at the end of the text.  A failed read is final.
  Result<std::optional<Line>> next();

  // Bytes of the lines given out, newlines included.
  std::uint64_t bytes_taken() const { return bytes_taken_; }

 private:
  Result<void> fill();
  Line take(std::size_t bytes, bool has_newline);
  Result<std::optional<Line>> take_too_long();

  ReadBlock read_;
  Limits limits_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what has not been given out
  std::size_t end_ = 0;
  std::size_t scanned_ = 0;  // no newline in [begin_, scanned_)
  std::uint64_t lines_ = 0;
  std::uint64_t bytes_taken_ = 0;
  bool is_at_end_ = false;
};

}  // namespace sluice::cli
