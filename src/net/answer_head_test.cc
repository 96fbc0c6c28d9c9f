#include "net/answer_head.h"

#include <gtest/gtest.h>

namespace sluice::net {
namespace {

Bytes head_of(const HttpResponse& response, AnswerFrame frame = {}) {
  Bytes out;
  frame.date = "now";
  if (!frame.is_chunked) {
    frame.length = declared_length(response, false);
  }
  append_answer_head(out, response, frame);
  return out;
}

TEST(AnswerHead, HasDateAndLengthAndNoConnectionWhenKeptAlive) {
  EXPECT_EQ(
      head_of(make_response(200, "text/plain", "four")),
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: now\r\nContent-Length: 4\r\n\r\n");
}

TEST(AnswerHead, SaysWhenItCloses) {
  AnswerFrame frame;
  frame.closes = true;
  EXPECT_EQ(head_of(HttpResponse(), frame),
            "HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST(AnswerHead, SaysThatTheBodyComesInChunks) {
  AnswerFrame frame;
  frame.is_chunked = true;
  EXPECT_EQ(head_of(HttpResponse(), frame),
            "HTTP/1.1 200 OK\r\nDate: now\r\nTransfer-Encoding: chunked\r\n\r\n");
}

TEST(AnswerHead, HasNoLengthFor204And304) {
  HttpResponse response;
  response.body = "ignored";
  for (const int status : {204, 304}) {
    response.status = status;
    EXPECT_FALSE(head_of(response).contains("Content-Length")) << status;
  }
}

TEST(AnswerHead, MeasuresBodyFileOrStatedLength) {
  HttpResponse response;
  response.head_length = 77;
  EXPECT_EQ(declared_length(response, true), 77u);
  EXPECT_EQ(declared_length(response, false), 0u);
  response.body = "abc";
  EXPECT_EQ(declared_length(response, true), 3u);
  response.file = FileRegion{nullptr, 10, 20};
  EXPECT_EQ(declared_length(response, true), 20u);
  EXPECT_EQ(declared_length(response, false), 20u);
}

TEST(AnswerHead, LeavesOutFieldsThatBelongToTheServer) {
  HttpResponse response;
  response.headers = {{"content-length", "9"},
                      {"DATE", "x"},
                      {"Connection", "y"},
                      {"Transfer-Encoding", "z"},
                      {"Keep-Alive", "z"},
                      {"Upgrade", "z"},
                      {"A", "b"}};
  EXPECT_EQ(head_of(response), "HTTP/1.1 200 OK\r\nA: b\r\nDate: now\r\nContent-Length: 0\r\n\r\n");
}

TEST(AnswerHead, AValueCannotStartANewLine) {
  HttpResponse response;
  response.headers.add("x-amz-meta-a", "b\r\nSet-Cookie: c\n\t\x7f");
  EXPECT_TRUE(head_of(response).contains("x-amz-meta-a: b  Set-Cookie: c \t \r\n"));
}

}  // namespace
}  // namespace sluice::net
