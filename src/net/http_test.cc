#include "net/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::net {
namespace {

std::vector<std::string> lines(const HttpHeaders& headers) {
  std::vector<std::string> all;
  for (const HttpHeader header : headers) {
    all.push_back(std::string(header.name) + "=" + std::string(header.value));
  }
  return all;
}

TEST(HttpHeaders, KeepOrderSpellingAndRepetition) {
  HttpHeaders headers{{"Host", "a"}, {"x-amz-meta", "1"}, {"X-Amz-Meta", "2"}};
  EXPECT_THAT(lines(headers), testing::ElementsAre("Host=a", "x-amz-meta=1", "X-Amz-Meta=2"));
  EXPECT_EQ(headers.count("X-AMZ-META"), 2u);
}

TEST(HttpHeaders, FindIgnoresCaseAndTakesTheFirst) {
  const HttpHeaders headers{{"X-Amz-Target", "one"}, {"x-amz-target", "two"}, {"Empty", ""}};
  EXPECT_EQ(headers.find("x-AMZ-target"), "one");
  EXPECT_EQ(headers.find("empty"), "");
  EXPECT_EQ(headers.find("x-amz-targe"), std::nullopt);
  EXPECT_EQ(headers.value_or("nothing", "else"), "else");
}

TEST(HttpHeaders, SetReplacesEveryFieldOfTheName) {
  HttpHeaders headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};
  headers.set("a", *headers.find("B"));
  EXPECT_THAT(lines(headers), testing::ElementsAre("B=2", "a=2"));
  EXPECT_EQ(headers.remove("b"), 1u);
  EXPECT_EQ(headers.size(), 1u);
}

TEST(HttpHeaders, SurviveCopyAndMove) {
  HttpHeaders headers{{"A", "1"}, {"Long-Enough-To-Leave-The-Small-Buffer", "value"}};
  HttpHeaders copied = headers;
  const HttpHeaders moved = std::move(headers);
  copied.add("B", "2");
  EXPECT_EQ(moved.find("A"), "1");
  EXPECT_EQ(copied.find("b"), "2");
  EXPECT_EQ(copied.size(), 3u);
}

TEST(RequestHead, SplitsTheTargetAtTheFirstQuestionMark) {
  struct Case {
    std::string target;
    std::string path;
    std::string query;
  };

  for (const Case& c : {Case{"/", "/", ""},
                        Case{"/a/b?x=1&y=%3f", "/a/b", "x=1&y=%3f"},
                        Case{"/a?", "/a", ""},
                        Case{"/a?b?c", "/a", "b?c"}}) {
    RequestHead head;
    head.target = c.target;
    EXPECT_EQ(head.path(), c.path) << c.target;
    EXPECT_EQ(head.query(), c.query) << c.target;
  }
}

TEST(HttpDate, IsTheFixedFormInGreenwichTime) {
  struct Case {
    std::int64_t seconds;
    std::string text;
  };

  for (const Case& c : {Case{0, "Thu, 01 Jan 1970 00:00:00 GMT"},
                        Case{784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
                        Case{951782399, "Mon, 28 Feb 2000 23:59:59 GMT"},
                        Case{951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
                        Case{1752420319, "Sun, 13 Jul 2025 15:25:19 GMT"},
                        Case{253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"}}) {
    EXPECT_EQ(format_http_date(unix_millis(c.seconds * 1000)), c.text);
    EXPECT_EQ(format_http_date(unix_millis(c.seconds * 1000 + 999)), c.text);
  }
}

TEST(ReasonPhrase, KnowsWhatTheServicesAnswer) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(416), "Range Not Satisfiable");
  EXPECT_EQ(reason_phrase(299), "Unknown");
}

}  // namespace
}  // namespace sluice::net
