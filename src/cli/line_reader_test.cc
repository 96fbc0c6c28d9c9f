// Tests of cli/line_reader.h.
#include "cli/line_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace sluice::cli {
namespace {

// Hands out `text` in pieces of at most `piece` bytes.
LineReader::ReadBlock pieces_of(const std::string& text, std::size_t piece) {
  return [&text, piece, at = std::size_t{0}](char* to,
                                             std::size_t count) mutable -> Result<std::size_t> {
    const std::size_t bytes = std::min({count, piece, text.size() - at});
    std::memcpy(to, text.data() + at, bytes);
    at += bytes;
    return bytes;
  };
}

std::vector<std::string> lines_of(const std::string& text, std::size_t piece, std::size_t block) {
  LineReader lines(pieces_of(text, piece), {block, 1000});
  std::vector<std::string> out;
  while (const auto line = *lines.next()) {
    EXPECT_EQ(line->number, out.size() + 1);
    out.push_back(std::string(line->text) + (line->has_newline ? "" : "<end>"));
  }
  EXPECT_EQ(lines.bytes_taken(), text.size());
  return out;
}

TEST(LineReader, LinesAreTheSameHoweverTheBlocksFall) {
  const std::string text = "a\n\nbcd\r\nlonger than a block\nend";
  const std::vector<std::string> expected = {"a", "", "bcd\r", "longer than a block", "end<end>"};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    for (const std::size_t block : {1U, 2U, 3U, 7U, 64U}) {
      ASSERT_EQ(lines_of(text, piece, block), expected) << piece << " " << block;
    }
  }
}

TEST(LineReader, AnEmptyTextHasNoLines) {
  EXPECT_TRUE(lines_of("", 1, 16).empty());
}

TEST(LineReader, ANewlineAtTheEndBeginsNoLine) {
  EXPECT_EQ(lines_of("a\n", 16, 16), std::vector<std::string>{"a"});
}

TEST(LineReader, TheRestOfATooLongLineIsSkipped) {
  const std::string text = "a\n" + std::string(100, 'x') + "\nb\n" + std::string(100, 'y');
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    for (const std::size_t block : {1U, 5U, 16U, 300U}) {
      LineReader lines(pieces_of(text, piece), {block, 10});
      EXPECT_EQ((*lines.next())->text, "a");
      const auto cut = *lines.next();
      ASSERT_TRUE(cut && cut->is_too_long);
      EXPECT_EQ(cut->text, std::string(10, 'x'));
      const auto after = *lines.next();
      ASSERT_TRUE(after && !after->is_too_long) << piece << " " << block;
      EXPECT_EQ(after->text, "b");
      EXPECT_EQ(after->number, 3U);
      const auto last = *lines.next();
      ASSERT_TRUE(last && last->is_too_long && !last->has_newline);
      EXPECT_FALSE(lines.next()->has_value());
      EXPECT_EQ(lines.bytes_taken(), text.size());
    }
  }
}

TEST(LineReader, AFailedReadIsPassedOn) {
  LineReader lines([](char*, std::size_t) -> Result<std::size_t> { return fail(Fault::io, "no"); },
                   {});
  EXPECT_EQ(lines.next().error().message(), "no");
}

TEST(LineReader, BlankLinesAreKnown) {
  EXPECT_TRUE(is_blank(""));
  EXPECT_TRUE(is_blank(" \t\r"));
  EXPECT_FALSE(is_blank(" x "));
}

}  // namespace
}  // namespace sluice::cli
