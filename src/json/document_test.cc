#include "json/document.h"

#include <gtest/gtest.h>

namespace sluice::json {
namespace {

TEST(Document, KeepsItsTextWhenItMoves) {
  auto parsed = Document::parse(R"({"a":"b\n"})");
  ASSERT_TRUE(parsed);
  const View name = parsed->root().find("a");
  const Document moved = std::move(parsed).value();
  EXPECT_EQ(name.text(), "b\n");
  EXPECT_EQ(moved.root().find("a").text(), "b\n");
  EXPECT_EQ(moved.text(), R"({"a":"b\n"})");
}

TEST(Document, TakesExactlyOneValue) {
  EXPECT_TRUE(Document::parse(" 1 "));
  for (const char* const text : {"", " ", "{}{}", "1 2", "{} x"}) {
    const auto parsed = Document::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().fault(), Fault::invalid);
  }
}

TEST(Document, NamesLineAndColumn) {
  EXPECT_EQ(Document::parse("{\n  \"a\": ]}").error().message(),
            "Unexpected character (']' (code 93)): expected a value at line 2, column 8");
}

TEST(Document, HoldsToItsLimits) {
  const DocumentLimits limits{.bytes_max = 8, .depth_max = 2, .values_max = 3};
  EXPECT_TRUE(Document::parse("[[1]]", limits));
  EXPECT_EQ(Document::parse("[[1]]    ", limits).error().fault(), Fault::too_large);
  EXPECT_EQ(Document::parse("[[[1]]]", limits).error().fault(), Fault::invalid);
  EXPECT_EQ(Document::parse("[1,2,3]", limits).error().fault(), Fault::invalid);
  EXPECT_FALSE(Document::parse(Bytes(200, '[') + Bytes(200, ']')));
}

}  // namespace
}  // namespace sluice::json
