#include "delivery/prefix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

using Text = std::optional<std::string>;

const UnixMillis oldest = unix_millis(1'783'939'327'123);  // 2026-07-13T10:42:07.123Z

// The evaluated prefix, or what was wrong.
std::string evaluated(const Text& prefix,
                      const Text& error_prefix,
                      ObjectKind kind,
                      std::string_view zone_name = "UTC",
                      UnixMillis time = oldest) {
  const Result<KeyPrefixes> prefixes = KeyPrefixes::parse(prefix, error_prefix);
  if (!prefixes) {
    return prefixes.error().message();
  }
  const TimeZone zone = TimeZone::find(zone_name).value();
  SeededRandom random(7);
  const Result<std::string> result = prefixes->evaluate(kind, {}, zone.at(time), zone, random);
  return result ? *result : result.error().message();
}

struct Case {
  Text prefix;
  Text error_prefix;
  std::string_view data;
  std::string_view error;
};

TEST(KeyPrefixes, DatesAreAppendedWhereTheServiceAppendsThem) {
  const Case cases[] = {
      {std::nullopt, std::nullopt, "2026/07/13/10/", "format-conversion-failed/2026/07/13/10/"},
      {"", "", "2026/07/13/10/", "format-conversion-failed/2026/07/13/10/"},
      {"legacy",
       std::nullopt,
       "legacy2026/07/13/10/",
       "legacyformat-conversion-failed/2026/07/13/10/"},
      {"a/b/", std::nullopt, "a/b/2026/07/13/10/", "a/b/format-conversion-failed/2026/07/13/10/"},
      {"legacy", "broken", "legacy2026/07/13/10/", "broken2026/07/13/10/"},
      {std::nullopt,
       "e/!{firehose:error-output-type}/",
       "2026/07/13/10/",
       "e/format-conversion-failed/"},
      {"!{timestamp:'year='yyyy}/",
       "!{firehose:error-output-type}/",
       "year=2026/",
       "format-conversion-failed/"},
      {"heart_rate_data/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/"
       "session_!{timestamp:HH-mm-ss}/",
       "errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/",
       "heart_rate_data/2026/07/13/session_10-42-07/",
       "errors/format-conversion-failed/2026/07/13/"},
      {"a!b{c}$!/",
       std::nullopt,
       "a!b{c}$!/2026/07/13/10/",
       "a!b{c}$!/format-conversion-failed/2026/07/13/10/"},
      {"a!!{timestamp:yyyy}",
       "x!{firehose:error-output-type}",
       "a!2026",
       "xformat-conversion-failed"},
      {"temp\xC3\xA9rature/",
       std::nullopt,
       "temp\xC3\xA9rature/2026/07/13/10/",
       "temp\xC3\xA9rature/format-conversion-failed/2026/07/13/10/"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(evaluated(each.prefix, each.error_prefix, ObjectKind::data), each.data);
    EXPECT_EQ(evaluated(each.prefix, each.error_prefix, ObjectKind::format_conversion_failed),
              each.error);
  }
}

TEST(KeyPrefixes, ARandomStringAloneSuppressesTheDate) {
  EXPECT_THAT(
      evaluated(
          "rand/!{firehose:random-string}/", "!{firehose:error-output-type}/", ObjectKind::data),
      MatchesRegex("rand/[A-Za-z0-9]{11}/"));
}

TEST(KeyPrefixes, EachRandomStringIsDrawnAfresh) {
  const std::string twice = evaluated("!{firehose:random-string}!{firehose:random-string}",
                                      "!{firehose:error-output-type}/",
                                      ObjectKind::data);
  ASSERT_EQ(twice.size(), 2 * random_string_characters);
  EXPECT_NE(twice.substr(0, random_string_characters), twice.substr(random_string_characters));
}

TEST(KeyPrefixes, TheZoneMovesThePrefix) {
  const UnixMillis new_year = unix_millis(1'767'310'200'000);  // 2026-01-01T23:30:00Z
  EXPECT_EQ(evaluated(std::nullopt, std::nullopt, ObjectKind::data, "Europe/Madrid", new_year),
            "2026/01/02/00/");
  EXPECT_EQ(evaluated(std::nullopt,
                      std::nullopt,
                      ObjectKind::format_conversion_failed,
                      "Europe/Madrid",
                      new_year),
            "format-conversion-failed/2026/01/02/00/");
}

TEST(KeyPrefixes, BrokenRulesAreNamed) {
  struct Refused {
    Text prefix;
    Text error_prefix;
    std::string_view message;
  };

  const Text errors = "!{firehose:error-output-type}/";
  const Refused cases[] = {
      {"!{timestamp:yyyy}/", std::nullopt, "ErrorOutputPrefix: it must be given when Prefix"},
      {"!{timestamp:yyyy}/", "", "ErrorOutputPrefix: it must be given when Prefix"},
      {"!{firehose:random-string}/", std::nullopt, "it must be given when Prefix"},
      {"!{timestamp:yyyy}/", "!{timestamp:yyyy}/", "with expressions it must contain"},
      {std::nullopt, "!{firehose:random-string}", "with expressions it must contain"},
      {"!{firehose:error-output-type}/", errors, "may stand in ErrorOutputPrefix only"},
      {"a/!{timestamp:yyyy", errors, "Prefix: the expression at position 3 is not closed"},
      {"!{", errors, "is not closed"},
      {"!{}", errors, "unknown namespace ''"},
      {"!{timestamp}", errors, "the time pattern is empty"},
      {"!{timestamp:}", errors, "the time pattern is empty"},
      {"!{timestamp:session_HH}",
       errors,
       "'!{timestamp:session_HH}' at position 1: unknown letter"},
      {"!{timestamp:yyyy{}", errors, "reserved character '{'"},
      {"!{Timestamp:yyyy}", errors, "unknown namespace 'Timestamp'"},
      {"!{time:yyyy}", errors, "unknown namespace 'time'"},
      {"!{firehose:random}", errors, "knows random-string and error-output-type only"},
      {"!{firehose}", errors, "knows random-string and error-output-type only"},
      {"!{partitionKeyFromQuery:}", errors, "the name of the key is empty"},
      {"!{partitionKeyFromQuery}", errors, "the name of the key is empty"},
      {"!{partitionKeyFromLambda:}", errors, "the name of the key is empty"},
      {std::nullopt, "!{partitionKeyFromLambda:id}", "may stand in Prefix only"},
      {std::nullopt, "!{partitionKeyFromQuery:id}", "may stand in Prefix only"},
      {std::nullopt, "!{event-time:yyyy}", "event-time may stand in Prefix only"},
      {"!{event-time:}", errors, "the time pattern is empty"},
      {std::nullopt, "!{session-start:yyyy}", "session-start may stand in Prefix only"},
      {std::nullopt, "!{session-id}", "session-id may stand in Prefix only"},
      {std::nullopt, "!{session-key}", "session-key may stand in Prefix only"},
      {"!{session-start}", errors, "the time pattern is empty"},
      {"!{session-id:x}", errors, "unknown namespace 'session-id'"},
      {"!{event-time}", errors, "the time pattern is empty"},
      {"!{event-time:yyyyb}",
       errors,
       "unknown letter 'b' (text stands in single quotes) at position 5"},
      {"!{!{timestamp:yyyy}}", errors, "unknown namespace '!{timestamp'"},
      {std::string(1025, 'a'), std::nullopt, "at most 1024 characters"},
      {"a\xFF", std::nullopt, "valid UTF-8"},
  };
  for (const Refused& each : cases) {
    const Result<KeyPrefixes> parsed = KeyPrefixes::parse(each.prefix, each.error_prefix);
    ASSERT_FALSE(parsed) << *each.prefix;
    EXPECT_EQ(parsed.error().fault(), Fault::invalid);
    EXPECT_THAT(parsed.error().message(),
                HasSubstr("Ths supplied prefix(es) do not satisfy the following constraint:"));
    EXPECT_THAT(parsed.error().message(), HasSubstr(each.message));
  }
}

TEST(KeyPrefixes, APrefixThatGrowsBeyondItsBoundIsRefusedWhenEvaluated) {
  const KeyPrefixes prefixes = KeyPrefixes::parse(std::string(499, 'a'), "b").value();
  SeededRandom random(7);
  const TimeZone utc;
  const Result<std::string> longest =
      prefixes.evaluate(ObjectKind::data, {}, utc.at(unix_millis(-1)), utc, random);
  ASSERT_FALSE(longest);
  EXPECT_EQ(longest.error().fault(), Fault::too_large);
  const KeyPrefixes fitting = KeyPrefixes::parse(std::string(498, 'a'), "b").value();
  EXPECT_EQ(fitting.evaluate(ObjectKind::data, {}, utc.at(oldest), utc, random)->size(), 512U);
}

TEST(KeyPrefixes, PartitionKeysStandForTheirValues) {
  const KeyPrefixes prefixes =
      KeyPrefixes::parse(
          "!{partitionKeyFromQuery:c}/y=!{timestamp:yyyy}/!{partitionKeyFromQuery:d}-"
          "!{partitionKeyFromQuery:c}/",
          "!{firehose:error-output-type}/")
          .value();
  EXPECT_EQ(prefixes.query_keys(), (std::vector<std::string>{"c", "d"}));
  const PartitionValues values = {{"d", "7"}, {"c", "acme/eu"}};
  const TimeZone utc;
  SeededRandom random(7);
  EXPECT_EQ(prefixes.evaluate(ObjectKind::data, values, utc.at(oldest), utc, random),
            "acme/eu/y=2026/7-acme/eu/");
  EXPECT_EQ(prefixes.evaluate(ObjectKind::processing_failed, {}, utc.at(oldest), utc, random),
            "processing-failed/");
}

TEST(KeyPrefixes, EventTimeIsAPartitionKeyNamedAsItStands) {
  const KeyPrefixes prefixes =
      KeyPrefixes::parse(
          "a/!{event-time:yyyy}/!{partitionKeyFromQuery:c}/!{event-time:'d'dd}!{event-"
          "time:yyyy}/",
          "e/!{firehose:error-output-type}/")
          .value();
  ASSERT_EQ(prefixes.event_times().size(), 2U) << "each once";
  EXPECT_EQ(prefixes.event_times()[0].name, "!{event-time:yyyy}");
  EXPECT_EQ(prefixes.event_times()[1].name, "!{event-time:'d'dd}");
  EXPECT_EQ(prefixes.query_keys().size(), 1U);
  const PartitionValues values = {
      {"c", "x"}, {"!{event-time:yyyy}", "2025"}, {"!{event-time:'d'dd}", "d13"}};
  SeededRandom random(1);
  EXPECT_EQ(
      prefixes.evaluate(ObjectKind::data, values, TimeZone().at(UnixMillis()), TimeZone(), random),
      "a/2025/x/d132025/");
}

TEST(KeyPrefixes, TheConsoleFillsInAnErrorPrefixWhereOneIsNeeded) {
  const Text filled = "!{firehose:error-output-type}/";
  EXPECT_EQ(with_console_default("a/!{timestamp:yyyy}/", std::nullopt), filled);
  EXPECT_EQ(with_console_default("a/!{timestamp:yyyy}/", ""), filled);
  EXPECT_EQ(with_console_default("a/!{timestamp:yyyy}/", "mine"), Text("mine"));
  EXPECT_EQ(with_console_default("a/", std::nullopt), std::nullopt);
  EXPECT_EQ(with_console_default(std::nullopt, std::nullopt), std::nullopt);
}

}  // namespace
}  // namespace sluice::delivery
