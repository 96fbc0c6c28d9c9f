#include "serde/letter_case.h"

#include "base/utf8.h"

#include <gtest/gtest.h>

namespace sluice::serde {
namespace {

TEST(LetterCase, LowersTheLettersItKnowsAndLeavesTheRest) {
  const struct {
    std::string_view text;
    std::string_view lower;
  } cases[] = {
      {"", ""},
      {"HeartRate_9@[`{", "heartrate_9@[`{"},
      {"ÀÉÖØÞ×ß÷ÿ", "àéöøþ×ß÷ÿ"},
      {"ĀĶĹŇŊŶŸŹŽıŉ", "āķĺňŋŷÿźžıŉ"},
      {"İ", "İ"},
      {"ΑΩΣς", "αωσς"},
      {"АЯЀЏѠҐӀӁӃӐ", "аяѐџѡґӀӂӄӑ"},
      {"日本Ａ😀", "日本Ａ😀"},
  };

  for (const auto& expected : cases) {
    EXPECT_EQ(lower_case(expected.text), expected.lower);
  }
}

TEST(LetterCase, IsStableAndKeepsLengthAndValidityForEveryCharacter) {
  for (std::uint32_t point = 0; point < 0x3000; ++point) {
    std::string text;
    append_utf8(text, point);
    const std::string lower = lower_case(text);
    ASSERT_EQ(lower.size(), text.size()) << point;
    ASSERT_TRUE(is_utf8(lower)) << point;
    ASSERT_EQ(lower_case(lower), lower) << point;
  }
}

TEST(LetterCase, AppendsToWhatIsThere) {
  std::string out = "AB";
  append_lower_case(out, "CD");
  EXPECT_EQ(out, "ABcd");
}

}  // namespace
}  // namespace sluice::serde
