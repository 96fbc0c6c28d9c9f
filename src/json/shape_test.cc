#include "json/shape.h"

#include "json/naive_reader.h"
#include "json/tape.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::json {
namespace {

struct Learned {
  explicit Learned(std::string record) : text(std::move(record)) {
    EXPECT_TRUE(tape.parse(text).has_value());
    is_learned = shape.learn(text, *tape.documents().begin());
    values.resize(shape.values());
  }

  // The values of a record of this shape, joined by blanks; "-" when it is of another.
  std::string read(std::string_view record) {
    const char* const end = record.data() + record.size();
    const char* const behind = shape.match(record.data(), end, values.data());
    if (behind == nullptr) {
      return "-";
    }
    std::string out;
    for (const Node& value : values) {
      out += std::string(value.data, value.size) + " ";
    }
    return out + std::string(behind, end);
  }

  std::string text;
  Tape tape;
  Shape shape;
  bool is_learned = false;
  std::vector<Node> values;
};

const std::string heartbeat = R"({"timestamp": "2025-07-15T17:10:33", "heart_rate": 89})";

TEST(Shape, ARecordOfTheSameShapeGivesItsValues) {
  Learned known(heartbeat + "\n");
  ASSERT_TRUE(known.is_learned);
  EXPECT_EQ(known.read(R"({"timestamp": "x", "heart_rate": -1.5e3}|)"), "x -1.5e3 |");
  EXPECT_EQ(known.read(R"({"timestamp": null, "heart_rate": true})"), "null true ");
  EXPECT_EQ(known.read("{\"timestamp\": \"\xc3\xa9\", \"heart_rate\": 0}"), "\xc3\xa9 0 ");
  EXPECT_EQ(known.read(R"({"timestamp": "", "heart_rate": 0})"), " 0 ");
}

TEST(Shape, WhateverIsDifferentIsLeftToTheFullParser) {
  Learned known(heartbeat);
  for (const char* record : {
           R"({"timestamp":"x", "heart_rate": 1})",
           R"({"timestamp": "x", "heart_rate": 1 })",
           R"({"heart_rate": 1, "timestamp": "x"})",
           R"({"timestamp": "a\n", "heart_rate": 1})",
           R"({"timestamp": {}, "heart_rate": 1})",
           R"({"timestamp": [1], "heart_rate": 1})",
           R"({"timestamp": "x", "heart_rate": 01})",
           R"({"timestamp": "x", "heart_rate": 1.})",
           R"({"timestamp": "x", "heart_rate": -})",
           R"({"timestamp": "x", "heart_rate": 1e})",
           R"({"timestamp": "x", "heart_rate": tru})",
           R"({"timestamp": "x", "heart_rate": })",
           "{\"timestamp\": \"\x01\", \"heart_rate\": 1}",
           "{\"timestamp\": \"\xc0\xaf\", \"heart_rate\": 1}",
           "{\"timestamp\": \"\xed\xa0\x80\", \"heart_rate\": 1}",
           "{\"timestamp\": \"\xe2\x82\", \"heart_rate\": 1}",
           "",
       }) {
    EXPECT_EQ(known.read(record), "-") << record;
  }
}

TEST(Shape, EveryCutOfARecordIsLeftToTheFullParser) {
  Learned known(heartbeat);
  for (std::size_t bytes = 0; bytes < heartbeat.size(); ++bytes) {
    EXPECT_EQ(known.read(std::string(heartbeat, 0, bytes)), "-") << bytes;
  }
}

TEST(Shape, EveryByteInEveryPlaceIsJudgedAsTheFullParserJudgesIt) {
  Learned known(R"({"a": "xy", "b": [1, "y"], "c": {"d": -2.5e1, "e": null}})");
  ASSERT_TRUE(known.is_learned);
  std::size_t taken = 0;
  for (std::size_t at = 0; at < known.text.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = known.text;
      changed[at] = static_cast<char>(byte);
      if (known.read(changed) != "-") {
        EXPECT_TRUE(NaiveReader::list(changed, true).has_value()) << changed;
        ++taken;
      }
    }
  }
  EXPECT_GT(taken, 300U);
}

TEST(Shape, NestedObjectsAreLaidFlatAndArraysAreOneValue) {
  Learned known(R"({"a": {"b": 1, "c": {"d": 2}}, "e": [], "f": {}})");
  ASSERT_TRUE(known.is_learned);
  EXPECT_EQ(known.read(R"({"a": {"b": "x", "c": {"d": 3}}, "e": [1, "z", null], "f": {}})"),
            "x 3 [1, \"z\", null] ");
  EXPECT_EQ(known.read(R"({"a": {"b": 1, "c": {"d": 2}}, "e": 5, "f": {}})"), "1 2 5 ");
  for (const char* record : {R"({"a": {"b": 1, "c": {"d": 2}}, "e": [1,,2], "f": {}})",
                             R"({"a": {"b": 1, "c": {"d": 2}}, "e": [1,], "f": {}})",
                             R"({"a": {"b": 1, "c": {"d": 2}}, "e": [[], "f": {}})",
                             R"({"a": {"b": 1, "c": {"d": 2}}, "e": [{"x"}], "f": {}})",
                             R"({"a": {"b": 1, "c": {"d": 2}}, "e": [{"x":}], "f": {}})",
                             R"({"a": {"b": 1, "c": {"d": 2}}, "e": [{"x":1,}], "f": {}})",
                             R"({"a": {"b": 1, "c": {"d": 2}}, "e": [{x:1}], "f": {}})",
                             R"({"a": {"b": 1, "c": {"d": 2}}, "e": ["\n"], "f": {}})",
                             R"({"a": {"b": 1, "c": {"d": 2}}, "e": {]}, "f": {}})",
                             R"({"a": {"b": 1, "c": {"d": 2}}, "e": [1 2], "f": {}})",
                             "{\"a\": {\"b\": 1, \"c\": {\"d\": 2}}, \"e\": [1,\n2], \"f\": {}}",
                             R"({"a": {"b": 1, "c": {"d": 2}}, "e": [1)"}) {
    EXPECT_EQ(known.read(record), "-") << record;
  }
}

TEST(Shape, ArraysMayHoldAnythingAndObjectsCanBeTakenWhole) {
  const std::string text = R"({"a": {"b": [1]}, "c": [{"d": [[]], "e": {}}], "f": {"g": 1}})";
  Tape tape;
  ASSERT_TRUE(tape.parse(text).has_value());
  const View root = *tape.documents().begin();
  const View whole[] = {root.find("a")};
  Shape shape;
  ASSERT_TRUE(shape.learn(text, root, whole));
  EXPECT_EQ(shape.values(), 3U);
  EXPECT_EQ(shape.index_of(root.find("a")), 0U);
  EXPECT_EQ(shape.index_of(root.find("f").find("g")), 2U);
  std::vector<Node> values(shape.values());
  const std::string other = R"({"a": {"x":1 , "y":{ }}, "c": 7, "f": {"g": 2}})";
  ASSERT_NE(shape.match(other.data(), other.data() + other.size(), values.data()), nullptr);
  EXPECT_EQ(std::string_view(values[0].data, values[0].size), R"({"x":1 , "y":{ }})");
  EXPECT_EQ(values[0].detail, 2U);
}

TEST(Shape, DeepNestingIsLeftToTheFullParser) {
  Learned known(R"({"a": []})");
  EXPECT_NE(known.read("{\"a\": " + std::string(32, '[') + std::string(32, ']') + "}"), "-");
  EXPECT_EQ(known.read("{\"a\": " + std::string(33, '[') + std::string(33, ']') + "}"), "-");
}

TEST(Shape, ATextWithEscapesIsAPlaceLikeOthers) {
  Learned known(R"({"a": "\"x\\", "b": 1})");
  ASSERT_TRUE(known.is_learned);
  EXPECT_EQ(known.read(R"({"a": "y", "b": 2})"), "y 2 ");
  EXPECT_EQ(known.read(R"({"a": "\"", "b": 2})"), "-");
}

TEST(Shape, SomeRecordsAreNotLearnedFrom) {
  for (const char* record : {"[1]", "5", "{}", "{\"a\":\n1}", "\xef\xbb\xbf{\"a\": 1}"}) {
    Learned known(record);
    EXPECT_FALSE(known.is_learned) << record;
    EXPECT_FALSE(known.shape.is_learned()) << record;
  }
  std::string many = "{";
  for (std::size_t index = 0; index <= Shape::values_max; ++index) {
    many += fmt::format("{}\"k{}\":1", index == 0 ? "" : ",", index);
  }
  EXPECT_FALSE(Learned(many + "}").is_learned);
}

TEST(Shape, TellsWhichValueIsWhich) {
  Learned known(R"({"a": 1, "b": {"c": 2}, "d": [3]})");
  const View root = *known.tape.documents().begin();
  EXPECT_EQ(known.shape.index_of(root.find("a")), 0U);
  EXPECT_EQ(known.shape.index_of(root.find("b").find("c")), 1U);
  EXPECT_EQ(known.shape.index_of(root.find("d")), 2U);
  EXPECT_EQ(known.shape.index_of(root.find("b")), std::nullopt);
}

TEST(Shape, LiteralsOfEveryLengthAreComparedWhole) {
  for (std::size_t bytes = 1; bytes < 70; ++bytes) {
    const std::string key(bytes, 'k');
    Learned known("{\"" + key + "\":1}");
    EXPECT_EQ(known.read("{\"" + key + "\":2}"), "2 ");
    for (std::size_t at = 0; at < bytes; ++at) {
      std::string other = key;
      other[at] = 'l';
      EXPECT_EQ(known.read("{\"" + other + "\":2}"), "-");
    }
  }
}

}  // namespace
}  // namespace sluice::json
