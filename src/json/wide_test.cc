// Every instruction set gives the answers of the portable one, and those are right.
#include "json/wide.h"

#include "base/random.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

namespace sluice::json {
namespace {

std::string padded(std::string text) {
  text.resize(text.size() + wide_reach);
  return text;
}

// What all functions of a set say of a text, as one line.
template <class Wide>
std::string answers(const std::string& text, std::size_t bytes) {
  const std::string whole = padded(text);
  const char* const begin = whole.data();
  std::int64_t micros = 0;
  const unsigned clock = Wide::read_clock(begin, micros);
  std::int64_t full_micros = 0;
  const bool is_full = Wide::read_full_clock(begin, full_micros);
  return fmt::format("{} {} {} {} {}",
                     Wide::skip_plain(begin, begin + bytes) - begin,
                     clock,
                     clock == 0 ? 0 : micros,
                     is_full,
                     is_full ? full_micros : 0);
}

std::vector<std::string> texts() {
  std::vector<std::string> out;
  SeededRandom random(3);
  const std::string letters = "0123456789:.-\"\\ \x01\x7f\x80\xff";
  for (int round = 0; round < 20'000; ++round) {
    std::string text = fmt::format("{:02}:{:02}:{:02}.{:06}\" and more that is plain text behind",
                                   random.below(25),
                                   random.below(61),
                                   random.below(61),
                                   random.below(1'000'000));
    for (std::uint64_t changes = random.below(3); changes > 0; --changes) {
      text[random.below(text.size())] = letters[random.below(letters.size())];
    }
    out.push_back(text);
  }
  return out;
}

#if SLUICE_HAS_AVX

template <class Wide>
struct OfInstructionSet : testing::Test {
  static constexpr InstructionSet set =
      std::is_same_v<Wide, Avx2> ? InstructionSet::avx2 : InstructionSet::avx512;

  void SetUp() override {
    if (std::ranges::count(instruction_sets(), set) == 0) {
      GTEST_SKIP() << "this machine has no such instructions";
    }
  }
};

using AvxSets = testing::Types<Avx2, Avx512>;
TYPED_TEST_SUITE(OfInstructionSet, AvxSets);

TYPED_TEST(OfInstructionSet, GivesThePortableAnswers) {
  for (const std::string& text : texts()) {
    ASSERT_EQ(answers<TypeParam>(text, text.size()), answers<Portable>(text, text.size())) << text;
  }
}

TYPED_TEST(OfInstructionSet, ComparesAsThePortableSetDoes) {
  const std::string expected = padded(std::string(300, 'x'));
  for (std::size_t bytes = 0; bytes <= 300; ++bytes) {
    for (std::size_t changed = 0; changed < 301; ++changed) {
      std::string text = expected;
      text[changed] = 'y';
      const bool is_same = changed >= bytes;
      ASSERT_EQ(Portable::is_same(text.data(), expected.data(), bytes), is_same) << bytes;
      ASSERT_EQ(TypeParam::is_same(text.data(), expected.data(), bytes), is_same) << bytes;
    }
  }
}

TYPED_TEST(OfInstructionSet, LooksUnderMasksAndForLineEndsAsThePortableSetDoes) {
  const std::string expected = padded(std::string(100, 'x'));
  for (std::size_t changed = 0; changed < 100; ++changed) {
    std::string text = expected;
    text[changed] = '\n';
    for (std::size_t masked = 0; masked < 100; ++masked) {
      std::string mask = padded(std::string(100, '\xff'));
      mask[masked] = '\0';
      const bool is_same = masked == changed;
      ASSERT_EQ(Portable::is_same_under(mask.data(), text.data(), expected.data(), 100), is_same);
      ASSERT_EQ(TypeParam::is_same_under(mask.data(), text.data(), expected.data(), 100), is_same);
    }
    ASSERT_EQ(Portable::line_end(text.data()), std::min(changed, wide_step));
    ASSERT_EQ(TypeParam::line_end(text.data()), std::min(changed, wide_step));
  }
}

#endif

TEST(Wide, TheFirstOfSeveralLineEndsCounts) {
  const std::string text = padded("a\x0b\n\x0b\n\n");
  EXPECT_EQ(Portable::line_end(text.data()), 2U);
  EXPECT_EQ(Portable::line_end(text.data() + 2), 0U);
  EXPECT_EQ(Portable::line_end(text.data() + 3), 1U);
}

template <class Wide>
void expect_digits_read() {
  const std::string text = padded("1234567890x\xb1\x3a/");
  std::uint64_t value = 0;
  EXPECT_TRUE(Wide::read_all_digits(text.data(), 1, value));
  EXPECT_EQ(value, 1U);
  EXPECT_TRUE(Wide::read_all_digits(text.data() + 2, 8, value));
  EXPECT_EQ(value, 34'567'890U);
  EXPECT_TRUE(Wide::read_all_digits(text.data() + 9, 1, value));
  EXPECT_EQ(value, 0U);
  EXPECT_FALSE(Wide::read_all_digits(text.data() + 3, 8, value));
  for (std::size_t at = 10; at < 14; ++at) {
    EXPECT_FALSE(Wide::read_all_digits(text.data() + at, 1, value)) << at;
  }
  for (std::uint64_t number = 1; number < 100'000'000; number = number * 3 + 7) {
    const std::string digits = fmt::format("{}", number);
    EXPECT_TRUE(
        Wide::read_all_digits(padded(digits).data(), static_cast<unsigned>(digits.size()), value));
    EXPECT_EQ(value, number);
  }
}

TEST(Wide, AsManyDigitsAsAskedForAreReadOrNone) {
  expect_digits_read<Portable>();
}

#if SLUICE_HAS_AVX
TYPED_TEST(OfInstructionSet, ReadsAsManyDigitsAsAskedForOrNone) {
  expect_digits_read<TypeParam>();
}
#endif

template <class Wide>
void expect_plain_text_ended() {
  for (std::size_t length = 0; length < 150; ++length) {
    for (const char stop : {'"', '\\', '\x1f', '\x80', '\xff'}) {
      const std::string text = std::string(length, 'a') + stop + std::string(150, 'b');
      const char* const begin = text.data();
      EXPECT_EQ(Wide::skip_plain(begin, begin + text.size()) - begin,
                static_cast<std::ptrdiff_t>(length));
      EXPECT_EQ(Wide::skip_plain(begin, begin + length) - begin,
                static_cast<std::ptrdiff_t>(length));
    }
  }
}

TEST(Wide, PlainTextEndsAtTheFirstByteThatIsNotPlain) {
  expect_plain_text_ended<Portable>();
}

#if SLUICE_HAS_AVX
TYPED_TEST(OfInstructionSet, EndsPlainTextAtTheFirstByteThatIsNotPlain) {
  expect_plain_text_ended<TypeParam>();
}
#endif

TEST(Wide, ClocksOfEveryFormGiveTheirMicroseconds) {
  struct Case {
    const char* text;
    unsigned bytes;
    std::int64_t micros;
  };

  for (const Case& given : {Case{"00:00:00\"", 8, 0},
                            Case{"23:59:59.999999\"", 15, 86'399'999'999},
                            Case{"01:02:03.5", 10, 3'723'500'000},
                            Case{"01:02:03.000001Z", 15, 3'723'000'001},
                            Case{"01:02:03Z", 8, 3'723'000'000},
                            Case{"24:00:00", 0, 0},
                            Case{"00:60:00", 0, 0},
                            Case{"00:00:60", 0, 0},
                            Case{"00:00:00.", 0, 0},
                            Case{"00:00:00.1234567", 0, 0},
                            Case{"0:00:00", 0, 0},
                            Case{"00-00:00", 0, 0}}) {
    const std::string text = padded(given.text);
    std::int64_t micros = 0;
    EXPECT_EQ(Portable::read_clock(text.data(), micros), given.bytes) << given.text;
    if (given.bytes > 0) {
      EXPECT_EQ(micros, given.micros) << given.text;
    }
  }
}

TEST(Wide, DigitsAreCountedAndRead) {
  struct Case {
    const char* text;
    unsigned count;
    std::uint64_t value;
  };

  for (const Case& given : {Case{"89}", 2, 89},
                            Case{"0,", 1, 0},
                            Case{"007", 3, 7},
                            Case{"12345678", 8, 12'345'678},
                            Case{"123456789", 8, 12'345'678},
                            Case{"9999999x", 7, 9'999'999},
                            Case{"x1", 0, 0},
                            Case{"\xb1", 0, 0},
                            Case{"1\xff", 1, 1},
                            Case{"/1", 0, 0},
                            Case{":1", 0, 0}}) {
    const std::string text = padded(given.text);
    std::uint64_t value = 0;
    EXPECT_EQ(read_digits(text.data(), value), given.count) << given.text;
    EXPECT_EQ(value, given.value) << given.text;
  }
}

}  // namespace
}  // namespace sluice::json
