#include "s3/checksum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace sluice::s3 {
namespace {

TEST(Checksum, EachAlgorithmHasANameAndAHeaderThatFindIt) {
  for (const ChecksumAlgorithm algorithm : all_checksum_algorithms) {
    EXPECT_EQ(checksum_algorithm_named(name_of(algorithm)), algorithm);
    EXPECT_EQ(checksum_algorithm_of_header(header_of(algorithm)), algorithm);
  }
  EXPECT_EQ(checksum_algorithm_named("crc32c"), ChecksumAlgorithm::crc32c);
  EXPECT_EQ(checksum_algorithm_of_header("X-Amz-Checksum-SHA1"), ChecksumAlgorithm::sha1);
  EXPECT_EQ(checksum_algorithm_named("MD5"), std::nullopt);
  EXPECT_EQ(checksum_algorithm_of_header("x-amz-checksum-mode"), std::nullopt);
}

// "Hello world" by zlib and hashlib; the check values of the catalogue of CRCs.
TEST(Checksum, IsBase64OfTheBigEndianNumberOrTheDigest) {
  const std::pair<ChecksumAlgorithm, std::string> expected[] = {
      {ChecksumAlgorithm::crc32, "i9aeUg=="},
      {ChecksumAlgorithm::sha1, "e1AsOh9IyGCa4hLN+2Od7jlnP14="},
      {ChecksumAlgorithm::sha256, "ZOyIygCyaOW6GjVnihtTFtIS9PNmskdyMlNKiuyjfzw="}};
  for (const auto& [algorithm, text] : expected) {
    RunningChecksum whole(algorithm);
    whole.update("Hello world");
    RunningChecksum pieces(algorithm);
    pieces.update("Hello");
    pieces.update("");
    pieces.update(" world");
    EXPECT_EQ(whole.finish().text, text) << name_of(algorithm);
    EXPECT_EQ(pieces.finish(), (Checksum{algorithm, text}));
  }
  RunningChecksum castagnoli(ChecksumAlgorithm::crc32c);
  castagnoli.update("123456789");
  EXPECT_EQ(castagnoli.finish().text, "4waSgw==");  // e3069283
  RunningChecksum nvme(ChecksumAlgorithm::crc64nvme);
  nvme.update("123456789");
  EXPECT_EQ(nvme.finish().text, "rosUhgp5mIg=");  // ae8b14860a799888
}

TEST(Checksum, ATextOfAnotherLengthIsRefused) {
  EXPECT_TRUE(checksum_of_text(ChecksumAlgorithm::crc32, "i9aeUg=="));
  for (const std::string text : {"", "i9aeUg", "i9aeUgA=", "!!!!!!==", "rosUhgp5mIg="}) {
    const auto checksum = checksum_of_text(ChecksumAlgorithm::crc32, text);
    ASSERT_FALSE(checksum) << text;
    EXPECT_EQ(checksum.error().code(), S3Code::invalid_request);
    EXPECT_EQ(checksum.error().message(), "Value for x-amz-checksum-crc32 header is invalid.");
  }
}

}  // namespace
}  // namespace sluice::s3
