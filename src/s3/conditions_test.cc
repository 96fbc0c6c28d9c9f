// Conditional requests, by the table of RFC 9110 section 13.2.
#include "s3/conditions.h"

#include <gtest/gtest.h>

namespace sluice::s3 {
namespace {

constexpr std::string_view etag = "abc";
const UnixMillis modified = unix_millis(784'111'777'500);  // half a second after the date below
constexpr const char* same_date = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* earlier_date = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr const char* later_date = "Sun, 06 Nov 1994 08:49:38 GMT";

TEST(Conditions, DecideAboutReads) {
  using Text = std::optional<std::string>;

  struct Case {
    const char* name;
    Text match, none_match, modified_since, unmodified_since;
    Verdict expected;
  };

  const Text none;
  const Case cases[] = {
      {"nothing asked", none, none, none, none, Verdict::proceed},
      {"match", "\"abc\"", none, none, none, Verdict::proceed},
      {"match any", "*", none, none, none, Verdict::proceed},
      {"match in a list", "\"x\", \"abc\"", none, none, none, Verdict::proceed},
      {"match without quotes", "abc", none, none, none, Verdict::proceed},
      {"no match", "\"x\"", none, none, none, Verdict::precondition_failed},
      {"weak does not match", "W/\"abc\"", none, none, none, Verdict::precondition_failed},
      {"none match", none, "\"abc\"", none, none, Verdict::not_modified},
      {"none match weakly", none, "W/\"abc\"", none, none, Verdict::not_modified},
      {"none match any", none, "*", none, none, Verdict::not_modified},
      {"none match another", none, "\"x\"", none, none, Verdict::proceed},
      {"modified since earlier", none, none, earlier_date, none, Verdict::proceed},
      {"modified since the same second", none, none, same_date, none, Verdict::not_modified},
      {"modified since later", none, none, later_date, none, Verdict::not_modified},
      {"modified since nonsense", none, none, "yesterday", none, Verdict::proceed},
      {"unmodified since earlier", none, none, none, earlier_date, Verdict::precondition_failed},
      {"unmodified since the same second", none, none, none, same_date, Verdict::proceed},
      {"unmodified since nonsense", none, none, none, "yesterday", Verdict::proceed},
      {"match hides unmodified", "\"abc\"", none, none, earlier_date, Verdict::proceed},
      {"none match hides modified", none, "\"x\"", later_date, none, Verdict::proceed},
      {"match, then none match", "\"abc\"", "\"abc\"", none, none, Verdict::not_modified},
  };
  for (const Case& row : cases) {
    const Conditions conditions{
        row.match, row.none_match, row.modified_since, row.unmodified_since};
    EXPECT_EQ(judge_read(conditions, etag, modified), row.expected) << row.name;
  }
}

TEST(Conditions, DecideAboutWrites) {
  const std::optional<std::string> there = "abc";
  const std::optional<std::string> nothing;
  Conditions only_new;
  only_new.if_none_match = "*";
  EXPECT_EQ(judge_write({}, there), Verdict::proceed);
  EXPECT_EQ(judge_write(only_new, nothing), Verdict::proceed);
  EXPECT_EQ(judge_write(only_new, there), Verdict::precondition_failed);
  Conditions only_this;
  only_this.if_match = "\"abc\"";
  EXPECT_EQ(judge_write(only_this, there), Verdict::proceed);
  EXPECT_EQ(judge_write(only_this, "x"), Verdict::precondition_failed);
  EXPECT_EQ(judge_write(only_this, nothing), Verdict::precondition_failed);
}

TEST(Conditions, TagsMayHoldCommas) {
  EXPECT_TRUE(names_etag("\"a,b\" , \"c\"", "c", false));
  EXPECT_TRUE(names_etag("\"a,b\"", "a,b", false));
  EXPECT_FALSE(names_etag("\"a,b\"", "a", false));
  EXPECT_FALSE(names_etag("", "a", false));
  EXPECT_FALSE(names_etag(",,\"", "a", false));
}

TEST(HttpDate, IsReadInItsThreeForms) {
  const UnixMillis expected = unix_millis(784'111'777'000);
  for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT",
                           "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994",
                           " Sun, 06 Nov 1994 08:49:37 GMT\t"}) {
    EXPECT_EQ(parse_http_date(text), expected) << text;
  }
  EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT"), unix_millis(1'709'164'800'000));
  EXPECT_EQ(parse_http_date("Friday, 01-Jan-69 00:00:00 GMT"), unix_millis(3'124'224'000'000));
}

TEST(HttpDate, IsRefusedInAnyOther) {
  for (const char* text : {"",
                           "Sun, 06 Nov 1994 08:49:37",
                           "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, 6 Nov 1994 08:49:37 GMT",
                           "Sun, 31 Feb 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:00:00 GMT",
                           "Sun, 06 Nov 1994 08:60:00 GMT",
                           "Sun, 06 Nov 94 08:49:37 GMT",
                           "1994-11-06T08:49:37Z",
                           "Sun, 06 Nov 1994 08:49:37 GMTx"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace sluice::s3
