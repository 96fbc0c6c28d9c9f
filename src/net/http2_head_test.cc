#include "net/http2_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace sluice::net {
namespace {

using testing::HasSubstr;
using Fields = std::vector<std::pair<std::string, std::string>>;

std::expected<RequestHead, HttpRefusal> head_of(const Fields& fields,
                                                bool has_end = true,
                                                std::size_t list_bytes_max = 1'000) {
  Http2HeadBuilder builder(list_bytes_max);
  for (const auto& [name, value] : fields) {
    builder.add(name, value);
  }
  return builder.finish(has_end);
}

Fields post(const Fields& more) {
  Fields fields = {
      {":method", "POST"}, {":scheme", "http"}, {":path", "/a?b"}, {":authority", "h:1"}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

TEST(Http2HeadBuilder, MakesAHeadThatReadsAsOneOfHttp11) {
  const auto head =
      head_of(post({{"x-amz-target", "Kinesis.PutRecord"}, {"content-length", "5"}}), false);
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->method, "POST");
  EXPECT_EQ(head->path(), "/a");
  EXPECT_EQ(head->query(), "b");
  EXPECT_EQ(head->version, HttpVersion::http_2);
  EXPECT_EQ(head->headers.find("Host"), "h:1");
  EXPECT_EQ(head->headers.find("X-Amz-Target"), "Kinesis.PutRecord");
  EXPECT_EQ(head->content_length, 5u);
  EXPECT_FALSE(head->has_unknown_length);
  EXPECT_FALSE(head->wants_close);
}

TEST(Http2HeadBuilder, ABodyWithoutContentLengthHasAnUnknownOne) {
  EXPECT_TRUE(head_of(post({}), false)->has_body());
  EXPECT_FALSE(head_of(post({}), true)->has_body());
}

TEST(Http2HeadBuilder, JoinsCookiesThatCameInPieces) {
  const auto head = head_of(post({{"cookie", "a=1"}, {"cookie", "b=2"}}));
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->headers.find("Cookie"), "a=1; b=2");
  EXPECT_EQ(head->headers.count("cookie"), 1u);
}

TEST(Http2HeadBuilder, TakesHostWhereThereIsNoAuthority) {
  const auto head = head_of({{":method", "GET"}, {":path", "/"}, {"host", "other"}});
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->headers.find("host"), "other");
  EXPECT_TRUE(head_of(post({{"host", "H:1"}})).has_value());
}

TEST(Http2HeadBuilder, NotesTheExpectationOf100) {
  EXPECT_TRUE(head_of(post({{"expect", "100-continue"}}), false)->expects_continue);
  EXPECT_EQ(head_of(post({{"expect", "the-unexpected"}})).error().status, 417);
}

TEST(Http2HeadBuilder, RefusesWhatTwoReadersMightTakeDifferently) {
  struct Case {
    Fields fields;
    std::string reason;
  };

  for (const Case& c : {
           Case{{{":method", "GET"}, {":path", "/"}}, ":authority is missing"},
           Case{post({{"host", "evil"}}), "different hosts"},
           Case{post({{"host", "h:1"}, {"host", "h:1"}}), "more than one Host"},
           Case{{{":method", "GET"}, {":path", "/"}, {":authority", "a b"}}, "not a host name"},
           Case{post({{"content-length", "1"}, {"content-length", "1"}}), "more than one Content"},
           Case{post({{"content-length", "+1"}}), "not a number"},
           Case{{{":method", "G T"}, {":path", "/"}, {":authority", "h"}}, "the method"},
           Case{{{":method", "GET"}, {":path", "x"}, {":authority", "h"}}, "start with '/'"},
           Case{{{":method", "GET"}, {":path", "*"}, {":authority", "h"}}, "start with '/'"},
           Case{{{":method", "CONNECT"}, {":authority", "h:1"}}, "start with '/'"},
           Case{{{":method", "GET"}, {":path", "/#"}, {":authority", "h"}}, "'#'"},
       }) {
    const auto head = head_of(c.fields);
    ASSERT_FALSE(head.has_value()) << c.reason;
    EXPECT_EQ(head.error().status, 400);
    EXPECT_THAT(head.error().reason, HasSubstr(c.reason));
  }
}

TEST(Http2HeadBuilder, NamesAFieldThatIsNotAllowed) {
  Http2HeadBuilder builder(1'000);
  for (const auto& [name, value] : post({})) {
    builder.add(name, value);
  }
  builder.add_invalid("x-broken");
  const auto head = builder.finish(true);
  ASSERT_FALSE(head.has_value());
  EXPECT_EQ(head.error().status, 400);
  EXPECT_THAT(head.error().reason, HasSubstr("x-broken"));
}

TEST(Http2HeadBuilder, BoundsTheListInBytesAndInFields) {
  const std::size_t own = 4 * 32 + 44;  // the four fields of post({}), and their texts
  EXPECT_TRUE(head_of(post({}), true, own).has_value());
  EXPECT_EQ(head_of(post({}), true, own - 1).error().status, 431);
  Fields many;
  for (int i = 0; i < 253; ++i) {
    many.emplace_back("a", "");
  }
  EXPECT_EQ(head_of(post(many), true, 100'000).error().status, 431);
  many.pop_back();
  EXPECT_TRUE(head_of(post(many), true, 100'000).has_value());
}

}  // namespace
}  // namespace sluice::net
