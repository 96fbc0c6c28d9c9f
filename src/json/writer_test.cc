#include "json/writer.h"

#include "json/tape.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace sluice::json {
namespace {

TEST(Writer, PutsCommasWhereTheyBelong) {
  std::string out;
  Writer writer(out);
  writer.begin_object();
  writer.member("Name", "a\"b");
  writer.member("Count", std::uint64_t{18446744073709551615U});
  writer.member("Min", std::numeric_limits<std::int64_t>::min());
  writer.member("Small", std::uint8_t{7});
  writer.member("On", true);
  writer.member("Rate", 0.5);
  writer.member("At", unix_millis(1663147169123));
  writer.key("Empty");
  writer.begin_array();
  writer.end_array();
  writer.key("List");
  writer.begin_array();
  writer.null();
  writer.begin_object();
  writer.end_object();
  writer.raw("[1,2]");
  writer.value(std::string("x"));
  writer.end_array();
  writer.end_object();
  EXPECT_EQ(out,
            R"({"Name":"a\"b","Count":18446744073709551615,"Min":-9223372036854775808,"Small":7,)"
            R"("On":true,"Rate":0.5,"At":1663147169.123,"Empty":[],"List":[null,{},[1,2],"x"]})");
}

TEST(Writer, EscapesWhatJsonDemands) {
  const struct {
    std::string_view text;
    std::string_view written;
  } cases[] = {
      {"", "\"\""},
      {"a/é€😀\x7f", "\"a/é€😀\x7f\""},
      {"\"\\\b\f\n\r\t", R"("\"\\\b\f\n\r\t")"},
      {std::string_view("\0\x1f", 2), R"("\u0000\u001f")"},
      {"a\xff\xc3", "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
      {"\xc3\xa9\xed\xa0\x80", "\"é\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
  };

  for (const auto& expected : cases) {
    std::string out;
    append_string(out, expected.text);
    EXPECT_EQ(out, expected.written);
  }
}

TEST(Writer, EveryByteSurvivesAsPartOfAString) {
  for (std::uint32_t byte = 0; byte < 0x80; ++byte) {
    const std::string text(3, static_cast<char>(byte));
    std::string out;
    append_string(out, text);
    Tape tape;
    ASSERT_TRUE(tape.parse(out, Documents::one)) << byte;
    EXPECT_EQ((*tape.documents().begin()).text(), text);
  }
}

TEST(Writer, TimestampsArePlainDecimals) {
  const struct {
    std::int64_t millis;
    std::string_view written;
  } cases[] = {
      {0, "0.0"},
      {1663147169000, "1663147169.0"},
      {1663147169100, "1663147169.1"},
      {1663147169120, "1663147169.12"},
      {1663147169001, "1663147169.001"},
      {999, "0.999"},
      {-1, "-0.001"},
      {-1500, "-1.5"},
      {253402300799999, "253402300799.999"},
      {std::numeric_limits<std::int64_t>::min(), "-9223372036854775.808"},
  };

  for (const auto& expected : cases) {
    std::string out;
    append_timestamp(out, unix_millis(expected.millis));
    EXPECT_EQ(out, expected.written);
  }
}

TEST(Writer, DoublesReadBackEqual) {
  for (const double value : {0.0, -0.5, 0.1, 1e300, 5e-324, 1.7976931348623157e308, 123456789.0}) {
    std::string out;
    append_double(out, value);
    Tape tape;
    ASSERT_TRUE(tape.parse(out, Documents::one)) << out;
    EXPECT_EQ((*tape.documents().begin()).as_double(), value) << out;
  }
  std::string out;
  append_double(out, std::nan(""));
  append_double(out, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(out, "\"NaN\"\"-Infinity\"");
}

TEST(Writer, CopiesParsedValuesWithoutWhiteSpace) {
  Tape tape;
  ASSERT_TRUE(
      tape.parse(R"( { "a" : [ 1.50 , { } , [ [ ] , "x\u0041\n" ] ] , "a" : null } [ ] 7)"));
  std::string out;
  Writer writer(out);
  writer.begin_array();
  for (const View document : tape.documents()) {
    writer.value(document);
  }
  writer.end_array();
  EXPECT_EQ(out, R"([{"a":[1.50,{},[[],"xA\n"]],"a":null},[],7])");
}

TEST(Writer, CopiesDeepNestingWithoutRecursion) {
  const std::string text = std::string(500'000, '[') + std::string(500'000, ']');
  Tape tape;
  ASSERT_TRUE(tape.parse(text, Documents::one, {.depth_max = 500'000}));
  std::string out;
  Writer(out).value(*tape.documents().begin());
  EXPECT_EQ(out, text);
}

TEST(WriterDeathTest, AnEndWithoutABeginningIsABug) {
  std::string out;
  Writer writer(out);
  EXPECT_DEATH(writer.end_object(), "depth_ > 0");
}

}  // namespace
}  // namespace sluice::json
