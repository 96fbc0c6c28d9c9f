#include "delivery/event_time.h"

#include "json/tape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

using testing::HasSubstr;

EventTimeTags tags_of(std::string_view format) {
  std::vector<Tag> tags = {{"sluice:event-time-field", ".at"}};
  if (!format.empty()) {
    tags.push_back({"sluice:event-time-format", std::string(format)});
  }
  return event_time_tags_of(tags).value();
}

// Milliseconds, or what is wrong.
std::string time_of(std::string_view json, std::string_view format) {
  json::Tape tape;
  EXPECT_TRUE(json.empty() || tape.parse(json)) << json;
  const json::View value = json.empty() ? json::View() : *tape.documents().begin();
  const auto time = event_time_of(value, tags_of(format));
  return time ? std::to_string(to_count(*time)) : time.error();
}

TEST(EventTime, IsReadInEachFormat) {
  struct Case {
    std::string_view format;
    std::string_view json;
    std::string_view millis;
  };

  constexpr Case cases[] = {
      {"", R"("2025-07-13T15:55:19")", "1752422119000"},
      {"iso", R"("2025-07-13T15:55:19Z")", "1752422119000"},
      {"iso", R"("2025-07-13 15:55:19")", "1752422119000"},
      {"iso", R"("2025-07-13T21:25:19+05:30")", "1752422119000"},
      {"iso", R"("2025-07-13T21:25:19.123456789+0530")", "1752422119123"},
      {"iso", R"("2025-07-13")", "1752364800000"},
      {"iso", R"("1969-12-31T23:59:59.9999Z")", "-1"},
      {"iso", R"("0001-01-01T00:00:00Z")", "-62135596800000"},
      {"iso", R"("9999-12-31T23:59:59.999Z")", "253402300799999"},
      {"epoch-s", "1752422119", "1752422119000"},
      {"epoch-s", R"("1752422119")", "1752422119000"},
      {"epoch-s", "1752422119.5", "1752422119500"},
      {"epoch-s", "1752422119.1239", "1752422119123"},
      {"epoch-s", "1.752422119e9", "1752422119000"},
      {"epoch-s", "-0.5", "-500"},
      {"epoch-s", "-0.0001", "-1"},
      {"epoch-s", "0", "0"},
      {"epoch-ms", "1752422119123", "1752422119123"},
      {"epoch-ms", "1752422119123.9", "1752422119123"},
      {"epoch-us", "1752422119123456", "1752422119123"},
      {"epoch-us", "-1", "-1"},
      {"epoch-us", "-1000", "-1"},
      {"epoch-ns", "1752422119123456789", "1752422119123"},
      {"epoch-ns", R"("1752422119123456789")", "1752422119123"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(time_of(each.json, each.format), each.millis) << each.format << " " << each.json;
  }
}

TEST(EventTime, WhatIsNoneNamesTheFieldAndWhatWasFound) {
  struct Case {
    std::string_view format;
    std::string_view json;
    std::string_view why;
  };

  constexpr Case cases[] = {
      {"", "", "the field .at is missing"},
      {"", "null", "the field .at is null"},
      {"", "true", "the field .at is a boolean"},
      {"epoch-s", "[1]", "the field .at is an array"},
      {"epoch-s", R"({"a":1})", "the field .at is an object"},
      {"",
       "1752422119",
       "the field .at is the number 1752422119, and the tag "
       "sluice:event-time-format does not say of what"},
      {"", R"("soon")", "the field .at is \"soon\", which is no time like"},
      {"", R"("")", "the field .at is \"\""},
      {"", R"("2025-02-29T00:00:00")", "no time like"},
      {"", R"("2025-07-13T25:00:00")", "no time like"},
      {"", R"("2025-07-13T15:55:19 ")", "no time like"},
      {"", R"("0000-01-01T00:00:00")", "no time like"},
      {"epoch-s", R"("soon")", "is \"soon\", which is no number of seconds"},
      {"epoch-s", R"("")", "no number of seconds"},
      {"epoch-s", R"("-")", "no number of seconds"},
      {"epoch-s", R"("1.")", "no number of seconds"},
      {"epoch-s", R"("1x")", "no number of seconds"},
      {"epoch-s", R"(" 1")", "no number of seconds"},
      {"epoch-s", R"("0x1e")", "no number of seconds"},
      {"epoch-s", "1752422119123", "no number of seconds since 1970 within the years 1 to 9999"},
      {"epoch-s", "1e300", "no number of seconds"},
      {"epoch-s", "99999999999999999999", "no number of seconds"},
      {"epoch-ms", "1752422119123456", "no number of milliseconds"},
      {"epoch-ns", "18446744073709551616", "no number of nanoseconds"},
      {"epoch-s", "-62135596801", "no number of seconds"},
  };
  for (const Case& each : cases) {
    EXPECT_THAT(time_of(each.json, each.format), HasSubstr(each.why))
        << each.format << " " << each.json;
  }
  const std::string long_text = "\"" + std::string(10'000, 'x') + "\"";
  EXPECT_LT(time_of(long_text, "").size(), 500U);
}

TEST(EventTimeTags, SayWhichFieldAndHow) {
  const auto tags = event_time_tags_of({{"team", "x"},
                                        {"sluice:event-time-field", ".a.b"},
                                        {"sluice:event-time-format", "epoch-ns"},
                                        {"sluice:event-time-lateness-s", "60"},
                                        {"sluice:event-time-late", "error-output"}})
                        .value();
  EXPECT_EQ(tags.field, ".a.b");
  EXPECT_EQ(tags.path, (FieldPath{"a", "b"}));
  EXPECT_EQ(tags.format, EventTimeFormat::epoch_ns);
  EXPECT_EQ(tags.lateness, std::chrono::seconds(60));
  EXPECT_TRUE(tags.refuses_late());
  EXPECT_FALSE(event_time_tags_of({}).value().field);
  EXPECT_FALSE(event_time_tags_of({{"sluice:event-time-late", "own-object"}})->refuses_late());
}

TEST(EventTimeTags, ValuesThatAreNoneAreRefusedByName) {
  const Tag bad[] = {
      {"sluice:event-time-field", ""},
      {"sluice:event-time-field", ".a..b"},
      {"sluice:event-time-format", "epoch"},
      {"sluice:event-time-format", "ISO"},
      {"sluice:event-time-lateness-s", "-1"},
      {"sluice:event-time-lateness-s", "31622401"},
      {"sluice:event-time-late", "drop"},
  };
  for (const Tag& tag : bad) {
    const auto tags = event_time_tags_of({tag});
    ASSERT_FALSE(tags) << tag.key << " " << tag.value;
    EXPECT_THAT(tags.error().message(), HasSubstr(tag.key));
    EXPECT_THAT(tags.error().message(), HasSubstr("'" + tag.value + "'"));
  }
}

}  // namespace
}  // namespace sluice::delivery
