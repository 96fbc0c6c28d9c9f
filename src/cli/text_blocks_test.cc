// Tests of cli/text_blocks.h.
#include "cli/text_blocks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace sluice::cli {
namespace {

// Hands out `text` in pieces of at most `piece` bytes.
ReadBytes pieces_of(const std::string& text, std::size_t piece) {
  return [&text, piece, at = std::size_t{0}](char* to,
                                             std::size_t count) mutable -> Result<std::size_t> {
    const std::size_t bytes = std::min({count, piece, text.size() - at});
    std::memcpy(to, text.data() + at, bytes);
    at += bytes;
    return bytes;
  };
}

// The blocks, each in brackets; what was skipped as its number of bytes.
std::string blocks_of(const std::string& text, std::size_t piece, TextBlocks::Limits limits) {
  TextBlocks blocks(pieces_of(text, piece), limits);
  TextBlock block;
  std::string out;
  std::size_t bytes = 0;
  do {
    EXPECT_TRUE(blocks.next(block));
    EXPECT_LE(block.size, std::max(limits.block_bytes, limits.line_bytes_max));
    EXPECT_EQ(block.is_too_long, block.is_too_long && block.size == limits.line_bytes_max);
    out += "[" + std::string(block.text()) +
           (block.is_too_long ? "+" + std::to_string(block.skipped) : "") + "]";
    bytes += block.size + block.skipped;
  } while (!block.is_last);
  EXPECT_EQ(bytes, text.size());
  return out;
}

TEST(TextBlocks, BlocksAreWholeLinesHoweverTheTextIsRead) {
  struct Case {
    std::string text;
    std::size_t block_bytes;
    std::string blocks;
  };

  for (const Case& each : {Case{"", 4, "[]"},
                           Case{"a\nb\nc\nd\n", 4, "[a\nb\n][c\nd\n][]"},
                           Case{"a\nb\nc\nd", 4, "[a\nb\n][c\nd]"},
                           Case{"aaaaaa\nb\n", 4, "[aaaaaa\n][b\n]"},
                           Case{"a\nlonger\n\n\nb", 4, "[a\n][longer\n\n][\nb]"},
                           Case{"no end", 64, "[no end]"}}) {
    for (std::size_t piece = 1; piece <= 9; ++piece) {
      ASSERT_EQ(blocks_of(each.text, piece, {each.block_bytes, 64}), each.blocks)
          << each.text << " " << piece;
    }
  }
}

TEST(TextBlocks, OfATooLongLineTheBeginningIsKept) {
  const std::string x(100, 'x');
  for (std::size_t piece = 1; piece <= 120; ++piece) {
    ASSERT_EQ(blocks_of("a\n" + x + "\nb\nc\nd\n" + x, piece, {4, 10}),
              "[a\n][xxxxxxxxxx+91][b\nc\n][d\n][xxxxxxxxxx+90]")
        << piece;
    ASSERT_EQ(blocks_of(x + "\n", piece, {4, 10}), "[xxxxxxxxxx+91][]") << piece;
  }
}

TEST(TextBlocks, TheMemoryOfALongLineIsGivenBack) {
  const std::string text = std::string(50, 'x') + "\na\nb\nc\nd\ne\nf\ng\nh\ni\n";
  TextBlocks blocks(pieces_of(text, 1000), {4, 64});
  TextBlock block;
  ASSERT_TRUE(blocks.next(block));
  EXPECT_EQ(block.text(), std::string(50, 'x') + "\na\nb\nc\nd\ne\nf\n");
  ASSERT_TRUE(blocks.next(block));
  EXPECT_EQ(block.buffer.size(), 4U);
}

TEST(TextBlocks, AFailedReadIsPassedOn) {
  TextBlocks blocks([](char*, std::size_t) -> Result<std::size_t> { return fail(Fault::io, "no"); },
                    {});
  TextBlock block;
  EXPECT_EQ(blocks.next(block).error().message(), "no");
}

}  // namespace
}  // namespace sluice::cli
