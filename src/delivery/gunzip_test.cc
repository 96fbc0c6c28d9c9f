#include "delivery/gunzip.h"

#include "delivery/gzip_for_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace sluice::delivery {
namespace {

using testing::HasSubstr;

TEST(Gunzip, GivesBackWhatWasPacked) {
  std::string mixed;
  for (std::int64_t i = 0; i < 100'000; ++i) {
    mixed += std::to_string(i * i);
  }
  for (const std::string& text :
       {std::string(), std::string("a"), std::string(5'000, 'b'), mixed}) {
    EXPECT_EQ(gunzip(gzip_of(text)), text) << text.size();
  }
}

TEST(Gunzip, MembersFollowOneAnother) {
  EXPECT_EQ(gunzip(gzip_of("one") + gzip_of("") + gzip_of("two")), "onetwo");
}

// A packed text that is packed again is unpacked once.
TEST(Gunzip, WhatIsPackedTwiceStaysPackedOnce) {
  const Bytes inner = gzip_of("inner");
  EXPECT_EQ(gunzip(gzip_of(inner)), inner);
}

TEST(Gunzip, EveryCutAndEveryFlippedByteIsFoundOrHarmless) {
  const std::string text = "a text that is long enough to be compressed, compressed, compressed";
  const Bytes packed = gzip_of(text);
  for (std::size_t bytes = 0; bytes < packed.size(); ++bytes) {
    const auto cut = gunzip(ByteView(packed).substr(0, bytes));
    ASSERT_FALSE(cut) << bytes;
    EXPECT_EQ(cut.error().fault(), Fault::corrupt);
  }
  for (std::size_t at = 0; at < packed.size(); ++at) {
    Bytes flipped = packed;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x55);
    const auto unpacked = gunzip(flipped);
    // The header holds a time and the like that nothing depends on.
    EXPECT_TRUE(!unpacked || unpacked == text) << at;
  }
}

TEST(Gunzip, SaysWhatIsWrong) {
  struct Case {
    Bytes packed;
    std::string_view message;
  };

  const Case cases[] = {
      {"", "it is empty"},
      {"{\"a\":1}", "incorrect header check"},
      {gzip_of("a").substr(0, 12), "it is cut off"},
      {gzip_of("a") + "b", "it is cut off"},
      {gzip_of("a") + "bcd", "incorrect header check"},
  };
  for (const Case& each : cases) {
    const auto unpacked = gunzip(each.packed);
    ASSERT_FALSE(unpacked) << each.message;
    EXPECT_THAT(unpacked.error().message(), HasSubstr(each.message));
  }
}

TEST(Gunzip, SizeAndRatioAreBounded) {
  GunzipLimits limits;
  limits.bytes_max = 100'000;
  limits.ratio_max = 10;
  limits.bytes_always = 1'000;
  EXPECT_EQ(gunzip(gzip_of(std::string(1'000, 'x')), limits), std::string(1'000, 'x'));
  const auto unlikely = gunzip(gzip_of(std::string(50'000, 'x')), limits);
  ASSERT_FALSE(unlikely);
  EXPECT_EQ(unlikely.error().fault(), Fault::too_large);
  EXPECT_THAT(unlikely.error().message(), HasSubstr("unlikely ratio"));
  limits.ratio_max = 2'000;
  EXPECT_EQ(gunzip(gzip_of(std::string(100'000, 'x')), limits)->size(), 100'000U);
  const auto large = gunzip(gzip_of(std::string(100'001, 'x')), limits);
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().message(), HasSubstr("more than 100000 bytes"));
}

// Many members that are small by themselves are judged together.
TEST(Gunzip, ABombOfManyMembersIsFound) {
  Bytes bomb;
  const Bytes member = gzip_of(std::string(1'000'000, '\0'));
  for (int i = 0; i < 100; ++i) {
    bomb += member;
  }
  EXPECT_EQ(gunzip(bomb).error().fault(), Fault::too_large);
}

}  // namespace
}  // namespace sluice::delivery
