#include "delivery/shape_guesses.h"

#include "json/tape.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::delivery {
namespace {

// Member `a` as guessed, or "parsed"; what is parsed is learned.
std::string member_a(ShapeGuesses& guesses, const std::string& record) {
  std::vector<json::View> fields(1);
  if (guesses.match(record, fields)) {
    return fields[0].exists() ? std::string(fields[0].text()) : "absent";
  }
  json::Tape tape;
  EXPECT_TRUE(tape.parse(record));
  const json::View document = *tape.documents().begin();
  fields[0] = document.find("a");
  guesses.learn(record, document, fields);
  return "parsed";
}

TEST(ShapeGuesses, WhatLooksLikeOneOfTheLastRecordsIsNotParsed) {
  ShapeGuesses guesses;
  EXPECT_EQ(member_a(guesses, R"({"a":1})"), "parsed");
  EXPECT_EQ(member_a(guesses, R"({"a":22})"), "22");
  EXPECT_EQ(member_a(guesses, R"({"b":1})"), "parsed");
  EXPECT_EQ(member_a(guesses, R"({"b":"x"})"), "absent");
  EXPECT_EQ(member_a(guesses, R"({"a":333})"), "333");
}

TEST(ShapeGuesses, WhatIsNoValueInTheSamePlaceIsNoMatch) {
  ShapeGuesses guesses;
  member_a(guesses, R"({"a":1})");
  std::vector<json::View> fields(1);
  for (const std::string_view record :
       {R"({"a":01})", R"({"a":})", R"({"a":1)", R"({"a":1}x)", R"({"a":tru})", R"({"b":1})", ""}) {
    EXPECT_FALSE(guesses.match(record, fields)) << record;
  }
}

TEST(ShapeGuesses, WhatNeverMatchesIsNotGuessedAtForAWhile) {
  ShapeGuesses guesses;
  for (int i = 0; i < 32; ++i) {
    EXPECT_EQ(member_a(guesses, "{\"a\":1,\"k" + std::to_string(i) + "\":1}"), "parsed");
  }
  EXPECT_EQ(member_a(guesses, R"({"a":1,"k30":1})"), "parsed")
      << "it was learned, but guessing pauses";
  for (int i = 0; i < 1023; ++i) {
    member_a(guesses, R"({"a":1,"k30":1})");
  }
  EXPECT_EQ(member_a(guesses, R"({"a":7,"k30":1})"), "7");
}

}  // namespace
}  // namespace sluice::delivery
