// UTF-8: every code point, every short byte string, every place within the fast path.
#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

// The definition, word for word: decode, then ask whether this is the shortest form of a scalar
// value.  Returns the length of the sequence at the front or 0.
std::size_t naive_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  const std::size_t length = lead < 0x80             ? 1
                             : (lead & 0xe0) == 0xc0 ? 2
                             : (lead & 0xf0) == 0xe0 ? 3
                             : (lead & 0xf8) == 0xf0 ? 4
                                                     : 0;
  if (length == 0 || length > text.size()) {
    return 0;
  }
  std::uint32_t value = length == 1 ? lead : lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) {
      return 0;
    }
    value = (value << 6) | (byte(i) & 0x3fU);
  }
  const std::size_t shortest = value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
  const bool is_scalar = value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
  return is_scalar && shortest == length ? length : 0;
}

bool naive_is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = naive_length(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

TEST(IsUtf8, TakesTheEncodingOfEveryCodePoint) {
  for (std::uint32_t code_point = 0; code_point <= 0x10ffff; ++code_point) {
    std::string text;
    append_utf8(text, code_point);
    ASSERT_TRUE(is_utf8(text)) << code_point;
    ASSERT_EQ(naive_length(text), text.size()) << code_point;
    ASSERT_EQ(count_code_points(text), 1U) << code_point;
  }
}

TEST(IsUtf8, AgreesWithTheDefinitionOnAllStringsOfUpToThreeBytes) {
  for (std::uint32_t value = 0; value < (1U << 24); ++value) {
    const std::string text{static_cast<char>(value & 0xff),
                           static_cast<char>((value >> 8) & 0xff),
                           static_cast<char>((value >> 16) & 0xff)};
    ASSERT_EQ(is_utf8(text), naive_is_utf8(text)) << value;
    if (value < 0x10000) {
      const std::string_view two = std::string_view(text).substr(0, 2);
      ASSERT_EQ(is_utf8(two), naive_is_utf8(two)) << value;
    }
  }
}

TEST(IsUtf8, AgreesWithTheDefinitionOnAllFourByteLeadsAndBoundaryFollowers) {
  const std::string followers("\x00\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc2\xff", 11);
  std::string text(4, '\0');
  for (unsigned lead = 0xe0; lead <= 0xff; ++lead) {
    text[0] = static_cast<char>(lead);
    for (const char second : followers) {
      for (const char third : followers) {
        for (const char fourth : followers) {
          text[1] = second;
          text[2] = third;
          text[3] = fourth;
          ASSERT_EQ(is_utf8(text), naive_is_utf8(text)) << testing::PrintToString(text);
        }
      }
    }
  }
}

TEST(IsUtf8, FindsABadByteAtEveryPlaceOfEveryLength) {
  for (std::size_t length = 1; length <= 80; ++length) {
    for (std::size_t place = 0; place < length; ++place) {
      std::string text(length, 'x');
      ASSERT_TRUE(is_utf8(text));
      text[place] = '\xff';
      ASSERT_FALSE(is_utf8(text)) << length << " " << place;
    }
  }
}

TEST(IsUtf8, TakesASequenceAtEveryPlaceAndRefusesItCutAtTheEnd) {
  for (const std::string_view sequence : {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x92\x93"}) {
    for (std::size_t before = 0; before <= 40; ++before) {
      const std::string text = std::string(before, 'x').append(sequence);
      ASSERT_TRUE(is_utf8(text + "yyyyyyyyyyyy"));
      ASSERT_TRUE(is_utf8(text));
      for (std::size_t cut = 1; cut < sequence.size(); ++cut) {
        ASSERT_FALSE(is_utf8(std::string_view(text).substr(0, text.size() - cut)));
      }
    }
  }
}

TEST(IsUtf8, EmptyTextIsValid) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8(std::string_view()));
}

TEST(CountCodePoints, CountsCharactersOfAllLengths) {
  EXPECT_EQ(count_code_points(""), 0U);
  EXPECT_EQ(count_code_points("abc"), 3U);
  EXPECT_EQ(count_code_points("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\x93z"), 5U);
}

TEST(AppendUtf8, AppendsTheRfcsExamples) {
  std::string out = ">";
  for (const std::uint32_t code_point : {0x41U, 0xe9U, 0x20acU, 0x1f493U}) {
    append_utf8(out, code_point);
  }
  EXPECT_EQ(out, ">A\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\x93");
}

TEST(AppendUtf8, ReplacesWhatIsNoCharacter) {
  for (const std::uint32_t code_point :
       {0xd800U, 0xdbffU, 0xdc00U, 0xdfffU, 0x110000U, 0xffffffffU}) {
    std::string out;
    append_utf8(out, code_point);
    EXPECT_EQ(out, "\xef\xbf\xbd") << code_point;
  }
}

}  // namespace
}  // namespace sluice
