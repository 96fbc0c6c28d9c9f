// Base64: the RFC's vectors, every length, every malformed character.
#include "base/base64.h"

#include "base/random.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

struct Vector {
  std::string_view plain;
  std::string_view encoded;
};

class Rfc4648 : public testing::TestWithParam<Vector> {};

TEST_P(Rfc4648, EncodesAndDecodes) {
  EXPECT_EQ(base64_encode(GetParam().plain), GetParam().encoded);
  EXPECT_EQ(base64_decode(GetParam().encoded), GetParam().plain);
}

INSTANTIATE_TEST_SUITE_P(Section10,
                         Rfc4648,
                         testing::Values(Vector{"", ""},
                                         Vector{"f", "Zg=="},
                                         Vector{"fo", "Zm8="},
                                         Vector{"foo", "Zm9v"},
                                         Vector{"foob", "Zm9vYg=="},
                                         Vector{"fooba", "Zm9vYmE="},
                                         Vector{"foobar", "Zm9vYmFy"},
                                         Vector{"\xfb\xff\xbf", "+/+/"}));

TEST(Base64, EveryLengthComesBack) {
  SeededRandom random(11);
  for (std::size_t length = 0; length <= 300; ++length) {
    Bytes bytes;
    while (bytes.size() < length) {
      bytes.push_back(static_cast<char>(random.next()));
    }
    const std::string text = base64_encode(bytes);
    ASSERT_EQ(text.size(), (length + 2) / 3 * 4);
    ASSERT_EQ(base64_decode(text), bytes) << length;
  }
}

TEST(Base64, AllPairsOfBytesComeBack) {
  for (unsigned value = 0; value < 0x10000; ++value) {
    const Bytes bytes{static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
    ASSERT_EQ(base64_decode(base64_encode(bytes)), bytes);
  }
}

TEST(Base64Decode, EveryOtherCharacterIsRefusedAtEveryPlace) {
  const std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t place = 0; place < 12; ++place) {
    for (unsigned character = 0; character < 256; ++character) {
      std::string text = "Zm9vYmFyZm9v";
      text[place] = static_cast<char>(character);
      const bool is_padding_at_end = character == '=' && place == 11;
      const bool in_alphabet = alphabet.find(text[place]) != alphabet.npos;
      if (!is_padding_at_end) {
        ASSERT_EQ(base64_decode(text).has_value(), in_alphabet) << text;
      }
    }
  }
}

TEST(Base64Decode, EveryOtherCharacterIsRefusedInLongTextsToo) {
  SeededRandom random(12);
  Bytes bytes;
  while (bytes.size() < 150) {
    bytes.push_back(static_cast<char>(random.next()));
  }
  const std::string whole = base64_encode(bytes);
  const std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t place = 0; place < whole.size(); ++place) {
    for (unsigned character = 0; character < 256; ++character) {
      std::string text = whole;
      text[place] = static_cast<char>(character);
      if (character == '=' && place + 1 == whole.size()) {
        continue;  // padding
      }
      const auto decoded = base64_decode(text);
      ASSERT_EQ(decoded.has_value(), alphabet.find(text[place]) != alphabet.npos) << place;
      if (decoded) {
        ASSERT_EQ(base64_encode(*decoded), text);
      }
    }
  }
}

// Of all ways to end in one or two '=', those are valid whose spare bits are zero.
TEST(Base64Decode, BitsBehindTheLastByteAreRefused) {
  const std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t value = 0; value < alphabet.size(); ++value) {
    const std::string last(1, alphabet[value]);
    EXPECT_EQ(base64_decode("Z" + last + "==").has_value(), value % 16 == 0) << last;
    EXPECT_EQ(base64_decode("Zm" + last + "=").has_value(), value % 4 == 0) << last;
  }
}

class Malformed : public testing::TestWithParam<std::string_view> {};

TEST_P(Malformed, IsRefusedAndLeavesTheOutputAlone) {
  EXPECT_EQ(base64_decode(GetParam()), std::nullopt);
  Bytes out = "before";
  EXPECT_FALSE(base64_decode_append(GetParam(), out));
  EXPECT_EQ(out, "before");
}

INSTANTIATE_TEST_SUITE_P(Texts,
                         Malformed,
                         testing::Values("Z",
                                         "Zg",
                                         "Zg=",
                                         "Zm9vZg=",
                                         "====",
                                         "Z===",
                                         "=Zg=",
                                         "Z=g=",
                                         "Zg=v",
                                         "Zg==Zm9v",
                                         "Zm8=Zm9v",
                                         "Zm9v====",
                                         "Zm9v\n",
                                         "Zm9v\r\n\r\n",
                                         " m9v",
                                         "Zm-_",
                                         "Zm9vYmF\xc3"));

TEST(Base64Append, AppendsBehindWhatIsThere) {
  std::string text = "x";
  base64_append(text, "foo");
  base64_append(text, "");
  base64_append(text, "fo");
  EXPECT_EQ(text, "xZm9vZm8=");
  Bytes bytes = "y";
  EXPECT_TRUE(base64_decode_append("Zm9v", bytes));
  EXPECT_TRUE(base64_decode_append("", bytes));
  EXPECT_TRUE(base64_decode_append("Zg==", bytes));
  EXPECT_EQ(bytes, "yfoof");
}

}  // namespace
}  // namespace sluice
