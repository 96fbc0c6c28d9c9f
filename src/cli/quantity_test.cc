// Tests of cli/quantity.h.
#include "cli/quantity.h"

#include <gtest/gtest.h>

#include <limits>

namespace sluice::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Quantity, BytesHaveAUnitAndAtMostFourDigits) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(1000), "1.0 KiB");
  EXPECT_EQ(human_bytes(1024), "1.0 KiB");
  EXPECT_EQ(human_bytes(1023 * 1024), "1.0 MiB");
  EXPECT_EQ(human_bytes(std::uint64_t{5} << 30), "5.0 GiB");
  EXPECT_EQ(human_bytes(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
}

TEST(Quantity, BytesAreReadWithTheirUnit) {
  constexpr std::uint64_t mib = std::uint64_t{1} << 20;
  EXPECT_EQ(parse_bytes("17"), 17U);
  EXPECT_EQ(parse_bytes("17B"), 17U);
  EXPECT_EQ(parse_bytes("64MiB"), 64 * mib);
  EXPECT_EQ(parse_bytes("64 m"), 64 * mib);
  EXPECT_EQ(parse_bytes("64MB"), 64'000'000U);
  EXPECT_EQ(parse_bytes("1T"), mib * mib);
  for (const char* wrong :
       {"", "M", "-1", "1.5M", "1X", "1MiBs", "99999999999999999999", "9999999999T"}) {
    EXPECT_EQ(parse_bytes(wrong), std::nullopt) << wrong;
  }
}

TEST(Quantity, DurationsAreAsExactAsTheyAreLong) {
  EXPECT_EQ(human_duration(milliseconds(0)), "0 ms");
  EXPECT_EQ(human_duration(milliseconds(850)), "850 ms");
  EXPECT_EQ(human_duration(milliseconds(2149)), "2.1 s");
  EXPECT_EQ(human_duration(seconds(200)), "3 min 20 s");
  EXPECT_EQ(human_duration(seconds(900)), "15 min");
  EXPECT_EQ(human_duration(seconds(7500)), "2 h 5 min");
  EXPECT_EQ(human_duration(milliseconds(-5)), "0 ms");
}

TEST(Quantity, WhatComesFromFilesCannotSteerTheTerminal) {
  EXPECT_EQ(printable("plain – text"), "plain – text");
  EXPECT_EQ(printable("\033[2J"), "\\x1b[2J");
  EXPECT_EQ(printable("a\nb\x7f"), "a\\x0ab\\x7f");
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");  // CSI in one character
}

TEST(Quantity, WidthCountsCharactersNotBytes) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("–…é"), 3U);
}

TEST(Quantity, ShortenedTextKeepsItsWidthAndSaysThatSomethingIsMissing) {
  EXPECT_EQ(shorten("abc", 3), "abc");
  EXPECT_EQ(shorten("abcd", 3), "ab…");
  EXPECT_EQ(shorten("éééé", 3), "éé…");
  EXPECT_EQ(shorten("abcd", 1), "…");
}

}  // namespace
}  // namespace sluice::cli
