#include "delivery/time_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>

namespace sluice::delivery {
namespace {

using testing::HasSubstr;

constexpr UnixMillis summer_morning = UnixMillis(std::chrono::milliseconds(1'783'939'327'123));

std::string formatted(std::string_view pattern, UnixMillis instant, const TimeZone& zone) {
  const Result<TimePattern> parsed = TimePattern::parse(pattern);
  return parsed ? parsed->format(instant, zone) : parsed.error().message();
}

// The golden table was written by Java itself; testdata/TimePatternGolden.java says how.
TEST(TimePattern, EveryLetterPrintsWhatJavaPrints) {
  const auto path =
      std::filesystem::path(SLUICE_SOURCE_DIR) / "src/delivery/testdata/time_pattern_golden.txt";
  std::ifstream table(path);
  ASSERT_TRUE(table) << path;
  Result<TimePattern> pattern = TimePattern::parse("");
  std::size_t cases = 0;
  for (std::string line; std::getline(table, line);) {
    const std::size_t first = line.find('\t');
    ASSERT_NE(first, std::string::npos) << line;
    const std::string head = line.substr(0, first);
    const std::string rest = line.substr(first + 1);
    ++cases;
    if (head == "pattern") {
      pattern = TimePattern::parse(rest);
      ASSERT_TRUE(pattern) << rest << ": " << pattern.error().message();
    } else if (head == "refused") {
      EXPECT_FALSE(TimePattern::parse(rest)) << rest;
    } else {
      const std::size_t second = rest.find('\t');
      ASSERT_NE(second, std::string::npos) << line;
      std::int64_t millis = 0;
      std::from_chars(rest.data(), rest.data() + second, millis);
      const Result<TimeZone> zone = TimeZone::find(head);
      ASSERT_TRUE(zone) << head;
      EXPECT_EQ(pattern->format(unix_millis(millis), *zone), rest.substr(second + 1)) << line;
    }
  }
  EXPECT_GT(cases, 700U);
}

TEST(TimePattern, RefusalsNameTheProblemAndItsPosition) {
  struct Case {
    std::string_view pattern;
    std::string_view message;
  };

  constexpr Case cases[] = {
      {"yyyy/session_HH", "unknown letter 'i' (text stands in single quotes) at position 10"},
      {"yyyy/sss", "letter 's' may not stand 3 times in a row at position 6"},
      {"yyyy/run", "unknown letter 'r' (text stands in single quotes) at position 6"},
      {"MMMMMM", "letter 'M' may not stand 6 times in a row at position 1"},
      {"yyyy V", "letter 'V' may not stand 1 time at position 6"},
      {"OO", "letter 'O' may not stand 2 times in a row at position 1"},
      {"cc", "letter 'c' may not stand 2 times in a row"},
      {"yyyy{", "reserved character '{' at position 5"},
      {"#", "reserved character '#' at position 1"},
      {"yyyy'T", "unclosed quote at position 5"},
      {"yyyy]", "']' without a '[' before it at position 5"},
  };
  for (const Case& each : cases) {
    const Result<TimePattern> parsed = TimePattern::parse(each.pattern);
    ASSERT_FALSE(parsed) << each.pattern;
    EXPECT_EQ(parsed.error().fault(), Fault::invalid);
    EXPECT_THAT(parsed.error().message(), HasSubstr(each.message)) << each.pattern;
  }
}

TEST(TimePattern, LettersOfJavaOutsideTheDocumentedTableAreRefused) {
  for (const std::string_view pattern : {"B", "F", "g", "p", "v"}) {
    EXPECT_FALSE(TimePattern::parse(pattern)) << pattern;
  }
}

TEST(TimePattern, TheLastDaysOfDecemberMayBelongToNextYearsFirstWeek) {
  const UnixMillis sunday = unix_millis(1'735'430'400'000);  // 2024-12-29
  EXPECT_EQ(formatted("yyyy-MM-dd YYYY-'W'ww", sunday, TimeZone()), "2024-12-29 2025-W01");
}

TEST(TimePattern, BytesBeyondAsciiStandForThemselves) {
  EXPECT_EQ(formatted("yyyy年MM月", summer_morning, TimeZone()), "2026年07月");
}

TEST(TimePattern, TheZoneMovesTheDate) {
  const Result<TimeZone> india = TimeZone::find("Asia/Calcutta");
  ASSERT_TRUE(india);
  EXPECT_EQ(formatted("yyyy/MM/dd/'session_'HH-mm-ss", unix_millis(1'752'422'119'000), *india),
            "2025/07/13/session_21-25-19");
}

TEST(TimePattern, ExtremeInstantsDoNotOverflow) {
  constexpr std::string_view everything = "yuYMdDEecQwWHkKhmsSAnNaGVVOXxZz";
  for (const std::int64_t millis : {INT64_MIN, INT64_MIN + 1, INT64_MAX - 1, INT64_MAX}) {
    for (const std::string_view name : {"UTC", "Asia/Calcutta", "America/New_York"}) {
      EXPECT_NE(formatted(everything, unix_millis(millis), TimeZone::find(name).value()), "");
    }
  }
}

}  // namespace
}  // namespace sluice::delivery
