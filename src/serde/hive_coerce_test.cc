// What the Hive SerDe makes of scalars, value by value.
#include "serde/hive_coerce.h"

#include "json/tape.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace sluice::serde {
namespace {

template <class Convert>
std::string converted(std::string_view json, Convert convert) {
  json::Tape tape;
  EXPECT_TRUE(tape.parse(json)) << json;
  const auto value = convert(*tape.documents().begin());
  return value ? fmt::format("{}", *value) : "X " + value.error();
}

TEST(HiveCoerce, IntegersAreCutTowardsZeroAndMustFit) {
  using columnar::Kind;

  const struct {
    Kind kind;
    std::string_view json;
    std::string_view expected;
  } cases[] = {
      {Kind::tinyint, "127", "127"},
      {Kind::tinyint, "-128", "-128"},
      {Kind::tinyint, "128", "X Numeric value (128) out of range of Java byte"},
      {Kind::smallint, "-32769", "X Numeric value (-32769) out of range of Java short"},
      {Kind::integer, "89.9", "89"},
      {Kind::integer, "-89.9", "-89"},
      {Kind::integer, "8.9e1", "89"},
      {Kind::integer, "-0", "0"},
      {Kind::integer, "-0.9", "0"},
      {Kind::integer, "2147483647.999", "2147483647"},
      {Kind::integer,
       "3000000000",
       "X Numeric value (3000000000) out of range of int (-2147483648 - 2147483647)"},
      {Kind::bigint, "9223372036854775807", "9223372036854775807"},
      {Kind::bigint, "-9223372036854775808", "-9223372036854775808"},
      {Kind::bigint,
       "9223372036854775808",
       "X Numeric value (9223372036854775808) out of range of long (-9223372036854775808 - "
       "9223372036854775807)"},
      {Kind::bigint,
       "1e400",
       "X Numeric value (1e400) out of range of long (-9223372036854775808 - "
       "9223372036854775807)"},
      {Kind::bigint, "1e-400", "0"},
      {Kind::integer,
       "\"7\"",
       "X Current token (VALUE_STRING) not numeric, can not use numeric value accessors"},
      {Kind::integer,
       "true",
       "X Current token (VALUE_TRUE) not numeric, can not use numeric value accessors"},
      {Kind::integer,
       "[7]",
       "X Current token (START_ARRAY) not numeric, can not use numeric value accessors"},
      {Kind::integer,
       "{}",
       "X Current token (START_OBJECT) not numeric, can not use numeric value accessors"},
  };

  for (const auto& test : cases) {
    EXPECT_EQ(
        converted(test.json, [&](json::View value) { return hive_to_integer(value, test.kind); }),
        test.expected)
        << test.json;
  }
}

TEST(HiveCoerce, FloatsComeFromNumbersOnly) {
  EXPECT_EQ(converted("0.1", hive_to_double), "0.1");
  EXPECT_EQ(converted("1e400", hive_to_double), "inf");
  EXPECT_EQ(converted("0.1", hive_to_float), "0.1");
  EXPECT_EQ(converted("\"NaN\"", hive_to_double),
            "X Current token (VALUE_STRING) not numeric, can not use numeric value accessors");
  EXPECT_EQ(converted("false", hive_to_float),
            "X Current token (VALUE_FALSE) not numeric, can not use numeric value accessors");
}

TEST(HiveCoerce, DecimalsRoundHalfUpAndComeFromNumbersOnly) {
  const auto to_decimal = [](json::View value) -> Coerced<std::string> {
    const auto scaled = hive_to_decimal(value, 5, 2);
    if (!scaled) {
      return std::unexpected(scaled.error());
    }
    return fmt::format(
        "{}{}", scaled->is_negative ? "-" : "", static_cast<std::uint64_t>(scaled->magnitude));
  };
  EXPECT_EQ(converted("1.005", to_decimal), "101");
  EXPECT_EQ(converted("-1.005", to_decimal), "-101");
  EXPECT_EQ(converted("1000", to_decimal), "X Numeric value (1000) out of range of decimal(5,2)");
  EXPECT_EQ(converted("\"1\"", to_decimal),
            "X Current token (VALUE_STRING) not numeric, can not use numeric value accessors");
}

TEST(HiveCoerce, TimestampsGoThroughTheFormatsInOrderAndThenSqls) {
  std::vector<JodaPattern> patterns;
  for (const char* const format : {"dd/MM/yyyy", "MM/dd/yyyy", "millis"}) {
    patterns.push_back(JodaPattern::parse(format).value());
  }
  const auto formatted = [&](json::View value) { return hive_to_timestamp(value, patterns); };
  const auto plain = [](json::View value) { return hive_to_timestamp(value, {}); };
  const std::string wrong = "X Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]";

  const struct {
    std::string_view json;
    std::string formatted;
    std::string plain;
  } cases[] = {
      {"\"02/01/1970\"", "86400000000", wrong},
      {"\"01/31/1970\"", "2592000000000", wrong},
      {"1518033528123", "1518033528123000", wrong},
      {"\"1518033528123\"", "1518033528123000", wrong},
      {"1.9994", "1999", wrong},
      {"-1.9994", "-1999", wrong},
      {"1e3", wrong, wrong},
      {"\"1970-1-1 0:0:1.5\"", "1500000", "1500000"},
      {"\" 1970-01-01 00:00:01 \"", "1000000", "1000000"},
      {"\"1970-01-01T00:00:01Z\"", wrong, wrong},
      {"\"1970-01-01 00:00:01Z\"", wrong, wrong},
      {"\"1970-01-01 00:00:01+01:00\"", wrong, wrong},
      {"\"1970-01-01 00:00:01-0100\"", wrong, wrong},
      {"\"1970-01-01\"", wrong, wrong},
      {"\"0000-01-01 00:00:00\"", wrong, wrong},
      {"\"\"", wrong, wrong},
      {"true", wrong, wrong},
      {"{}", wrong, wrong},
  };

  for (const auto& test : cases) {
    EXPECT_EQ(converted(test.json, formatted), test.formatted) << test.json;
    EXPECT_EQ(converted(test.json, plain), test.plain) << test.json;
  }
}

}  // namespace
}  // namespace sluice::serde
