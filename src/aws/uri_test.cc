#include "aws/uri.h"

#include <gtest/gtest.h>

namespace sluice::aws {
namespace {

TEST(Uri, EncodesEverythingButUnreservedCharacters) {
  EXPECT_EQ(percent_encode("aZ09-._~", Slash::encode), "aZ09-._~");
  EXPECT_EQ(percent_encode("a b!*'()/é", Slash::encode), "a%20b%21%2A%27%28%29%2F%C3%A9");
  EXPECT_EQ(percent_encode("a/b c", Slash::keep), "a/b%20c");
}

TEST(Uri, DecodingUndoesEncodingForEveryByte) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    all.push_back(static_cast<char>(byte));
  }
  EXPECT_EQ(percent_decode(percent_encode(all, Slash::encode)), all);
}

TEST(Uri, RefusesBrokenEscapes) {
  for (const std::string_view broken : {"%", "%1", "%zz", "a%2", "%g0"}) {
    EXPECT_EQ(percent_decode(broken), std::nullopt) << broken;
  }
}

TEST(Uri, APlusSignIsNoBlank) {
  EXPECT_EQ(percent_decode("a+b"), "a+b");
}

TEST(Uri, SplitsQueriesWithAndWithoutValues) {
  const auto parts = parse_query("a=1&b&c=%20&&d==");
  ASSERT_TRUE(parts);
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"a", "1"}, {"b", ""}, {"c", " "}, {"d", "="}};
  EXPECT_EQ(*parts, expected);
  EXPECT_FALSE(parse_query("a=%"));
}

}  // namespace
}  // namespace sluice::aws
