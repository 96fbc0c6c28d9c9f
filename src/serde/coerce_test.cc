// Every coercion as a table: what is sent, what arrives or why not.
#include "serde/coerce.h"

#include "json/tape.h"
#include "serde/civil_time.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace sluice::serde {
namespace {

using columnar::Kind;

struct Case {
  std::string_view json;
  std::string_view result;  // the value's text, or "X " and the reason
};

// Runs `coerce` over each case; it turns its value into text.
template <class Coerce>
void check(const std::vector<Case>& cases, Coerce coerce) {
  json::Tape tape;
  for (const Case& expected : cases) {
    ASSERT_TRUE(tape.parse(expected.json, json::Documents::one)) << expected.json;
    const auto result = coerce(*tape.documents().begin());
    const std::string text = result ? fmt::format("{}", *result) : "X " + result.error();
    EXPECT_EQ(text, expected.result) << expected.json;
  }
}

TEST(Coerce, Boolean) {
  check({{"true", "true"},
         {"false", "false"},
         {R"("true")", "true"},
         {R"("TRUE")", "true"},
         {R"("False")", "false"},
         {R"("yes")", "X For input string: \"yes\""},
         {R"("")", "X For input string: \"\""},
         {R"(" true")", "X For input string: \" true\""},
         {R"("1")", "X For input string: \"1\""},
         {"1", "X A JSON number cannot be converted to boolean"},
         {"{}", "X A JSON object cannot be converted to boolean"},
         {"[true]", "X A JSON array cannot be converted to boolean"}},
        to_boolean);
}

TEST(Coerce, Integers) {
  const auto to = [](Kind kind) {
    return [kind](json::View value) { return to_integer(value, kind); };
  };
  check({{"89", "89"},
         {"-2147483648", "-2147483648"},
         {"2147483647", "2147483647"},
         {"2147483648", "X Numeric value (2147483648) out of range of int"},
         {"89.0", "89"},
         {"8.9e1", "89"},
         {"89.5", "X Numeric value (89.5) is not an integer"},
         {"1e400", "X Numeric value (1e400) out of range of int"},
         {R"("89")", "89"},
         {R"("+89")", "89"},
         {R"("-089")", "-89"},
         {R"("0x1F")", "31"},
         {R"("0Xff")", "255"},
         {R"("oops")", "X For input string: \"oops\""},
         {R"("")", "X For input string: \"\""},
         {R"(" 1")", "X For input string: \" 1\""},
         {R"("1 ")", "X For input string: \"1 \""},
         {R"("1.0")", "X For input string: \"1.0\""},
         {R"("1e1")", "X For input string: \"1e1\""},
         {R"("0x")", "X For input string: \"0x\""},
         {R"("0x-1")", "X For input string: \"0x-1\""},
         {R"("-0x1")", "X For input string: \"-0x1\""},
         {R"("99999999999")", "X For input string: \"99999999999\""},
         {R"("0xFFFFFFFF")", "X For input string: \"0xFFFFFFFF\""},
         {"true", "X A JSON boolean cannot be converted to int"},
         {"{}", "X A JSON object cannot be converted to int"},
         {"[1]", "X A JSON array cannot be converted to int"}},
        to(Kind::integer));
  check({{"127", "127"},
         {"-128", "-128"},
         {"128", "X Numeric value (128) out of range of tinyint"},
         {R"("300")", "X Value out of range. Value:\"300\" Radix:10"}},
        to(Kind::tinyint));
  check({{"32767", "32767"},
         {"-32768", "-32768"},
         {"-32769", "X Numeric value (-32769) out of range of smallint"},
         {R"("40000")", "X Value out of range. Value:\"40000\" Radix:10"}},
        to(Kind::smallint));
  check({{"9223372036854775807", "9223372036854775807"},
         {"-9223372036854775808", "-9223372036854775808"},
         {R"("9223372036854775807")", "9223372036854775807"},
         {R"("0x7fffffffffffffff")", "9223372036854775807"},
         {"9223372036854775808", "X Numeric value (9223372036854775808) out of range of bigint"},
         {R"("9223372036854775808")", "X For input string: \"9223372036854775808\""},
         {R"("0x8000000000000000")", "X For input string: \"0x8000000000000000\""}},
        to(Kind::bigint));
}

TEST(Coerce, Double) {
  check({{"1.5", "1.5"},
         {"-0", "-0"},
         {"89", "89"},
         {"1e400", "inf"},
         {"-1e400", "-inf"},
         {"1e-400", "0"},
         {R"("1e3")", "1000"},
         {R"(" 1.5\t")", "1.5"},
         {R"("+.5")", "0.5"},
         {R"("1.d")", "1"},
         {R"("1.5F")", "1.5"},
         {R"("NaN")", "nan"},
         {R"("Infinity")", "inf"},
         {R"("-Infinity")", "-inf"},
         {R"("1e400")", "inf"},
         {R"("oops")", "X For input string: \"oops\""},
         {R"("nan")", "X For input string: \"nan\""},
         {R"("inf")", "X For input string: \"inf\""},
         {R"("0x1p3")", "X For input string: \"0x1p3\""},
         {R"("d")", "X For input string: \"d\""},
         {R"("1dd")", "X For input string: \"1dd\""},
         {R"("NaNd")", "X For input string: \"NaNd\""},
         {R"("1 2")", "X For input string: \"1 2\""},
         {R"("")", "X empty String"},
         {R"("  ")", "X empty String"},
         {R"("-")", "X For input string: \"-\""},
         {"true", "X A JSON boolean cannot be converted to double"},
         {"[]", "X A JSON array cannot be converted to double"}},
        to_double);
}

TEST(Coerce, FloatIsRoundedOnce) {
  check({{"1.00000005960464477540", "1.0000001"},
         {"3.4028235e38", "3.4028235e+38"},
         {"3.5e38", "inf"},
         {R"("1e-60")", "0"},
         {R"("oops")", "X For input string: \"oops\""},
         {"{}", "X A JSON object cannot be converted to float"}},
        to_float);
}

TEST(Coerce, Decimal) {
  const auto to = [](int precision, int scale) {
    return [=](json::View value) -> Coerced<std::string> {
      const auto scaled = to_decimal(value, precision, scale);
      if (!scaled) {
        return std::unexpected(scaled.error());
      }
      return (scaled->is_negative ? "-" : "") + sluice::to_decimal(scaled->magnitude);
    };
  };
  check({{"1.005", "101"},
         {"-1.005", "-101"},
         {"1.004", "100"},
         {"12345678.99", "1234567899"},
         {"99999999.994", "9999999999"},
         {"99999999.995", "X Numeric value (99999999.995) out of range of decimal(10,2)"},
         {"1e8", "X Numeric value (1e8) out of range of decimal(10,2)"},
         {"1e400", "X Numeric value (1e400) out of range of decimal(10,2)"},
         {"1e-400", "0"},
         {R"("+1.5e1")", "1500"},
         {R"("oops")", "X For input string: \"oops\""},
         {R"(" 1")", "X For input string: \" 1\""},
         {R"("")", "X For input string: \"\""},
         {"true", "X A JSON boolean cannot be converted to decimal(10,2)"}},
        to(10, 2));
  check({{"99999999999999999999999999999999999999", "99999999999999999999999999999999999999"},
         {"100000000000000000000000000000000000000",
          "X Numeric value (100000000000000000000000000000000000000) out of range of "
          "decimal(38,0)"}},
        to(38, 0));
}

TEST(Coerce, Date) {
  check({{R"("1970-01-02")", "1"},
         {R"("2026-9-7")", "20703"},
         {R"("2026-02-30")", "X Not a date: \"2026-02-30\""},
         {R"("2026-09-07T00:00:00Z")", "X Not a date: \"2026-09-07T00:00:00Z\""},
         {R"("")", "X Not a date: \"\""},
         {"20703", "X A JSON number cannot be converted to date"},
         {"[]", "X A JSON array cannot be converted to date"}},
        to_date);
}

TEST(Coerce, Timestamp) {
  check({{"1518033528", "1518033528000000"},
         {R"("1518033528")", "1518033528000000"},
         {"1518033528123", "1518033528123000"},
         {R"("1518033528123")", "1518033528123000"},
         {"1518033528.123", "1518033528123000"},
         {R"("1518033528.1234567")", "1518033528123456"},
         {"-1518033528.1234567", "-1518033528123456"},
         {"1.518033528e9", "1518033528000000"},
         {R"("2017-02-07T15:13:01.39256Z")", "1486480381392560"},
         {R"("2017-2-7 5:3:1.14")", "1486443781140000"},
         {R"("2025-07-15T17:10:33.123456")", "1752599433123456"},
         {R"("2025-07-15T17:10:33.123456+02:00")", "1752592233123456"},
         {"0", "0"},
         {"-0", "0"},
         {"-1", "-1000000"},
         {"1000000000000", "1000000000000000"},
         {"-1000000000000", "-1000000000000000"},
         {"253402300799", "253402300799000000"},
         {"253402300799999", "253402300799999000"},
         {"253402300799.9999999", "253402300799999999"},
         {"-62135596800", "-62135596800000000"},
         {"253402300800", "X Numeric value (253402300800) out of range of timestamp"},
         {"999999999999", "X Numeric value (999999999999) out of range of timestamp"},
         {"253402300800000", "X Numeric value (253402300800000) out of range of timestamp"},
         {"-62135596801", "X Numeric value (-62135596801) out of range of timestamp"},
         {"-62135596800.5", "X Numeric value (-62135596800.5) out of range of timestamp"},
         {"9223372036854775807", "X Numeric value (9223372036854775807) out of range of timestamp"},
         {"1e400", "X Numeric value (1e400) out of range of timestamp"},
         {"1e30", "X Numeric value (1e30) out of range of timestamp"},
         {R"("999999999999")", "X Not a timestamp: \"999999999999\""},
         {R"("2026-9-7T15:13:01Z")", "X Not a timestamp: \"2026-9-7T15:13:01Z\""},
         {R"("2026-09-07")", "X Not a timestamp: \"2026-09-07\""},
         {R"("oops")", "X Not a timestamp: \"oops\""},
         {R"("")", "X Not a timestamp: \"\""},
         {R"(" 1518033528")", "X Not a timestamp: \" 1518033528\""},
         {R"("NaN")", "X Not a timestamp: \"NaN\""},
         {"true", "X A JSON boolean cannot be converted to timestamp"},
         {"{}", "X A JSON object cannot be converted to timestamp"}},
        to_timestamp);
}

TEST(Coerce, Text) {
  JsonText writer(true);
  std::string scratch;
  check({{R"("as \u00e9 is")", "as é is"},
         {R"("")", ""},
         {"1.50", "1.50"},
         {"1E400", "1E400"},
         {"true", "true"},
         {R"({"MixedKey": 1})", R"({"mixedkey":1})"},
         {R"([1, "A", {"B": null}])", R"([1,"A",{"b":null}])"}},
        [&](json::View value) -> Coerced<std::string> {
          return std::string(to_text(value, writer, scratch));
        });
}

TEST(Coerce, CharAndVarcharCountCharacters) {
  EXPECT_EQ(cut_to_varchar("", 3), "");
  EXPECT_EQ(cut_to_varchar("abc", 3), "abc");
  EXPECT_EQ(cut_to_varchar("abcd", 3), "abc");
  EXPECT_EQ(cut_to_varchar("é€😀x", 3), "é€😀");
  EXPECT_EQ(cut_to_varchar("é€😀", 3), "é€😀");
  EXPECT_EQ(cut_to_varchar("a  ", 3), "a  ");
  EXPECT_EQ(cut_to_char("a  ", 3), "a");
  EXPECT_EQ(cut_to_char("   ", 3), "");
  EXPECT_EQ(cut_to_char("ab cd", 3), "ab");
}

TEST(Coerce, LongValuesAreCutInMessagesBetweenCharacters) {
  json::Tape tape;
  const std::string json = "\"" + std::string(255, 'a') + "é" + std::string(100'000, 'b') + "\"";
  ASSERT_TRUE(tape.parse(json));
  const auto refused = to_double(*tape.documents().begin());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), "For input string: \"" + std::string(255, 'a') + "...\"");
}

}  // namespace
}  // namespace sluice::serde
