#include "delivery/time_texts.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

TimeTexts texts_of(const std::vector<std::string>& patterns, std::string_view zone) {
  std::vector<TimeExpression> expressions;
  for (const std::string& pattern : patterns) {
    expressions.push_back({"!{event-time:" + pattern + "}", TimePattern::parse(pattern).value()});
  }
  return TimeTexts(std::move(expressions), TimeZone::find(zone).value());
}

TEST(TimeTexts, NameEachExpressionInItsZone) {
  TimeTexts texts = texts_of({"yyyy/MM/dd", "HH-mm"}, "Asia/Calcutta");
  const PartitionValues expected = {{"!{event-time:yyyy/MM/dd}", "2025/07/13"},
                                    {"!{event-time:HH-mm}", "21-25"}};
  EXPECT_EQ(texts.at(unix_millis(1'752'422'119'000)), expected);
}

// Instants close to each other and far from each other, near changes of the clock and of offsets
// that are no whole minutes, each against a fresh evaluation.
TEST(TimeTexts, WhatIsRememberedIsWhatAFreshEvaluationSays) {
  constexpr std::int64_t anchors[] = {
      1'774'746'000'000,  // Madrid, 2026-03-29T01:00Z
      1'143'945'060'000,  // St. Johns, 2006-04-02T02:31Z, a minute past midnight
      63'593'070'000,     // Monrovia, 1972-01-07, from -0:44:30
      0,
      -1,
  };
  SeededRandom random(7);
  for (const std::string_view zone :
       {"Europe/Madrid", "America/St_Johns", "Africa/Monrovia", "Asia/Kathmandu", "UTC"}) {
    for (const std::string pattern :
         {"yyyy/MM/dd/HH", "HH:mm xxx", "HH:mm:ss xxxxx", "ss.SSS", "A"}) {
      TimeTexts texts = texts_of({pattern}, zone);
      const TimePattern fresh = TimePattern::parse(pattern).value();
      const TimeZone known_zone = TimeZone::find(zone).value();
      for (int i = 0; i < 400; ++i) {
        const std::int64_t near = static_cast<std::int64_t>(random.next() % 400'000) - 200'000;
        const UnixMillis instant = unix_millis(anchors[random.next() % std::size(anchors)] + near);
        ASSERT_EQ(texts.at(instant)[0].second, fresh.format(instant, known_zone))
            << zone << " " << pattern << " " << to_count(instant);
      }
    }
  }
}

}  // namespace
}  // namespace sluice::delivery
