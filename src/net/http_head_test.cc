#include "net/http_head.h"

#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::net {
namespace {

using Verdict = HeadScanner::Verdict;

// The status a head is refused with, 0 if it is accepted.  "H" stands for a good request line and
// Host line, and every case ends with the empty line.
int refusal_of(const std::string& head) {
  HeadScanner scanner;
  const Verdict verdict = scanner.scan(head);
  if (verdict == Verdict::bare_lf) {
    return 400;
  }
  EXPECT_EQ(verdict, Verdict::complete) << head;
  EXPECT_EQ(scanner.head_bytes(), head.size()) << head;
  const auto parsed = parse_request_head(head);
  return parsed ? 0 : parsed.error().status;
}

int refusal_of_line(const std::string& request_line) {
  return refusal_of(request_line + "\r\nHost: h\r\n\r\n");
}

int refusal_of_fields(const std::string& fields) {
  return refusal_of("GET / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n\r\n");
}

RequestHead parsed(const std::string& head) {
  auto result = parse_request_head(head);
  EXPECT_TRUE(result.has_value()) << result.error().reason;
  return result.value_or(RequestHead());
}

TEST(RequestHeadParser, ReadsARequestAsASdkSendsIt) {
  const RequestHead head = parsed(
      "POST /?list-type=2 HTTP/1.1\r\n"
      "Host: 127.0.0.1:4566\r\n"
      "X-Amz-Target: Kinesis_20131202.PutRecord\r\n"
      "User-Agent:\tBoto3/1.26.27  \r\n"
      "Empty:\r\n"
      "Content-Length: 17\r\n\r\n");
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/?list-type=2");
  EXPECT_EQ(head.version, HttpVersion::http_1_1);
  EXPECT_EQ(head.headers.size(), 5u);
  EXPECT_EQ(head.headers.find("x-amz-target"), "Kinesis_20131202.PutRecord");
  EXPECT_EQ(head.headers.find("user-agent"), "Boto3/1.26.27");
  EXPECT_EQ(head.headers.find("empty"), "");
  EXPECT_EQ(head.content_length, 17u);
  EXPECT_FALSE(head.has_unknown_length);
  EXPECT_FALSE(head.expects_continue);
  EXPECT_FALSE(head.wants_close);
}

TEST(RequestHeadParser, TakesOrRefusesRequestLines) {
  struct Case {
    std::string line;
    int status;
  };

  for (const Case& c : {Case{"GET / HTTP/1.1", 0},
                        Case{"PROPFIND /a%20b?x HTTP/1.1", 0},
                        Case{"GET /caf\xc3\xa9 HTTP/1.1", 0},
                        Case{"OPTIONS * HTTP/1.1", 0},
                        Case{"GET http://h/a?b HTTP/1.1", 0},
                        Case{"GET HTTP://H HTTP/1.1", 0},
                        Case{"GET / HTTP/1.0", 0},
                        Case{"GET * HTTP/1.1", 400},
                        Case{"GET http://other/a HTTP/1.1", 400},
                        Case{"GET https://h/a HTTP/1.1", 400},
                        Case{"CONNECT h:80 HTTP/1.1", 400},
                        Case{"GET /", 400},
                        Case{"GET", 400},
                        Case{"GET  HTTP/1.1", 400},
                        Case{" GET / HTTP/1.1", 400},
                        Case{"GET / HTTP/1.1 ", 400},
                        Case{"GET  / HTTP/1.1", 400},
                        Case{"GET / / HTTP/1.1", 400},
                        Case{"GET\t/\tHTTP/1.1", 400},
                        Case{"GET /a#b HTTP/1.1", 400},
                        Case{std::string("GET /a\0b HTTP/1.1", 17), 400},
                        Case{"GET /\x7f HTTP/1.1", 400},
                        Case{"GET /\r HTTP/1.1", 400},
                        Case{"G@T / HTTP/1.1", 400},
                        Case{std::string(33, 'A') + " / HTTP/1.1", 400},
                        Case{"GET / http/1.1", 400},
                        Case{"GET / HTTP/1.1x", 400},
                        Case{"GET / HTTP/11", 400},
                        Case{"GET / HTTP/2.0", 505},
                        Case{"GET / HTTP/1.2", 505},
                        Case{"PRI * HTTP/2.0", 505}}) {
    EXPECT_EQ(refusal_of_line(c.line), c.status) << c.line;
  }
}

TEST(RequestHeadParser, TakesOrRefusesHeaderLines) {
  struct Case {
    std::string fields;
    int status;
  };

  for (const Case& c : {Case{"A: b", 0},
                        Case{"A:b", 0},
                        Case{"A:", 0},
                        Case{"A: caf\xc3\xa9\tb", 0},
                        Case{"A!#$%&'*+-.^_`|~9: b", 0},
                        Case{"A : b", 400},
                        Case{": b", 400},
                        Case{"A", 400},
                        Case{"A b: c", 400},
                        Case{"A: b\r\n folded", 400},
                        Case{"A: b\r\n\tfolded", 400},
                        Case{"A: b\r\n ", 400},
                        Case{"A: b\nB: c", 400},
                        Case{"A: b\rB: c", 400},
                        Case{std::string("A: b\0", 5), 400},
                        Case{"A: \x01", 400},
                        Case{"A: \x7f", 400},
                        Case{"\xc3\xa9: b", 400}}) {
    EXPECT_EQ(refusal_of_fields(c.fields), c.status) << c.fields;
  }
}

TEST(RequestHeadParser, TakesOrRefusesFraming) {
  struct Case {
    std::string fields;
    int status;
  };

  for (const Case& c : {Case{"Content-Length: 0", 0},
                        Case{"Content-Length: 999999999999999999", 0},
                        Case{"Transfer-Encoding: chunked", 0},
                        Case{"Transfer-Encoding: Chunked", 0},
                        Case{"Content-Length: 1\r\nTransfer-Encoding: chunked", 400},
                        Case{"Transfer-Encoding: chunked\r\ncontent-length: 1", 400},
                        Case{"Content-Length: 1\r\nContent-Length: 2", 400},
                        Case{"Content-Length: 1\r\nContent-Length: 1", 400},
                        Case{"Content-Length: 1, 1", 400},
                        Case{"Content-Length:", 400},
                        Case{"Content-Length: -1", 400},
                        Case{"Content-Length: +1", 400},
                        Case{"Content-Length: 0x1", 400},
                        Case{"Content-Length: 1 2", 400},
                        Case{"Content-Length: 9999999999999999999", 400},
                        Case{"Content-Length: 18446744073709551617", 400},
                        Case{"Transfer-Encoding: gzip, chunked", 501},
                        Case{"Transfer-Encoding: identity", 501},
                        Case{"Transfer-Encoding:", 501},
                        Case{"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 501},
                        Case{"Transfer-Encoding: chunked, chunked", 501},
                        Case{"Expect: 100-continue", 0},
                        Case{"Expect: 100-Continue", 0},
                        Case{"Expect: something", 417},
                        Case{"Expect:", 417}}) {
    EXPECT_EQ(refusal_of_fields(c.fields), c.status) << c.fields;
  }
}

TEST(RequestHeadParser, WantsExactlyOneHost) {
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("GET / HTTP/1.0\r\n\r\n"), 0);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), 0);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 0);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: u@h\r\n\r\n"), 400);
}

TEST(RequestHeadParser, Http10ClosesAndKnowsNeitherChunksNorExpectations) {
  const RequestHead head =
      parsed("GET / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(head.version, HttpVersion::http_1_0);
  EXPECT_TRUE(head.wants_close);
  EXPECT_FALSE(head.expects_continue);
  EXPECT_EQ(refusal_of("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(RequestHeadParser, FindsCloseAmongConnectionOptions) {
  auto closes = [](const std::string& field) {
    return parsed("GET / HTTP/1.1\r\nHost: h\r\n" + field + "\r\n\r\n").wants_close;
  };
  EXPECT_TRUE(closes("Connection: close"));
  EXPECT_TRUE(closes("connection: x, CLOSE ,y"));
  EXPECT_TRUE(closes("Connection: x\r\nConnection: close"));
  EXPECT_FALSE(closes("Connection: keep-alive"));
  EXPECT_FALSE(closes("Connection: closed,,"));
}

TEST(RequestHeadParser, AnAbsoluteTargetBecomesItsPath) {
  EXPECT_EQ(parsed("GET http://h/a?b HTTP/1.1\r\nHost: h\r\n\r\n").target, "/a?b");
  EXPECT_EQ(parsed("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n").target, "/");
}

TEST(RequestHeadParser, BoundsTheNumberOfFields) {
  std::string fields;
  for (std::size_t i = 1; i < head_fields_max; ++i) {
    fields += "A: b\r\n";
  }
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n"), 0);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: h\r\n" + fields + "A: b\r\n\r\n"), 431);
}

TEST(HeadScanner, FindsTheSameEndHoweverTheBytesArrive) {
  const std::string head = "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string bytes = head + "GET /next HTTP/1.1\r\n";
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    HeadScanner scanner;
    Verdict verdict = scanner.scan(ByteView(bytes).substr(0, cut));
    EXPECT_EQ(verdict == Verdict::complete, cut >= head.size()) << cut;
    if (verdict == Verdict::incomplete) {
      verdict = scanner.scan(bytes);
    }
    EXPECT_EQ(verdict, Verdict::complete);
    EXPECT_EQ(scanner.head_bytes(), head.size());
  }
}

TEST(HeadScanner, RefusesABareLineFeedAsSoonAsItComes) {
  for (const std::string bytes : {"\n",
                                  "GET / HTTP/1.1\n",
                                  "GET / HTTP/1.1\r\n\n",
                                  "GET / HTTP/1.1\r\nHost: h\n",
                                  "\r\n\n"}) {
    HeadScanner scanner;
    EXPECT_EQ(scanner.scan(bytes), Verdict::bare_lf) << bytes;
  }
}

TEST(HeadScanner, ToleratesOneEmptyLineBeforeTheRequestLine) {
  EXPECT_EQ(refusal_of("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), 0);
  EXPECT_EQ(refusal_of("\r\n\r\n"), 400);
}

TEST(Preface, IsUndecidedOnlyWhileItCouldBeHttp2) {
  const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  for (std::size_t size = 0; size < preface.size(); ++size) {
    EXPECT_EQ(classify_preface(preface.substr(0, size)), Preface::undecided);
    EXPECT_EQ(classify_preface(preface.substr(0, size) + "x"), Preface::http_1);
  }
  EXPECT_EQ(classify_preface(preface), Preface::http_2);
  EXPECT_EQ(classify_preface(preface + "more"), Preface::http_2);
  EXPECT_EQ(classify_preface("G"), Preface::http_1);
  EXPECT_EQ(classify_preface("PUT / HTTP/1.1"), Preface::http_1);
}

// Every way to damage one byte of a good head either is refused or gives a head whose parts hold no
// control characters: nothing can be smuggled into what is passed on.
TEST(RequestHeadParser, NoSingleByteChangeLetsControlCharactersThrough) {
  const std::string good = "PUT /k?v HTTP/1.1\r\nHost: h\r\nA: b\r\nContent-Length: 3\r\n\r\n";
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = good;
      changed[at] = static_cast<char>(byte);
      HeadScanner scanner;
      if (scanner.scan(changed) != Verdict::complete) {
        continue;
      }
      const auto head = parse_request_head(changed.substr(0, scanner.head_bytes()));
      if (!head) {
        continue;
      }
      std::string all = head->method + head->target;
      for (const HttpHeader header : head->headers) {
        all += std::string(header.name) + std::string(header.value);
      }
      for (const char letter : all) {
        const auto code = static_cast<unsigned char>(letter);
        EXPECT_TRUE(code == '\t' || (code >= 0x20 && code != 0x7f)) << changed;
      }
    }
  }
}

}  // namespace
}  // namespace sluice::net
