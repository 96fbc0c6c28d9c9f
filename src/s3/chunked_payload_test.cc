#include "s3/chunked_payload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace sluice::s3 {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr ChunkedForm unsigned_with_trailer{.is_signed = false, .has_trailer = true};
constexpr ChunkedForm signed_only{.is_signed = true, .has_trailer = false};
constexpr ChunkedForm signed_with_trailer{.is_signed = true, .has_trailer = true};

struct Read {
  S3Result<void> outcome;
  std::string data;
  std::vector<std::pair<std::string, std::string>> trailer;
};

// The body in pieces of so many bytes.
Read read(ChunkedForm form,
          std::string_view body,
          std::optional<aws::ChunkSigner> signer = std::nullopt,
          std::size_t piece = 1'000'000) {
  Read out;
  ChunkedPayload payload(form, std::move(signer));
  for (std::size_t at = 0; at < body.size() && out.outcome; at += piece) {
    out.outcome = payload.write(body.substr(at, piece), [&](ByteView data) {
      EXPECT_FALSE(data.empty());
      out.data += data;
      return S3Result<void>();
    });
  }
  if (out.outcome) {
    out.outcome = payload.finish();
  }
  out.trailer = payload.trailer();
  return out;
}

S3Code code_of(ChunkedForm form, std::string_view body) {
  const Read got = read(form, body);
  EXPECT_FALSE(got.outcome) << body;
  return got.outcome ? S3Code::internal_error : got.outcome.error().code();
}

aws::ChunkSigner documented_signer(std::string seed) {
  aws::Authorization authorization;
  authorization.date = "20130524";
  authorization.timestamp = "20130524T000000Z";
  authorization.region = "us-east-1";
  authorization.service = "s3";
  authorization.signature = std::move(seed);
  return {authorization, {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", {}}};
}

const std::string documented_seed =
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";

std::string documented_body(char content = 'a') {
  return "10000;chunk-signature="
         "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
         std::string(65'536, content) +
         "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"
         "\r\n" +
         std::string(1'024, 'a') +
         "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"
         "\r\n\r\n";
}

TEST(ChunkedPayload, TheFormIsNamedByTheHashOfTheContent) {
  EXPECT_EQ(chunked_form_named("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), signed_only);
  EXPECT_EQ(chunked_form_named("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"), signed_with_trailer);
  EXPECT_EQ(chunked_form_named("STREAMING-UNSIGNED-PAYLOAD-TRAILER"), unsigned_with_trailer);
  for (const std::string name :
       {"UNSIGNED-PAYLOAD", "", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"}) {
    EXPECT_EQ(chunked_form_named(name), std::nullopt);
  }
}

TEST(ChunkedPayload, DataAndTrailerAreReadHoweverTheyCome) {
  const std::string body =
      "5\r\nhello\r\nA;some=thing\r\n, world\r\n!\r\n0\r\nX-Amz-Checksum-CRC32:  abc= \r\n"
      "x-amz-meta-more:1:2\r\n\r\n";
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    const Read got = read(unsigned_with_trailer, body, std::nullopt, piece);
    ASSERT_TRUE(got.outcome) << got.outcome.error().message();
    EXPECT_EQ(got.data, "hello, world\r\n!");
    EXPECT_THAT(got.trailer,
                ElementsAre(Pair("x-amz-checksum-crc32", "abc="), Pair("x-amz-meta-more", "1:2")));
  }
}

TEST(ChunkedPayload, ABodyMayBeEmpty) {
  const Read got = read(unsigned_with_trailer, "0\r\n\r\n");
  ASSERT_TRUE(got.outcome);
  EXPECT_EQ(got.data, "");
}

// As in AWS's examples.
TEST(ChunkedPayload, ALineOfTheTrailerMayEndInALineFeedAlone) {
  const Read got = read(unsigned_with_trailer, "1\r\nx\r\n0\r\nx-amz-checksum-sha1:abc=\n\r\n");
  ASSERT_TRUE(got.outcome);
  EXPECT_THAT(got.trailer, ElementsAre(Pair("x-amz-checksum-sha1", "abc=")));
}

TEST(ChunkedPayload, TheSignaturesOfTheDocumentationHold) {
  for (const std::size_t piece : {std::size_t{7}, std::size_t{4096}, std::size_t{1'000'000}}) {
    const Read got =
        read(signed_only, documented_body(), documented_signer(documented_seed), piece);
    ASSERT_TRUE(got.outcome) << got.outcome.error().message();
    EXPECT_EQ(got.data, std::string(66'560, 'a'));
  }
}

TEST(ChunkedPayload, AChunkThatWasChangedIsFound) {
  const Read got = read(signed_only, documented_body('b'), documented_signer(documented_seed));
  ASSERT_FALSE(got.outcome);
  EXPECT_EQ(got.outcome.error().code(), S3Code::signature_does_not_match);
}

TEST(ChunkedPayload, WithoutASignerSignaturesAreNotChecked) {
  EXPECT_TRUE(read(signed_only, documented_body('b')).outcome);
}

TEST(ChunkedPayload, TheTrailersSignatureIsChecked) {
  aws::ChunkSigner signer = documented_signer(documented_seed);
  const std::string last = signer.chunk(sha256({}));
  const std::string right = signer.trailer("x-amz-checksum-crc32:AAAAAA==\n");
  const auto body = [&](const std::string& value, const std::string& signature) {
    return "0;chunk-signature=" + last + "\r\nx-amz-checksum-crc32:" + value +
           "\r\nx-amz-trailer-signature:" + signature + "\r\n\r\n";
  };
  const auto outcome = [&](const std::string& text) {
    return read(signed_with_trailer, text, documented_signer(documented_seed)).outcome;
  };
  EXPECT_TRUE(outcome(body("AAAAAA==", right)));
  EXPECT_EQ(outcome(body("AAAAAQ==", right)).error().code(), S3Code::signature_does_not_match);
  EXPECT_EQ(outcome(body("AAAAAA==", last)).error().code(), S3Code::signature_does_not_match);
  EXPECT_THAT(outcome("0;chunk-signature=" + last + "\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n")
                  .error()
                  .message(),
              HasSubstr("its trailer has no signature"));
  EXPECT_EQ(outcome("0;chunk-signature=" + last + "\r\nx-amz-trailer-signature:" + right +
                    "\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n")
                .error()
                .code(),
            S3Code::signature_does_not_match);
}

TEST(ChunkedPayload, WhatHasNotThisFormIsRefused) {
  for (const std::string body : {"hello",
                                 "\r\n",
                                 "x\r\n",
                                 "-1\r\nx\r\n",
                                 "5 \r\nhello\r\n",
                                 "5\nhello\r\n",
                                 "5\r\nhello!\r\n",
                                 "11111111111111111\r\n",
                                 "0\r\nno header\r\n\r\n",
                                 "0\r\n\r\nmore"}) {
    const S3Code code = code_of(unsigned_with_trailer, body);
    EXPECT_TRUE(code == S3Code::invalid_request ||
                (body == "hello" && code == S3Code::incomplete_body))
        << body;
  }
  EXPECT_EQ(code_of(signed_only, "5\r\nhello\r\n0\r\n\r\n"), S3Code::invalid_request);
  EXPECT_EQ(code_of(signed_only, "0;chunk-signature=1\r\na:b\r\n\r\n"), S3Code::invalid_request);
  EXPECT_EQ(code_of(unsigned_with_trailer, "5;" + std::string(2'000, 'x')),
            S3Code::invalid_request);
  std::string many = "0\r\n";
  for (int i = 0; i < 1'000; ++i) {
    many += "header-" + std::to_string(i) + ":value\r\n";
  }
  EXPECT_EQ(code_of(unsigned_with_trailer, many), S3Code::invalid_request);
}

TEST(ChunkedPayload, ABodyThatStopsEarlyIsIncomplete) {
  const std::string body = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:abc=\r\n\r\n";
  for (std::size_t size = 0; size < body.size(); ++size) {
    EXPECT_EQ(code_of(unsigned_with_trailer, std::string_view(body).substr(0, size)),
              S3Code::incomplete_body)
        << size;
  }
}

TEST(ChunkedPayload, AFailureOfWhoTakesTheDataIsHandedOn) {
  ChunkedPayload payload(unsigned_with_trailer, std::nullopt);
  const auto written =
      payload.write("5\r\nhello", [](ByteView) { return fail_s3(S3Code::slow_down, "full"); });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), S3Code::slow_down);
}

}  // namespace
}  // namespace sluice::s3
