// Tests of reading beats out of lines.
#include "cli/beat_lines.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::cli {
namespace {

Result<RecordedBeats> beats_of(std::string text) {
  std::size_t taken = 0;
  LineReader lines(
      [&text, &taken](char* to, std::size_t count) -> Result<std::size_t> {
        const std::size_t now = std::min(count, text.size() - taken);
        std::copy_n(text.data() + taken, now, to);
        taken += now;
        return now;
      },
      {});
  return read_beat_lines(lines);
}

constexpr const char* good = "{\"timestamp\": \"2025-07-13T15:55:19\", \"heart_rate\": 89}\n";

TEST(BeatLines, BlankLinesAreNothingAndATornOneIsRefusedAlone) {
  const auto read = beats_of(std::string("\n") + good + " \n" + good + "{\"timestamp\": \"20");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->beats.size(), 2U);
  EXPECT_EQ(read->refused, 1U);
  EXPECT_TRUE(read->refused_first_why.starts_with("line 5: ")) << read->refused_first_why;
}

TEST(BeatLines, WhatHoldsNoBeatIsSomethingElse) {
  EXPECT_EQ(beats_of("").error().message(), "it is empty");
  EXPECT_EQ(beats_of("\n\n").error().message(), "it is empty");
  EXPECT_EQ(beats_of("# Title\n").error().fault(), Fault::invalid);
}

TEST(BeatLines, AForeignTextIsNotReadToItsEnd) {
  std::string text;
  for (std::uint64_t i = 0; i + 1 < foreign_lines_max; ++i) {
    text += "x\n";
  }
  EXPECT_EQ(beats_of(text + good)->beats.size(), 1U) << "one line fewer is read on";
  EXPECT_FALSE(beats_of("x\n" + text + good));
}

}  // namespace
}  // namespace sluice::cli
