#include "server/s3/payload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace sluice::server {
namespace {

using s3::ChecksumAlgorithm;
using s3::S3Code;

net::RequestHead head_with(const std::vector<std::pair<std::string, std::string>>& headers) {
  net::RequestHead head;
  head.method = "PUT";
  for (const auto& [name, value] : headers) {
    head.headers.add(name, value);
  }
  return head;
}

// The data of a body, and what its checksum was.
s3::S3Result<std::pair<std::string, std::optional<s3::Checksum>>> read(
    const std::vector<std::pair<std::string, std::string>>& headers, ByteView body) {
  SLUICE_S3_TRY(payload, Payload::of(head_with(headers)));
  std::string data;
  SLUICE_S3_TRY_DO(payload.write(body, [&data](ByteView piece) {
    data += piece;
    return s3::S3Result<void>();
  }));
  SLUICE_S3_TRY(checksum, payload.finish());
  return std::pair(data, checksum);
}

TEST(Payload, APlainBodyStaysAsItIs) {
  const auto got = read({{"x-amz-content-sha256", "UNSIGNED-PAYLOAD"}}, "5\r\nhello");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->first, "5\r\nhello");
  EXPECT_EQ(got->second, std::nullopt);
}

TEST(Payload, AChecksumInFrontIsCompared) {
  const auto got = read({{"X-Amz-Checksum-Crc32c", "4waSgw=="}}, "123456789");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->second, (s3::Checksum{ChecksumAlgorithm::crc32c, "4waSgw=="}));
  const auto other = read({{"x-amz-checksum-crc32c", "4waSgw=="}}, "12345678");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), S3Code::bad_digest);
}

TEST(Payload, AChecksumBehindTheBodyIsComparedAndMustCome) {
  const std::vector<std::pair<std::string, std::string>> headers = {
      {"x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
      {"x-amz-decoded-content-length", "9"},
      {"x-amz-trailer", "x-amz-meta-a, x-amz-checksum-crc32c"},
      {"x-amz-sdk-checksum-algorithm", "CRC32C"}};
  const std::string body = "9\r\n123456789\r\n0\r\n";
  const auto got = read(headers, body + "x-amz-checksum-crc32c:4waSgw==\r\n\r\n");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->first, "123456789");
  EXPECT_EQ(got->second, (s3::Checksum{ChecksumAlgorithm::crc32c, "4waSgw=="}));
  EXPECT_EQ(read(headers, body + "x-amz-checksum-crc32c:AAAAAA==\r\n\r\n").error().code(),
            S3Code::bad_digest);
  EXPECT_EQ(read(headers, body + "x-amz-checksum-crc32c:4waSg\r\n\r\n").error().code(),
            S3Code::invalid_request);
  EXPECT_EQ(read(headers, body + "\r\n").error().code(), S3Code::invalid_request);
  EXPECT_EQ(read(headers, body).error().code(), S3Code::incomplete_body);
}

TEST(Payload, ChecksumsThatContradictEachOtherAreRefused) {
  for (const auto& headers : std::vector<std::vector<std::pair<std::string, std::string>>>{
           {{"x-amz-checksum-crc32c", "4waSgw=="}, {"x-amz-checksum-crc32", "4waSgw=="}},
           {{"x-amz-checksum-crc32c", "4waSgw=="},
            {"x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
            {"x-amz-trailer", "x-amz-checksum-crc32"}},
           {{"x-amz-checksum-sha1", "4waSgw=="}},
           {{"x-amz-sdk-checksum-algorithm", "CRC32"}}}) {
    const auto payload = Payload::of(head_with(headers));
    ASSERT_FALSE(payload);
    EXPECT_EQ(payload.error().code(), S3Code::invalid_request);
  }
}

TEST(Payload, AChunkedBodyHasTheLengthOfItsData) {
  net::RequestHead head = head_with({{"x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
                                     {"x-amz-decoded-content-length", "9"}});
  head.content_length = 100;
  EXPECT_EQ(body_expectations(head)->bytes, 9u);
  for (const std::string length : {"", "nine", "-1", "9 "}) {
    net::RequestHead bad =
        head_with({{"x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
                   {"x-amz-decoded-content-length", length}});
    EXPECT_EQ(body_expectations(bad).error().code(), S3Code::invalid_argument) << length;
  }
  net::RequestHead without =
      head_with({{"x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}});
  EXPECT_EQ(body_expectations(without).error().code(), S3Code::missing_content_length);
}

}  // namespace
}  // namespace sluice::server
