#include "json/shape.h"

#include "json/naive_reader.h"
#include "json/tape.h"
#include "json/wide.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::json {
namespace {

struct Learned {
  explicit Learned(std::string record) : text(std::move(record)) {
    EXPECT_TRUE(tape.parse(text).has_value());
    is_learned = shape.learn(text, root());
  }

  View root() const { return *tape.documents().begin(); }

  // Literals, with a _ for each value.
  std::string pattern() const {
    std::string out;
    for (const Shape::Part& part : shape.parts()) {
      out += shape.literals().substr(part.literal, part.literal_bytes) + "_";
    }
    return out + shape.literals().substr(shape.tail().literal, shape.tail().literal_bytes);
  }

  std::string text;
  Tape tape;
  Shape shape;
  bool is_learned = false;
};

// What of `text` is read as a value; "-" for none.
std::string read(std::string_view text, bool may_be_container = false) {
  const std::vector<char> memory(text.begin(), text.end());  // of just that size
  Node value;
  const char* const begin = memory.data();
  const char* const behind =
      Shape::read_value(begin, begin + memory.size(), may_be_container, value);
  return behind == nullptr ? "-" : std::string(begin, behind);
}

TEST(Shape, IsTheTextBetweenTheValues) {
  Learned known("{\"timestamp\": \"2025-07-15T17:10:33\", \"heart_rate\": 89 } \r\n");
  ASSERT_TRUE(known.is_learned);
  EXPECT_EQ(known.pattern(), R"({"timestamp": _, "heart_rate": _ })");
  EXPECT_EQ(known.shape.parts()[0].kind, Kind::string);
  EXPECT_EQ(known.shape.parts()[1].kind, Kind::number);
}

TEST(Shape, HasALineEndBehindItsTailAndCanBeReadInWholeSteps) {
  Learned known(R"({"a":1})");
  const Shape::Part tail = known.shape.tail();
  const std::size_t behind = tail.literal + tail.literal_bytes;
  EXPECT_EQ(known.shape.literals()[behind], '\n');
  EXPECT_GE(known.shape.literals().size(), behind + wide_step);
}

TEST(Shape, NestedObjectsAreLaidFlatAndArraysAreOneValue) {
  Learned known(R"({"a": {"b": 1, "c": {"d": 2}}, "e": [1, {}], "f": {}, "g": null})");
  ASSERT_TRUE(known.is_learned);
  EXPECT_EQ(known.pattern(), R"({"a": {"b": _, "c": {"d": _}}, "e": _, "f": {}, "g": _})");
  EXPECT_TRUE(known.shape.parts()[2].is_container());
}

TEST(Shape, ObjectsCanBeTakenWhole) {
  const std::string text = R"({"a": {"b": [1]}, "c": [{"d": [[]], "e": {}}], "f": {"g": 1}})";
  Tape tape;
  ASSERT_TRUE(tape.parse(text).has_value());
  const View root = *tape.documents().begin();
  const View whole[] = {root.find("a")};
  Shape shape;
  ASSERT_TRUE(shape.learn(text, root, whole));
  ASSERT_EQ(shape.parts().size(), 3U);
  EXPECT_EQ(shape.index_of(root.find("a")), 0U);
  EXPECT_EQ(shape.index_of(root.find("f").find("g")), 2U);
}

TEST(Shape, ATextWithEscapesIsAPlaceLikeOthers) {
  Learned known(R"({"a": "\"x\\", "b": 1})");
  ASSERT_TRUE(known.is_learned);
  EXPECT_EQ(known.pattern(), R"({"a": _, "b": _})");
}

TEST(Shape, SomeRecordsAreNotLearnedFrom) {
  for (const char* record : {"[1]", "5", "{}", "{\"a\":\n1}", "\xef\xbb\xbf{\"a\": 1}"}) {
    Learned known(record);
    EXPECT_FALSE(known.is_learned) << record;
    EXPECT_TRUE(known.shape.parts().empty()) << record;
  }
  std::string many = "{";
  for (std::size_t index = 0; index <= Shape::values_max; ++index) {
    many += fmt::format("{}\"k{}\":1", index == 0 ? "" : ",", index);
  }
  EXPECT_FALSE(Learned(many + "}").is_learned);
  const std::string long_key(Shape::literal_bytes_max, 'k');
  EXPECT_FALSE(Learned("{\"" + long_key + "\":1}").is_learned);
}

TEST(Shape, TellsWhichValueIsWhich) {
  Learned known(R"({"a": 1, "b": {"c": 2}, "d": [3]})");
  EXPECT_EQ(known.shape.index_of(known.root().find("a")), 0U);
  EXPECT_EQ(known.shape.index_of(known.root().find("b").find("c")), 1U);
  EXPECT_EQ(known.shape.index_of(known.root().find("d")), 2U);
  EXPECT_EQ(known.shape.index_of(known.root().find("b")), std::nullopt);
}

TEST(Shape, AScalarIsReadToItsEnd) {
  for (const char* value : {"0",
                            "-0",
                            "12",
                            "-1.5e3",
                            "1E+09",
                            "0.25",
                            "true",
                            "false",
                            "null",
                            "\"\"",
                            "\"plain text that is longer than sixteen bytes\"",
                            "\"\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e\""}) {
    for (const char* behind : {"", ",", " ", "}", "]"}) {
      EXPECT_EQ(read(std::string(value) + behind), value) << behind;
    }
  }
}

TEST(Shape, WhatIsNoPlainScalarIsLeftAlone) {
  for (const char* value : {"",
                            "-",
                            "01",
                            "-01",
                            "1.",
                            "1.e3",
                            ".5",
                            "+1",
                            "1e",
                            "1e+",
                            "tru",
                            "nul",
                            "[1]",
                            "{}",
                            "\"",
                            "\"a",
                            "\"a\\n\"",
                            "\"\x01\"",
                            "\"\xc0\xaf\"",
                            "\"\xed\xa0\x80\"",
                            "\"\xe2\x82\"",
                            "\"\xf4\x90\x80\x80\""}) {
    EXPECT_EQ(read(value), "-") << value;
  }
}

TEST(Shape, ContainersAreReadWhereTheyMayBe) {
  for (const char* value : {"[]",
                            "[ ]",
                            "{}",
                            "[1, \"z\", null]",
                            R"({"x":1 , "y":{ }})",
                            R"([[],{"a":[true]}])",
                            "5"}) {
    EXPECT_EQ(read(std::string(value) + ",", true), value);
  }
  Node value;
  const std::string object = R"({"x":1 , "y":{ }})";
  ASSERT_NE(Shape::read_value(object.data(), object.data() + object.size(), true, value), nullptr);
  EXPECT_EQ(value.detail, 2U);
  for (const char* other : {"[1,,2]",
                            "[1,]",
                            "[,1]",
                            "[[]",
                            "[1",
                            "[1 2]",
                            "{]}",
                            R"([{"x"}])",
                            R"({"x":})",
                            R"({"x":1,})",
                            "{x:1}",
                            R"(["\n"])",
                            "[1,\n2]"}) {
    EXPECT_EQ(read(other, true), "-") << other;
  }
}

TEST(Shape, DeepNestingIsLeftAlone) {
  EXPECT_NE(read(std::string(32, '[') + std::string(32, ']'), true), "-");
  EXPECT_EQ(read(std::string(33, '[') + std::string(33, ']'), true), "-");
}

TEST(Shape, WhateverIsReadIsAValueByTheGrammar) {
  for (const std::string text :
       {R"("xy")", R"([1, "y", -2.5e1])", R"({"d": -2.5e1, "e": null})", "true", "-12.5E-3"}) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string changed = text;
        changed[at] = static_cast<char>(byte);
        const std::string value = read(changed, true);
        EXPECT_TRUE(value == "-" || NaiveReader::list(value, true).has_value()) << changed;
      }
    }
  }
}

}  // namespace
}  // namespace sluice::json
