// Repeated keys in objects of few and of many members, and objects within objects.
#include "serde/distinct_members.h"

#include "json/tape.h"

#include <gtest/gtest.h>

namespace sluice::serde {
namespace {

std::string listing(const DistinctMembers& members, const DistinctMembers::Range& range) {
  std::string out;
  for (std::size_t member = range.first; member < range.last; ++member) {
    if (!members.is_repeat(member)) {
      out +=
          std::string(members.key(member)) + "=" + std::string(members.value(member).text()) + ";";
    }
  }
  return out;
}

TEST(DistinctMembers, TheLastValueStandsInThePlaceOfTheFirst) {
  json::Tape tape;
  ASSERT_TRUE(tape.parse(R"({"a":1,"B":2,"A":3,"b":4,"a":5,"":6})"));
  const json::View object = *tape.documents().begin();
  DistinctMembers lowered(true);
  EXPECT_EQ(listing(lowered, lowered.push(object)), "a=5;b=4;=6;");
  DistinctMembers exact(false);
  EXPECT_EQ(listing(exact, exact.push(object)), "a=5;B=2;A=3;b=4;=6;");
}

TEST(DistinctMembers, ManyMembersSettleAsFewDo) {
  for (const int distinct : {1, 5, 7, 40}) {
    std::string text = "{";
    std::string expected;
    constexpr int members = 120;
    for (int index = 0; index < members; ++index) {
      text += (index == 0 ? "\"k" : ",\"k") + std::to_string(index % distinct) +
              "\":" + std::to_string(index);
    }
    for (int key = 0; key < distinct; ++key) {
      const int last = members - distinct + (key - members % distinct + distinct) % distinct;
      expected += "k" + std::to_string(key) + "=" + std::to_string(last) + ";";
    }
    json::Tape tape;
    text += "}";
    ASSERT_TRUE(tape.parse(text));
    DistinctMembers held(false);
    EXPECT_EQ(listing(held, held.push(*tape.documents().begin())), expected);
  }
}

TEST(DistinctMembers, AnInnerObjectComesAndGoes) {
  json::Tape tape;
  ASSERT_TRUE(tape.parse(R"({"x":{"y":1,"y":2},"z":3})"));
  DistinctMembers held(false);
  const auto outer = held.push(*tape.documents().begin());
  const auto inner = held.push(held.value(outer.first));
  EXPECT_EQ(listing(held, inner), "y=2;");
  held.pop(inner);
  EXPECT_EQ(held.key(outer.first), "x");
  EXPECT_EQ(held.key(outer.first + 1), "z");
  held.pop(outer);
  EXPECT_EQ(held.push(*tape.documents().begin()).first, 0U);
}

}  // namespace
}  // namespace sluice::serde
