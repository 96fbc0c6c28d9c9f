// Message digests: the RFCs' vectors, and pieces against the whole.
#include "base/digest.h"

#include "base/random.h"
#include "base/uint128.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

struct KnownDigest {
  std::string_view bytes;
  std::string_view hex;
};

class KnownMd5 : public testing::TestWithParam<KnownDigest> {};

TEST_P(KnownMd5, IsFound) {
  EXPECT_EQ(to_hex(md5(GetParam().bytes)), GetParam().hex);
}

INSTANTIATE_TEST_SUITE_P(
    Rfc1321,
    KnownMd5,
    testing::Values(KnownDigest{"", "d41d8cd98f00b204e9800998ecf8427e"},
                    KnownDigest{"a", "0cc175b9c0f1b6a831c399e269772661"},
                    KnownDigest{"abc", "900150983cd24fb0d6963f7d28e17f72"},
                    KnownDigest{"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
                    KnownDigest{
                        "12345678901234567890123456789012345678901234567890123456789012345678901234"
                        "567890",
                        "57edf4a22be3c955ac49da2e2107b67a"}));

TEST(Md5, ReadBigEndianIsTheHashKeyOfAPartitionKey) {
  UInt128 key = 0;
  for (const std::uint8_t byte : md5("a")) {
    key = (key << 8) | byte;
  }
  EXPECT_EQ(to_decimal(key), "16955237001963240173058271559858726497");
}

class KnownSha256 : public testing::TestWithParam<KnownDigest> {};

TEST_P(KnownSha256, IsFound) {
  EXPECT_EQ(to_hex(sha256(GetParam().bytes)), GetParam().hex);
}

INSTANTIATE_TEST_SUITE_P(
    Fips180,
    KnownSha256,
    testing::Values(
        KnownDigest{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        KnownDigest{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        KnownDigest{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"}));

struct KnownHmac {
  std::string key;
  std::string message;
  std::string_view hex;
};

class Rfc4231 : public testing::TestWithParam<KnownHmac> {};

TEST_P(Rfc4231, IsFound) {
  EXPECT_EQ(to_hex(hmac_sha256(GetParam().key, GetParam().message)), GetParam().hex);
}

INSTANTIATE_TEST_SUITE_P(
    Section4,
    Rfc4231,
    testing::Values(KnownHmac{std::string(20, '\x0b'),
                              "Hi There",
                              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
                    KnownHmac{"Jefe",
                              "what do ya want for nothing?",
                              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
                    KnownHmac{std::string(20, '\xaa'),
                              std::string(50, '\xdd'),
                              "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
                    KnownHmac{std::string(131, '\xaa'),
                              "Test Using Larger Than Block-Size Key - Hash Key First",
                              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"}));

TEST(HmacSha256, KeysOfABlockAreTakenAsTheyAreAndLongerOnesHashed) {
  const std::string block(64, 'k');
  const std::string longer(65, 'k');
  EXPECT_EQ(hmac_sha256(longer, "m"), hmac_sha256(to_bytes(sha256(longer)), "m"));
  EXPECT_NE(hmac_sha256(block, "m"), hmac_sha256(to_bytes(sha256(block)), "m"));
  EXPECT_EQ(hmac_sha256("k", "m"), hmac_sha256(std::string("k\0\0", 3), "m"));
}

TEST(HmacSha256, AnAbsentKeyIsAnEmptyOne) {
  const std::string_view expected =
      "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
  EXPECT_EQ(to_hex(hmac_sha256(ByteView(), ByteView())), expected);
  EXPECT_EQ(to_hex(hmac_sha256("", "")), expected);
}

TEST(ToHex, PrintsEveryByteInTwoDigits) {
  EXPECT_EQ(to_hex(ByteView("\x00\x0f\x10\xab\xff", 5)), "000f10abff");
  EXPECT_EQ(to_hex(ByteView()), "");
}

TEST(ToBytes, KeepsTheBytesOfTheDigest) {
  EXPECT_EQ(to_hex(ByteView(to_bytes(sha256("abc")))), to_hex(sha256("abc")));
}

TEST(EqualConstantTime, ComparesLengthAndEveryByte) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("secret", "secret"));
  EXPECT_FALSE(equal_constant_time("secret", "secreT"));
  EXPECT_FALSE(equal_constant_time("Secret", "secret"));
  EXPECT_FALSE(equal_constant_time("secret", "secrets"));
  EXPECT_FALSE(equal_constant_time("secret", ""));
}

TEST(RunningDigest, OfPiecesIsThatOfTheWhole) {
  SeededRandom random(5);
  const std::string bytes = random_alphanumeric(random, 5000);
  for (int round = 0; round < 50; ++round) {
    RunningDigest running;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t count = random.below(300);
      running.update(ByteView(bytes).substr(at, count));
      at += count;
    }
    const RunningDigest::Digests digests = running.finish();
    ASSERT_EQ(digests.sha256, sha256(bytes));
    ASSERT_EQ(digests.md5, md5(bytes));
  }
}

TEST(RunningSha256, OfPiecesIsThatOfTheWhole) {
  const Bytes whole(1000, 'x');
  for (std::size_t piece = 1; piece <= whole.size(); piece += 37) {
    RunningSha256 first;
    first.update(ByteView(whole).substr(0, piece));
    RunningSha256 running = std::move(first);
    running.update(ByteView(whole).substr(piece));
    EXPECT_EQ(running.finish(), sha256(whole));
  }
  EXPECT_EQ(RunningSha256().finish(), sha256(""));
}

TEST(RunningDigest, OfNothingIsThatOfNothing) {
  const RunningDigest::Digests digests = RunningDigest().finish();
  EXPECT_EQ(digests.sha256, sha256(""));
  EXPECT_EQ(digests.md5, md5(""));
}

TEST(RunningDigest, SaysWhereItStandsAndGoesOn) {
  RunningDigest running;
  running.update("ab");
  EXPECT_EQ(running.so_far().sha256, sha256("ab"));
  EXPECT_EQ(running.so_far().md5, md5("ab"));
  running.update("c");
  EXPECT_EQ(running.so_far().sha256, sha256("abc"));
  EXPECT_EQ(running.finish().md5, md5("abc"));
}

TEST(RunningDigest, MovesInMidStream) {
  RunningDigest first;
  first.update("ab");
  RunningDigest second = std::move(first);
  second.update("c");
  EXPECT_EQ(second.finish().sha256, sha256("abc"));
}

TEST(RunningDigestDeathTest, IsSpentAfterFinish) {
  RunningDigest running;
  running.finish();
  EXPECT_DEATH(running.update("x"), "is_finished");
}

}  // namespace
}  // namespace sluice
