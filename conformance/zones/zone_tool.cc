// Evaluates a prefix's time pattern, as event times are, for test_zone_table.py.
//
// The argument is the pattern.  Reads lines, "zone <name>" or "at <milliseconds since 1970>", and
// answers each with one: "known" or "refused" for a zone, the text for an instant in the zone last
// named.
#include "delivery/time_texts.h"

#include <charconv>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

namespace {

using sluice::delivery::TimePattern;
using sluice::delivery::TimeTexts;
using sluice::delivery::TimeZone;

constexpr std::string_view zone_word = "zone ";
constexpr std::string_view at_word = "at ";

int answer_lines(const TimePattern& pattern) {
  std::optional<TimeTexts> texts;
  std::string line;
  while (std::getline(std::cin, line)) {
    const std::string_view text = line;
    if (text.starts_with(zone_word)) {
      const auto zone = TimeZone::find(text.substr(zone_word.size()));
      if (zone) {
        texts.emplace(std::vector<sluice::delivery::TimeExpression>{{"", pattern}}, *zone);
      }
      std::cout << (zone ? "known\n" : "refused\n");
      continue;
    }
    std::int64_t millis = 0;
    if (!text.starts_with(at_word) || !texts ||
        std::from_chars(line.data() + at_word.size(), line.data() + line.size(), millis).ec !=
            std::errc()) {
      std::fputs("zone_tool: neither a zone nor an instant\n", stderr);
      return 2;
    }
    std::cout << texts->at(sluice::unix_millis(millis)).front().second << '\n';
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: zone_tool PATTERN\n", stderr);
    return 2;
  }
  const auto pattern = TimePattern::parse(arguments[1]);
  if (!pattern) {
    std::fputs((pattern.error().message() + "\n").c_str(), stderr);
    return 2;
  }
  std::ios::sync_with_stdio(false);
  std::cin.tie(nullptr);
  return answer_lines(*pattern);
}
