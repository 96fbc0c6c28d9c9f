// A text cut into blocks of whole lines, to be parsed side by side.
//
// Nothing is looked at but the line ends near the borders.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "cli/input_text.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice::cli {

// Made once and filled again and again.
struct TextBlock {
  std::vector<char> buffer;
  std::size_t size = 0;       // of the text in it; 0 only for the last one
  std::uint64_t skipped = 0;  // bytes of the text that are not there: the rest of a long line
  bool is_last = false;       // of the text
  bool is_too_long = false;   // one line, of which this is the beginning only

  // Whole lines with their ends; the last line of the text may lack its.
  ByteView text() const { return {buffer.data(), size}; }
};

// Not thread-safe.
class TextBlocks {
 public:
  struct Limits {
    std::size_t block_bytes = std::size_t{1} << 20;      // a longer line has a block to itself
    std::size_t line_bytes_max = std::size_t{16} << 20;  // so many or more: the rest is skipped
  };

  TextBlocks(ReadBytes read, Limits limits);

  // Fills `block` with what comes next.  Not to be called after the last one, or after a failure.
  Result<void> next(TextBlock& block);

 private:
  Result<void> fill(TextBlock& block);
  Result<void> skip_line(TextBlock& block);

  ReadBytes read_;
  Limits limits_;
  std::vector<char> rest_;  // what was read behind the last block
  bool is_at_end_ = false;
};

}  // namespace sluice::cli
